"""The law that demand over a time follows: normal, gamma, negative binomial, Poisson, or as it was drawn.

| Law | When it is chosen | What it knows that the normal does not |
|---|---|---|
| certain | no deviation | nothing varies |
| negative binomial | whole units, mean below 20, variance above the mean | sales come in lumps |
| poisson | the same, variance not above the mean | single units |
| gamma | deviation above 0.4 of the mean | never below nothing, a long tail above |
| empirical | 24 periods or more that fit none of the others | whatever happened |
| normal | else | |

A deviation of 0.4 of the mean is where the normal law puts one cycle in a hundred and sixty below nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from einklang.engine.errors import Impossible

Floats = NDArray[np.float64]
Number = float | Floats
Kinds = NDArray[np.int8]

LAWS = ("normal", "gamma", "negative binomial", "poisson", "empirical", "certain")
NORMAL, GAMMA, LUMPS, SINGLES, DRAWN, CERTAIN = range(len(LAWS))
SMALL_COUNTS = 20.0
SKEWED = 0.4
ENOUGH_TO_SEE = 24
NO_DEVIATION = 1e-12
MISFIT = 1.36  # Kolmogorov: one sample in twenty of the law lies further than this over the root of its size


@dataclass(frozen=True, slots=True)
class Demand:
    """Demand over a time, an item a place: which of ``LAWS``; ``drawn``: draws of the empirical, sorted."""

    kind: Kinds
    mean: Floats
    sd: Floats
    drawn: Floats | None = None

    @property
    def law(self) -> list[str]:
        """The law of each item by its name."""
        return [LAWS[kind] for kind in self.kind.tolist()]

    def quantile(self, share: Number) -> Floats:
        """The quantity that demand stays at or below with this chance."""
        wanted = np.broadcast_to(np.asarray(share, np.float64), self.mean.shape)
        out = np.empty(self.mean.shape)
        for law, here, drawn in self._parts():
            out[here] = law.quantile(self.mean[here], self.sd[here], drawn, wanted[here])
        return out

    def above(self, quantity: Number) -> Floats:
        """The chance of more than a quantity."""
        return self.beyond(quantity)[0]

    def short(self, quantity: Number) -> Floats:
        """The expected demand beyond a quantity: E[(X - x)+]."""
        return self.beyond(quantity)[1]

    def beyond(self, quantity: Number) -> tuple[Floats, Floats]:
        """Both: the chance of more than a quantity, and the expected demand beyond it."""
        at = np.broadcast_to(np.asarray(quantity, np.float64), self.mean.shape)
        chance, short = np.empty(self.mean.shape), np.empty(self.mean.shape)
        for law, here, drawn in self._parts():
            chance[here], short[here] = law.beyond(self.mean[here], self.sd[here], drawn, at[here])
        return chance, short

    def at(self, places: NDArray[np.bool_]) -> "Demand":
        """Some of the places only."""
        drawn = self.drawn
        if drawn is not None:
            drawn = drawn[places[self.kind == DRAWN]]
        return Demand(self.kind[places], self.mean[places], self.sd[places], drawn)

    def left(self, quantity: Number) -> Floats:
        """What is expected to be left of a quantity: E[(x - X)+].

        >>> one = known("normal", 100.0, 10.0)
        >>> float(one.left(100.0).round(4)[0])
        3.9894
        """
        at = np.broadcast_to(np.asarray(quantity, np.float64), self.mean.shape)
        return cast("Floats", np.maximum(0.0, at - self.mean + self.short(at)))

    def _parts(self) -> Iterator[tuple[Any, NDArray[np.bool_], Any]]:
        """Each law that occurs, its places, and their draws."""
        for kind in np.flatnonzero(np.bincount(self.kind, minlength=len(LAWS))).tolist():
            yield _TOLD[kind], self.kind == kind, self.drawn if kind == DRAWN else None


def known(law: str, mean: Number, sd: Number) -> Demand:
    """Demand of one law for all places.

    >>> float(known("gamma", 10.0, 10.0).above(10.0).round(4)[0])
    0.3679
    """
    if law not in LAWS or law == "empirical":
        raise Impossible(f"{law!r} is not a law of demand; use {', '.join(LAWS[:4])}.")
    middle, spread = np.broadcast_arrays(
        np.atleast_1d(np.asarray(mean, np.float64)), np.asarray(sd, np.float64)
    )
    if (spread < 0).any():
        raise Impossible("A deviation of demand is 0 or more.")
    if law != "normal" and (middle < 0).any():
        raise Impossible(f"{law.capitalize()} demand cannot have a mean below 0.")
    return Demand(
        settled(np.full(middle.shape, LAWS.index(law), dtype=np.int8), middle, spread), middle, spread
    )


def chosen(mean: Number, sd: Number, whole: bool | NDArray[np.bool_] = False) -> Demand:
    """Demand by the law that its mean and deviation call for; ``whole``: it comes in whole units.

    >>> chosen(np.array([100.0, 100.0, 5.0]), np.array([20.0, 80.0, 4.0]), True).law
    ['normal', 'gamma', 'negative binomial']
    """
    middle, spread = np.broadcast_arrays(
        np.atleast_1d(np.asarray(mean, np.float64)), np.asarray(sd, np.float64)
    )
    if (middle < 0).any() or (spread < 0).any():
        raise Impossible("Demand and its deviation are 0 or more.")
    counted = np.broadcast_to(np.asarray(whole), middle.shape) & (middle < SMALL_COUNTS)
    skewed = spread > SKEWED * middle
    kind = np.where(counted, LUMPS, np.where(skewed, GAMMA, NORMAL)).astype(np.int8)
    return Demand(settled(kind, middle, spread), middle, spread)


def fits(law: str, values: Floats) -> bool:
    """Whether what happened may well have come from a law with the same mean and deviation.

    >>> fits("normal", np.array([9.0, 10, 11, 10, 9, 11] * 6))
    True
    >>> fits("normal", np.array([0.0, 0, 0, 0, 0, 60] * 6))
    False
    """
    seen = np.sort(values)
    demand = known(law, np.full(len(seen), seen.mean()), float(seen.std(ddof=1)))
    below = 1 - demand.above(seen)
    # Counts stand on steps: what matters is the height the law has after each step, not before it.
    after = np.searchsorted(seen, seen, side="right") / len(seen)
    before = np.searchsorted(seen, seen, side="left") / len(seen)
    stepped = law in ("poisson", "negative binomial")
    reached = 1 - demand.above(seen - 1) if stepped else below
    apart = max(float(np.abs(after - below).max()), float(np.abs(reached - before).max()))
    return bool(apart <= (MISFIT + 0.5) / np.sqrt(len(seen)))


def settled(kind: Kinds, mean: Floats, sd: Floats) -> Kinds:
    """Where a law cannot hold, the one that does: no deviation is certain, an even count is Poisson."""
    kind = np.where((kind == LUMPS) & (sd**2 <= mean * (1 + 1e-9)), SINGLES, kind)
    kind = np.where((kind == GAMMA) & (mean <= 0), NORMAL, kind)
    sure = sd <= NO_DEVIATION * (1 + np.abs(mean))
    return np.where(sure | ((kind == SINGLES) & (mean <= 0)), CERTAIN, kind).astype(np.int8)


class _Normal:
    @staticmethod
    def quantile(mean: Floats, sd: Floats, drawn: Any, share: Floats) -> Floats:
        from scipy.special import ndtri

        return cast("Floats", mean + sd * ndtri(share))

    @staticmethod
    def beyond(mean: Floats, sd: Floats, drawn: Any, at: Floats) -> tuple[Floats, Floats]:
        from scipy.special import ndtr

        z = (at - mean) / sd
        over = ndtr(-z)
        density = np.exp(-(np.clip(z, -40, 40) ** 2) / 2) / np.sqrt(2 * np.pi)
        return over, sd * np.maximum(0.0, density - z * over)


class _Gamma:
    @staticmethod
    def quantile(mean: Floats, sd: Floats, drawn: Any, share: Floats) -> Floats:
        from scipy.special import gammaincinv

        return cast("Floats", gammaincinv((mean / sd) ** 2, share) * sd**2 / mean)

    @staticmethod
    def beyond(mean: Floats, sd: Floats, drawn: Any, at: Floats) -> tuple[Floats, Floats]:
        """Short is m P(k + 1) - x P(k), where P(k + 1) is P(k) and one term more."""
        from scipy.special import gammaincc, gammaln

        shape = (mean / sd) ** 2
        y = np.maximum(at, 1e-300) * mean / sd**2
        over = gammaincc(shape, y)
        more = np.exp(shape * np.log(y) - y - gammaln(shape + 1))
        short = np.where(at > 0, np.maximum(0.0, mean * (over + more) - at * over), mean - at)
        return over, short


class _NegativeBinomial:
    @staticmethod
    def quantile(mean: Floats, sd: Floats, drawn: Any, share: Floats) -> Floats:
        size, chance = mean**2 / (sd**2 - mean), mean / sd**2
        return _first_whole(lambda at: _lumps_above(size, chance, at), mean + 40 * sd + 40, share)

    @staticmethod
    def beyond(mean: Floats, sd: Floats, drawn: Any, at: Floats) -> tuple[Floats, Floats]:
        """Since k P(k) of size r is m P(k - 1) of size r + 1."""
        size, chance, whole = mean**2 / (sd**2 - mean), mean / sd**2, np.floor(at)
        over = _lumps_above(size, chance, whole)
        some = mean * _lumps_above(size + 1, chance, whole - 1) - at * over
        return over, np.where(at > 0, np.maximum(0.0, some), mean - at)


def _lumps_above(size: Floats, chance: Floats, at: Floats) -> Floats:
    from scipy.special import betainc

    return cast("Floats", np.where(at >= 0, 1 - betainc(size, np.maximum(at, 0.0) + 1, chance), 1.0))


class _Poisson:
    @staticmethod
    def quantile(mean: Floats, sd: Floats, drawn: Any, share: Floats) -> Floats:
        return _first_whole(lambda at: _singles_above(mean, at), mean + 40 * np.sqrt(mean) + 40, share)

    @staticmethod
    def beyond(mean: Floats, sd: Floats, drawn: Any, at: Floats) -> tuple[Floats, Floats]:
        whole = np.floor(at)
        over = _singles_above(mean, whole)
        some = mean * _singles_above(mean, whole - 1) - at * over
        return over, np.where(at > 0, np.maximum(0.0, some), mean - at)


def _singles_above(mean: Floats, at: Floats) -> Floats:
    from scipy.special import gammainc

    return cast("Floats", np.where(at >= 0, gammainc(np.maximum(at, 0.0) + 1, mean), 1.0))


class _Empirical:
    @staticmethod
    def quantile(mean: Floats, sd: Floats, drawn: Floats, share: Floats) -> Floats:
        place = np.ceil(share * drawn.shape[1] - 1e-9).astype(np.int64) - 1
        return cast("Floats", drawn[np.arange(len(drawn)), np.clip(place, 0, drawn.shape[1] - 1)])

    @staticmethod
    def beyond(mean: Floats, sd: Floats, drawn: Floats, at: Floats) -> tuple[Floats, Floats]:
        return (drawn > at[:, None]).mean(1), np.maximum(drawn - at[:, None], 0.0).mean(1)


class _Certain:
    @staticmethod
    def quantile(mean: Floats, sd: Floats, drawn: Any, share: Floats) -> Floats:
        return mean

    @staticmethod
    def beyond(mean: Floats, sd: Floats, drawn: Any, at: Floats) -> tuple[Floats, Floats]:
        return (mean > at).astype(np.float64), np.maximum(mean - at, 0.0)


def _first_whole(above: Callable[[Floats], Floats], most: Floats, share: Floats) -> Floats:
    """The least whole quantity that demand stays at or below with these chances."""
    low, high = np.full(most.shape, -1.0), np.ceil(most)
    while ((high - low) > 1).any():
        middle = np.floor((low + high) / 2)
        enough = 1 - above(middle) >= share - 1e-12
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high


_TOLD: tuple[Any, ...] = (_Normal, _Gamma, _NegativeBinomial, _Poisson, _Empirical, _Certain)
