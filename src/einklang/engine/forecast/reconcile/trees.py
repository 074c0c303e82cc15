"""How series add up: one tree, or several over the same leaves (families and territories)."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.forecast.histories import named
from einklang.engine.forecast.panel import Matrix, Panel, Whole
from einklang.engine.forecast.season import measured
from einklang.engine.frames import Frame, text

TREES = Frame(
    "hierarchy",
    {"series": text(), "parent": text()},
    ("series", "parent"),
    "Which series adds into which; a series with two parents hangs on two trees.",
)
INHERITED = 0.5
"""How much of a family's season an item starts from (tried on two companies: better than 0, 0.3 and 1)."""


def added(keys: Whole, values: Matrix) -> tuple[Whole, Matrix]:
    """The distinct keys, and the sum of the rows of each.

    >>> added(np.array([7, 3, 7]), np.array([[1.0], [2.0], [4.0]]))
    (array([3, 7]), array([[2.],
           [5.]]))
    """
    if (keys[1:] < keys[:-1]).any():
        order = np.argsort(keys, kind="stable")
        keys, values = keys[order], values[order]
    begins = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[begins], np.add.reduceat(values, begins, axis=0)


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

    @property
    def main(self) -> "Tree":
        """The tree along which seasons are inherited."""
        return self

    def from_below(self) -> list[Whole]:
        """The nodes of each depth, deepest first, without the top."""
        return [np.flatnonzero(self.depths == depth) for depth in range(int(self.depths.max()), 0, -1)]

    def summed(self, leaves: Matrix) -> Matrix:
        """Every node as the sum of its leaves; rows of inner nodes are replaced."""
        total = np.where(self.leaves[:, None], leaves, 0.0)
        for nodes in self.from_below():
            into, sums = added(self.parents[nodes], total[nodes])
            total[into] += sums
        return total

    def first_of(self, starts: Whole) -> Whole:
        """For every node the smallest of its leaves' numbers."""
        found = np.where(self.leaves, starts, np.iinfo(np.int64).max)
        for below in self.from_below():
            np.minimum.at(found, self.parents[below], found[below])
        return found

    def leaves_of(self, node: int) -> Whole:
        """The leaves under a node."""
        marked = np.zeros(len(self.names), dtype=bool)
        marked[node] = True
        for below in reversed(self.from_below()):
            marked[below] |= marked[self.parents[below]]
        return np.flatnonzero(marked & self.leaves)


@dataclass(frozen=True)
class Forest:
    """Several trees over the same leaves: ``members`` (sparse) says which leaf adds into which inner node.

    Nodes stand in the order leaves, inner nodes. ``main`` is the tree of each node's first parent.
    """

    names: list[str]
    main: Tree
    members: Any

    @property
    def leaves(self) -> np.ndarray:
        """Which nodes nothing adds into."""
        is_leaf: np.ndarray = np.arange(len(self.names)) < int(self.members.shape[1])
        return is_leaf

    @property
    def inner(self) -> slice:
        """The nodes that are sums."""
        return slice(self.members.shape[1], None)

    @cached_property
    def groups(self) -> list[Whole]:
        """The leaves of each inner node."""
        return np.split(self.members.indices, self.members.indptr[1:-1])

    def summed(self, leaves: Matrix) -> Matrix:
        """Every node as the sum of its leaves; rows of inner nodes are replaced."""
        count = self.members.shape[1]
        total: Matrix = np.concatenate([leaves[:count], self.members @ leaves[:count]])
        return total

    def first_of(self, starts: Whole) -> Whole:
        """For every node the smallest of its leaves' numbers."""
        found = starts.copy()
        for place, group in enumerate(self.groups):
            found[self.members.shape[1] + place] = starts[group].min()
        return found

    def leaves_of(self, node: int) -> Whole:
        """The leaves under a node."""
        count = self.members.shape[1]
        return np.array([node]) if node < count else np.sort(self.groups[node - count]).astype(np.int64)


Nodes = Tree | Forest


