"""Forecasts that add up: trees, the weights of their nodes, people's overrides, and intervals of sums."""

from einklang.engine.forecast.reconcile.overrides import OVERRIDES, with_overrides
from einklang.engine.forecast.reconcile.trees import (
    TREES,
    Forest,
    Nodes,
    Tree,
    families,
    shapes,
    tree,
    with_parents,
)
from einklang.engine.forecast.reconcile.weighted import reconciled

__all__ = [
    "OVERRIDES",
    "TREES",
    "Forest",
    "Nodes",
    "Tree",
    "families",
    "reconciled",
    "shapes",
    "tree",
    "with_overrides",
    "with_parents",
]
