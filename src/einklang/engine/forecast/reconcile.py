"""What a tree of series shares: forecasts that add up, and something of the season.

Items add to families and to the total, each moved as little as its certainty allows.

Weighted least squares on a tree, exactly, in two passes (no matrix). With ``v`` the sum of the
children's variances and ``w`` the parent's own:

    up:    parent = sum of children + v / (v + w) * (own forecast - sum of children)
    down:  child += child's variance / v * (parent - sum of children)
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.forecast.panel import Matrix, Panel, Whole
from einklang.engine.forecast.season import measured
from einklang.engine.frames import TREE

INHERITED = 0.5
"""How much of a family's season an item starts from (tried on two companies: better than 0, 0.3 and 1)."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Names of all nodes, each one's parent (-1 at the top), and the nodes from the leaves upwards."""

    names: list[str]
    parents: Whole
    depths: Whole

    @property
    def leaves(self) -> np.ndarray:
        """Which nodes nothing adds into."""
        is_leaf: np.ndarray = np.ones(len(self.names), dtype=bool)
        is_leaf[self.parents[self.parents >= 0]] = False
        return is_leaf

    def from_below(self) -> list[Whole]:
        """The nodes of each depth, deepest first, without the top."""
        return [np.flatnonzero(self.depths == depth) for depth in range(int(self.depths.max()), 0, -1)]

    def summed(self, leaves: Matrix) -> Matrix:
        """Every node as the sum of its leaves; rows of inner nodes are replaced."""
        total = np.where(self.leaves[:, None], leaves, 0.0)
        for nodes in self.from_below():
            np.add.at(total, self.parents[nodes], total[nodes])
        return total


def tree(table: pl.DataFrame, series: list[str]) -> Tree:
    """The part of a hierarchy that the given leaf series hang on.

    Refuses a series without a place, a loop, and a leaf that is also a parent with a history of its own.
    """
    rows = TREE.check(table.filter(pl.col("parent").is_not_null() & (pl.col("parent") != "")))
    above = dict(zip(rows["series"].to_list(), rows["parent"].to_list(), strict=True))
    lost = [name for name in series if name not in above]
    if lost:
        raise Impossible(f"The hierarchy names no parent for {', '.join(lost[:5])}.")
    inner = sorted(set(series) & set(above.values()))
    if inner:
        raise Impossible(f"{inner[0]} has a history of its own and also children; give the children only.")
    paths = {name: _path(name, above) for name in series}
    names = list(dict.fromkeys([*series, *(node for path in paths.values() for node in path[1:])]))
    place = {name: index for index, name in enumerate(names)}
    parents = np.array([place[above[name]] if name in above else -1 for name in names], dtype=np.int64)
    depths = np.array([len(_path(name, above)) - 1 for name in names], dtype=np.int64)
    return Tree(names, parents, depths)


def _path(name: str, above: dict[str, str]) -> list[str]:
    """A node and everything above it."""
    path = [name]
    while path[-1] in above:
        path.append(above[path[-1]])
        if path[-1] in path[:-1]:
            raise Impossible(f"The hierarchy runs in a circle: {' > '.join(path)}.")
    return path


def with_parents(leaves: Panel, nodes: Tree) -> Panel:
    """The leaf histories and, below them, the sums that the tree asks for."""
    rows, width = len(nodes.names), leaves.values.shape[1]
    values = np.zeros((rows, width))
    values[: len(leaves.names)] = np.nan_to_num(leaves.values)
    values = nodes.summed(values)
    starts = np.full(rows, width)
    starts[: len(leaves.names)] = leaves.starts
    for below in nodes.from_below():
        np.minimum.at(starts, nodes.parents[below], starts[below])
    values[np.arange(width) < starts[:, None]] = np.nan
    return Panel(nodes.names, values, starts, [leaves.ends[0]] * rows, leaves.frequency)


def shapes(panel: Panel, nodes: Tree, season: int) -> Matrix:
    """The seasonal shape each node starts from: half-way to that of the node above, which starts likewise.

    So a new item inherits something of its family's year, and a noisy one is drawn to it. All the way
    errs more than half-way where items of a family sell in different months.
    """
    start = np.ones((len(nodes.names), max(season, 1)))
    shape = start.copy()
    inner = ~nodes.leaves
    for depth in range(int(nodes.depths.max()) + 1):
        at = np.flatnonzero(nodes.depths == depth)
        below = at[nodes.parents[at] >= 0]
        start[below] = 1 + INHERITED * (shape[nodes.parents[below]] - 1)
        own = at[inner[at]]
        if len(own) and panel.values.shape[1]:
            _, shrunk, _ = measured(panel.values[own], panel.starts[own], season, start[own])
            shape[own] = shrunk.figures
    return start


def reconciled(forecast: Matrix, variance: Matrix, nodes: Tree, floor: Matrix) -> Matrix:
    """The forecasts closest to the given ones that add up, none of the leaves below its floor.

    >>> pair = tree(pl.DataFrame({"series": ["a", "b"], "parent": ["all", "all"]}), ["a", "b"])
    >>> reconciled(np.array([[4.0], [6.0], [13.0]]), np.array([1.0, 1.0, 1.0]), pair, np.zeros(3)).ravel()
    array([ 5.,  7., 12.])
    """
    best, spread = forecast.copy(), variance.astype(float).copy()
    below, noise = np.zeros_like(best), np.zeros_like(spread)
    levels = nodes.from_below()
    for children in levels:
        parents = np.unique(nodes.parents[children])
        np.add.at(below, nodes.parents[children], best[children])
        np.add.at(noise, nodes.parents[children], spread[children])
        own, under = spread[parents], noise[parents]
        trust = np.divide(under, under + own, out=np.zeros_like(under), where=under + own > 0)
        best[parents] = below[parents] + trust[:, None] * (best[parents] - below[parents])
        spread[parents] = trust * own
    for children in reversed(levels):
        parents = nodes.parents[children]
        share = np.divide(
            spread[children], noise[parents], out=np.zeros(len(children)), where=noise[parents] > 0
        )
        best[children] += share[:, None] * (best[parents] - below[parents])
    leaves = nodes.leaves
    best[leaves] = np.maximum(best[leaves], floor[leaves, None])
    return nodes.summed(best)
