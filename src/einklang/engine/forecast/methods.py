"""The light pool: methods that forecast a whole batch of series at once.

Each takes a :class:`Batch` (rows longest first) and gives a matrix of row by step ahead, NaN where it
has nothing to say.
"""

from collections.abc import Callable

import numpy as np

from einklang.engine.forecast import smoothing
from einklang.engine.forecast.batch import Batch, Plain
from einklang.engine.forecast.holt_winters import holt_winters
from einklang.engine.forecast.intermittent import adida, bucketed, imapa, tsb
from einklang.engine.forecast.panel import Matrix

AGGREGATIONS = (2, 3, 4, 6, 12)
"""Bucket sizes of the multiple temporal aggregation, beside the periods themselves."""
FEWEST_BUCKETS = 8
HALF = 0.5
"""Half the slope of the line: theta 2."""


def simple(of: Batch) -> Matrix:
    """Simple exponential smoothing: a level, and no trend."""
    level = of.plain_tested.levels.simple()
    return of.tested.applied(np.repeat(level[:, None], of.horizon, axis=1))


def holt(of: Batch) -> Matrix:
    """A trend that goes on for ever."""
    return of.tested.applied(of.plain_tested.trends[1].ahead(of.horizon))


def damped(of: Batch) -> Matrix:
    """A trend that fades, on the series without the season that was found."""
    return of.tested.applied(of.plain_tested.trends[0].ahead(of.horizon))


def damped_shrunk(of: Batch) -> Matrix:
    """A trend that fades, on the series without its shrunk season."""
    return of.shrunk.applied(of.plain_shrunk.trends[0].ahead(of.horizon))


def theta(of: Batch) -> Matrix:
    """Theta: smoothing with half the slope of the line as its drift, on the series without its shrunk season.

    f_{n+k} = level + slope / 2 * (k + lag of the smoothed line)
    """
    return of.shrunk.applied(_theta(of.plain_shrunk, of.horizon, HALF))


def theta_tested(of: Batch) -> Matrix:
    """Theta as published: without the season that the test finds."""
    return of.tested.applied(_theta(of.plain_tested, of.horizon, HALF))


def theta_optimised(of: Batch) -> Matrix:
    """Theta with the share of the slope that would have erred least."""
    return of.tested.applied(_theta(of.plain_tested, of.horizon, None))


def theta_log(of: Batch) -> Matrix:
    """Theta on logarithms: growth in percent. Nothing to say where a value is zero or less."""
    log, positive = of.plain_log
    said = _theta(log, of.horizon, HALF)
    grown = np.exp(np.minimum(said, 700.0))
    return np.where(positive[:, None], of.tested.applied(grown), np.nan)


