"""Demand over the time a stock must bear: the lead time, which itself varies, and the review period.

    mean_T = d * T          sd_T^2 = T * sd_d^2 + d^2 * sd_L^2

For an item whose own history fits no law, demand over the time is drawn from that history: as many periods
as a drawn lead time holds, each with an error of the past scaled to the error expected now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from einklang.engine.errors import Impossible
from einklang.engine.inventory.laws import (
    CERTAIN,
    DRAWN,
    ENOUGH_TO_SEE,
    LAWS,
    NORMAL,
    Demand,
    Floats,
    Kinds,
    Number,
    chosen,
    fits,
    known,
    settled,
)

DRAWS = 1000
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Exposure:
    """Demand and its error a period, lead time and its deviation, and the law of each item."""

    demand: Floats
    error_sd: Floats
    lead_time: Floats
    lead_time_sd: Floats
    review: Floats
    kind: Kinds
    errors: tuple[Floats, ...] = ()

    def over(self, time: Floats) -> Demand:
        """Demand over a time that varies as the lead time does."""
        mean = self.demand * time
        sd = np.sqrt(self.error_sd**2 * time + (self.demand * self.lead_time_sd) ** 2)
        sd = np.where(time > 0, sd, 0.0)
        kind = settled(self.kind, mean, sd)
        return Demand(kind, mean, sd, self._drawn(time, kind))

    @property
    def law(self) -> list[str]:
        """The law of each item by its name."""
        return self.whole.law

    @property
    def whole(self) -> Demand:
        """Demand over lead time and review period."""
        return self.over(self.lead_time + self.review)

    def _drawn(self, time: Floats, kind: Kinds) -> Floats | None:
        rows = np.flatnonzero(kind == DRAWN).tolist()
        if not len(rows):
            return None
        dice = np.random.default_rng(11)
        draws = [
            _sums(
                self.demand[row] + self.errors[row] * self._scale(row),
                _times(float(time[row]), float(self.lead_time_sd[row]), dice),
                dice,
            )
            for row in rows
        ]
        return cast("Floats", np.sort(np.array(draws), axis=1))

    def _scale(self, row: int) -> float:
        spread = float(self.errors[row].std(ddof=1))
        return float(self.error_sd[row]) / spread if spread > 0 else 0.0


def _times(time: float, time_sd: float, dice: np.random.Generator) -> Floats:
    """How long it took, in periods: always the same, or gamma where lead times vary."""
    if time_sd <= 0:
        return np.full(DRAWS, time)
    return dice.gamma((time / time_sd) ** 2, time_sd**2 / time, DRAWS)


def _sums(periods: Floats, times: Floats, dice: np.random.Generator) -> Floats:
    """Demand over each time; a period that is cut has its share of the mean and the root of its variation."""
    full, cut = np.floor(times).astype(np.int64), times % 1
    picked = periods[dice.integers(len(periods), size=(len(times), int(full.max()) + 1))]
    counted = np.arange(picked.shape[1])[None, :] < full[:, None]
    mean = periods.mean()
    last = cut * mean + np.sqrt(cut) * (picked[:, -1] - mean)
    return cast("Floats", np.maximum(0.0, (picked * counted).sum(1) + last))


def exposure(
    demand: Number,
    error_sd: Number,
    lead_time: Number,
    lead_time_sd: Number = 0.0,
    *,
    review: Number = 0.0,
    law: str = AUTO,
    histories: Sequence[Floats] | None = None,
) -> Exposure:
    """What each item's stock must bear, and by which law; ``histories`` are past demands, an item each.

    ``law`` "auto" lets the data choose (see :mod:`~einklang.engine.inventory.laws`): whole small numbers are
    counted, skewed demand is gamma, and a history of two dozen periods that fits no law speaks for itself.

    >>> steady = exposure(100.0, 20.0, 2.0)
    >>> lumpy = exposure(3.0, 4.0, 1.0, histories=[np.array([0.0, 0, 9, 0, 2, 0, 8, 0, 7, 4])])
    >>> steady.law, lumpy.law
    (['normal'], ['negative binomial'])
    """
    given = (demand, error_sd, lead_time, lead_time_sd, review)
    d, sd, time, time_sd, wait = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(one, np.float64)) for one in given)
    )
    _bearable(d, sd, time, time_sd, wait)
    total = time + wait
    mean, spread = d * total, np.sqrt(sd**2 * total + (d * time_sd) ** 2)
    seen = [np.asarray(one, np.float64) for one in histories] if histories is not None else []
    if law == AUTO:
        kinds = _by_data(mean, spread, seen)
    elif law == "empirical":
        kinds = np.full(d.shape, DRAWN, dtype=np.int8)
        if len(seen) != len(d) or min(map(len, seen), default=0) < 2:
            raise Impossible("The empirical law needs two past periods of every item, or more.")
    else:
        kinds = known(law, mean, spread).kind
    # What is certain over this time need not be over another: the law asked for stands behind it.
    kinds = np.where(kinds == CERTAIN, NORMAL if law == AUTO else LAWS.index(law), kinds).astype(np.int8)
    errors = tuple(one - one.mean() for one in seen) if (kinds == DRAWN).any() else ()
    return Exposure(d, sd, time, time_sd, wait, kinds, errors)


def _bearable(d: Floats, sd: Floats, time: Floats, time_sd: Floats, wait: Floats) -> None:
    """Refuse what no stock can mean."""
    if min(time.min(initial=0), time_sd.min(initial=0), wait.min(initial=0)) < 0:
        raise Impossible("A lead time, its deviation and a review period are 0 or more.")
    if min(d.min(initial=0), sd.min(initial=0)) < 0:
        raise Impossible("Demand and its error are 0 or more.")
    if not all(np.isfinite(one).all() for one in (d, sd, time, time_sd, wait)):
        raise Impossible("Demand, error and lead time are finite numbers.")


def _by_data(mean: Floats, sd: Floats, seen: list[Floats]) -> Kinds:
    """By size and skew; by history itself where it is long enough and fits neither."""
    if not seen:
        return chosen(mean, sd).kind
    counted = np.array([bool(len(one)) and bool((one == np.rint(one)).all()) for one in seen])
    kinds = chosen(mean, sd, counted).kind
    for row, past in enumerate(seen):
        if len(past) >= ENOUGH_TO_SEE and past.std() > 0 and past.mean() > 0:
            own = chosen(past.mean(), past.std(ddof=1), bool(counted[row])).law[0]
            if not fits(own, past):
                kinds[row] = DRAWN
    return kinds