def tree(table: pl.DataFrame, series: list[str]) -> Nodes:
    """The part of a hierarchy that the given leaf series hang on.

    Refuses a series without a place, a loop, and a leaf that is also a parent with a history of its own.
    """
    has_place = pl.col("parent").is_not_null() & (pl.col("parent") != "")
    rows = TREES.check(table.filter(has_place) if "parent" in table.columns else table)
    lost = [
        named(name) for name in pl.Series(series).filter(~pl.Series(series).is_in(rows["series"].implode()))
    ]
    if lost:
        raise Impossible(f"The hierarchy names no parent for {', '.join(lost[:5])}.")
    inner = pl.Series(series).filter(pl.Series(series).is_in(rows["parent"].implode()))
    if len(inner):
        raise Impossible(
            f"{named(inner.sort()[0])} has a history of its own and also children; give the children only."
        )
    codes = pl.DataFrame(
        {"name": pl.concat([pl.Series(series), rows["series"], rows["parent"]]).unique(maintain_order=True)}
    )
    codes = codes.with_row_index("code")
    child, parent = (
        rows.select(pl.col(side).alias("name"))
        .join(codes, on="name", how="left", maintain_order="left")["code"]
        .to_numpy()
        for side in ("series", "parent")
    )
    names = codes["name"].to_list()
    needed = _needed(child, parent, len(series), names)
    used = needed[child]
    child, parent = child[used], parent[used]
    # Leaves keep their order; inner nodes follow in the order in which the table names them.
    kept = np.flatnonzero(needed)
    place = np.full(len(names), -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    child, parent, labels = place[child], place[parent], [names[code] for code in kept]
    main = _main(child, parent, labels)
    if len(np.unique(child)) == len(child):
        return main
    return _forest(main, child, parent, len(series))


def _needed(child: Whole, parent: Whole, leaves: int, names: list[str]) -> np.ndarray:
    """The leaves and everything above them; a circle is refused."""
    needed = np.arange(len(names)) < leaves
    rank = np.zeros(len(names), dtype=np.int64)
    for turn in range(len(names) + 1):
        up = needed[child] & (rank[parent] <= rank[child])
        if not up.any():
            return needed
        needed[parent[up]] = True
        np.maximum.at(rank, parent[up], rank[child[up]] + 1)
        if turn > 60 or turn == len(names):
            _refuse_circle(child, parent, needed, names)
    return needed


def _refuse_circle(child: Whole, parent: Whole, needed: np.ndarray, names: list[str]) -> None:
    """Raise, with its path, if some nodes add into themselves."""
    above: dict[int, list[int]] = {}
    for low, high in zip(child.tolist(), parent.tolist(), strict=True):
        above.setdefault(low, []).append(high)
    # Tops are taken off until nothing is left but circles and what hangs on them.
    open_nodes = set(np.flatnonzero(needed).tolist())
    while tops := {node for node in open_nodes if not open_nodes & set(above.get(node, []))}:
        open_nodes -= tops
    if open_nodes:
        path = [min(open_nodes)]
        while path[-1] not in path[:-1]:
            path.append(next(node for node in above[path[-1]] if node in open_nodes))
        text = " > ".join(named(names[node]) for node in path)
        raise Impossible(f"The hierarchy runs in a circle: {text}.")


def _main(child: Whole, parent: Whole, names: list[str]) -> Tree:
    """The tree of every node's first parent."""
    parents = np.full(len(names), -1, dtype=np.int64)
    first = np.unique(child, return_index=True)[1]
    parents[child[first]] = parent[first]
    depths = np.zeros(len(names), dtype=np.int64)
    at = parents.copy()
    while (at >= 0).any():
        depths += at >= 0
        at = np.where(at >= 0, parents[at], -1)
    return Tree(names, parents, depths)


def _forest(main: Tree, child: Whole, parent: Whole, leaves: int) -> Forest:
    """Which leaves add into which inner node, along any of the trees, each once."""
    from scipy import sparse

    count = len(main.names)
    ones = np.ones(len(child))
    direct = sparse.csr_array((ones, (parent - leaves, child)), shape=(count - leaves, count))
    own, below = direct[:, :leaves], direct[:, leaves:]
    members = own
    while True:
        deeper = own + below @ members
        deeper.data = np.ones_like(deeper.data)
        if deeper.nnz == members.nnz:
            deeper.sort_indices()
            return Forest(main.names, main, deeper)
        members = deeper


def with_parents(leaves: Panel, nodes: Nodes, sums_of: Panel | None = None) -> Panel:
    """The leaf histories and, below them, the sums that the tree asks for.

    ``sums_of``: what is added up, where the leaves have inherited what others sold.
    """
    rows, width, count = len(nodes.names), leaves.values.shape[1], len(leaves.names)
    added = leaves if sums_of is None else sums_of
    values, starts = np.zeros((rows, width)), np.full(rows, width, dtype=np.int64)
    values[:count] = np.nan_to_num(added.values)
    starts[:count] = added.starts
    values, starts = nodes.summed(values), nodes.first_of(starts)
    values[:count], starts[:count] = leaves.values, leaves.starts
    values[np.arange(width) < starts[:, None]] = np.nan
    state = None
    if leaves.state is not None:
        state = np.zeros((rows, width), dtype=np.uint8)
        state[:count] = leaves.state
    ends = [leaves.ends[0]] * rows
    return replace(
        leaves, names=nodes.names, values=values, starts=starts, ends=ends, state=state, drivers={}
    )


def families(nodes: Nodes, leaves: int) -> Whole:
    """The family of each leaf: the number of its first parent."""
    return nodes.main.parents[:leaves]


def shapes(panel: Panel, nodes: Nodes, season: int) -> Matrix:
    """The seasonal shape each node starts from: half-way to that of the node above, which starts likewise.

    So a new item inherits something of its family's year, and a noisy one is drawn to it. All the way
    errs more than half-way where items of a family sell in different months.
    """
    main = nodes.main
    start = np.ones((len(main.names), max(season, 1)))
    shape = start.copy()
    inner = ~nodes.leaves
    for depth in range(int(main.depths.max()) + 1):
        at = np.flatnonzero(main.depths == depth)
        below = at[main.parents[at] >= 0]
        start[below] = 1 + INHERITED * (shape[main.parents[below]] - 1)
        own = at[inner[at]]
        if len(own) and panel.values.shape[1]:
            _, shrunk, _ = measured(panel.values[own], panel.starts[own], season, start[own])
            shape[own] = shrunk.figures
    return start