def aggregated(of: Batch) -> Matrix:
    """A trend that fades on months, pairs, quarters ... years of the same history, averaged.

    Coarse buckets see the trend, fine ones the level; the mean of both errs less than either.
    """
    total = of.plain_tested.trends[0].ahead(of.horizon)
    used = np.ones(len(of.values))
    for size in AGGREGATIONS:
        rows = np.flatnonzero(of.lengths // size >= FEWEST_BUCKETS)
        if size > max(of.length, 4) or not len(rows):
            continue
        sums, starts = bucketed(of.plain_tested.values[rows], of.starts[rows], size)
        fading = smoothing.trends(sums / size, starts, refined=False)[0]
        total[rows] += np.repeat(fading.ahead(-(-of.horizon // size)), size, axis=1)[:, : of.horizon]
        used[rows] += 1
    return of.tested.applied(total / used[:, None])


def season_times(of: Batch) -> Matrix:
    """Holt-Winters: level, fading trend and a season that multiplies, all smoothed."""
    return _holt_winters(of, times=True)


def season_plus(of: Batch) -> Matrix:
    """Holt-Winters: level, fading trend and a season that adds, all smoothed."""
    return _holt_winters(of, times=False)


def seasonal_naive(of: Batch) -> Matrix:
    """The same period a season ago; without a whole season, the last value."""
    width = of.values.shape[1]
    last = np.repeat(of.values[:, -1:], of.horizon, axis=1)
    if of.length < 2 or width < of.length:
        return last
    ago = of.values[:, width - of.length + np.arange(of.horizon) % of.length]
    return np.where((of.lengths >= of.length)[:, None], ago, last)


def last_year(of: Batch) -> Matrix:
    """The same period a season ago, moved half-way by how the last periods compare with theirs.

    Nothing to say before a whole season is known, nor where the family above knows the season better.
    """
    width, length = of.values.shape[1], of.length
    if length < 2 or width < length:
        return np.full((len(of.values), of.horizon), np.nan)
    ago = of.values[:, width - length + np.arange(of.horizon) % length]
    reach = min(max(length // 4, 3), width - length)
    now = of.values[:, width - reach :]
    then = of.values[:, width - reach - length : width - length]
    both = np.isfinite(then) & np.isfinite(now)
    new, old = (np.where(both, part, 0.0).sum(1) for part in (now, then))
    sound = (new > 0) & (old > 0)
    ratio = np.sqrt(np.clip(np.divide(new, old, out=np.ones(len(new)), where=sound), 0.25, 4.0))
    speaks = (of.lengths >= length) & ~of.inherits
    return np.where(speaks[:, None], ago * ratio[:, None], np.nan)


def theta_recent(of: Batch) -> Matrix:
    """Optimised theta on the last years, as if there were no season."""
    return theta_optimised(of.recent)


def damped_recent(of: Batch) -> Matrix:
    """A trend that fades, on the last years, as if there were no season."""
    return damped(of.recent)


def aggregated_recent(of: Batch) -> Matrix:
    """The mean over bucket sizes on the last years, as if there were no season."""
    return aggregated(of.recent)


def mean(of: Batch) -> Matrix:
    """The mean of what is known: all that one or two observations can support."""
    known = np.isfinite(of.values)
    level = np.where(known, of.values, 0.0).sum(1) / np.maximum(known.sum(1), 1)
    return np.repeat(level[:, None], of.horizon, axis=1)


def ended(of: Batch) -> Matrix:
    """Nothing more: the series has stopped selling."""
    return np.zeros((len(of.values), of.horizon))


POOL: dict[str, Callable[[Batch], Matrix]] = {
    "ses": simple,
    "holt": holt,
    "damped": damped,
    "damped shrunk": damped_shrunk,
    "theta": theta,
    "theta tested": theta_tested,
    "theta optimised": theta_optimised,
    "theta log": theta_log,
    "aggregated": aggregated,
    "season times": season_times,
    "season plus": season_plus,
    "seasonal naive": seasonal_naive,
    "last year": last_year,
    "theta recent": theta_recent,
    "damped recent": damped_recent,
    "aggregated recent": aggregated_recent,
    "mean": mean,
    "ended": ended,
    "adida": adida,
    "imapa": imapa,
    "tsb": tsb,
}


def _theta(plain: Plain, horizon: int, kappa: float | None) -> Matrix:
    """The smoothed level with a part of the line's slope."""
    level, drift, lag = plain.levels.theta(plain.slope, kappa)
    ahead: Matrix = level[:, None] + drift[:, None] * (np.arange(1, horizon + 1) + lag[:, None])
    return ahead


def _holt_winters(of: Batch, *, times: bool) -> Matrix:
    """Both kinds; where a value is zero or less, a season cannot multiply."""
    said = np.full((len(of.values), of.horizon), np.nan)
    fits = of.lengths >= 2 * of.length + 2
    rows = np.flatnonzero(fits & ~of.shrunk.additive if times else fits)
    if of.length < 2 or not len(rows):
        return said
    figures, size = of.shrunk.figures[rows], of.shrunk.size[rows]
    figures = figures if times else (figures - 1) * size[:, None]
    said[rows] = holt_winters(of.values[rows], of.starts[rows], figures, of.horizon, times=times)
    return said
