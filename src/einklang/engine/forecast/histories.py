"""The history table at the door: what it may hold, and a sentence that names what it may not.

Allowed, and said afterwards: negative quantities (returns), blanks, gaps, any order of rows.
Refused by series and period: no number (NaN), infinite, too large to count, a period named twice,
a date that starts no bucket of the frequency.
"""

from typing import get_args

import polars as pl

from einklang.engine.errors import BadTable, Fault, Impossible
from einklang.engine.frames import Frame, day, flag, number, stands_twice, text
from einklang.engine.periods import Frequency

HISTORY = Frame(
    "history",
    {
        "series": text(),
        "period": day(),
        "quantity": number("units", blank=True),
        "available": flag(optional=True),
        "price": number("money a unit", optional=True, blank=True),
        "promotion": number("depth", optional=True, blank=True, at_least=0),
    },
    ("series", "period"),
    "Like demand, but a blank quantity or available=false marks a period whose wish is not known; "
    "promotion is 1 (or how deep, 0.2) where one ran, 0 where none did.",
)
DENSE = 0.75
"""From this share of periods with a row on, an absent row is a gap in the data; below, nothing was sold."""
LARGEST = 1e60
"""No business counts further, and squares of it still fit a number."""
SHOWN = 60
"""So much of a long name fits a sentence."""
LONGEST_SPAN = 40_000
"""Periods from the first to the last: over a century of days."""


def named(series: str) -> str:
    """A name as it fits a sentence.

    >>> named("pump")
    'pump'
    >>> len(named("x" * 10_000))
    61
    """
    return series if len(series) <= SHOWN else series[:SHOWN] + "…"


def checked(history: pl.DataFrame) -> pl.DataFrame:
    """The history with its columns in their types; every fault says its series and period."""
    table = _readable(history)
    if {"series", "period", "quantity"} <= set(table.columns):
        # Checked without its numbers first, so that a fault in a number can be named by series and period.
        keyed = Frame("history", {name: HISTORY.columns[name] for name in ("series", "period")}, ())
        try:
            known = keyed.check(table)
            faults = _bad_numbers(table, known) + _named_twice(known)
        except BadTable as unreadable:
            faults = unreadable.faults + _bad_numbers(table, table)
        if faults:
            raise BadTable(sorted(faults, key=lambda fault: fault.row or 0))
    found = HISTORY.check(table)
    if found.is_empty():
        raise Impossible("There is no history to forecast from.")
    return found


def placed(table: pl.DataFrame, frequency: Frequency) -> pl.DataFrame:
    """The table with each period's number; a date that starts no bucket has no place."""
    if frequency not in get_args(Frequency):
        raise Impossible(f"Frequency {frequency} is not one of {', '.join(get_args(Frequency))}.")
    days = pl.col("period").dt.epoch("d").cast(pl.Int64)
    months = pl.col("period").dt.year().cast(pl.Int64) * 12 + pl.col("period").dt.month().cast(pl.Int64) - 1
    number, size = {"D": (days, 1), "W": (days, 7), "M": (months, 1), "Q": (months, 3)}[frequency]
    offset = (number - number.min().over("series")) % size
    day_of_month = pl.col("period").dt.day() if frequency in ("M", "Q") else pl.lit(1)
    astray = table.filter((offset != 0) | (day_of_month != 1))
    if not astray.is_empty():
        name, period = astray.select("series", "period").row(0)
        bucket = {"D": "day", "W": "week", "M": "month", "Q": "quarter"}[frequency]
        raise Impossible(
            f"Series {named(name)}: {period} is not the day on which a {bucket} of this series starts."
        )
    found = table.with_columns((number // size).alias("bucket"))
    span = pl.col("bucket").max() - pl.col("bucket").min()
    long = found.group_by("series").agg(span, pl.col("period").min()).filter(pl.col("bucket") > LONGEST_SPAN)
    if not long.is_empty():
        name, _, first = long.row(0)
        raise Impossible(
            f"Series {named(name)}: from {first} to its last row lie more than {LONGEST_SPAN:,} periods; "
            "check the dates."
        )
    return found


def _readable(history: pl.DataFrame) -> pl.DataFrame:
    """Promotions written as yes and no become 1 and 0."""
    if "promotion" in history.columns and history["promotion"].dtype == pl.String:
        word = pl.col("promotion").str.strip_chars().str.to_lowercase()
        yes, no = word.is_in(["true", "yes"]), word.is_in(["false", "no"])
        plain = pl.when(yes).then(pl.lit("1")).when(no).then(pl.lit("0")).otherwise("promotion")
        return history.with_columns(plain.alias("promotion"))
    return history


def _bad_numbers(table: pl.DataFrame, known: pl.DataFrame) -> list[Fault]:
    """Quantities and prices that are no numbers, infinite, or beyond counting."""
    faults = []
    for column in ("quantity", "price"):
        if column not in table.columns:
            continue
        before = table[column]
        after = before.cast(pl.String).str.strip_chars() if before.dtype == pl.String else before
        number = after.cast(pl.Float64, strict=False)
        unreadable = (before.is_not_null() & number.is_null()) | ~number.is_finite().fill_null(value=True)
        if column == "price":
            unreadable = unreadable | (number < 0).fill_null(value=False)
        beyond = (number.abs() > LARGEST).fill_null(value=False) & ~unreadable
        number_wanted = "a finite number" if column == "quantity" else "a finite number of 0 or more"
        for wrong, expected in ((unreadable, number_wanted), (beyond, f"at most {LARGEST:g}")):
            for row in wrong.arg_true().to_list():
                got = f"{str(before[row])[:80]} {_where(known, row)}"
                faults.append(
                    Fault("history", row + 1, column, got, expected, "correct it or leave it blank")
                )
    return faults


def _named_twice(known: pl.DataFrame) -> list[Fault]:
    """Periods that stand twice in a series."""
    if not stands_twice(known, ["series", "period"]):
        return []
    again = ~known.select(pl.struct("series", "period").is_first_distinct()).to_series()
    return [
        Fault(
            "history",
            row + 1,
            "series+period",
            f"{known['period'][row]} of series {named(known['series'][row])} again",
            "each period of a series once",
            "merge or remove the double row",
        )
        for row in again.arg_true().to_list()
    ]


def _where(known: pl.DataFrame, row: int) -> str:
    """A row by its series and period."""
    return f"in series {named(known['series'][row])}, {known['period'][row]}"
