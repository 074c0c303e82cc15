"""How fast stock turns, how long it lasts, and how often there was none.

``levels``: item, period (month), value (month-end stock at cost), used (cost of what was sold that
month); ``days``: item, period, days, days_out. Never at sales prices.
"""

from collections.abc import Sequence

import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.kpis.figure import Figure, Span, WhyNot, ratio, share, total
from einklang.engine.periods import add_months

DAYS_A_YEAR = 365


def stock_turns(levels: pl.DataFrame, span: Span) -> Figure:
    """Cost of goods sold in the twelve months to the period's end ÷ mean month-end stock at cost.

    >>> from datetime import date
    >>> levels = pl.DataFrame({"item": ["a", "a"], "period": [date(2014, 1, 1), date(2014, 12, 1)],
    ...                        "value": [250_000.0, 150_000.0], "used": [600_000.0, 600_000.0]})
    >>> figure = stock_turns(levels, Span.read("2014-12", date(2015, 1, 1)))
    >>> figure.value, figure.denominator, round(figure.beside["days"], 4)
    (6.0, 200000.0, 60.8333)
    """
    year = _year(levels, span)
    ends = year.group_by("period").agg(pl.col("value").sum(), pl.col("value").count().alias("known"))
    ends = ends.filter(pl.col("known") > 0)
    stock = float(ends["value"].mean() or 0)  # type: ignore[arg-type]
    used = total(year, "used")
    rows = year.group_by("item").agg(pl.col("used").sum(), pl.col("value").mean().alias("value"))
    rows = rows.filter((pl.col("used") > 0) | (pl.col("value") > 0)).sort(
        "value", descending=True, nulls_last=True
    )
    turns = share(used, stock)
    days = share(DAYS_A_YEAR, turns) if turns else None
    why = None if turns is not None else WhyNot.ZERO if ends.height else WhyNot.NO_RECORDS
    return Figure(turns, used, stock, ends.height, why, {"days": days}, rows)


def days_of_supply(levels: pl.DataFrame, span: Span) -> Figure:
    """How long the stock at the period's end lasts at the pace of the past year: days."""
    year = _year(levels, span)
    last = year.filter(pl.col("period") == span.end.replace(day=1))
    stock = total(last, "value")
    used = total(year, "used")
    months = year.filter(pl.col("used") > 0)["period"].n_unique()
    pace = used / (months * DAYS_A_YEAR / 12) if months else 0.0
    use = year.group_by("item").agg(pl.col("used").sum())
    rows = last.select("item", "value").drop_nulls().join(use, on="item", how="left")
    rows = rows.sort("value", descending=True)
    if last["value"].drop_nulls().is_empty():
        return Figure(None, None, pace, 0, WhyNot.NO_RECORDS, {}, rows)
    unused = share(total(rows.filter(pl.col("used").fill_null(0) <= 0), "value"), stock)
    return ratio(stock, pace, rows, share_without_use=unused)


def forward_cover(stock: float, demand: Sequence[float], period_days: float) -> float | None:
    """Days until the stock is used, walking along the demand to come; blank if it outlasts it.

    >>> forward_cover(500, [120, 150, 100, 200, 180], 30)
    109.5
    """
    if stock < 0 or min(demand, default=0) < 0:
        raise Impossible("Stock and demand of a cover cannot be negative.")
    days, left = 0.0, stock
    for need in demand:
        if need > left:
            return days + period_days * left / need
        days, left = days + period_days, left - need
    return None


def stock_outs(days: pl.DataFrame, span: Span) -> Figure:
    """The share of item-days in the period on which an item that is sold had no stock."""
    rows = days.filter(span.holds("period")).sort("days_out", descending=True)
    items = float(rows.filter(pl.col("days_out") > 0)["item"].n_unique())
    return ratio(total(rows, "days_out"), total(rows, "days"), rows, items_out=items)


def _year(levels: pl.DataFrame, span: Span) -> pl.DataFrame:
    """The twelve months to the period's end."""
    last = span.end.replace(day=1)
    return levels.filter(pl.col("period").is_between(add_months(last, -11), last))
