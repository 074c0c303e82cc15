"""How far off it may be: intervals from what the engine missed by at earlier dates (conformal).

    low_h, high_h = mean_h + reach * quantile of ((actual - forecast) / reach at step h)

    reach = sqrt(usual one-step miss * mean change over a season)

The quantiles are pooled over all series of a kind and step, so that a short history borrows from the
others; ``reach`` is each series' own. Such intervals hold what they promise where a model's own do not.
They are kept as whole quantile functions, so that any level can be asked for afterwards.
"""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from einklang.engine.forecast.classify import KINDS
from einklang.engine.forecast.panel import Matrix, Panel, Whole
from einklang.engine.forecast.tell import Means, Origin

Missed = dict[str, Matrix]
"""By kind of history: the scaled error at each of ``CHANCES`` (rows) and steps ahead (columns)."""

_TAIL = np.array(
    [
        0.0005,
        0.001,
        0.0025,
        0.005,
        0.01,
        0.015,
        0.02,
        0.025,
        0.03,
        0.04,
        0.05,
        0.075,
        0.1,
        0.15,
        0.2,
        0.3,
        0.4,
    ]
)
CHANCES = np.concatenate([_TAIL, [0.5], 1 - _TAIL[::-1]])
SCORES = np.array([NormalDist().inv_cdf(chance) for chance in CHANCES])
SKEWED = ("ended", "intermittent")
"""Kinds whose errors lean to one side by nature. For the others both signs count alike: the few earlier
dates share their shocks, and that they erred upwards says little about the next one."""
LONGEST_LAG = 24
"""Over longer seasons too few changes are known: then those from one period to the next."""
NEWNESS = 0.5
FEWEST = 30
"""A pool of fewer errors says too little about its tails."""
ENOUGH = 200
"""From so many courses of errors on, a kind of history stands for itself."""


def missed(known: Panel, origins: list[Origin], season: int) -> Missed:
    """What was missed by at earlier dates, in units of each series' reach, by kind of history."""
    horizon = origins[0].came.shape[1] if origins else 1
    errors, kinds = _scaled_errors(known, origins, season, horizon)
    usual = _quantiles(errors, mirrored=True) if len(errors) else None
    usual = _normal(horizon) if usual is None else usual
    found = {}
    for kind in KINDS:
        own = errors[kinds == kind]
        table = _quantiles(own, mirrored=kind not in SKEWED) if len(own) >= FEWEST else None
        if table is None:
            found[kind] = usual
        elif len(own) < ENOUGH:
            # Few series share their shocks: the wider of their own and the usual errors.
            found[kind] = np.where(np.abs(table) > np.abs(usual), table, usual)
        else:
            found[kind] = table
    return found


def reach(known: Panel, made: Means, season: int) -> Matrix:
    """How far each series' errors reach, in units: between its usual miss and its moves over a season.

    A series that has hardly been seen may move by its own size: half of it after one period, less with
    each further one. A history of nothing but zeros says nothing else.
    """
    values = known.values
    lag = season if season <= LONGEST_LAG else 1
    moves = _moves(values, known.starts, lag)
    near = _moves(values, known.starts, 1)
    moves = np.where(np.isfinite(moves), moves, near)
    found = np.sqrt(made.scale * np.where(np.isfinite(moves) & (moves > 0), moves, made.scale))
    inside = np.arange(values.shape[1]) >= known.starts[:, None]
    count = np.maximum(known.lengths, 1)
    size = np.abs(np.where(inside, values, 0.0)).sum(1) / count
    wide: Matrix = np.maximum(found, NEWNESS * size / count)
    return wide


def _moves(values: Matrix, starts: Whole, lag: int) -> Matrix:
    """The mean change of each series over so many periods, NaN where it is too short."""
    if values.shape[1] <= lag:
        return np.full(len(values), np.nan)
    known = np.arange(lag, values.shape[1]) >= starts[:, None] + lag
    change = np.where(known, np.abs(values[:, lag:] - values[:, :-lag]), 0.0)
    count = known.sum(1)
    mean: Matrix = np.divide(change.sum(1), count, out=np.full(len(values), np.nan), where=count > 0)
    return mean


