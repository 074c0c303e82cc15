"""How the methods' forecasts become one number: weights by kind of history, a gate, a share for the trees."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from einklang.engine.forecast.batch import Batch
from einklang.engine.forecast.boosted import Booster
from einklang.engine.forecast.classify import LASTING, MIXES, mix, starting
from einklang.engine.forecast.features import features
from einklang.engine.forecast.gate import Gate
from einklang.engine.forecast.panel import Matrix

Weights = dict[str, dict[str, float]]
BOOSTED = "trees"
"""The name of the shared model among the methods."""


@dataclass(frozen=True, slots=True)
class Blend:
    """Weights by kind; for lasting kinds, as far as they won, a gate and a share of trees.

    ``trust``: how far the gate moves the weights, from 0 to 1.
    """

    weights: Weights
    gate: Gate | None = None
    trust: float = 0.0
    booster: Booster | None = None
    share: float = 0.0

    @property
    def spoken(self) -> Weights:
        """The weights as they are told: with the share of the trees, before a gate moves them by series."""
        if self.booster is None:
            return self.weights
        rest = 1 - self.share
        shared = {
            kind: {
                BOOSTED: self.share,
                **{name: rest * weight for name, weight in self.weights[kind].items()},
            }
            for kind in LASTING
        }
        return {**self.weights, **shared}

    def methods(self, kinds: Sequence[str]) -> list[str]:
        """The methods that have a say in any of the kinds (which share a mix)."""
        first = self.weights[kinds[0]]
        if self.gate is not None and set(kinds) & set(LASTING):
            return list(first)
        return [name for name in first if any(self.weights[kind][name] > 0 for kind in kinds)]

    def shares(self, kinds: np.ndarray, methods: Sequence[str], of: Batch, said: Matrix) -> Matrix:
        """The weight of each method (columns) for each series of a batch."""
        fixed = np.array([[self.weights[kind][name] for name in methods] for kind in kinds])
        if self.gate is None or kinds[0] not in LASTING:
            return fixed
        return (1 - self.trust) * fixed + self.trust * self.gate.weights(features(of, said))


def equal(season: int) -> Blend:
    """The same weight for each method that starts in a kind's mix."""
    weights = {}
    for kind in MIXES:
        used = starting(kind, season)
        weights[kind] = {name: (name in used) / len(used) for name in mix(kind, season)}
    return Blend(weights)


__all__ = ["BOOSTED", "LASTING", "Blend", "Weights", "equal"]
