"""The few named transforms a recipe may call: small steps on a column, and shapes of a whole table."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import polars as pl

from einklang.kernel.intake import ROW

Step = Callable[[pl.Expr, str], pl.Expr]


def _day(column: pl.Expr) -> pl.Expr:
    return column.cast(pl.String).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def month(column: pl.Expr, _argument: str = "") -> pl.Expr:
    """The first day of a day's month.

    >>> pl.select(month(pl.lit("2014-05-31"))).item().isoformat()
    '2014-05-01'
    """
    return _day(column).dt.truncate("1mo")


def add_days(column: pl.Expr, days: str) -> pl.Expr:
    """A day some days later, or earlier.

    >>> pl.select(add_days(pl.lit("2014-05-01"), "-3")).item().isoformat()
    '2014-04-28'
    """
    return _day(column) + pl.duration(days=int(days))


def slug(column: pl.Expr, _argument: str = "") -> pl.Expr:
    """A name as a code: small letters and hyphens.

    >>> pl.select(slug(pl.lit("United Kingdom"))).item()
    'united-kingdom'
    """
    return column.str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-").str.strip_chars("-")


def login(column: pl.Expr, _argument: str = "") -> pl.Expr:
    r"""The name in a network login or a mail address.

    >>> pl.select(login(pl.Series(["works\\ken0", "jon24@works.com"]))).to_series().to_list()
    ['ken0', 'jon24']
    """
    return column.str.replace(r"^.*\\", "").str.replace(r"@.*$", "").str.to_lowercase()


def capital(column: pl.Expr, _argument: str = "") -> pl.Expr:
    """The first letter large.

    >>> pl.select(capital(pl.lit("ken0"))).item()
    'Ken0'
    """
    return column.str.slice(0, 1).str.to_uppercase() + column.str.slice(1)


def unescape(column: pl.Expr, _argument: str = "") -> pl.Expr:
    """Text that was written for a web page, as it reads.

    >>> pl.select(unescape(pl.lit("Parts &amp; More"))).item()
    'Parts & More'
    """
    return column.map_elements(html.unescape, return_dtype=pl.String)


def rounded(column: pl.Expr, _argument: str = "") -> pl.Expr:
    """A number without its decimals.

    >>> pl.select(rounded(pl.lit("16.5"))).item()
    '17'
    """
    return (column.cast(pl.Float64, strict=False) + 0.5).floor().cast(pl.Int64).cast(pl.String)


def minus_one_day(column: pl.Expr, _argument: str = "") -> pl.Expr:
    """The day before: an end that is not included becomes the last day that is.

    >>> pl.select(minus_one_day(pl.lit("2014-05-01"))).item().isoformat()
    '2014-04-30'
    """
    return add_days(column, "-1")


STEPS: dict[str, Step] = {
    "month": month,
    "add_days": add_days,
    "slug": slug,
    "login": login,
    "capital": capital,
    "unescape": unescape,
    "round": rounded,
    "minus_one_day": minus_one_day,
}
DAY_STEPS = {"month", "add_days", "minus_one_day"}
NUMBER_STEPS = {"round"}


def ratio_by_group(rows: pl.DataFrame, *, by: list[str], sum: str, per: str, **named: Any) -> pl.DataFrame:
    """One row a group with the sum of one column per unit of another: hours per piece from reported hours.

    >>> rows = pl.DataFrame({"_row": [2, 3], "p": ["a", "a"], "h": ["4", "2"], "q": ["2", "1"]})
    >>> ratio_by_group(rows, by=["p"], sum="h", per="q", **{"as": "hours"}).rows()
    [('a', 2, '2.0')]
    """
    total, base = (pl.col(name).cast(pl.Float64, strict=False).sum() for name in (sum, per))
    grouped = rows.group_by(by, maintain_order=True).agg(
        pl.col(ROW).min(), (total / base).round(8).alias(named["as"])
    )
    return grouped.with_columns(pl.col(named["as"]).cast(pl.String))


SHAPES: dict[str, Callable[..., pl.DataFrame]] = {"ratio_by_group": ratio_by_group}
