"""The tables that walk between rooms: columns, units, keys, and one check at the door."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from einklang.engine.errors import BadTable, Fault

Kind = Literal["text", "date", "number", "whole", "flag"]

DTYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "date": pl.Date(),
    "number": pl.Float64(),
    "whole": pl.Int64(),
    "flag": pl.Boolean(),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what kind of value, in which unit, and what is allowed in it."""

    kind: Kind
    unit: str = ""
    optional: bool = False
    blank: bool = False
    at_least: float | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A named table: its columns, the key that may stand only once, and the check at the door."""

    name: str
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    about: str = field(default="")

    def check(self, table: pl.DataFrame) -> pl.DataFrame:
        """The table with the declared columns first and in their types; every fault is named at once.

        Missing columns, wrong types, blanks, NaN and infinite numbers, values below the minimum and
        double keys raise :class:`BadTable`. Columns that are not declared stay, at the end.
        """
        missing = [
            name for name, column in self.columns.items() if name not in table.columns and not column.optional
        ]
        if missing:
            have = ", ".join(table.columns) or "none"
            raise BadTable(
                [Fault(self.name, None, name, f"columns {have}", "this column", "add it") for name in missing]
            )
        present = {name: column for name, column in self.columns.items() if name in table.columns}
        faults: list[Fault] = []
        cast = table
        for name, column in present.items():
            cast, found = self._cast(cast, name, column)
            faults += found
        if not faults:
            faults = self._double_keys(cast)
        if faults:
            raise BadTable(faults)
        rest = [name for name in table.columns if name not in present]
        return cast.select(*present, *rest)

    def empty(self) -> pl.DataFrame:
        """The table with its columns and no rows."""
        return pl.DataFrame(schema={name: DTYPES[column.kind] for name, column in self.columns.items()})

    def _cast(self, table: pl.DataFrame, name: str, column: Column) -> tuple[pl.DataFrame, list[Fault]]:
        before = table[name]
        after = _as_kind(before, column.kind)
        # "nan" and "inf" in a file are not numbers a plan can hold, so they count as unreadable.
        unreadable = before.is_not_null() & after.is_null()
        if column.kind == "number":
            unreadable = unreadable | (after.is_not_null() & ~after.is_finite()).fill_null(False)
        wrong = unreadable if column.blank else unreadable | before.is_null()
        expected = {
            "text": "text",
            "date": "a date like 2014-05-01",
            "number": "a finite number",
            "whole": "a whole number",
            "flag": "true or false",
        }[column.kind]
        faults = [self._fault(row, name, before[row], expected) for row in wrong.arg_true().to_list()]
        if column.at_least is not None:
            low = ((after < column.at_least) & ~wrong).fill_null(False)
            faults += [
                self._fault(row, name, before[row], f"{column.at_least:g} or more")
                for row in low.arg_true().to_list()
            ]
        return table.with_columns(after.alias(name)), faults

    def _fault(self, row: int, column: str, got: object, expected: str) -> Fault:
        return Fault(self.name, row + 1, column, "nothing" if got is None else str(got)[:80], expected)

    def _double_keys(self, table: pl.DataFrame) -> list[Fault]:
        key = [name for name in self.key if name in table.columns]
        if not key or not stands_twice(table, key):
            return []
        again = ~table.select(pl.struct(key).is_first_distinct()).to_series()
        return [
            Fault(
                self.name,
                row + 1,
                "+".join(key),
                " ".join(str(value) for value in table.row(row, named=False)[: len(key)])
                if key == table.columns[: len(key)]
                else " ".join(str(table[name][row]) for name in key),
                "each key once",
                "merge or remove the double row",
            )
            for row in again.arg_true().to_list()
        ]


def stands_twice(table: pl.DataFrame, key: list[str]) -> bool:
    """Whether any key stands twice: sorted, equal keys are neighbours, which is quick to see.

    >>> stands_twice(pl.DataFrame({"item": ["a", "b", "a"]}), ["item"])
    True
    """
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift()) for name in key)
    return bool(table.select(key).sort(key).select(same.slice(1).any()).item())


def _as_kind(values: pl.Series, kind: Kind) -> pl.Series:
    target = DTYPES[kind]
    if values.dtype == target:
        return values
    if kind == "text":
        return values.cast(pl.String)
    if kind == "date" and values.dtype == pl.String:
        return values.str.strip_chars().str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    if kind == "flag" and values.dtype == pl.String:
        text = values.str.strip_chars().str.to_lowercase()
        yes, no = text.is_in(["true", "1", "yes"]), text.is_in(["false", "0", "no"])
        return pl.select(pl.when(yes).then(True).when(no).then(False)).to_series().rename(values.name)
    if kind == "whole":
        number = (
            values.str.strip_chars().cast(pl.Float64, strict=False)
            if values.dtype == pl.String
            else values.cast(pl.Float64, strict=False)
        )
        return (
            pl.select(pl.when(number == number.floor()).then(number))
            .to_series()
            .cast(pl.Int64, strict=False)
            .rename(values.name)
        )
    if values.dtype == pl.String:
        values = values.str.strip_chars()
    return values.cast(target, strict=False)


def number(
    unit: str = "", *, optional: bool = False, blank: bool = False, at_least: float | None = None
) -> Column:
    """A column of finite numbers."""
    return Column("number", unit, optional, blank, at_least)


def text(*, optional: bool = False, blank: bool = False) -> Column:
    """A column of names."""
    return Column("text", "", optional, blank)


def whole(
    unit: str = "", *, optional: bool = False, blank: bool = False, at_least: float | None = None
) -> Column:
    """A column of whole numbers (money in minor units, period numbers)."""
    return Column("whole", unit, optional, blank, at_least)


def day(*, optional: bool = False, blank: bool = False) -> Column:
    """A column of dates."""
    return Column("date", "", optional, blank)


def flag(*, optional: bool = False) -> Column:
    """A column of yes and no."""
    return Column("flag", "", optional, True)


DEMAND = Frame(
    "demand",
    {"series": text(), "period": day(), "quantity": number("units"), "available": flag(optional=True)},
    ("series", "period"),
    "What was wished, by the period it was wished for, delivered or not.",
)
FORECAST = Frame(
    "forecast",
    {"series": text(), "period": day(), "mean": number("units"), "method": text()},
    ("series", "period"),
    "What is expected by period; interval columns lo-80, hi-80, lo-95, hi-95 follow by level.",
)
TREE = Frame("hierarchy", {"series": text(), "parent": text()}, ("series",), "Which series adds into which.")
