"""Exponential smoothing with a trend and a season (Holt-Winters, damped), over whole batches.

    times:  forecast_t = (level + phi * trend) * season_t      adding: level + phi * trend + season_t

Like :mod:`smoothing`: every row and every candidate in one pass, in single precision.
"""

import numpy as np

from einklang.engine.forecast.panel import Matrix, Whole
from einklang.engine.forecast.smoothing import Single, Trend, active, opening, picked

SEASON_WEIGHTS = (
    np.array([0.02, 0.1, 0.25, 0.5, 0.8]),
    np.array([0.01, 0.1, 0.3]),
    np.array([0.0, 0.05, 0.15, 0.35]),
    np.array([0.9, 0.98]),
)
LARGEST = np.float32(1e12)
SMALLEST_FIGURE, SMALLEST_LEVEL = np.float32(0.05), np.float32(1e-6)


def holt_winters(values: Matrix, starts: Whole, figures: Matrix, horizon: int, *, times: bool) -> Matrix:
    """Damped trend with a season that is smoothed too; ``times``: it multiplies, else it adds.

    ``figures``: the seasonal figure each row starts with at each place, the last column of ``values``
    being the last place. Infinite where every candidate ran away.
    """
    grid = [g.ravel().astype(np.float32) for g in np.meshgrid(*SEASON_WEIGHTS, indexing="ij")]
    rows, width = values.shape
    length = figures.shape[1]
    scale = np.abs(np.where(np.isfinite(values), values, 0.0)).max(1)
    scale = np.where(scale > 0, scale, 1.0)
    small = (values / scale[:, None]).astype(np.float32)
    level, trend = (opening.astype(np.float32) for opening in _opening_cycles(small, starts, length))
    season = figures if times else figures / scale[:, None]
    with np.errstate(over="ignore", invalid="ignore"):  # what runs away is never the best candidate
        state = _season_pass(small, starts, grid, level, trend, season.astype(np.float32), times)
    last, slope, seasons, error = state
    pick = error.argmin(1)
    phi = grid[3][pick].astype(float)
    found = Trend(picked(last, pick).astype(float), picked(slope, pick).astype(float), phi).ahead(horizon)
    place = (width + np.arange(horizon)) % length
    shape = seasons[place][:, np.arange(rows), pick].T.astype(float)
    ahead: Matrix = (found * shape if times else found + shape) * scale[:, None]
    return np.where(np.isfinite(error.min(1))[:, None] & (error.min(1) < LARGEST)[:, None], ahead, np.inf)


def _season_pass(
    values: Single,
    starts: Whole,
    grid: list[Single],
    level: Single,
    trend: Single,
    figures: Single,
    times: bool,
) -> tuple[Single, Single, Single, Single]:
    """Run every candidate through time; the season is kept by place, row and candidate."""
    a, b, g, phi = grid
    rows, width = values.shape
    length, each = figures.shape[1], len(a)
    ab, ga = a * b, g * (1 - a)
    levels, trends = np.repeat(level[:, None], each, axis=1), np.repeat(trend[:, None], each, axis=1)
    turned = figures[:, (np.arange(length) - width) % length].T
    seasons = np.repeat(turned[:, :, None], each, axis=2)
    error = np.zeros_like(levels)
    counted = starts + length
    room = np.empty((3, rows, each), dtype=np.float32)
    for column, begun in enumerate(active(starts, width)):
        if begun == 0:
            continue
        now, slope, season = levels[:begun], trends[:begun], seasons[column % length, :begun]
        miss, piece, plain = room[:, :begun]
        slope *= phi
        now += slope
        (np.multiply if times else np.add)(now, season, out=piece)
        np.subtract(values[:begun, column, None], piece, out=miss)
        # The first season only warms up: its figures were taken from these very values.
        full = int(np.searchsorted(counted, column, side="right"))
        np.multiply(miss[:full], miss[:full], out=piece[:full])
        error[:full] += piece[:full]
        _season_moved(now, season, miss, piece, plain, ga, times=times)
        np.multiply(plain, a, out=piece)
        now += piece
        plain *= ab
        slope += plain
    return levels, trends, seasons, np.where(np.isfinite(error), error, np.float32(np.inf))


def _season_moved(
    now: Single, season: Single, miss: Single, piece: Single, plain: Single, ga: Single, *, times: bool
) -> None:
    """Move the season by its part of the miss; ``plain``: the miss without the season."""
    if not times:
        np.copyto(plain, miss)
        miss *= ga
        season += miss
        return
    np.maximum(season, SMALLEST_FIGURE, out=plain)
    np.divide(miss, plain, out=plain)
    np.maximum(np.abs(now, out=piece), SMALLEST_LEVEL, out=piece)
    np.divide(miss, piece, out=miss)
    miss *= ga
    season += miss
    np.maximum(season, SMALLEST_FIGURE / 2, out=season)


def _opening_cycles(values: Single, starts: Whole, length: int) -> tuple[Single, Single]:
    """Where seasonal smoothing begins: the first season's mean and how far the second lies above it."""
    first, _ = opening(values, starts, 2 * length)
    one, two = first[:, :length].mean(1), first[:, length:].mean(1)
    trend = (two - one) / length
    return one - trend * (length + 1) / 2, trend
