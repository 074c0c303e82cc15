"""Numbers and dates in one form: 1.234,56 or 1,234.56, 31.12.2014 or 12/31/2014, told by evidence or asked.

The evidence is pooled over all numbers (or days) of a file: ``12,50`` proves a decimal comma for
``1,234`` beside it. Without any evidence the import stops and asks; it never guesses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

Answers = dict[str, str]  # encoding, separator, decimal ("." or ","), dates ("DMY" or "MDY")

BLANKS = r"[\s\u00a0\u202f']"
PLAIN = r"^[+-]?\d+$"
BOTH = r"^[+-]?\d{{1,3}}(?:\{0}\d{{3}})+\{1}\d+$"
SEVERAL = r"^[+-]?\d{{1,3}}(?:\{0}\d{{3}}){{2,}}$"
SURELY_DECIMAL = r"^[+-]?(?:0*\{0}\d+|\d{{4,}}\{0}\d*|\d*\{0}(?:\d{{0,2}}|\d{{4,}}))$"
EITHER = r"^[+-]?[1-9]\d{{0,2}}\{0}\d{{3}}$"
GROUPED = r"^[+-]?\d{{1,3}}(?:\{0}\d{{3}})+(?:\{1}\d*)?$"

ISO = r"^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ].*)?$"
DOTTED = r"^(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[T ].*)?$"
SLASHED = r"^(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?:[T ].*)?$"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file writes numbers and days."""

    decimal: str = "."
    dates: str = "DMY"


@dataclass(frozen=True, slots=True)
class Question:
    """What a file does not tell by itself: about what, where, with which values, and the possible answers."""

    file: str
    about: str
    column: str
    examples: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)


def in_one_form(
    frame: pl.DataFrame, *, file: str, numbers: Iterable[str], days: Iterable[str], answers: Answers
) -> tuple[pl.DataFrame, list[Question]]:
    """Rewrite number columns with ``.`` decimals and day columns as ISO, or say what must be asked."""
    numbers = [name for name in numbers if name in frame.columns]
    days = [name for name in days if name in frame.columns]
    decimal, about_numbers = _decimal(frame, file, numbers, answers)
    order, about_days = _order(frame, file, days, answers)
    if about_numbers or about_days:
        return frame, about_numbers + about_days
    # Most files are in one form already; only columns that are not are rewritten.
    odd_numbers = [
        name for name in numbers if _any(frame[name], r"[^0-9.+-]" if decimal == "." else r"[^0-9+-]")
    ]
    odd_days = [name for name in days if name not in numbers and not _all(frame[name], r"^\d{4}-\d\d-\d\d")]
    rewritten = frame.with_columns(
        *[_number(pl.col(name), decimal).alias(name) for name in odd_numbers],
        *[_day(pl.col(name), order).alias(name) for name in odd_days],
    )
    return rewritten, []


def read_as(about: str, option: str, example: str) -> str:
    """What an example becomes if a question about its file is answered so.

    >>> read_as("decimal", ",", "1.450"), read_as("dates", "MDY", "03/04/2014")
    ('1450', '2014-03-04')
    """
    rewrite = _number if about == "decimal" else _day
    return str(pl.select(rewrite(pl.lit(example), option)).item())


def _any(column: pl.Series, pattern: str) -> bool:
    return bool(column.cast(pl.String).str.contains(pattern).any())


def _all(column: pl.Series, pattern: str) -> bool:
    return bool(column.cast(pl.String).str.contains(pattern).all())


def _pool(frame: pl.DataFrame, columns: list[str], pattern: str) -> pl.DataFrame:
    """The different values of some columns that are not of one plain form: ``column, value``."""
    parts = [
        frame.select(pl.lit(name).alias("column"), pl.col(name).cast(pl.String).alias("value"))
        .filter(pl.col("value").is_not_null() & ~pl.col("value").str.contains(pattern))
        .unique("value", maintain_order=True)
        for name in columns
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema={"column": pl.String, "value": pl.String})


