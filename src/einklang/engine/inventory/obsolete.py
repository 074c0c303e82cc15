"""What will never be used: the expected rest of a stock, lot by lot, and what to provide for it.

    rest of a stock S at a horizon H          E[(S - D_H)+]
    rest of lot j, the oldest used first      E[(C_j - D_H)+] - E[(C_j-1 - D_H)+],  C_j all units up to lot j

The mean alone says max(0, S - E[D_H]), which is too little: a stock of just the mean demand leaves a rest in
every second case. The horizon is the policy's, or a lot's own remaining life where that is shorter.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.frames import Frame, day, number, text
from einklang.engine.inventory.laws import Floats, Number, chosen

LOTS = Frame(
    "stock by receipt",
    {"item": text(), "received": day(blank=True), "quantity": number("units", at_least=0)},
    (),
)
FACTS = Frame(
    "demand of items",
    {
        "item": text(),
        "demand": number("units a month", at_least=0),
        "sd": number("units a month", at_least=0),
        "cost": number("money", at_least=0),
        "salvage": number("money", optional=True, blank=True, at_least=0),
        "life_days": number("days", optional=True, blank=True, at_least=0),
    },
    ("item",),
)
DAYS_A_MONTH = 30.4375


def expected_rest(stock: Number, demand: Number, sd: Number, months: Number) -> Floats:
    """What is expected to be left of a stock after some months: E[(S - D_H)+].

    >>> float(expected_rest(100.0, 10.0, 3.0, 10.0).round(2)[0])
    3.78
    """
    if (np.asarray(stock) < 0).any():
        raise Impossible("A stock below nothing is owed, not left over.")
    time = np.asarray(months, np.float64)
    over = chosen(np.asarray(demand, np.float64) * time, np.asarray(sd, np.float64) * np.sqrt(time))
    return over.left(stock)


def rest_by_lot(lots: pl.DataFrame, facts: pl.DataFrame, *, as_of: date, months: float) -> pl.DataFrame:
    """Every lot, its expected rest and what to provide: item, received, days, quantity, rest, provision.

    ``lots``: item, received, quantity. ``facts``: item, demand and its sd a month, cost[, salvage,
    life_days]. Provision is the rest at cost less what it still brings.
    """
    known = FACTS.check(facts)
    absent = [
        pl.lit(None, pl.Float64).alias(name) for name in ("salvage", "life_days") if name not in known.columns
    ]
    rows = (
        LOTS.check(lots)
        .filter(pl.col("quantity") > 0)
        .join(known.with_columns(absent), on="item", how="left")
        .with_columns(
            pl.col("demand", "sd", "cost", "salvage").fill_null(0.0),
            days=(pl.lit(as_of) - pl.col("received")).dt.total_days(),
        )
        .sort("item", "received", nulls_last=False)
        .with_columns(up_to=pl.col("quantity").cum_sum().over("item"))
        .with_columns(before=pl.col("up_to") - pl.col("quantity"))
    )
    left_days = (pl.col("life_days") - pl.col("days")).clip(0) / DAYS_A_MONTH
    horizon = rows.select(pl.min_horizontal(pl.lit(months), left_days)).to_series().to_numpy()
    demand, sd = rows["demand"].to_numpy(), rows["sd"].to_numpy()
    rest = expected_rest(rows["up_to"].to_numpy(), demand, sd, horizon) - expected_rest(
        rows["before"].to_numpy(), demand, sd, horizon
    )
    return rows.with_columns(rest=pl.Series(rest).clip(0.0)).select(
        "item",
        "received",
        "days",
        "quantity",
        "rest",
        provision=pl.col("rest") * (pl.col("cost") - pl.col("salvage")).clip(0),
    )


def by_age(rests: pl.DataFrame, ages: Sequence[tuple[int, int | None]]) -> pl.DataFrame:
    """Lots by age: least, below (days), quantity, rest, provision; stock without a date counts as oldest."""
    rows = []
    for least, below in ages:
        young = pl.lit(True) if below is None else pl.col("days") < below
        old = pl.col("days") >= least
        inside = rests.filter((old & young) if below is not None else (old | pl.col("days").is_null()))
        sums = (float(inside[name].sum()) for name in ("quantity", "rest", "provision"))
        rows.append((least, below, *sums))
    return pl.DataFrame(
        rows,
        schema={
            "least": pl.Int64,
            "below": pl.Int64,
            "quantity": pl.Float64,
            "rest": pl.Float64,
            "provision": pl.Float64,
        },
        orient="row",
    )
