"""Exponential smoothing over whole batches: every series and every candidate weight in one pass through time.

    level_t = forecast_t + a * e_t        trend_t = phi * trend_{t-1} + a * b * e_t
    forecast_{t+1} = level_t + phi * trend_t                 e_t = y_t - forecast_t

The weights with the smallest sum of squared one-step errors win. Rows must be sorted longest first, so
that the series that have begun at a period are simply the first ones. Only steps that treat each row by
itself are used, so that a row's result does not depend on its neighbours in the batch.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from einklang.engine.forecast.panel import Matrix, Whole

Number = TypeVar("Number", np.float32, np.float64)
Single = NDArray[np.float32]

LEVEL_WEIGHTS = np.array([0.01, 0.03, 0.05, 0.08, 0.1, 0.13, 0.16, *np.arange(0.2, 0.96, 0.05), 0.99])
TREND_WEIGHTS = (
    np.array([0.05, 0.15, 0.3, 0.45, 0.6, 0.75, 0.95]),
    np.array([0.01, 0.1, 0.35, 0.7]),
    np.array([0.8, 0.9, 0.97, 1.0]),
)
TREND_STEPS = np.array([-0.05, 0.0, 0.05])
STEEPEST = 5 / 6
"""The drift of a theta line of 6 or more is hardly ever right."""


@dataclass(frozen=True, slots=True)
class Levels:
    """What one pass of simple smoothing says about each row (first axis) and weight (second).

    A straight line of slope 1, smoothed alike, lags behind by ``lag``. As smoothing is linear, its errors
    tell what adding any drift to the smoothed level would have done: that is the theta method.

        forecast_{n+k} = level + kappa * slope * (k + lag)             kappa = 1 - 1 / theta
        squared errors = error - 2 kappa slope cross + (kappa slope)^2 line
    """

    level: Matrix
    error: Matrix
    cross: Matrix
    line: Matrix
    lag: Matrix

    def simple(self) -> Matrix:
        """The level whose one-step errors were smallest."""
        return picked(self.level, self.error.argmin(1))

    def theta(self, slope: Matrix, kappa: float | None) -> tuple[Matrix, Matrix, Matrix]:
        """The level, the drift a step, and the steps by which the drift lags; best kappa if none is given."""
        if kappa is None:
            along = slope[:, None] * self.cross
            power = slope[:, None] ** 2 * self.line
            share = np.divide(along, power, out=np.zeros_like(along), where=power > 0)
            share = np.clip(share, 0.0, STEEPEST)
        else:
            share = np.full_like(self.cross, kappa)
        drift = share * slope[:, None]
        error = self.error - 2 * drift * self.cross + drift**2 * self.line
        best = error.argmin(1)
        return picked(self.level, best), picked(drift, best), picked(self.lag, best)


def levels(values: Matrix, starts: Whole) -> Levels:
    """Simple smoothing of each row with every weight."""
    rows, width = values.shape
    count = len(LEVEL_WEIGHTS)
    level = np.repeat(_opening_mean(values, starts)[:, None], count, axis=1)
    opening = np.minimum(width - starts, OPENING)
    lag = np.repeat((1 - opening)[:, None] / 2.0, count, axis=1)
    error, cross, line = np.zeros((3, rows, count))
    missed, part = np.empty((2, rows, count))
    for column, begun in enumerate(active(starts, width)):
        if begun == 0:
            continue
        miss, now, behind, piece = missed[:begun], level[:begun], lag[:begun], part[:begun]
        np.subtract(values[:begun, column, None], now, out=miss)
        np.multiply(miss, miss, out=piece)
        error[:begun] += piece
        np.multiply(miss, behind, out=piece)
        cross[:begun] += piece
        np.multiply(behind, behind, out=piece)
        line[:begun] += piece
        miss *= LEVEL_WEIGHTS
        now += miss
        behind *= 1 - LEVEL_WEIGHTS
        behind += 1
    return Levels(level, error, cross, line, lag - 1)


@dataclass(frozen=True, slots=True)
class Trend:
    """Each row's last level and trend, and how much of the trend is left a period later."""

    level: Matrix
    trend: Matrix
    phi: Matrix

    def ahead(self, horizon: int) -> Matrix:
        """Level plus the fading sum of the trend."""
        fading = np.cumsum(self.phi[:, None] ** np.arange(1, horizon + 1), axis=1)
        along: Matrix = self.level[:, None] + self.trend[:, None] * fading
        return along


