"""To learn how items that sell now and then fade and scatter, from what was said of them at earlier dates.

The fade is a Poisson regression, ``log E[came_h / rate] = level + slope * h``, taken three quarters of
the way. It is kept where it would have won at an earlier date, learned only from what was known then.
"""

from dataclasses import dataclass, replace

import numpy as np

from einklang.engine.forecast.blend import Blend
from einklang.engine.forecast.counts import LEAST_RATE, Counts, is_counted, pooled_ratio, ratio_of
from einklang.engine.forecast.learned import Step
from einklang.engine.forecast.panel import Matrix, Panel, Whole
from einklang.engine.forecast.tell import tell

SAMPLED, TRIED = 600, 1500
"""At each earlier date, at most so many items are looked at; for the trial of the fade, so many."""
FEWEST_ITEMS, FEWEST_PERIODS = 30, 8
TAKEN = 0.75
"""How far the way to the fade that was measured (tried on spare parts up to 2000)."""
SURE = 2.0
"""How many standard errors the fade must win by."""
WORTHWHILE = 0.002
"""A fade that takes away less than this share of the squared error is not worth a change."""
STRAIGHT = 1.5
"""How strongly the slope is drawn to none: half is left after five steps seen, nearly all after twelve."""
CELLS = 12_000
FLATTEST = 0.01
"""A rate below one piece in a hundred periods counts as that."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Items at an earlier date: their rates then, what came, and how far their histories scattered."""

    rate: Matrix
    came: Matrix
    values: Matrix
    starts: Whole

    def only(self, rows: np.ndarray) -> "Seen":
        """Some of the items."""
        return Seen(self.rate[rows], self.came[rows], self.values[rows], self.starts[rows])


def learn_counts(known: Panel, blend: Blend, season: int, horizon: int) -> tuple[Counts, Step | None]:
    """Fade and scatter of the items that sell now and then; the defaults where too few of them are known."""
    seen = _looked_back(known, blend, season, horizon)
    if sum(len(part.rate) for part in seen) < FEWEST_ITEMS:
        return Counts(), None
    counts = _scatter(seen)
    earlier = _looked_back(known.before(horizon), blend, season, horizon)
    if sum(len(part.rate) for part in earlier) < FEWEST_ITEMS:
        return counts, None
    step = _tried(earlier, _looked_at(known, blend, season, horizon, horizon, TRIED))
    if step is None or not step.kept:
        return counts, step
    level, slope = fade(seen)
    return replace(counts, level=level, slope=slope), step


def fade(seen: list[Seen]) -> tuple[float, float]:
    """Level and slope of the logarithm of what came by what was said, three quarters of the way.

    >>> item = Seen(np.full((40, 1), 4.0), np.full((40, 3), 2.0), np.zeros((40, 1)), np.zeros(40, int))
    >>> level, slope = fade([item])
    >>> round(level, 3), abs(round(slope, 3)), round(0.75 * float(np.log(2 / 4)), 3)
    (-0.52, 0.0, -0.52)
    """
    rate = np.concatenate([np.repeat(part.rate, part.came.shape[1], axis=1).ravel() for part in seen])
    came = np.concatenate([part.came.ravel() for part in seen])
    steps = np.concatenate(
        [np.tile(np.arange(1, part.came.shape[1] + 1), len(part.came)) for part in seen]
    ).astype(float)
    known = np.isfinite(came)
    rate, came, steps = np.maximum(rate[known], FLATTEST), came[known], steps[known]
    design = np.stack([np.ones_like(steps), steps - 1])
    found = np.array([np.log(max(came.sum(), FLATTEST) / rate.sum()), 0.0])
    for _turn in range(25):
        said = rate * np.exp(found @ design)
        pull = np.array([1e-9, STRAIGHT * said.sum() + 1e-9])
        bend = (design * said) @ design.T + np.diag(pull)
        move = np.linalg.solve(bend, design @ (came - said) - pull * found)
        found = found + np.clip(move, -1.0, 1.0)
        if np.abs(move).max() < 1e-9:
            break
    level, slope = float(found[0] - found[1]), min(float(found[1]), 0.0)
    return TAKEN * level, TAKEN * slope


