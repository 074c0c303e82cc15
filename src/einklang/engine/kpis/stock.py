"""How fast stock turns, how long it lasts, and how often there was none.

``levels``: item, period (month), value (month-end stock at cost), used (cost of what was sold that
month); ``days``: item, period, days, days_out. Never at sales prices.
"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.kpis.figure import Figure, Span, WhyNot, ratio, share, total
from einklang.engine.periods import add_months, month_end

DAYS_A_YEAR = 365


def stock_turns(levels: pl.DataFrame, span: Span) -> Figure:
    """Cost of goods sold in the twelve months to the period's end ÷ mean month-end stock at cost.

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


def stock_levels(
    moves: pl.DataFrame, costs: pl.DataFrame, sold: pl.DataFrame, months: Sequence[date]
) -> pl.DataFrame:
    """Month-end stock at cost and cost of what was sold, by item and month (the frame ``levels``).

    ``moves``: item, moved_on, quantity (negative when it leaves); ``costs``: item, valid_from, cost;
    ``sold``: item, period, quantity. A month before an item's first move has no known stock; an item
    without a cost is left out.
    """
    ends = pl.DataFrame({"period": list(months), "day": [month_end(month) for month in months]})
    known = moves.group_by("item", "moved_on").agg(pl.col("quantity").sum()).sort("item", "moved_on")
    running = known.with_columns(pl.col("quantity").cum_sum().over("item").alias("stock"))
    items = pl.concat([moves.select("item"), sold.select("item")]).unique()
    grid = items.join(ends, how="cross").sort("day")
    grid = grid.join_asof(
        running.select("item", "moved_on", "stock").sort("moved_on"),
        left_on="day",
        right_on="moved_on",
        by="item",
        check_sortedness=False,
    )
    priced = grid.join_asof(
        costs.sort("valid_from"), left_on="day", right_on="valid_from", by="item", check_sortedness=False
    ).filter(pl.col("cost").is_not_null())
    used = sold.group_by("item", "period").agg(pl.col("quantity").sum().alias("sold"))
    return priced.join(used, on=["item", "period"], how="left").select(
        "item",
        "period",
        "stock",
        (pl.col("stock") * pl.col("cost")).alias("value"),
        (pl.col("sold").fill_null(0.0) * pl.col("cost")).alias("used"),
    )


def days_out(moves: pl.DataFrame, until: date) -> pl.DataFrame:
    """Days known and days without stock by item and month, from each item's first move to a day.

    >>> moves = pl.DataFrame({"item": ["a", "a", "a"], "quantity": [5.0, -5.0, 2.0],
    ...     "moved_on": [date(2014, 5, 1), date(2014, 5, 11), date(2014, 5, 21)]})
    >>> days_out(moves, date(2014, 6, 30)).rows()
    [('a', datetime.date(2014, 5, 1), 31, 10), ('a', datetime.date(2014, 6, 1), 30, 0)]
    """
    daily = (
        moves.filter(pl.col("moved_on") <= until).group_by("item", "moved_on").agg(pl.col("quantity").sum())
    )
    after = pl.col("moved_on").shift(-1).over("item").fill_null(pl.lit(until) + pl.duration(days=1))
    spells = daily.sort("item", "moved_on").with_columns(
        (pl.col("quantity").cum_sum().over("item") <= 1e-9).alias("out"),
        (after - pl.duration(days=1)).alias("last"),
    )
    first_month = pl.col("moved_on").dt.truncate("1mo")
    monthly = spells.with_columns(
        pl.date_ranges(first_month, pl.col("last").dt.truncate("1mo"), interval="1mo").alias("period")
    ).explode("period")
    start = pl.max_horizontal("moved_on", "period")
    end = pl.min_horizontal("last", pl.col("period").dt.month_end())
    length = ((end - start).dt.total_days() + 1).alias("days")
    return (
        monthly.with_columns(length)
        .group_by("item", "period")
        .agg(pl.col("days").sum(), pl.col("days").filter(pl.col("out")).sum().alias("days_out"))
        .sort("item", "period")
    )


def _year(levels: pl.DataFrame, span: Span) -> pl.DataFrame:
    """The twelve months to the period's end."""
    last = span.end.replace(day=1)
    return levels.filter(pl.col("period").is_between(add_months(last, -11), last))