def trends(values: Matrix, starts: Whole, *, refined: bool = True) -> tuple[Trend, Trend]:
    """Damped-trend and straight-trend (Holt) smoothing of each row, each with its best weights."""
    grid = np.stack([axis.ravel() for axis in np.meshgrid(*TREND_WEIGHTS, indexing="ij")])
    scale = np.abs(np.where(np.isfinite(values), values, 0.0)).max(1)
    scale = np.where(scale > 0, scale, 1.0)
    small = (values / scale[:, None]).astype(np.float32)
    begin, rise = (part.astype(np.float32) for part in _opening_line(small, starts))
    last, slope, error = _trend_pass(small, starts, grid[:, None].astype(np.float32), begin, rise)
    found = []
    for damped in (True, False):
        some = np.flatnonzero((grid[2] < 1) == damped)
        best = some[error[:, some].argmin(1)]
        if refined:
            found.append(_refined(values, starts, grid[:, best]))
        else:
            level, trend = (picked(part, best).astype(float) * scale for part in (last, slope))
            found.append(Trend(level, trend, grid[2][best]))
    return found[0], found[1]


def _refined(values: Matrix, starts: Whole, best: Matrix) -> Trend:
    """Candidates around each row's best weights, in full precision."""
    level, trend = _opening_line(values, starts)
    steps = np.stack([axis.ravel() for axis in np.meshgrid(TREND_STEPS, TREND_STEPS, indexing="ij")])
    fine = np.stack(
        [
            np.clip(best[0][:, None] + steps[0], 0.005, 0.99),
            np.clip(best[1][:, None] + 0.7 * steps[1], 0.001, 0.99),
            np.broadcast_to(best[2][:, None], (len(values), steps.shape[1])),
        ]
    )
    last, slope, error = _trend_pass(values, starts, fine, level, trend)
    pick = error.argmin(1)
    return Trend(picked(last, pick), picked(slope, pick), best[2])


def _trend_pass(
    values: NDArray[Number],
    starts: Whole,
    weights: NDArray[Number],
    level: NDArray[Number],
    trend: NDArray[Number],
) -> tuple[NDArray[Number], NDArray[Number], NDArray[Number]]:
    """Run every candidate of every row through time; ``weights`` holds a, b and phi."""
    a, b, phi = weights
    ab, each = a * b, a.shape[1]
    levels = np.repeat(level[:, None], each, axis=1)
    trends = np.repeat(trend[:, None], each, axis=1)
    error = np.zeros_like(levels)
    missed, part = np.empty_like(levels), np.empty_like(levels)
    shared = len(a) == 1
    for column, rows in enumerate(active(starts, values.shape[1])):
        if rows == 0:
            continue
        now, slope, miss, piece = levels[:rows], trends[:rows], missed[:rows], part[:rows]
        cut = slice(None) if shared else slice(rows)
        slope *= phi[cut]
        now += slope
        np.subtract(values[:rows, column, None], now, out=miss)
        np.multiply(miss, miss, out=piece)
        error[:rows] += piece
        np.multiply(miss, a[cut], out=piece)
        now += piece
        miss *= ab[cut]
        slope += miss
    return levels, trends, error


def line(values: Matrix, starts: Whole) -> tuple[Matrix, Matrix]:
    """The end of the straight line through each row, and its slope."""
    width = values.shape[1]
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    lengths = np.maximum(width - starts, 1)
    middle = (starts + width - 1) / 2
    time = np.where(known, np.arange(width) - middle[:, None], 0.0)
    slope = (time * filled).sum(1) / np.maximum((time**2).sum(1), 1e-300)
    slope = np.where(lengths > 1, slope, 0.0)
    return filled.sum(1) / lengths + slope * (width - 1 - middle), slope


def picked(table: NDArray[Number], place: Whole) -> NDArray[Number]:
    """One column of each row."""
    return np.take_along_axis(table, place[:, None], 1)[:, 0]


def active(starts: Whole, width: int) -> Whole:
    """How many rows have begun at each column (rows are sorted longest first)."""
    return np.searchsorted(starts, np.arange(width), side="right")


OPENING = 6


def opening(values: NDArray[Number], starts: Whole, count: int) -> tuple[NDArray[Number], np.ndarray]:
    """The first ``count`` values of each row, and which of them exist."""
    width = values.shape[1]
    columns = starts[:, None] + np.arange(count)
    exists = columns < width
    first = values[np.arange(len(values))[:, None], np.minimum(columns, width - 1)]
    return np.where(exists, first, first.dtype.type(0)), exists


def _opening_mean(values: Matrix, starts: Whole) -> Matrix:
    """Where smoothing begins: the mean of the first six values."""
    first, exists = opening(values, starts, OPENING)
    mean: Matrix = first.sum(1) / np.maximum(exists.sum(1), 1)
    return mean


def _opening_line(values: NDArray[Number], starts: Whole) -> tuple[Matrix, Matrix]:
    """Where trend smoothing begins: the straight line through the first ten values."""
    first, exists = opening(values, starts, 10)
    count = np.maximum(exists.sum(1), 1)
    time = np.where(exists, np.arange(10) - ((count - 1) / 2)[:, None], 0.0)
    mean = first.sum(1) / count
    slope = (time * first).sum(1) / np.maximum((time**2).sum(1), 1.0)
    return mean - slope * (count + 1) / 2, slope
