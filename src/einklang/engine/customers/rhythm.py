"""Who has gone quiet: no order for longer than k times the own usual interval."""

from datetime import date, timedelta

import polars as pl

from einklang.engine.customers.frames import checked, order_days
from einklang.engine.errors import Impossible


def churn(orders: pl.DataFrame, as_of: date, *, times_interval: float = 3.0) -> pl.DataFrame:
    """Who has been quiet for longer than ``times_interval`` times the own usual order interval.

    A customer with a single order is measured by everybody's usual interval, and cannot be lost where
    nobody has ordered twice. Columns: customer,
    orders (days with one), last_on, interval_days, quiet_days, lost, lost_on (when the patience ended).
    """
    if times_interval <= 0:
        raise Impossible("Patience is a positive number of order intervals.")
    days = order_days(checked(orders), as_of)
    if days.is_empty():
        raise Impossible("There are no orders up to that day.")
    same = pl.col("customer") == pl.col("customer").shift(1)
    pause = pl.when(same).then(pl.col("day").diff().dt.total_days()).alias("pause")
    each = (
        days.with_columns(pause)
        .group_by("customer", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("orders"),
            pl.col("day").max().alias("last_on"),
            pl.col("pause").median().alias("interval_days"),
        )
    )
    usual = each["interval_days"].median()
    patience = (pl.col("interval_days") * times_interval).ceil().cast(pl.Int64)
    return each.with_columns(
        pl.col("interval_days").fill_null(pl.lit(usual, pl.Float64)),
        (pl.lit(as_of) - pl.col("last_on")).dt.total_days().alias("quiet_days"),
    ).with_columns(
        (pl.col("quiet_days") > patience).fill_null(value=False).alias("lost"),
        (pl.col("last_on") + pl.duration(days=patience + 1)).alias("lost_on"),
    )


def churn_rate(quiet: pl.DataFrame, first_orders: pl.DataFrame, start: date, end: date) -> tuple[int, int]:
    """Customers lost in a period, and customers there were at its start (lost ÷ there = the churn rate).

    ``quiet`` as of :func:`churn`; ``first_orders``: customer, first_on. Customers won within the period
    do not count, and nobody can be lost who was lost before.
    """
    there = quiet.join(first_orders, on="customer").filter(
        (pl.col("first_on") < start) & (pl.col("lost_on").is_null() | (pl.col("lost_on") >= start))
    )
    gone = there.filter(pl.col("lost") & (pl.col("lost_on") < end + timedelta(days=1)))
    return gone.height, there.height