def _tried(earlier: list[Seen], test: Seen) -> Step | None:
    """The fade learned before a date, against none, in what came after it: paired by item."""
    if len(test.rate) < FEWEST_ITEMS:
        return None
    level, slope = fade(earlier)
    share = Counts(level=level, slope=slope).fade(test.came.shape[1])
    moves = np.nanmean(np.diff(test.values, axis=1) ** 2, axis=1)
    rows = np.flatnonzero(moves > 0)
    scale = moves[rows, None]
    plain = np.nanmean((test.rate[rows] - test.came[rows]) ** 2 / scale, axis=1)
    faded = np.nanmean((test.rate[rows] * share - test.came[rows]) ** 2 / scale, axis=1)
    gain = plain - faded
    error = gain.std() / np.sqrt(max(len(gain), 1))
    sure = float(gain.mean() / error) if error > 0 else 0.0
    came = np.nansum(test.came)
    bias = float((np.nansum(test.rate * share) - came) / came) if came > 0 else 0.0
    won = float(gain.mean() / max(plain.mean(), 1e-300))
    return Step("intermittent", "fade", sure > SURE and won > WORTHWHILE, won, sure, bias, len(rows))


def _looked_back(known: Panel, blend: Blend, season: int, horizon: int) -> list[Seen]:
    """The items at three dates within the last horizon."""
    backs = sorted({max(round(horizon * part / 3), 1) for part in (1, 2, 3, 4)})
    found = [_looked_at(known, blend, season, horizon, back) for back in backs]
    return [part for part in found if len(part.rate)]


def _looked_at(known: Panel, blend: Blend, season: int, horizon: int, back: int, most: int = SAMPLED) -> Seen:
    """What would have been said of the items some periods ago, and what came."""
    then = known.before(back)
    rows = np.flatnonzero(then.lengths >= FEWEST_PERIODS)
    values = then.values[rows]
    sold = (np.nan_to_num(values) != 0).sum(1)
    rows = rows[(sold >= 2) & is_counted(values) & (sold < 0.76 * then.lengths[rows])]
    rows = rows[:: -(-len(rows) // most)] if len(rows) else rows
    width = min(back, horizon)
    if not len(rows):
        nothing = np.zeros((0, 1))
        return Seen(nothing, np.zeros((0, width)), nothing, np.zeros(0, dtype=np.int64))
    part = then.take(rows)
    made = tell(part, blend, season, 1)
    first = known.values.shape[1] - back
    seen = Seen(made.mean, known.values[rows, first : first + width], part.values, part.starts)
    # At an early date an item that sells now and then may have been too young to be called so.
    alike = np.isin(made.kinds, ("intermittent", "new", "short"))
    return seen.only(np.flatnonzero(alike & (made.mean[:, 0] > LEAST_RATE)))


def _scatter(seen: list[Seen]) -> Counts:
    """Shift, tilt and power by likelihood over what came, starting from the usual ones."""
    from scipy.optimize import minimize
    from scipy.special import gammaln

    latest = seen[0]
    pooled = pooled_ratio(latest.values, latest.starts)
    rate = np.concatenate([np.repeat(part.rate, part.came.shape[1], axis=1).ravel() for part in seen])
    ratio = np.concatenate(
        [np.repeat(ratio_of(part.values, part.starts, pooled), part.came.shape[1]) for part in seen]
    )
    came = np.concatenate([part.came.ravel() for part in seen])
    known = np.flatnonzero(np.isfinite(came))
    known = known[:: -(-len(known) // CELLS)]
    rate, ratio, came = np.maximum(rate[known], FLATTEST), ratio[known], came[known]
    usual = Counts(pooled=pooled)
    start = np.array([usual.shift, usual.tilt, usual.power])

    def unlikely(at: Matrix) -> float:
        """Minus the logarithm of the likelihood, with a pull to the usual figures worth a few cells."""
        size = Counts(shift=at[0], tilt=at[1], power=at[2]).size(rate, ratio)
        chance = gammaln(came + size) - gammaln(size) - size * np.log1p(rate / size)
        chance = chance + came * (np.log(rate) - np.log(size + rate))
        return float(-chance.sum() + 5 * ((at - start) ** 2).sum())

    best = minimize(unlikely, start, method="Nelder-Mead", options={"maxiter": 120, "xatol": 1e-3}).x
    return replace(usual, shift=float(best[0]), tilt=float(best[1]), power=float(best[2]))
