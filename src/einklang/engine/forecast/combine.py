"""From a pool of methods to one number: the equal mean, unless the company's own past says otherwise.

An equal mean of unlike methods is hard to beat. Other weights are therefore taken only when they
would have won at earlier dates of the same histories, by more than chance, and then only half-way.
"""

from dataclasses import replace

import numpy as np

from einklang.engine.forecast.classify import MIXES
from einklang.engine.forecast.panel import Matrix
from einklang.engine.forecast.tell import Means, Origin, Weights, equal

FEWEST_SERIES = 30
"""Weights are learned from at least this many series of a kind."""
SURE = 3.0
"""How many standard errors a better mix must win by."""


def remixed(made: Means, weights: Weights) -> Means:
    """The same forecasts combined with other weights."""
    mean = np.zeros_like(made.mean)
    for kind, mix in weights.items():
        rows = np.flatnonzero(made.kinds == kind)
        for method, weight in mix.items():
            mean[rows] += weight * np.nan_to_num(made.parts[method][rows])
    return replace(made, mean=mean)


def best_weights(origins: list[Origin]) -> Weights:
    """Weights from what each method would have said at earlier dates; equal where nothing clearly wins."""
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


def _scaled_errors(kind: str, mix: tuple[str, ...], origins: list[Origin]) -> Matrix:
    """Signed errors of each method in units of the series' scale: series and step by method."""
    found = []
    for made, came in ((origin.made, origin.came) for origin in origins):
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
