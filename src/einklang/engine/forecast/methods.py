"""The light pool: methods that forecast a whole batch of series at once.

Each takes a :class:`Batch` (rows longest first) and gives a matrix of row by step ahead.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from einklang.engine.forecast import season as seasons
from einklang.engine.forecast import smoothing
from einklang.engine.forecast.panel import Matrix, Whole

AGGREGATIONS = (1, 2, 3, 4, 6, 12)
"""Bucket sizes of the multiple temporal aggregation."""
FEWEST_BUCKETS = 8


@dataclass(frozen=True, slots=True)
class Batch:
    """Histories with their seasons measured once for all methods."""

    values: Matrix
    starts: Whole
    horizon: int
    length: int
    tested: seasons.Season
    shrunk: seasons.Season
    is_seasonal: np.ndarray
    plain_tested: Matrix
    plain_shrunk: Matrix
    prior: Matrix | None = None

    def only(self, rows: np.ndarray) -> "Batch":
        """Some rows of the batch; still longest first."""
        if len(rows) == len(self.values):
            return self
        prior = None if self.prior is None else self.prior[rows]
        return batch(self.values[rows], self.starts[rows], self.length, self.horizon, prior)


def batch(values: Matrix, starts: Whole, season: int, horizon: int, prior: Matrix | None = None) -> Batch:
    """Measure the seasons of a batch and take them out; ``prior``: the shape each row starts from."""
    tested, shrunk, clear = seasons.measured(values, starts, season, prior)
    plain = tested.removed(values), shrunk.removed(values)
    return Batch(values, starts, horizon, season, tested, shrunk, clear, *plain, prior)


def theta(of: Batch) -> Matrix:
    """Theta: half the straight line through the history, half smoothing of its doubled curvature.

    f_{n+k} = (level of SES on 2x - line + line_{n+k}) / 2
    """
    line, slope = _line(of.plain_shrunk, of.starts)
    bent = 2 * of.plain_shrunk - line
    level = smoothing.ses(np.where(np.isfinite(of.plain_shrunk), bent, 0.0), of.starts)
    ahead = np.arange(1, of.horizon + 1)
    along = line[:, -1:] + slope[:, None] * ahead
    return of.shrunk.applied((level[:, None] + along) / 2)


def damped_trend(of: Batch) -> Matrix:
    """Damped-trend smoothing on the series without its shrunk season."""
    return of.shrunk.applied(_damped(of.plain_shrunk, of.starts, of.horizon))


def aggregated(of: Batch) -> Matrix:
    """Damped-trend smoothing on months, pairs, quarters ... years of the same history, averaged.

    Coarse buckets see the trend, fine ones the level; the mean of both errs less than either.
    """
    total = np.zeros((len(of.values), of.horizon))
    used = np.zeros(len(of.values))
    lengths = of.values.shape[1] - of.starts
    for size in AGGREGATIONS:
        if size > 1 and size > max(of.length, 4):
            continue
        rows = np.flatnonzero((lengths // size >= FEWEST_BUCKETS) | (size == 1))
        if not len(rows):
            continue
        sums, starts = bucketed(of.plain_tested[rows], of.starts[rows], size)
        steps = -(-of.horizon // size)
        ahead = _damped(sums / size, starts, steps)
        total[rows] += np.repeat(ahead, size, axis=1)[:, : of.horizon]
        used[rows] += 1
    return of.tested.applied(total / used[:, None])


def simple(of: Batch) -> Matrix:
    """Simple exponential smoothing on the series without its shrunk season."""
    level = smoothing.ses(of.plain_shrunk, of.starts)
    return of.shrunk.applied(np.repeat(level[:, None], of.horizon, axis=1))


def seasonal_naive(of: Batch) -> Matrix:
    """The same period a season ago; without a whole season, the last value."""
    width = of.values.shape[1]
    last = np.repeat(of.values[:, -1:], of.horizon, axis=1)
    if of.length < 2 or width < of.length:
        return last
    ago = of.values[:, width - of.length + np.arange(of.horizon) % of.length]
    return np.where((width - of.starts >= of.length)[:, None], ago, last)


def mean(of: Batch) -> Matrix:
    """The mean of what is known: all that one or two observations can support."""
    known = np.isfinite(of.values)
    level = np.where(known, of.values, 0.0).sum(1) / np.maximum(known.sum(1), 1)
    return np.repeat(level[:, None], of.horizon, axis=1)


def ended(of: Batch) -> Matrix:
    """Nothing more: the series has stopped selling."""
    return np.zeros((len(of.values), of.horizon))


def adida(of: Batch) -> Matrix:
    """Smoothing in buckets as long as the mean interval between demands, spread back (ADIDA)."""
    interval = demand_interval(of)
    level = np.zeros(len(of.values))
    for size in np.unique(interval):
        rows = np.flatnonzero(interval == size)
        level[rows] = _bucket_level(of, rows, int(size))
    return np.repeat(level[:, None], of.horizon, axis=1)


def imapa(of: Batch) -> Matrix:
    """The mean of smoothing in every bucket size up to the mean interval (IMAPA)."""
    interval = demand_interval(of)
    level = np.zeros(len(of.values))
    for size in range(1, int(interval.max(initial=1)) + 1):
        rows = np.flatnonzero(interval >= size)
        level[rows] += _bucket_level(of, rows, size)
    return np.repeat((level / interval)[:, None], of.horizon, axis=1)


def tsb(of: Batch, weight: float = 0.1) -> Matrix:
    """Chance of a demand times its size, both smoothed every period (Teunter, Syntetos, Babai)."""
    known = np.isfinite(of.values)
    sold = known & (np.where(known, of.values, 0.0) != 0)
    events = sold.sum(1)
    chance = events / np.maximum(known.sum(1), 1)
    size = np.where(sold, of.values, 0.0).sum(1) / np.maximum(events, 1)
    for column in range(of.values.shape[1]):
        alive, hit = known[:, column], sold[:, column]
        chance = np.where(alive, chance + weight * (hit - chance), chance)
        size = np.where(hit, size + weight * (np.where(hit, of.values[:, column], 0.0) - size), size)
    return np.repeat((chance * size)[:, None], of.horizon, axis=1)


POOL: dict[str, Callable[[Batch], Matrix]] = {
    "theta": theta,
    "damped": damped_trend,
    "aggregated": aggregated,
    "ses": simple,
    "seasonal naive": seasonal_naive,
    "mean": mean,
    "ended": ended,
    "adida": adida,
    "imapa": imapa,
    "tsb": tsb,
}


def demand_interval(of: Batch) -> Whole:
    """Mean number of periods from one demand to the next, whole and at least 1."""
    known = np.isfinite(of.values)
    events = (known & (np.where(known, of.values, 0.0) != 0)).sum(1)
    interval = np.rint(known.sum(1) / np.maximum(events, 1))
    whole: Whole = np.clip(interval, 1, np.maximum(known.sum(1) // 2, 1)).astype(np.int64)
    return whole


def bucketed(values: Matrix, starts: Whole, size: int) -> tuple[Matrix, Whole]:
    """Sums of ``size`` periods, counted back from the last one; the oldest incomplete bucket is left out.

    >>> bucketed(np.array([[1.0, 2.0, 3.0, 4.0, 5.0]]), np.array([0]), 2)
    (array([[5., 9.]]), array([0]))
    """
    buckets = values.shape[1] // size
    sums = values[:, values.shape[1] - buckets * size :].reshape(len(values), buckets, size).sum(2)
    return sums, buckets - (values.shape[1] - starts) // size


def _bucket_level(of: Batch, rows: Whole, size: int) -> Matrix:
    """The smoothed level per period, seen in buckets of ``size`` periods."""
    sums, starts = bucketed(of.values[rows], of.starts[rows], size)
    level: Matrix = smoothing.ses(sums, starts) / size
    return level


def _damped(values: Matrix, starts: Whole, horizon: int) -> Matrix:
    """Damped-trend forecasts of plain series: level plus the fading sum of the trend."""
    level, trend, phi = smoothing.damped(values, starts)
    fading = np.cumsum(phi[:, None] ** np.arange(1, horizon + 1), axis=1)
    ahead: Matrix = level[:, None] + trend[:, None] * fading
    return ahead


def _line(values: Matrix, starts: Whole) -> tuple[Matrix, Matrix]:
    """The straight line through each row, at every column, and its slope."""
    width = values.shape[1]
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    lengths = np.maximum(width - starts, 1)
    middle = (starts + width - 1) / 2
    time = np.where(known, np.arange(width) - middle[:, None], 0.0)
    slope = (time * filled).sum(1) / np.maximum((time**2).sum(1), 1e-300)
    level = filled.sum(1) / lengths
    line = level[:, None] + slope[:, None] * (np.arange(width) - middle[:, None])
    return line, np.where(lengths > 1, slope, 0.0)
