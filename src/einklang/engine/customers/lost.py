"""What was not sold: to customers who went quiet, and of items that were not there.

    missed orders of a quiet customer = (r + x) / (alpha + t_x) * periods of silence in the window

That is the rate the order model (BG/NBD) gave the customer at the last order, before the silence: what
would have come had the customer stayed as before. It is an estimate, and its range is said with it.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from einklang.engine.customers.frames import SUMMARY
from einklang.engine.customers.value import NINE_TENTHS, Worth
from einklang.engine.errors import Impossible
from einklang.engine.frames import Frame, day, number, text

STOCKED_OUT = Frame(
    "stock-outs",
    {
        "series": text(),
        "period": day(),
        "sold": number("units", at_least=0),
        "wished": number("units", at_least=0),
        "price": number("money", blank=True, at_least=0),
    },
    ("series", "period"),
    "What was sold in periods of want, and what would have been (unconstrained).",
)


@dataclass(frozen=True, slots=True)
class Lost:
    """What did not come: each customer's or item's part, and the sum in money with its 80 % range."""

    table: pl.DataFrame
    orders: float
    money: float
    low: float
    high: float


def lost_to_silence(quiet: pl.DataFrame, summary: pl.DataFrame, worth: Worth, periods: float) -> Lost:
    """What customers who are quiet beyond their rhythm would have bought in the last ``periods``.

    ``quiet`` as of :func:`churn` (its ``lost`` customers count), ``summary`` as of :func:`summarised` with
    periods of the same length, ``worth`` what it was valued at. Columns: customer, missed_orders, missed.
    """
    if periods <= 0:
        raise Impossible("Lost sales are told for a window of more than 0 periods.")
    base = SUMMARY.check(summary).join(quiet.select("customer", "lost"), on="customer", validate="1:1")
    base = base.join(worth.table.select("customer", "order_value"), on="customer").filter("lost")
    x, recency, age, price = (
        base[name].to_numpy() for name in ("frequency", "recency", "age", "order_value")
    )
    buying = worth.buying
    window = np.minimum(age - recency, periods)
    missed = (buying.r + x) / (buying.alpha + recency) * window
    # An order count is Poisson around a rate that is itself only known as a gamma.
    spread = (missed + missed**2 / (buying.r + x)) * price**2
    table = base.select("customer").with_columns(
        pl.Series("missed_orders", missed), pl.Series("missed", missed * price)
    )
    money, deviation = float((missed * price).sum()), float(np.sqrt(spread.sum()))
    low, high = max(0.0, money - NINE_TENTHS * deviation), money + NINE_TENTHS * deviation
    return Lost(table, float(missed.sum()), money, low, high)


def lost_to_stockouts(wanted: pl.DataFrame) -> pl.DataFrame:
    """What stock-outs cost by item: ``series, periods, quantity, money`` (frame STOCKED_OUT), dearest first.

    Demand in a stock-out is censored: what was sold is only a lower bound of what was wished, so ``wished``
    is the unconstrained demand. An item without a price has a quantity and no money.

    >>> from datetime import date
    >>> wanted = pl.DataFrame({"series": ["pump"], "period": [date(2014, 5, 1)], "sold": [6.0],
    ...                        "wished": [10.0], "price": [50.0]})
    >>> lost_to_stockouts(wanted).row(0)
    ('pump', 1, 4.0, 200.0)
    """
    table = STOCKED_OUT.check(wanted)
    gone = (pl.col("wished") - pl.col("sold")).clip(0.0)
    return (
        table.with_columns(gone.alias("gone"))
        .filter(pl.col("gone") > 0)
        .group_by("series")
        .agg(
            pl.len().cast(pl.Int64).alias("periods"),
            pl.col("gone").sum().alias("quantity"),
            pl.when(pl.col("price").is_not_null().any())
            .then((pl.col("gone") * pl.col("price")).sum())
            .alias("money"),
        )
        .sort("money", "quantity", descending=True, nulls_last=True)
    )