def _decimal(
    frame: pl.DataFrame, file: str, columns: list[str], answers: Answers
) -> tuple[str, list[Question]]:
    """The decimal sign of a file."""
    if answers.get("decimal"):
        return answers["decimal"], []
    values = _pool(frame, columns, PLAIN).with_columns(pl.col("value").str.replace_all(BLANKS, ""))

    def some(*patterns: str) -> bool:
        return bool(values["value"].str.contains("|".join(patterns)).any())

    point = some(BOTH.format(",", "."), SEVERAL.format(",", "."), SURELY_DECIMAL.format("."))
    comma = some(BOTH.format(".", ","), SEVERAL.format(".", ","), SURELY_DECIMAL.format(","))
    if point != comma:
        return ("." if point else ","), []
    unsure = (
        values
        if point
        else values.filter(pl.col("value").str.contains(f"{EITHER.format('.')}|{EITHER.format(',')}"))
    )
    if not point and unsure.is_empty():
        return ".", []
    column, examples = unsure["column"][0], unsure["value"].unique(maintain_order=True).head(5).to_list()
    return ".", [Question(file, "decimal", column, examples, [".", ","])]


def _number(column: pl.Expr, decimal: str) -> pl.Expr:
    """A number with ``.`` decimals and no groups; what is no number stays as it is, to be refused later.

    >>> said = pl.DataFrame({"n": ["1.234,56", "12", "abc"]})
    >>> said.select(_number(pl.col("n"), ",")).to_series().to_list()
    ['1234.56', '12', 'abc']
    """
    group = "." if decimal == "," else ","
    text = column.cast(pl.String).str.replace_all(BLANKS, "").str.replace("−", "-", literal=True)
    grouped = text.str.contains(GROUPED.format(group, decimal))
    bare = pl.when(grouped).then(text.str.replace_all(group, "", literal=True)).otherwise(text)
    readable = ~bare.str.contains(group, literal=True)
    return pl.when(readable).then(bare.str.replace(decimal, ".", literal=True)).otherwise(column)


def _order(
    frame: pl.DataFrame, file: str, columns: list[str], answers: Answers
) -> tuple[str, list[Question]]:
    """Whether 03/04/2014 is the third of April or the fourth of March."""
    if answers.get("dates"):
        return answers["dates"], []
    slashed = _pool(frame, columns, ISO).filter(pl.col("value").str.contains(SLASHED))
    if slashed.is_empty():
        return "DMY", []
    first = slashed["value"].str.extract(SLASHED, 1).cast(pl.Int64)
    second = slashed["value"].str.extract(SLASHED, 2).cast(pl.Int64)
    day_first, month_first = bool((first > 12).any()), bool((second > 12).any())
    if day_first != month_first:
        return ("DMY" if day_first else "MDY"), []
    examples = slashed["value"].unique(maintain_order=True).head(5).to_list()
    return "", [Question(file, "dates", slashed["column"][0], examples, ["DMY", "MDY"])]


def _day(column: pl.Expr, order: str) -> pl.Expr:
    """A day (and its time, if any) as ISO; what is no day stays as it is, to be refused later.

    >>> days = pl.Series(["31.12.2014", "2014-1-5", "soon"]).to_frame("d")
    >>> days.select(_day(pl.col("d"), "DMY")).to_series().to_list()
    ['2014-12-31', '2014-01-05', 'soon']
    """
    text = column.cast(pl.String)
    time = text.str.extract(r"[T ](.*)$", 1)
    tail = pl.when(time.is_null()).then(pl.lit("")).otherwise(pl.concat_str(pl.lit(" "), time))

    def iso(pattern: str, year: int, month: int, day: int) -> pl.Expr:
        parts = (
            text.str.extract(pattern, year),
            text.str.extract(pattern, month),
            text.str.extract(pattern, day),
        )
        return pl.concat_str(
            parts[0], pl.lit("-"), parts[1].str.zfill(2), pl.lit("-"), parts[2].str.zfill(2), tail
        )

    month, day = (2, 1) if order == "DMY" else (1, 2)
    return (
        pl.when(text.str.contains(r"^\d{4}-\d\d-\d\d$"))
        .then(text)
        .when(text.str.contains(ISO))
        .then(iso(ISO, 1, 2, 3))
        .when(text.str.contains(DOTTED))
        .then(iso(DOTTED, 3, 2, 1))
        .when(text.str.contains(SLASHED))
        .then(iso(SLASHED, 3, month, day))
        .otherwise(text)
    )
