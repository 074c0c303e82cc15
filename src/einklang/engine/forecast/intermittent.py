"""Methods for items that sell now and then: a rate per period, not a course."""

import numpy as np

from einklang.engine.forecast import smoothing
from einklang.engine.forecast.batch import Batch
from einklang.engine.forecast.panel import Matrix, Whole


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
    level: Matrix = smoothing.levels(sums, starts).simple() / size
    return level
