"""Rows against what a table takes: types, limits, keys and the database's own rules, all rows at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
from django.utils.translation import gettext as _

from einklang.kernel.intake.keys import KEY, ROW, Keys, key_of
from einklang.kernel.intake.rules import broken_rules
from einklang.kernel.intake.targets import Column, Target, Targets

FAULTS = pl.Schema(
    {
        "at": pl.Int64,
        "row": pl.Int64,
        "column": pl.String,
        "got": pl.String,
        "expected": pl.String,
        "mend": pl.String,
    }
)
AT = "_at"
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)$"
YES = ("1", "true", "t", "yes", "y", "ja", "j", "wahr", "x")
NO = ("0", "false", "f", "no", "n", "nein", "falsch")


@dataclass(slots=True)
class Checked:
    """Rows that can be taken in, and what is wrong with the others."""

    good: pl.DataFrame
    faults: pl.DataFrame

    def without(self, faults: pl.DataFrame) -> Checked:
        """Set aside more rows."""
        if faults.is_empty():
            return self
        return Checked(
            self.good.join(faults.select(pl.col("at").alias(AT)), on=AT, how="anti", maintain_order="left"),
            pl.concat([self.faults, faults]),
        )


def check(targets: Targets, target: Target, frame: pl.DataFrame, keys: Keys) -> Checked:
    """Type every column, then find double keys, keys that name nothing, and broken rules.

    ``frame`` holds file columns as text (or typed already) and ``_row``, the line in the file.
    """
    frame = frame.with_row_index(AT).with_columns(pl.col(AT).cast(pl.Int64))
    columns = [column for column in targets.columns(target) if column.name in frame.columns]
    found = [fault for column in columns for fault in _typing_faults(frame, column)]
    typed = frame.select(AT, ROW, *[_typed(frame, column).alias(column.place) for column in columns])
    checked = Checked(typed, _all([])).without(_all(found))
    good = checked.good.with_columns(_key(targets, target).alias(KEY))
    checked = Checked(good, checked.faults)
    checked = checked.without(_doubles(targets, target, checked.good))
    checked = checked.without(_rules(target, checked.good))
    while (unknown := _unknown(targets, target, checked.good, keys)).height:
        checked = checked.without(unknown)
    return checked


def fault_rows(
    frame: pl.DataFrame, column: str, got: pl.Expr, expected: str | pl.Expr, mend: str
) -> pl.DataFrame:
    """One fault for each row of ``frame``."""
    return frame.select(
        pl.col(AT).alias("at"),
        pl.col(ROW).cast(pl.Int64).alias("row"),
        pl.lit(column).alias("column"),
        got.cast(pl.String).fill_null("").str.slice(0, 200).alias("got"),
        (pl.lit(expected) if isinstance(expected, str) else expected).alias("expected"),
        pl.lit(mend).alias("mend"),
    ).cast(FAULTS)


def _all(faults: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(faults) if faults else pl.DataFrame(schema=FAULTS)


def _key(targets: Targets, target: Target) -> pl.Expr:
    places = {column.name: column.place for column in targets.columns(target)}
    return key_of([places[name] for name in targets.key_columns(target)])


def _text(frame: pl.DataFrame, column: Column) -> pl.Expr:
    """The cell as text, empty as nothing."""
    text = pl.col(column.name).cast(pl.String).str.strip_chars()
    return pl.when(text != "").then(text)


def _typed(frame: pl.DataFrame, column: Column) -> pl.Expr:
    """A column as the table's own type; what cannot be read becomes nothing (and is a fault)."""
    text = _text(frame, column)
    number = pl.when(text.str.contains(NUMBER)).then(text)
    lower = text.str.to_lowercase()
    exprs = {
        "text": text,
        "json": text,
        "whole": number.str.replace(r"\.0*$", "").cast(pl.Int64, strict=False),
        "decimal": number.cast(pl.Decimal(38, column.places), strict=False),
        "cents": cents(number.cast(pl.Decimal(38, 6), strict=False)),
        "date": text.str.replace(r"[T ]00:00(:00(\.0+)?)?$", "").str.to_date("%Y-%m-%d", strict=False),
        "moment": text.str.replace("T", " ", literal=True)
        .str.replace(r"(Z|\+00:00)$", "")
        .str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
        .dt.replace_time_zone("UTC"),
        "flag": pl.when(lower.is_in(YES)).then(True).when(lower.is_in(NO)).then(False),
    }
    value = exprs[column.kind]
    return value if column.empty_as is None else value.fill_null(pl.lit(column.empty_as))


def cents(exact: pl.Expr) -> pl.Expr:
    """Exact amounts as whole minor units, half away from zero."""
    millionths = (exact * 1_000_000).cast(pl.Int64)
    return (millionths.abs() + 5_000) // 10_000 * millionths.sign()


