"""What is known of each customer on a day, as numbers that a risk can be learned from.

Every fact uses only what had happened by that day, so the same facts can be taken of earlier days, whose
outcome is known by now.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl

from einklang.engine.customers.buying import Buying
from einklang.engine.customers.frames import Numbers, order_days
from einklang.engine.logistic import logit_of

WEEK = 7.0

FACTS: dict[str, tuple[str, ...]] = {
    "silence": ("beyond_rhythm", "quiet", "order_model"),
    "orders": ("orders", "single", "tenure", "interval"),
    "trend": ("recent", "order_trend"),
    "spend": ("spend_trend",),
    "size": ("size",),
    "rhythm": ("unsteady",),
    "returns": ("returns",),
    "breadth": ("breadth",),
}
"""The facts by reason: what a person would name in one breath counts together."""
NAMES = tuple(name for names in FACTS.values() for name in names)


def known_on(table: pl.DataFrame, on: date, days: int) -> pl.DataFrame:
    """Each customer's history on a day, one row each, as people would tell it. ``table`` is checked.

    Columns: customer, orders, first_on, last_on, quiet_days, tenure_days, interval_days (own mean, drawn to
    everyone's as by one pause), unsteady (deviation of pauses by their mean), a_year (orders), recent and
    before (orders in the last ``days`` and in those before), spent and spent_before, size (mean order),
    returned (share), breadth (items an order).
    """
    bought = order_days(table, on)
    same = pl.col("customer") == pl.col("customer").shift(1)
    bought = bought.with_columns(pause=pl.when(same).then(pl.col("day").diff().dt.total_days()))
    usual = usual_interval(bought)
    lately = pl.col("day") > on - timedelta(days=days)
    earlier = (pl.col("day") > on - timedelta(days=2 * days)) & ~lately
    each = bought.group_by("customer", maintain_order=True).agg(
        pl.len().cast(pl.Float64).alias("orders"),
        pl.col("day").min().alias("first_on"),
        pl.col("day").max().alias("last_on"),
        pl.col("pause").sum().alias("paused"),
        pl.col("pause").std().alias("spread"),
        lately.sum().cast(pl.Float64).alias("recent"),
        earlier.sum().cast(pl.Float64).alias("before"),
        pl.col("amount").filter(lately).sum().alias("spent"),
        pl.col("amount").filter(earlier).sum().alias("spent_before"),
        pl.col("amount").sum().alias("bought"),
        pl.col("items").mean().alias("breadth"),
    )
    back = table.filter((pl.col("day") <= on) & (pl.col("amount") < 0))
    back = back.group_by("customer").agg((-pl.col("amount").sum()).alias("back"))
    interval = (pl.col("paused") + usual) / pl.col("orders")
    return (
        each.join(back, on="customer", how="left", maintain_order="left")
        .with_columns(
            (pl.lit(on) - pl.col("last_on")).dt.total_days().alias("quiet_days"),
            (pl.lit(on) - pl.col("first_on")).dt.total_days().alias("tenure_days"),
            interval.alias("interval_days"),
            (pl.col("spread") / interval.clip(1.0)).fill_null(1.0).fill_nan(1.0).alias("unsteady"),
            (pl.col("bought") / pl.col("orders")).alias("size"),
            (365 * pl.col("orders") / (pl.lit(on) - pl.col("first_on")).dt.total_days().clip(days)).alias(
                "a_year"
            ),
            (pl.col("back").fill_null(0.0) / pl.col("bought").clip(1e-9)).clip(0, 1).alias("returned"),
        )
        .drop("paused", "spread", "bought", "back")
    )


def usual_interval(bought: pl.DataFrame) -> float:
    """The days between two orders that are usual here: the median of the customers' means; 30 if unknown."""
    mean = bought.group_by("customer").agg(pl.col("pause").mean())["pause"].median()
    return max(1.0, float(mean)) if isinstance(mean, float | int) else 30.0


def as_numbers(known: pl.DataFrame, buying: Buying | None, days: int) -> Numbers:
    """The facts (rows by :data:`NAMES`) of customers as of :func:`known_on`; counts and money in logs."""
    facts = known.select(
        ((pl.col("quiet_days") + 1.0) / (pl.col("interval_days") + 1.0)).log().alias("beyond_rhythm"),
        (pl.col("quiet_days") + 1.0).log().alias("quiet"),
        pl.lit(0.0).alias("order_model"),
        pl.col("orders").log().alias("orders"),
        (pl.col("recent") + 0.5).log().alias("recent"),
        (pl.col("orders") == 1).cast(pl.Float64).alias("single"),
        ((pl.col("recent") + 0.5) / (pl.col("before") + 0.5)).log().alias("order_trend"),
        ((pl.col("spent") + pl.col("size") / 2) / (pl.col("spent_before") + pl.col("size") / 2))
        .log()
        .clip(-3, 3)
        .fill_nan(0.0)
        .alias("spend_trend"),
        (pl.col("size") + 1.0).log().alias("size"),
        (pl.col("tenure_days") + 1.0).log().alias("tenure"),
        (pl.col("interval_days") + 1.0).log().alias("interval"),
        pl.col("unsteady").clip(0, 5),
        pl.col("returned").alias("returns"),
        pl.col("breadth").clip(1.0).log().alias("breadth"),
    )
    numbers: Numbers = facts.select(NAMES).to_numpy().copy()
    if buying is not None:
        numbers[:, NAMES.index("order_model")] = logit_of(silence(known, buying, days))
    return numbers


def silence(known: pl.DataFrame, buying: Buying, days: int) -> Numbers:
    """The order model's chance that customers order nothing in the next ``days``; its period is a week."""
    age = known["tenure_days"].to_numpy() / WEEK
    recency = age - known["quiet_days"].to_numpy() / WEEK
    return buying.silent(days / WEEK, known["orders"].to_numpy() - 1, recency, age)


def stayed_away(table: pl.DataFrame, known: pl.DataFrame, on: date, days: int) -> Numbers:
    """1 for each customer who ordered nothing in the ``days`` after a day, else 0."""
    after = table.filter(
        (pl.col("day") > on) & (pl.col("day") <= on + timedelta(days=days)) & (pl.col("amount") >= 0)
    )
    came = known["customer"].is_in(after["customer"].unique().implode())
    return np.asarray(~came.to_numpy(), dtype=np.float64)
