"""From a pool of methods to one number: the equal mean, unless the company's own past says otherwise.

An equal mean of unlike methods is hard to beat. Other weights are therefore taken only when they
would have won at earlier dates of the same histories, by more than chance, and then only half-way.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from einklang.engine.forecast.classify import MIXES, classify
from einklang.engine.forecast.methods import POOL, Batch, batch
from einklang.engine.forecast.panel import Matrix, Panel, Whole, chunks

CHUNK = 192
FEWEST_SERIES = 30
"""Weights are learned from at least this many series of a kind."""
SURE = 3.0
"""How many standard errors a better mix must win by."""

Weights = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Means:
    """Expected quantities by series and step, with what they rest on."""

    mean: Matrix
    kinds: np.ndarray
    scale: Matrix
    parts: dict[str, Matrix] = field(default_factory=dict)


def equal() -> Weights:
    """The same weight for each method of a kind's mix."""
    return {kind: {method: 1 / len(mix) for method in mix} for kind, mix in MIXES.items()}


def means(
    panel: Panel, season: int, horizon: int, weights: Weights | None = None, priors: Matrix | None = None
) -> Means:
    """The combined forecast of every series of a panel, in batches.

    Never NaN, and never below zero where the history is not. ``priors`` holds the seasonal shape each
    series starts from (see :func:`reconcile.shapes`).
    """
    weights = weights or equal()
    count, methods = len(panel.names), sorted({method for mix in MIXES.values() for method in mix})
    result = Means(
        np.zeros((count, horizon)),
        np.full(count, "ended", dtype="<U12"),
        np.zeros(count),
        {method: np.full((count, horizon), np.nan) for method in methods},
    )
    begun = np.flatnonzero(panel.lengths > 0).astype(np.int64)
    for places, part in chunks(panel.take(begun), CHUNK):
        rows = begun[places]
        whole = batch(part.values, part.starts, season, horizon, None if priors is None else priors[rows])
        _forecast(whole, rows, weights, result)
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
    plain = np.where(np.isfinite(of.plain_tested), of.plain_tested, np.nan)
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


def remixed(made: Means, weights: Weights) -> Means:
    """The same forecasts combined with other weights."""
    mean = np.zeros_like(made.mean)
    for kind, mix in weights.items():
        rows = np.flatnonzero(made.kinds == kind)
        for method, weight in mix.items():
            mean[rows] += weight * np.nan_to_num(made.parts[method][rows])
    return replace(made, mean=mean)


def learned(origins: list[tuple[Means, Matrix]]) -> Weights:
    """Weights from what each method would have said at earlier dates; equal where nothing clearly wins.

    ``origins`` holds, per date, the forecasts made then and what came (NaN where not known).
    """
    weights = equal()
    for kind, mix in MIXES.items():
        if len(mix) < 2:
            continue
        errors = _scaled_errors(kind, mix, origins)
        if len(errors) < FEWEST_SERIES:
            continue
        best = _best_mix(errors)
        if best is not None:
            weights[kind] = {
                name: float((1 / len(mix) + share) / 2) for name, share in zip(mix, best, strict=True)
            }
    return weights


def _scaled_errors(kind: str, mix: tuple[str, ...], origins: list[tuple[Means, Matrix]]) -> Matrix:
    """Signed errors of each method in units of the series' scale: series and step by method."""
    found = []
    for made, came in origins:
        rows = np.flatnonzero((made.kinds == kind) & np.isfinite(came).all(1) & (made.scale > 0))
        if len(rows):
            stack = np.stack([made.parts[method][rows] for method in mix], axis=-1)
            found.append((stack - came[rows][..., None]) / made.scale[rows][:, None, None])
    return np.concatenate(found) if found else np.zeros((0, 1, len(mix)))


def _best_mix(errors: Matrix) -> Matrix | None:
    """The subset mean that beats the equal mean by more than chance, as weights; else none."""
    count = errors.shape[2]
    base = np.abs(errors.mean(2)).mean(1)
    best, least = None, base.mean()
    for chosen in range(1, 2**count - 1):
        share = np.array([(chosen >> place) & 1 for place in range(count)], dtype=float)
        share /= share.sum()
        loss = np.abs(errors @ share).mean(1)
        gain = base - loss
        sure = gain.mean() > SURE * gain.std() / np.sqrt(len(gain))
        if sure and loss.mean() < least:
            best, least = share, loss.mean()
    return best