def bounds(
    made: Means, learned: Missed, levels: Sequence[float], floor: Matrix, reaches: Matrix
) -> dict[str, Matrix]:
    """The interval of every series and step: lo-80, hi-80 ... It holds the mean and keeps the floor."""
    found = {}
    for level in levels:
        low, high = np.empty_like(made.mean), np.empty_like(made.mean)
        for kind in np.unique(made.kinds):
            rows = np.flatnonzero(made.kinds == kind)
            below, above = _tails(learned[kind], (100 - level) / 200)
            low[rows] = made.mean[rows] + reaches[rows, None] * below
            high[rows] = made.mean[rows] + reaches[rows, None] * above
        found[f"lo-{level:g}"] = np.minimum(np.maximum(low, floor[:, None]), made.mean)
        found[f"hi-{level:g}"] = high
    return found


def _tails(table: Matrix, tail: float) -> tuple[Matrix, Matrix]:
    """Both quantiles of each step, between the ones that were kept; never on the wrong side of zero."""
    score = NormalDist().inv_cdf(tail)
    if tail < CHANCES[0]:
        return table[0] * score / SCORES[0], table[-1] * score / SCORES[0]
    pair = [np.array([np.interp(at, SCORES, column) for column in table.T]) for at in (score, -score)]
    return np.minimum(pair[0], 0.0), np.maximum(pair[1], 0.0)


def _scaled_errors(
    known: Panel, origins: list[Origin], season: int, horizon: int
) -> tuple[Matrix, np.ndarray]:
    """What came minus what was said, in units of each series' reach, with the kind it had then."""
    errors, kinds = [np.zeros((0, horizon))], [np.zeros(0, dtype="<U12")]
    for origin in origins:
        reaches = reach(known.before(origin.back).take(origin.rows), origin.made, season)
        rows = np.flatnonzero((origin.made.scale > 0) & (reaches > 0))
        errors.append((origin.came[rows] - origin.made.mean[rows]) / reaches[rows, None])
        kinds.append(origin.made.kinds[rows])
    return np.concatenate(errors), np.concatenate(kinds)


def _quantiles(errors: Matrix, *, mirrored: bool) -> Matrix | None:
    """The quantile function by step, neighbours pooled; steps nobody has seen grow with the square root."""
    horizon = errors.shape[1]
    table = np.full((len(CHANCES), horizon), np.nan)
    for step in range(horizon):
        pool = errors[:, max(step - 1, 0) : step + 2].ravel()
        pool = pool[np.isfinite(pool)]
        if mirrored:
            pool = np.concatenate([pool, -pool])
        if len(pool) >= FEWEST:
            table[:, step] = _sure_quantiles(pool)
    seen = np.flatnonzero(np.isfinite(table[0]))
    if not len(seen):
        return None
    nearest = seen[np.abs(np.arange(horizon)[:, None] - seen).argmin(1)]
    growth = np.sqrt(np.maximum((np.arange(horizon) + 1) / (nearest + 1), 1.0))
    table = table[:, nearest] * growth
    # What lies further ahead is never surer.
    below, above = np.minimum(table, 0.0), np.maximum(table, 0.0)
    wide: Matrix = np.where(
        (CHANCES < 0.5)[:, None], np.minimum.accumulate(below, 1), np.maximum.accumulate(above, 1)
    )
    return wide


def _sure_quantiles(pool: Matrix) -> Matrix:
    """Quantiles a little further out, as a pool of few errors asks (conformal); beyond it like a normal."""
    count = len(pool)
    tail = np.minimum(CHANCES, 1 - CHANCES)
    wanted = (1 - tail) * (count + 1) / count
    sure = np.minimum(wanted, 1.0)
    found: Matrix = np.quantile(pool, np.where(CHANCES < 0.5, 1 - sure, sure))
    edge = NormalDist().inv_cdf(1 / (count + 1))
    further: Matrix = np.where(wanted > 1, found * np.abs(SCORES / edge), found)
    return further


def _normal(horizon: int) -> Matrix:
    """Without any past to learn from: normal errors that grow like those of smoothing with weight 0.3."""
    table: Matrix = SCORES[:, None] * np.sqrt(1 + 0.09 * np.arange(horizon))
    return table
