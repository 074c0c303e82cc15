"""What can be seen of a history and of the forecasts made from it, cheaply and without units.

All are ratios, logarithms of ratios or correlations: they say the same whether a quantity is counted in
pieces or pallets.
"""

import numpy as np

from einklang.engine.forecast.batch import Batch
from einklang.engine.forecast.panel import Matrix

SMALL = 1e-4
HISTORY_FEATURES = 18


def features(of: Batch, said: Matrix) -> Matrix:
    """One row a series: 18 of its history, 4 and two a method of how far the methods disagree.

    ``said``: series, method, step.
    """
    size = level(of)
    seen = _of_history(of, size)
    units = said / size[:, None, None]
    middle = units.mean(1)
    apart = np.log(units.std(1)[:, [0, -1]] + SMALL)
    growth = units[:, :, -1] - units[:, :, 0]
    away = units.mean(2) - middle.mean(1)[:, None]
    course = [middle.mean(1) - 1, middle[:, -1] - middle[:, 0]]
    found: Matrix = np.clip(np.nan_to_num(np.column_stack([*seen, apart, *course, growth, away])), -1e3, 1e3)
    return found


def level(of: Batch) -> Matrix:
    """The mean size of the last season without its shape: what everything is measured in."""
    inside = np.arange(of.values.shape[1]) >= of.starts[:, None]
    recent = _recent(of)
    last = np.abs(np.where(inside, of.plain_tested.values, 0.0)[:, -recent:]).sum(1)
    size: Matrix = np.maximum(last / np.minimum(of.lengths, recent), 1e-9)
    return size


def _recent(of: Batch) -> int:
    return max(4, min(of.length, 24))


def _of_history(of: Batch, size: Matrix) -> list[Matrix]:
    """Length, trend, roughness, memory and season of each history."""
    width, recent = of.values.shape[1], _recent(of)
    inside = np.arange(width) >= of.starts[:, None]
    count = of.lengths.astype(float)
    plain = np.where(inside, of.plain_tested.values / size[:, None], 0.0)
    rest, bends = _without_trend(plain, inside, of)
    varied = np.where(inside, (plain - (plain.sum(1) / count)[:, None]) ** 2, 0.0).sum(1) / count
    moves = np.where(inside[:, 1:] & inside[:, :-1], np.diff(plain, axis=1), 0.0)
    pairs = np.maximum(count - 1, 1)
    rough, lately = (
        np.abs(moves).sum(1) / pairs,
        np.abs(moves[:, -recent:]).sum(1) / np.minimum(pairs, recent),
    )
    year = max(2, min(of.length, 12))
    swing = of.shrunk.figures.std(1)
    return [
        np.log(count),
        1 - (rest**2).sum(1) / count / np.maximum(varied, 1e-12),
        np.log(varied + SMALL),
        np.log(np.sqrt((moves**2).sum(1) / pairs) + SMALL),
        np.log(rough + SMALL),
        np.log((lately + SMALL) / (rough + SMALL)),
        _memory(plain, inside, 1),
        _memory(moves, inside[:, 1:] & inside[:, :-1], 1),
        _memory(rest, inside, 1),
        _memory(rest, inside, 2),
        bends[:, 1],
        bends[:, 2],
        plain[:, -1] - 1,
        plain[:, -year:].mean(1) - plain[:, -2 * year : -year].mean(1) if width > year else 0 * count,
        of.is_seasonal.astype(float),
        np.log(swing + 1e-3),
        np.log(swing / np.maximum(rough, 1e-3) + 1e-3),
        of.shrunk.additive.astype(float),
    ]


def _without_trend(plain: Matrix, inside: np.ndarray, of: Batch) -> tuple[Matrix, Matrix]:
    """What a parabola leaves, and its coefficients (by Legendre's polynomials, nearly orthogonal)."""
    places = np.arange(plain.shape[1]) - of.starts[:, None]
    time = np.where(inside, places / of.lengths[:, None] * 2 - 1, 0.0)
    basis = [inside.astype(float), time, np.where(inside, 1.5 * time**2 - 0.5, 0.0)]
    power = np.array([[(one * two).sum(1) for one in basis] for two in basis]).transpose(2, 0, 1)
    along = np.array([(one * plain).sum(1) for one in basis]).T
    bends = np.linalg.solve(power + 1e-6 * np.eye(3), along[..., None])[..., 0]
    trend = sum(bends[:, [place]] * one for place, one in enumerate(basis))
    return np.where(inside, plain - trend, 0.0), bends


def _memory(values: Matrix, inside: np.ndarray, lag: int) -> Matrix:
    """The autocorrelation of each row."""
    count = np.maximum(inside.sum(1), 1)
    mean = np.where(inside, values, 0.0).sum(1) / count
    centred = np.where(inside, values - mean[:, None], 0.0)
    power = np.maximum((centred**2).sum(1), 1e-12)
    found: Matrix = (centred[:, lag:] * centred[:, : max(centred.shape[1] - lag, 0)]).sum(1) / power
    return found
