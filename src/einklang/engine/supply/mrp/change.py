"""Net change: which items must be planned again because something about them, or above them, changed."""

import numpy as np
import numpy.typing as npt
import polars as pl

from einklang.engine.supply.mrp.tables import Tables

Flags = npt.NDArray[np.bool_]


def changed_items(before: Tables, now: Tables) -> Flags | None:
    """The items to plan again, or nothing where everything must be: other items, periods or alternates.

    An item is planned again when its own data, demand, receipts or bill changed, and when it goes into
    something that is, directly or through other items.
    """
    stock, bill, asked, coming, other, closed = range(6)
    same = before.periods == now.periods and before.names.equals(now.names)
    if not same or not all(before.given[k].equals(now.given[k]) for k in (other, closed)):
        return None
    changed = _rows_that_differ(before.given[stock], now.given[stock])
    number = {name: place for place, name in enumerate(now.names)}
    for table, column in ((bill, "parent"), (asked, "item"), (coming, "item")):
        for name in _owners_of_change(before.given[table], now.given[table], column):
            changed[number[name]] = True
    changed[list(now.options.involved())] = True
    if now.options.components:
        asked_for = np.isin(now.tree.component, list(now.options.components))
        changed[now.tree.parent[asked_for]] = True
    for tree in (before.tree, now.tree):
        for depth in range(tree.levels):
            below = tree.component[(tree.level[tree.parent] == depth) & changed[tree.parent]]
            changed[below] = True
    return changed


def _rows_that_differ(before: pl.DataFrame, now: pl.DataFrame) -> Flags:
    different = pl.any_horizontal(now[name].ne_missing(before[name]).alias(name) for name in now.columns)
    return now.select(different).to_series().to_numpy().copy()


def _owners_of_change(before: pl.DataFrame, now: pl.DataFrame, column: str) -> set[str]:
    """Whose rows are not the same, or stand in another order, in both tables."""
    if before.equals(now):
        return set()
    keyed = [
        table.select(column, what=pl.struct(pl.all())).with_columns(place=pl.int_range(pl.len()).over(column))
        for table in (before, now)
    ]
    gone = keyed[0].join(keyed[1], on=[column, "place", "what"], how="anti", nulls_equal=True)
    come = keyed[1].join(keyed[0], on=[column, "place", "what"], how="anti", nulls_equal=True)
    return {*gone[column], *come[column]}
