"""From names to numbers: a place is one item at one site; strangers are named with their row."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from einklang.engine.errors import BadTable, Fault

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def numbers(
    table: pl.DataFrame, column: str, names: Sequence[str], *, called: str, among: str, mend: str = ""
) -> Ints:
    """The number of each row's name; a blank is -1, a stranger is a fault.

    >>> numbers(pl.DataFrame({"period": ["b", None]}), "period", ["a", "b"], called="x", among="periods")
    array([ 1, -1])
    """
    strings = table[column].cast(pl.String)
    at = {name: number for number, name in enumerate(names)}
    empty = pl.Series([None] * len(strings), dtype=pl.Int64)
    found = strings.replace_strict(at, default=None, return_dtype=pl.Int64) if at else empty
    strange = (found.is_null() & strings.is_not_null()).arg_true().to_list()
    if strange:
        expected = f"a name that stands in {among}"
        raise BadTable(
            [
                Fault(called, row + 1, column, strings[row], expected, mend or "add it there or correct it")
                for row in strange
            ]
        )
    return found.fill_null(-1).to_numpy()


def column(table: pl.DataFrame, name: str) -> Floats:
    """A column as numbers, ``nan`` where it is blank."""
    return table[name].cast(pl.Float64).fill_null(np.nan).to_numpy()


class Places:
    """The items at their sites, in the order of the table."""

    def __init__(self, items: pl.DataFrame) -> None:
        self.items: list[str] = items["item"].to_list()
        self.sites: list[str] = items["site"].fill_null("").to_list()
        self.sited = bool(items["site"].is_not_null().any())
        self._table = items.select("item", pl.col("site").fill_null(""), place=pl.int_range(pl.len()))

    def __len__(self) -> int:
        return len(self.items)

    def label(self, place: int) -> str:
        """A place for a reader: the item, and its site where there are several."""
        return f"{self.items[place]} at {self.sites[place]}" if self.sites[place] else self.items[place]

    def of(self, table: pl.DataFrame, *, called: str, item: str = "item", site: str = "site") -> Ints:
        """The place of each row; without a site the item's only one."""
        asked = table.select(item=pl.col(item), site=pl.col(site)).with_row_index("row")
        only = self._table.group_by("item").agg(pl.col("place").first().alias("only"), sites=pl.len())
        found = (
            asked.join(self._table, on=["item", "site"], how="left")
            .join(only, on="item", how="left")
            .with_columns(
                place=pl.when(pl.col("site").is_null() & (pl.col("sites") == 1))
                .then("only")
                .otherwise("place")
            )
            .sort("row")
        )
        lost = found.filter(pl.col("place").is_null())
        if lost.height:
            raise BadTable([self._stranger(called, row) for row in lost.iter_rows(named=True)])
        return found["place"].cast(pl.Int64).to_numpy()

    def every(self, table: pl.DataFrame, *, called: str) -> tuple[Ints, Ints]:
        """Rows and places: a row without a site counts at every site its item stands at."""
        given = table.select("item", "site").with_row_index("row")
        blank = pl.col("site").is_null()
        named, anywhere = given.filter(~blank), given.filter(blank)
        strange = anywhere.join(self._table, on="item", how="anti")
        if strange.height:
            raise BadTable([self._stranger(called, {**r, "sites": None}) for r in strange.rows(named=True)])
        rows = [named["row"].to_numpy().astype(np.int64)]
        found = [self.of(named, called=called)] if named.height else [np.zeros(0, dtype=np.int64)]
        spread = anywhere.drop("site").join(self._table, on="item", maintain_order="left")
        rows.append(spread["row"].to_numpy().astype(np.int64))
        found.append(spread["place"].to_numpy().astype(np.int64))
        row, place = np.concatenate(rows), np.concatenate(found)
        order = np.lexsort((place, row))
        return row[order], place[order]

    def _stranger(self, called: str, row: dict[str, object]) -> Fault:
        if row["sites"] is None:
            expected, mend = "an item that stands in items", "add it there or correct it"
            return Fault(called, int(str(row["row"])) + 1, "item", str(row["item"]), expected, mend)
        if row["site"] is None:
            got = f"{row['item']} without a site"
            return Fault(called, int(str(row["row"])) + 1, "site", got, f"one of its {row['sites']} sites")
        got = f"{row['item']} at {row['site']}"
        expected = "an item and site that stand in items"
        return Fault(called, int(str(row["row"])) + 1, "site", got, expected, "add it there or correct it")
