"""The tables about customers: their orders, and each customer's buying in four numbers."""

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from einklang.engine.errors import Impossible
from einklang.engine.frames import Frame, day, number, text

Numbers = NDArray[np.float64]
GIVEN_AWAY = 0.01  # of the mean: what an order of less counts as, where a logarithm is taken

ORDERS = Frame(
    "orders",
    {"customer": text(), "day": day(), "amount": number("money"), "item": text(optional=True, blank=True)},
    (),
    "Each order of each customer, or each line of it with its item; an amount below 0 came back.",
)
SUMMARY = Frame(
    "customers",
    {
        "customer": text(),
        "frequency": number("repeat orders", at_least=0),
        "recency": number("periods from first to last order", at_least=0),
        "age": number("periods from first order to today", at_least=0),
        "amount": number("mean of repeat orders", optional=True, blank=True),
        "even": number("mean of log(order / mean) of repeat orders", optional=True, blank=True),
    },
    ("customer",),
    "Each customer's buying in four numbers.",
)


def checked(orders: pl.DataFrame) -> pl.DataFrame:
    """The orders in their types; where nobody gave amounts they count as 0."""
    named = orders if "amount" in orders.columns else orders.with_columns(amount=pl.lit(0.0))
    return ORDERS.check(named)


def order_days(table: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Each day on which a customer ordered up to ``as_of``: ``customer, day, amount, items``, in that order.

    Several orders of one day count once; what came back (below 0) is no order. ``table`` is checked.
    """
    items = pl.col("item").n_unique() if "item" in table.columns else pl.lit(1)
    return (
        table.filter((pl.col("day") <= as_of) & (pl.col("amount") >= 0))
        .group_by("customer", "day")
        .agg(pl.col("amount").sum(), items.cast(pl.Float64).alias("items"))
        .sort("customer", "day")
    )


def summarised(orders: pl.DataFrame, as_of: date, period_days: float = 7.0) -> pl.DataFrame:
    """Each customer's buying in a few numbers: several orders of one day count once.

    ``frequency`` counts orders after the first, ``amount`` is their mean and ``even`` the mean of
    log(order / mean), which is 0 where all are alike; times are in periods.
    """
    if period_days <= 0:
        raise Impossible("A period has more than 0 days.")
    days, again = order_days(checked(orders), as_of), pl.col("amount").slice(1)
    since = (pl.lit(as_of) - pl.col("day").min()).dt.total_days() / period_days
    between = (pl.col("day").max() - pl.col("day").min()).dt.total_days() / period_days
    return days.group_by("customer", maintain_order=True).agg(
        (pl.len() - 1).cast(pl.Float64).alias("frequency"),
        between.alias("recency"),
        since.alias("age"),
        pl.when(pl.len() > 1).then(again.mean()).alias("amount"),
        pl.when((pl.len() > 1) & (again.mean() > 0))
        .then((again / again.mean()).clip(GIVEN_AWAY).log().mean())
        .otherwise(0.0)
        .alias("even"),
    )


def enough(values: Numbers) -> None:
    """Refuse fewer than ten customers, or ten of whom nobody ordered again."""
    if len(values) < 10 or not (values > 0).any():
        raise Impossible("Customer value needs at least ten customers, and some with repeat orders.")
