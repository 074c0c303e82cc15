"""Bills of material: levels, what goes in, what it is used in.

An item's low-level code is the longest way down to it from any end item, so that its need is
complete when its turn comes:

    level(c) = 0 if nothing uses c, else 1 + max(level(p) for each parent p of c)

Per parent ``quantity / (1 - scrap)`` of a component are drawn: of 100 drawn at 2 % scrap 98 arrive.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.supply.frames import BOM, whole_table

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
ALWAYS = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Structure:
    """Bills of material as arrays: one place per line, items by number."""

    items: list[str]
    parent: Ints
    component: Ints
    drawn: Floats
    valid_from: Ints
    valid_to: Ints
    level: Ints

    @property
    def levels(self) -> int:
        """How many levels there are."""
        return int(self.level.max(initial=-1)) + 1


def structure(
    bom: pl.DataFrame | None,
    items: Sequence[str] | None = None,
    instead: Iterable[tuple[str, str]] = (),
) -> Structure:
    """Read the lines, find each item's level; a cycle is refused with its path.

    ``instead`` names what may be drawn in place of a component, as (parent, component): it counts for
    the levels alone.
    """
    lines = whole_table(BOM, bom)
    wasted = lines.with_row_index("row").filter(pl.col("scrap") >= 1)
    if wasted.height:
        raise BadTable(
            [
                Fault("bom", r + 1, "scrap", str(s), "a share below 1")
                for r, s in wasted["row", "scrap"].iter_rows()
            ]
        )
    named = pl.concat([lines["parent"], lines["component"]]).unique(maintain_order=True).to_list()
    names = list(dict.fromkeys([*(items or []), *named]))
    number = {name: index for index, name in enumerate(names)}
    parent = np.array([number[name] for name in lines["parent"]], dtype=np.int64)
    component = np.array([number[name] for name in lines["component"]], dtype=np.int64)
    drawn = (lines["quantity"] / (1 - lines["scrap"].fill_null(0.0))).to_numpy()
    valid_from = lines["valid_from"].fill_null(-ALWAYS).to_numpy()
    valid_to = lines["valid_to"].fill_null(ALWAYS).to_numpy()
    beside = np.array([(number[a], number[b]) for a, b in instead], dtype=np.int64).reshape(-1, 2)
    level = _levels(names, np.concatenate([parent, beside[:, 0]]), np.concatenate([component, beside[:, 1]]))
    return Structure(names, parent, component, drawn, valid_from, valid_to, level)


def _levels(names: list[str], parent: Ints, component: Ints) -> Ints:
    """Peel the items nobody uses any more, round by round; the round is the level."""
    level = np.zeros(len(names), dtype=np.int64)
    users = np.bincount(component, minlength=len(names))
    left = np.ones(len(names), dtype=bool)
    frontier = np.flatnonzero(users == 0)
    depth = 0
    while frontier.size:
        level[frontier] = depth
        left[frontier] = False
        released = component[np.isin(parent, frontier)]
        users = users - np.bincount(released, minlength=len(names))
        frontier = np.flatnonzero((users == 0) & left)
        depth += 1
    if left.any():
        path = _cycle(parent, component, left)
        shown = " > ".join(names[index] for index in path)
        raise BadTable(
            [Fault("bom", None, "component", shown, "no item inside itself", "remove one of these lines")]
        )
    return level


def _cycle(parent: Ints, component: Ints, left: npt.NDArray[np.bool_]) -> list[int]:
    """Walk upwards among the items that could not be peeled until one comes round again."""
    inside = left[parent] & left[component]
    above = dict(zip(component[inside].tolist(), parent[inside].tolist(), strict=True))
    path = [int(np.flatnonzero(left)[0])]
    while path[-1] in above and above[path[-1]] not in path:
        path.append(above[path[-1]])
    start = path.index(above[path[-1]])
    return [above[path[-1]], *reversed(path[start:])]


def low_level_codes(bom: pl.DataFrame) -> pl.DataFrame:
    """Each item and its level, end items at 0.

    >>> lines = {"parent": ["pump", "motor"], "component": ["motor", "screw"]}
    >>> bom = pl.DataFrame({**lines, "quantity": [1.0, 4.0]})
    >>> low_level_codes(bom).rows()
    [('pump', 0), ('motor', 1), ('screw', 2)]
    """
    tree = structure(bom)
    return pl.DataFrame({"item": tree.items, "level": tree.level})


def cumulative_lead_times(bom: pl.DataFrame | None, items: pl.DataFrame) -> pl.DataFrame:
    """How long it takes from nothing: each item's own lead time after the longest of its parts.

    Parts are fetched side by side, so the longest way down counts, never their sum.

    >>> lines = {"parent": ["pump", "pump"], "component": ["motor", "seal"], "quantity": [1.0, 2.0]}
    >>> stock = pl.DataFrame({"item": ["pump", "motor", "seal"], "lead_time": [1, 5, 3]})
    >>> cumulative_lead_times(pl.DataFrame(lines), stock).rows()
    [('pump', 6), ('motor', 5), ('seal', 3)]
    """
    tree = structure(bom, items["item"].to_list())
    own = np.zeros(len(tree.items), dtype=np.int64)
    own[: items.height] = items["lead_time"].fill_null(0).cast(pl.Int64).to_numpy()
    whole = longest_way(tree, own)
    return pl.DataFrame({"item": tree.items, "periods": whole})


def longest_way(tree: Structure, own: Ints) -> Ints:
    """The sum of ``own`` along the longest way down from each item."""
    whole = own.copy()
    for depth in range(tree.levels - 1, -1, -1):
        lines = np.flatnonzero(tree.level[tree.parent] == depth)
        parent = tree.parent[lines]
        np.maximum.at(whole, parent, own[parent] + whole[tree.component[lines]])
    return whole


def totals(tree: Structure, quantity: Floats) -> Floats:
    """All that is needed of each item when this much is needed at the top, by item (and column)."""
    need = quantity.astype(np.float64).copy()
    wide = tree.drawn.reshape(-1, *([1] * (need.ndim - 1)))
    for depth in range(tree.levels):
        lines = np.flatnonzero(tree.level[tree.parent] == depth)
        np.add.at(need, tree.component[lines], need[tree.parent[lines]] * wide[lines])
    return need


def explode(bom: pl.DataFrame, need: pl.DataFrame) -> pl.DataFrame:
    """Gross need of every item below what is asked for, all levels added up.

    >>> lines = {"parent": ["kit", "kit", "box"], "component": ["box", "nail", "nail"]}
    >>> bom = pl.DataFrame({**lines, "quantity": [2.0, 1.0, 8.0]})
    >>> explode(bom, pl.DataFrame({"item": ["kit"], "quantity": [10.0]})).rows()
    [('kit', 10.0), ('box', 20.0), ('nail', 170.0)]
    """
    asked = need.group_by("item", maintain_order=True).agg(pl.col("quantity").sum())
    tree = structure(bom, asked["item"].to_list())
    top = np.zeros(len(tree.items))
    top[: asked.height] = asked["quantity"].to_numpy()
    return pl.DataFrame({"item": tree.items, "quantity": totals(tree, top)}).filter(pl.col("quantity") != 0)


def below(bom: pl.DataFrame, item: str) -> pl.DataFrame:
    """The indented bill of one item: level, parent, component, quantity per unit at the top."""
    return _walk(bom, item, down=True)


def where_used(bom: pl.DataFrame, item: str) -> pl.DataFrame:
    """Everything an item goes into, up to the end items: level, parent, component, quantity, total.

    >>> lines = {"parent": ["pump", "motor"], "component": ["motor", "screw"]}
    >>> bom = pl.DataFrame({**lines, "quantity": [2.0, 4.0]})
    >>> where_used(bom, "screw").select("level", "parent", "total").rows()
    [(1, 'motor', 4.0), (2, 'pump', 8.0)]
    """
    return _walk(bom, item, down=False)


def _walk(bom: pl.DataFrame, item: str, *, down: bool) -> pl.DataFrame:
    structure(bom)
    lines = whole_table(BOM, bom).with_columns(
        drawn=pl.col("quantity") / (1 - pl.col("scrap").fill_null(0.0)),
    )
    near, far = ("parent", "component") if down else ("component", "parent")
    reached = pl.DataFrame({near: [item], "total": [1.0]})
    rounds = []
    level = 1
    while True:
        step = reached.join(lines, on=near, how="inner", maintain_order="left").with_columns(
            level=pl.lit(level), total=pl.col("total") * pl.col("drawn")
        )
        rounds.append(step.select("level", "parent", "component", "quantity", "total"))
        if not step.height:
            return pl.concat(rounds)
        reached = step.select(pl.col(far).alias(near), "total")
        level += 1


def between(bom: pl.DataFrame | None, ends: Sequence[str]) -> pl.DataFrame:
    """The bill among end items alone: what each draws of the others, through all that lies between.

    A frame that is sold and also built into bikes keeps its place; the levels between fall out.

    >>> lines = {"parent": ["bike", "kit"], "component": ["kit", "frame"]}
    >>> between(pl.DataFrame({**lines, "quantity": [1.0, 2.0]}), ["bike", "frame"]).rows()
    [('bike', 'frame', 2.0)]
    """
    tree = structure(bom, ends)
    column = np.full(len(tree.items), -1)
    column[: len(ends)] = np.arange(len(ends))
    drawn = np.zeros((len(tree.items), len(ends)))
    is_end = column >= 0
    for depth in range(tree.levels - 1, -1, -1):
        lines = np.flatnonzero(tree.level[tree.parent] == depth)
        direct = lines[is_end[tree.component[lines]]]
        np.add.at(drawn, (tree.parent[direct], column[tree.component[direct]]), tree.drawn[direct])
        through = lines[~is_end[tree.component[lines]]]
        np.add.at(drawn, tree.parent[through], drawn[tree.component[through]] * tree.drawn[through, None])
    parent, component = np.nonzero(drawn[: len(ends)])
    return pl.DataFrame(
        {
            "parent": pl.Series([ends[index] for index in parent.tolist()], dtype=pl.String),
            "component": pl.Series([ends[index] for index in component.tolist()], dtype=pl.String),
            "quantity": pl.Series(drawn[parent, component], dtype=pl.Float64),
        }
    )
