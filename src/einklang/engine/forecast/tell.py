"""To tell: the forecast of a batch of series from what was learned. Pure, and the same however it is cut.

Everything that looks at more than one series happened before, in ``learn``; here each row stands for
itself, so that batches may go to any process or machine.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from einklang.engine.forecast.batch import Batch
from einklang.engine.forecast.blend import BOOSTED, LASTING, Blend, Weights, equal
from einklang.engine.forecast.classify import MIXES, classify
from einklang.engine.forecast.features import features
from einklang.engine.forecast.methods import POOL
from einklang.engine.forecast.panel import Matrix, Panel, Whole, chunks

BATCH = 192
"""Rows that are computed at once: they stay in the processor's cache."""
BLOCK = 4096
"""Rows that go to a worker at once."""


@dataclass(frozen=True, slots=True)
class Means:
    """Expected quantities by series and step, with what they rest on.

    ``scale`` is each series' usual one-step miss, in units; ``parts`` what each method alone would say
    and ``seen`` the features of the lasting kinds, where that was asked for; ``failures`` what could not
    be used: row, method, sentence.
    """

    mean: Matrix
    kinds: np.ndarray
    scale: Matrix
    parts: dict[str, Matrix] = field(default_factory=dict)
    failures: tuple[tuple[int, str, str], ...] = ()
    seen: Matrix | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """What would have been said at an earlier date, and what came (NaN: not yet).

    ``back``: so many periods before the end; ``rows``: the series of the panel.
    """

    back: int
    rows: Whole
    made: Means
    came: Matrix


Run = Callable[[Callable[[Panel], Means], Sequence[Panel]], list[Means]]
"""Does the same for each block of series, here or elsewhere, and gives the results in their order."""


def in_turn(function: Callable[[Panel], Means], blocks: Sequence[Panel]) -> list[Means]:
    """One block after the other, in this process."""
    return [function(block) for block in blocks]


def tell_all(panel: Panel, blend: Blend, season: int, horizon: int, run: Run = in_turn) -> Means:
    """The forecast of every series, in blocks that a pool or a cluster may share."""
    blocks = [
        panel.take(np.arange(begin, min(begin + BLOCK, len(panel.names)), dtype=np.int64))
        for begin in range(0, len(panel.names), BLOCK)
    ]
    return joined(run(partial(tell, blend=blend, season=season, horizon=horizon), blocks))


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


def tell(panel: Panel, blend: Blend, season: int, horizon: int, *, with_parts: bool = False) -> Means:
    """The combined forecast of every series of a panel.

    Never NaN, and never below zero where the history is not.
    """
    count = len(panel.names)
    names = dict.fromkeys(name for kind in MIXES for name in blend.weights[kind])
    result = _Result(
        np.zeros((count, horizon)),
        np.full(count, "ended", dtype="<U12"),
        np.zeros(count),
        {name: np.full((count, horizon), np.nan) for name in (*names, BOOSTED)} if with_parts else {},
    )
    begun = np.flatnonzero(panel.lengths > 0).astype(np.int64)
    for places, part in chunks(panel.take(begun), BATCH):
        whole = Batch(part.values, part.starts, season, horizon, part.shapes)
        _forecast(whole, begun[places], blend, result)
    failures = tuple(sorted(result.failures))
    return Means(result.mean, result.kinds, result.scale, result.parts, failures, result.seen)


@dataclass
class _Result:
    """What is filled batch by batch."""

    mean: Matrix
    kinds: np.ndarray
    scale: Matrix
    parts: dict[str, Matrix]
    failures: list[tuple[int, str, str]] = field(default_factory=list)
    seen: Matrix | None = None


def _forecast(whole: Batch, rows: Whole, blend: Blend, into: _Result) -> None:
    """Forecast one batch and write it into the result."""
    kinds = classify(whole)
    into.kinds[rows] = kinds
    into.scale[rows] = residual_scale(whole)
    for group in _groups(kinds):
        inside = np.flatnonzero(np.isin(kinds, group))
        few, at = whole.only(inside), rows[inside]
        methods = list(blend.weights[group[0]]) if into.parts else blend.methods(group)
        fixed = np.array([[blend.weights[kind][name] for name in methods] for kind in kinds[inside]])
        said = _said(few, methods, fixed, at, into)
        shares = blend.shares(kinds[inside], methods, few, said)
        mean = np.matmul(shares[:, None, :], said)[:, 0]
        if blend.booster is not None and group[0] in LASTING:
            boosted = _within(few, blend.booster.said(few)[:, None])[:, 0]
            if into.parts:
                into.parts[BOOSTED][at] = boosted
            mean = (1 - blend.share) * mean + blend.share * boosted
        # What has never moved is repeated to the last digit.
        last = few.values[:, [-1]]
        still: np.ndarray = (np.nanmax(np.abs(few.values - last), 1) == 0) & ~few.inherits
        into.mean[at] = np.where(still[:, None], last, mean)
        if into.parts:
            _keep_parts(few, methods, said, group, at, into)


def _keep_parts(
    few: Batch, methods: list[str], said: Matrix, group: tuple[str, ...], at: Whole, into: _Result
) -> None:
    """What each method said, and what a gate would see."""
    for place, name in enumerate(methods):
        into.parts[name][at] = said[:, place]
    if group[0] in LASTING:
        seen = features(few, said)
        if into.seen is None:
            into.seen = np.full((len(into.mean), seen.shape[1]), np.nan)
        into.seen[at] = seen


def _said(few: Batch, methods: list[str], fixed: Matrix, at: Whole, into: _Result) -> Matrix:
    """The forecasts of all methods (series, method, step), finite and within bounds.

    A method that has nothing to say (NaN) follows the others; one that ran away is a failure.
    """
    said = np.stack([POOL[name](few) for name in methods], axis=1)
    for row, place in np.argwhere(np.isinf(said).any(2)):
        sentence = "ran away to infinity, and the other methods spoke in its place"
        into.failures.append((int(at[row]), methods[place], sentence))
    silent = np.asarray(~np.isfinite(said).all(2))
    if silent.any():
        heard = np.where(silent, 0.0, np.maximum(fixed, 1e-6))
        total = heard.sum(1, keepdims=True)
        share = np.divide(heard, total, out=np.zeros_like(heard), where=total > 0)
        others = np.matmul(share[:, None, :], np.where(silent[:, :, None], 0.0, said))
        for row in np.flatnonzero(total[:, 0] == 0):
            into.failures.append((int(at[row]), "all methods", "gave no number: the last value is repeated"))
            others[row] = few.values[row, -1]
        said = np.where(silent[:, :, None], others, said)
    return _within(few, said)


def _groups(kinds: np.ndarray) -> list[tuple[str, ...]]:
    """Kinds that share a mix of methods, so that each method runs once a batch."""
    by_mix: dict[tuple[str, ...], tuple[str, ...]] = {}
    for kind in np.unique(kinds):
        by_mix[MIXES[kind]] = (*by_mix.get(MIXES[kind], ()), str(kind))
    return list(by_mix.values())


def _within(of: Batch, said: Matrix) -> Matrix:
    """How far a forecast may go: not below zero unless the history is, not to absurd multiples."""
    lowest, highest = np.nanmin(of.values, 1), np.nanmax(of.values, 1)
    reach = 2 * np.maximum(highest - lowest, np.abs(highest))
    low, high = np.where(lowest >= 0, 0.0, lowest - reach), highest + reach
    return np.clip(said, low[:, None, None], high[:, None, None])


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


__all__ = ["Blend", "Means", "Origin", "Run", "Weights", "equal", "in_turn", "joined", "tell", "tell_all"]
