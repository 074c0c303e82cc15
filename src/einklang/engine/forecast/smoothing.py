"""Exponential smoothing over whole batches: every series and every candidate weight in one pass through time.

    level_t = forecast_t + a * e_t        trend_t = phi * trend_{t-1} + a * b * e_t
    forecast_{t+1} = level_t + phi * trend_t                 e_t = y_t - forecast_t

The weights with the smallest sum of squared one-step errors win, first on a coarse grid in single
precision, then on a finer one around it. Rows must be sorted longest first, so that the series that
have begun at a period are simply the first ones.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from einklang.engine.forecast.panel import Matrix, Whole

Number = TypeVar("Number", np.float32, np.float64)

LEVEL_GRID = np.array([0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99])
LEVEL_STEPS = np.array([-0.04, -0.02, 0.0, 0.02, 0.04])
TREND_GRID = (
    np.array([0.05, 0.15, 0.3, 0.45, 0.6, 0.75, 0.95]),
    np.array([0.01, 0.1, 0.35, 0.7]),
    np.array([0.8, 0.9, 0.97]),
)
TREND_STEPS = np.array([-0.05, 0.0, 0.05])


def ses(values: Matrix, starts: Whole) -> Matrix:
    """The last level of each row under simple exponential smoothing.

    >>> ses(np.array([[4.0, 4.0, 4.0]]), np.array([0]))
    array([4.])
    """
    first = _opening_mean(values, starts)
    coarse = np.broadcast_to(LEVEL_GRID, (len(values), len(LEVEL_GRID)))
    _, error = _level_pass(values, starts, coarse, first)
    best = LEVEL_GRID[error.argmin(1)]
    fine = np.clip(best[:, None] + LEVEL_STEPS, 0.005, 0.999)
    level, error = _level_pass(values, starts, fine, first)
    chosen: Matrix = np.take_along_axis(level, error.argmin(1)[:, None], 1)[:, 0]
    return chosen


def damped(values: Matrix, starts: Whole) -> tuple[Matrix, Matrix, Matrix]:
    """The last level, trend and damping factor of each row under damped-trend smoothing."""
    level, trend = _opening_line(values, starts)
    grid = np.stack([axis.ravel() for axis in np.meshgrid(*TREND_GRID, indexing="ij")])
    coarse = np.broadcast_to(grid[:, None, :], (3, len(values), grid.shape[1]))
    scale = np.maximum(np.nanmax(np.abs(values), axis=1), 1e-300)
    small = (values / scale[:, None]).astype(np.float32)
    _, _, error = _trend_pass(
        small,
        starts,
        coarse.astype(np.float32),
        (level / scale).astype(np.float32),
        (trend / scale).astype(np.float32),
    )
    best = grid[:, error.argmin(1)]
    steps = np.stack([axis.ravel() for axis in np.meshgrid(TREND_STEPS, TREND_STEPS, indexing="ij")])
    fine = np.stack(
        [
            np.clip(best[0][:, None] + steps[0], 0.005, 0.99),
            np.clip(best[1][:, None] + 0.7 * steps[1], 0.001, 0.99),
            np.broadcast_to(best[2][:, None], (len(values), steps.shape[1])),
        ]
    )
    levels, trends, error = _trend_pass(values, starts, fine, level, trend)
    pick = error.argmin(1)[:, None]
    return np.take_along_axis(levels, pick, 1)[:, 0], np.take_along_axis(trends, pick, 1)[:, 0], best[2]


def _active(starts: Whole, width: int) -> Whole:
    """How many rows have begun at each column (rows are sorted longest first)."""
    return np.searchsorted(starts, np.arange(width), side="right")


def _level_pass(values: Matrix, starts: Whole, weights: Matrix, first: Matrix) -> tuple[Matrix, Matrix]:
    """Run every candidate of every row through time: last levels and sums of squared errors."""
    level = np.repeat(first[:, None], weights.shape[1], axis=1)
    error = np.zeros_like(level)
    missed = np.empty_like(level)
    for column, rows in enumerate(_active(starts, values.shape[1])):
        if rows == 0:
            continue
        miss, now = missed[:rows], level[:rows]
        np.subtract(values[:rows, column, None], now, out=miss)
        error[:rows] += miss * miss
        miss *= weights[:rows]
        now += miss
    return level, error


def _trend_pass(
    values: NDArray[Number],
    starts: Whole,
    weights: NDArray[Number],
    level: NDArray[Number],
    trend: NDArray[Number],
) -> tuple[NDArray[Number], NDArray[Number], NDArray[Number]]:
    """Like ``_level_pass`` with a damped trend; ``weights`` holds a, b and phi."""
    a, b, phi = weights
    ab = a * b
    levels = np.repeat(level[:, None], a.shape[1], axis=1)
    trends = np.repeat(trend[:, None], a.shape[1], axis=1)
    error = np.zeros_like(levels)
    missed, part = np.empty_like(levels), np.empty_like(levels)
    for column, rows in enumerate(_active(starts, values.shape[1])):
        if rows == 0:
            continue
        now, slope, miss, piece = levels[:rows], trends[:rows], missed[:rows], part[:rows]
        slope *= phi[:rows]
        now += slope
        np.subtract(values[:rows, column, None], now, out=miss)
        np.multiply(miss, miss, out=piece)
        error[:rows] += piece
        np.multiply(miss, a[:rows], out=piece)
        now += piece
        np.multiply(miss, ab[:rows], out=piece)
        slope += piece
    return levels, trends, error


def _opening(values: Matrix, starts: Whole, count: int) -> tuple[Matrix, np.ndarray]:
    """The first ``count`` values of each row, and which of them exist."""
    width = values.shape[1]
    places = starts[:, None] + np.arange(count)
    exists = places < width
    first = np.take_along_axis(values, np.minimum(places, width - 1), 1)
    return np.where(exists, first, 0.0), exists


def _opening_mean(values: Matrix, starts: Whole) -> Matrix:
    """Where smoothing begins: the mean of the first six values."""
    first, exists = _opening(values, starts, 6)
    mean: Matrix = first.sum(1) / np.maximum(exists.sum(1), 1)
    return mean


def _opening_line(values: Matrix, starts: Whole) -> tuple[Matrix, Matrix]:
    """Where trend smoothing begins: the straight line through the first ten values."""
    first, exists = _opening(values, starts, 10)
    count = np.maximum(exists.sum(1), 1)
    time = np.where(exists, np.arange(10) - ((count - 1) / 2)[:, None], 0.0)
    mean = first.sum(1) / count
    slope = (time * first).sum(1) / np.maximum((time**2).sum(1), 1.0)
    return mean - slope * (count + 1) / 2, slope