def _typing_faults(frame: pl.DataFrame, column: Column) -> Iterator[pl.DataFrame]:
    """Cells of one column that are empty and must not be, or hold what the table cannot keep."""
    text, value = _text(frame, column), _typed(frame, column)
    seen = frame.select(AT, ROW, got=text, value=value)
    if column.required and column.empty_as is None:
        empty = seen.filter(pl.col("got").is_null())
        if empty.height:
            yield fault_rows(empty, column.name, pl.lit(_("nothing")), expected(column), _("fill the cell"))
    unread = seen.filter(pl.col("got").is_not_null() & _unreadable(column))
    if unread.height:
        yield fault_rows(unread, column.name, pl.col("got"), expected(column), _("correct the cell"))


def _unreadable(column: Column) -> pl.Expr:
    value = pl.col("value")
    if column.kind in ("text", "json"):
        bad = pl.lit(False)
        if column.length:
            bad = bad | (value.str.len_chars() > column.length)
        if column.choices:
            bad = bad | ~value.is_in(column.choices)
        return bad
    if column.kind == "flag" or column.empty_as is not None:
        # An unreadable cell was filled with the default: tell it from a cell that holds the default.
        return _misread(column)
    bad = value.is_null()
    if column.minimum is not None:
        bad = bad | (value < column.minimum)
    if column.kind == "decimal" and column.digits:
        bad = bad | (value.abs() >= 10 ** (column.digits - column.places))
    if column.kind in ("whole", "cents"):
        bad = bad | (value.abs() > 2**53)
    return bad.fill_null(True)


def _misread(column: Column) -> pl.Expr:
    got = pl.col("got")
    if column.kind == "flag":
        return ~got.str.to_lowercase().is_in((*YES, *NO))
    if column.kind in ("whole", "decimal", "cents"):
        bad = ~got.str.contains(NUMBER)
        if column.kind == "whole":
            bad = bad | got.str.contains(r"\.\d*[1-9]")
        if column.minimum is not None:
            bad = bad | got.str.starts_with("-")
        if column.kind == "decimal" and column.digits:
            bad = bad | (pl.col("value").abs() >= 10 ** (column.digits - column.places))
        return bad
    return pl.lit(False)


def expected(column: Column) -> str:
    """What may stand in a column, in words."""
    if column.choices:
        return _("one of %(choices)s") % {"choices": ", ".join(column.choices)}
    words = {
        "text": _("a text of up to %(length)s characters") % {"length": column.length}
        if column.length
        else _("a text"),
        "json": _("JSON"),
        "whole": _("a whole number"),
        "decimal": _("a number"),
        "cents": _("an amount of money"),
        "date": _("a day that exists"),
        "moment": _("a day and a time"),
        "flag": _("yes or no (1 or 0)"),
    }[column.kind]
    if column.minimum == 0 and not column.choices:
        words = _("%(what)s of 0 or more") % {"what": words}
    return words


def _doubles(targets: Targets, target: Target, good: pl.DataFrame) -> pl.DataFrame:
    """Rows whose key stands in the file more than once: none of them is taken, for none is surely right."""
    counted = good.filter(pl.col(KEY).is_duplicated())
    if counted.is_empty():
        return _all([])
    rows = pl.col(ROW).cast(pl.String).sort().str.join(", ").over(KEY)
    marked = counted.with_columns(rows.alias("_rows"))
    names = " + ".join(targets.key_columns(target))
    expected_ = pl.format(
        _("one row for each {}; rows {} have the same").replace("{}", "{}"), pl.lit(names), "_rows"
    )
    return fault_rows(
        marked, names, pl.col(KEY).str.replace_all("\x1f", " / "), expected_, _("keep one of them")
    )


def _rules(target: Target, good: pl.DataFrame) -> pl.DataFrame:
    """Rows that the database's own rules would refuse."""
    found = []
    for rule in broken_rules(target.model, good):
        mend = _("correct the cell")
        found.append(fault_rows(rule.rows, rule.column, pl.col(rule.column), rule.expected, mend))
    faults = _all(found)
    return faults.unique("at", keep="first", maintain_order=True)


def _unknown(targets: Targets, target: Target, good: pl.DataFrame, keys: Keys) -> pl.DataFrame:
    """Rows that name a row of another table which is not there, nor comes with this import."""
    found = []
    for lookup in targets.lookups(target):
        if not all(name in good.columns for name in lookup.columns):
            continue
        named = good.with_columns(key_of(lookup.columns).alias("_named"))
        filled = named.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in lookup.columns))
        there = keys.has(lookup.target, filled["_named"])
        if lookup.target is target:
            there = there | filled["_named"].is_in(good[KEY].implode())
        missing = filled.filter(~there)
        if missing.height:
            what = _("a row that exists in %(table)s") % {"table": lookup.target.name}
            got = pl.col("_named").str.replace_all("\x1f", " / ")
            mend = _("correct the key, or import that row first")
            found.append(fault_rows(missing, " + ".join(lookup.columns), got, what, mend))
    return _all(found).unique("at", keep="first", maintain_order=True)
