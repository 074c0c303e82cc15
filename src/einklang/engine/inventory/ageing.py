"""How long stock lasts, how long it has lain, how often it turns."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.frames import Frame, day, number, text

BUCKETS = (90, 180, 365)
RECEIVED = Frame(
    "receipts by date", {"item": text(), "received": day(), "quantity": number("units", at_least=0)}, ()
)


def days_of_supply(stock: float, demand_ahead: Sequence[float], period_days: float) -> float | None:
    """Walk the forecast until the stock is used; nothing when it outlasts the forecast.

    >>> days_of_supply(500, [120, 150, 100, 200, 180], 30)
    109.5
    """
    left, days = stock, 0.0
    for quantity in demand_ahead:
        if quantity >= left and quantity > 0:
            return days + max(0.0, left) / quantity * period_days
        left -= quantity
        days += period_days
    return None


def cover(stock: pl.DataFrame, ahead: pl.DataFrame, *, period_days: float = 30.4375) -> pl.DataFrame:
    """Days of supply and the first period in which an item runs out, for all items at once.

    ``stock``: item, quantity. ``ahead``: item, period, quantity. Columns: item, stock, days, runs_out
    (nothing when the stock outlasts the forecast, whose end then stands in ``at_least_days``).
    """
    laid = (
        ahead.sort("item", "period")
        .with_columns(used=pl.col("quantity").cum_sum().over("item"), at=pl.int_range(pl.len()).over("item"))
        .join(stock.select("item", pl.col("quantity").alias("stock")), on="item", how="left")
        .with_columns(pl.col("stock").fill_null(0.0))
    )
    out = (
        laid.filter((pl.col("used") >= pl.col("stock")) & (pl.col("quantity") > 0))
        .group_by("item", maintain_order=True)
        .first()
        .with_columns(
            days=(
                pl.col("at")
                + (pl.col("stock") - pl.col("used") + pl.col("quantity")).clip(0) / pl.col("quantity")
            )
            * period_days
        )
        .select("item", "days", pl.col("period").alias("runs_out"))
    )
    span = laid.group_by("item", maintain_order=True).agg(at_least_days=pl.len() * period_days)
    return (
        stock.select("item", pl.col("quantity").alias("stock"))
        .join(out, on="item", how="left", maintain_order="left")
        .join(span, on="item", how="left", maintain_order="left")
    )


def turns(annual_cost_of_sales: float, opening_stock: float, closing_stock: float) -> float:
    """Cost of sales over mean stock at cost.

    >>> turns(1_200_000, 250_000, 150_000)
    6.0
    """
    mean = (opening_stock + closing_stock) / 2
    if mean <= 0:
        raise Impossible("Turns need stock: the mean stock is nothing.")
    return annual_cost_of_sales / mean


def return_on_stock(gross_margin: float, mean_stock: float) -> float:
    """Gross margin earned per unit of money in stock (GMROI).

    >>> return_on_stock(300_000, 200_000)
    1.5
    """
    if mean_stock <= 0:
        raise Impossible("A return on stock needs stock: the mean stock is nothing.")
    return gross_margin / mean_stock


def age(stock: pl.DataFrame, received: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """How old the stock on hand is, first in first out: item, received, quantity, days.

    What lies is what came in last. Stock that no receipt explains has no date and no age.
    """
    lots = (
        RECEIVED.check(received)
        .filter(pl.col("received") <= as_of)
        .sort("item", "received", descending=[False, True])
        .with_columns(newer=pl.col("quantity").cum_sum().over("item") - pl.col("quantity"))
        .join(
            stock.select("item", pl.col("quantity").alias("stock")),
            on="item",
            how="inner",
            maintain_order="left",
        )
        .with_columns(lies=pl.min_horizontal("quantity", pl.col("stock") - pl.col("newer")).clip(0))
        .filter(pl.col("lies") > 0)
    )
    explained = lots.group_by("item").agg(pl.col("lies").sum().alias("explained"))
    unexplained = (
        stock.join(explained, on="item", how="left", maintain_order="left")
        .with_columns(quantity=pl.col("quantity") - pl.col("explained").fill_null(0.0))
        .filter(pl.col("quantity") > 1e-9)
        .select("item", pl.lit(None, dtype=pl.Date).alias("received"), "quantity")
    )
    dated = lots.select("item", "received", pl.col("lies").alias("quantity"))
    return (
        pl.concat([dated, unexplained])
        .with_columns(days=(pl.lit(as_of) - pl.col("received")).dt.total_days())
        .sort("item", "received", nulls_last=True)
    )
