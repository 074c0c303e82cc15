"""To tell: the forecast of a batch of series from what was learned. Pure, and the same however it is cut.

Everything that looks at more than one series happened before, in ``learn``; here each row stands for
itself, so that batches may go to any process or machine.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from einklang.engine.forecast.batch import Batch
from einklang.engine.forecast.classify import MIXES, classify
from einklang.engine.forecast.methods import POOL
from einklang.engine.forecast.panel import Matrix, Panel, Whole, chunks

BATCH = 192
"""Rows that are computed at once: they stay in the processor's cache."""
BLOCK = 4096
"""Rows that go to a worker at once."""

Weights = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Means:
    """Expected quantities by series and step, with what they rest on.

    ``scale`` is each series' usual one-step miss, in units; ``parts`` what each method alone would say,
    where that was asked for; ``failures`` what could not be used: row, method, sentence.
    """

    mean: Matrix
    kinds: np.ndarray
    scale: Matrix
    parts: dict[str, Matrix] = field(default_factory=dict)
    failures: tuple[tuple[int, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """What would have been said at an earlier date, and what came (NaN: not yet)."""

    made: Means
    came: Matrix


Run = Callable[[Callable[[Panel], Means], Sequence[Panel]], list[Means]]
"""Does the same for each block of series, here or elsewhere, and gives the results in their order."""


def in_turn(function: Callable[[Panel], Means], blocks: Sequence[Panel]) -> list[Means]:
    """One block after the other, in this process."""
    return [function(block) for block in blocks]


def equal() -> Weights:
    """The same weight for each method of a kind's mix."""
    return {kind: {method: 1 / len(mix) for method in mix} for kind, mix in MIXES.items()}


def tell_all(panel: Panel, weights: Weights, season: int, horizon: int, run: Run = in_turn) -> Means:
    """The forecast of every series, in blocks that a pool or a cluster may share."""
    blocks = [
        panel.take(np.arange(begin, min(begin + BLOCK, len(panel.names)), dtype=np.int64))
        for begin in range(0, len(panel.names), BLOCK)
    ]
    return joined(run(partial(tell, weights=weights, season=season, horizon=horizon), blocks))


def joined(found: list[Means]) -> Means:
    """Several blocks as one, in their order."""
    if len(found) == 1:
        return found[0]
    begins = np.cumsum([0, *(len(made.mean) for made in found)])
    return Means(
        np.concatenate([made.mean for made in found]),
        np.concatenate([made.kinds for made in found]),
        np.concatenate([made.scale for made in found]),
        {name: np.concatenate([made.parts[name] for made in found]) for name in found[0].parts},
        tuple(
            (int(begin) + row, method, sentence)
            for begin, made in zip(begins, found, strict=False)
            for row, method, sentence in made.failures
        ),
    )


def tell(panel: Panel, weights: Weights, season: int, horizon: int, *, with_parts: bool = False) -> Means:
    """The combined forecast of every series of a panel.

    Never NaN, and never below zero where the history is not.
    """
    count, methods = len(panel.names), sorted({method for mix in MIXES.values() for method in mix})
    result = Means(
        np.zeros((count, horizon)),
        np.full(count, "ended", dtype="<U12"),
        np.zeros(count),
        {method: np.full((count, horizon), np.nan) for method in methods} if with_parts else {},
    )
    begun = np.flatnonzero(panel.lengths > 0).astype(np.int64)
    for places, part in chunks(panel.take(begun), BATCH):
        whole = Batch(part.values, part.starts, season, horizon, part.shapes)
        _forecast(whole, begun[places], weights, result)
    return result


def _forecast(whole: Batch, rows: Whole, weights: Weights, into: Means) -> None:
    """Forecast one batch and write it into the result."""
    kinds = classify(whole)
    low, high = _bounds(whole.values)
    into.kinds[rows] = kinds
    into.scale[rows] = residual_scale(whole)
    for group in _groups(kinds):
        inside = np.flatnonzero(np.isin(kinds, group))
        if not len(inside):
            continue
        few = whole.only(inside)
        for method in MIXES[group[0]]:
            ahead = np.clip(POOL[method](few), low[inside, None], high[inside, None])
            if into.parts:
                into.parts[method][rows[inside]] = ahead
            weight = np.array([weights[kind][method] for kind in kinds[inside]])
            into.mean[rows[inside]] += weight[:, None] * ahead


def _groups(kinds: np.ndarray) -> list[tuple[str, ...]]:
    """Kinds that share a mix of methods, so that each method runs once a batch."""
    by_mix: dict[tuple[str, ...], tuple[str, ...]] = {}
    for kind in np.unique(kinds):
        by_mix[MIXES[kind]] = (*by_mix.get(MIXES[kind], ()), str(kind))
    return list(by_mix.values())


def _bounds(values: Matrix) -> tuple[Matrix, Matrix]:
    """How far a forecast may go: not below zero unless the history is, not to absurd multiples."""
    lowest, highest = np.nanmin(values, 1), np.nanmax(values, 1)
    reach = 2 * np.maximum(highest - lowest, np.abs(highest))
    return np.where(lowest >= 0, 0.0, lowest - reach), highest + reach


def residual_scale(of: Batch) -> Matrix:
    """How much each series usually misses by: one-step errors of a plain smoothing, old and recent alike."""
    plain = of.plain_tested.values
    rows, width = plain.shape
    level = np.where(np.isfinite(plain), plain, 0.0)[np.arange(rows), np.minimum(of.starts, width - 1)]
    recent = max(2 * of.length, 24)
    old, new, counted, lately = np.zeros(rows), np.zeros(rows), np.zeros(rows), np.zeros(rows)
    for column in range(1, width):
        begun = of.starts < column
        error = np.where(begun, plain[:, column] - level, 0.0)
        level = level + 0.4 * error
        old += error**2
        counted += begun
        if column >= width - recent:
            new += error**2
            lately += begun
    mixed = (old / np.maximum(counted, 1) + new / np.maximum(lately, 1)) / 2
    scale: Matrix = np.sqrt(mixed)
    return scale
