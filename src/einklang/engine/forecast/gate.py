"""The gate: how much to trust each method for a series, from what can be seen of it.

    weight of method k = softmax over k of (1, x) . coefficients        x: features, centred and scaled

It is fitted so that the error of the combined forecast was smallest at earlier dates, and drawn to what
it starts from: a small prior for months and quarters, equal weights otherwise.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from einklang.engine.forecast.panel import Matrix
from einklang.engine.forecast.smoothing import Number, Single
from einklang.engine.periods import Frequency

FURTHEST = 3.0
"""A feature counts as at most so many of its standard deviations."""
TURNS, PACE = 100, 0.03
STEPS = 9
"""So many of the steps ahead are looked at: neighbours say much the same."""
UNUSED = -2.0
"""Where the logarithm of a method's weight starts that is not in the equal mix."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Coefficients by feature (the first row: no feature) and method."""

    methods: tuple[str, ...]
    centre: Matrix
    spread: Matrix
    coefficients: Matrix

    def weights(self, seen: Matrix) -> Matrix:
        """The weight of each method (columns) for each series (rows); they sum to 1."""
        return softmax(self.design(seen) @ self.coefficients)

    def design(self, seen: Matrix) -> Matrix:
        """The features as they enter."""
        scaled = np.clip((seen - self.centre) / self.spread, -FURTHEST, FURTHEST)
        found: Matrix = np.column_stack([np.ones(len(seen)), scaled])
        return found


def softmax(scores: NDArray[Number]) -> NDArray[Number]:
    """Positive weights that sum to 1 by row.

    >>> softmax(np.array([[0.0, 0.0]]))
    array([[0.5, 0.5]])
    """
    grown = np.exp(scores - scores.max(1, keepdims=True))
    share: NDArray[Number] = grown / grown.sum(1, keepdims=True)
    return share


def opening(methods: tuple[str, ...], equal: dict[str, float], seen: Matrix, frequency: Frequency) -> Gate:
    """What a gate is drawn to: the prior of the frequency, or the equal mix."""
    prior = priors().get(frequency)
    if prior is not None and prior.methods == methods:
        return prior
    scores = np.array([0.0 if equal[method] > 0 else UNUSED for method in methods])
    flat = np.vstack([scores, np.zeros((seen.shape[1], len(methods)))])
    return Gate(methods, seen.mean(0), seen.std(0) + 1e-9, flat)


@cache
def priors() -> dict[str, Gate]:
    """Gates that were fitted on published series (see ``source`` in the file), by frequency."""
    text = resources.files("einklang.engine.forecast").joinpath("gate_prior.json").read_text("utf-8")
    return {
        frequency: Gate(
            tuple(kept["methods"]),
            np.array(kept["centre"]),
            np.array(kept["spread"]),
            np.array(kept["coefficients"]),
        )
        for frequency, kept in json.loads(text)["gates"].items()
    }


def fitted(start: Gate, seen: Matrix, said: Matrix, came: Matrix, weight: Matrix, pull: float) -> Gate:
    """The gate whose combined forecasts erred least, drawn to ``start`` with the strength ``pull``.

    ``said``: series, method, step; ``weight``: what a unit of error costs, by series. Adam's gradient
    steps, a fixed number of them from a fixed place: the same data, the same gate.
    """
    design: Single = start.design(seen).astype(np.float32)
    steps = np.unique(np.linspace(0, came.shape[1] - 1, STEPS).round().astype(int))
    costs = np.ascontiguousarray(said[:, :, steps] * weight[:, None, None], dtype=np.float32)
    goal = (came[:, steps] * weight[:, None]).astype(np.float32)
    begun = start.coefficients.astype(np.float32)
    now, first, second = begun.copy(), np.zeros_like(begun), np.zeros_like(begun)
    strength = np.full((len(begun), 1), pull / len(begun), dtype=np.float32)
    strength[0] = 0.0
    for turn in range(1, TURNS + 1):
        share = softmax(design @ now)
        missed = np.sign(np.matmul(share[:, None, :], costs)[:, 0] - goal) / goal.shape[1]
        by_share = np.matmul(costs, missed[:, :, None])[:, :, 0]
        by_score = share * (by_share - (share * by_share).sum(1, keepdims=True))
        slope = design.T @ by_score / len(design) + strength * (now - begun)
        first = 0.9 * first + 0.1 * slope
        second = 0.99 * second + 0.01 * slope**2
        now -= PACE * (first / (1 - 0.9**turn)) / (np.sqrt(second / (1 - 0.99**turn)) + 1e-9)
    return Gate(start.methods, start.centre, start.spread, now.astype(float))
