"""Where stock is heading: its course by period with a band, the zone it is in, and the day it runs out.

    stock_t = stock_0 + receipts - demand, both up to t            band: plus and minus z * sqrt(sum of sd^2)

Zones: out (nothing left), low (below safety stock), fine, over (above the most that is meant to lie).
"""

import polars as pl

from einklang.engine.frames import Frame, day, number, text

AHEAD = Frame(
    "demand ahead",
    {
        "item": text(),
        "period": day(),
        "quantity": number("units", at_least=0),
        "sd": number("units", optional=True, blank=True, at_least=0),
    },
    ("item", "period"),
)
STOCK = Frame("stock", {"item": text(), "quantity": number("units")}, ("item",))
COMING = Frame("receipts", {"item": text(), "period": day(), "quantity": number("units", at_least=0)}, ())
Z80 = 1.2815515655446004


def course(
    stock: pl.DataFrame, coming: pl.DataFrame, ahead: pl.DataFrame, levels: pl.DataFrame, *, z: float = Z80
) -> pl.DataFrame:
    """Every item's stock at the end of each period: item, period, coming, demand, stock, low, high, zone.

    ``stock``: item, quantity. ``coming``: item, period, quantity (what is on its way). ``ahead``: item,
    period, quantity[, sd]. ``levels``: item, safety_stock, most. Stock below nothing is what would be owed.
    """
    demand = AHEAD.check(ahead)
    sd = pl.col("sd").fill_null(0.0) if "sd" in demand.columns else pl.lit(0.0)
    arriving = COMING.check(coming).group_by("item", "period").agg(coming=pl.col("quantity").sum())
    return (
        demand.with_columns(sd=sd)
        .join(arriving, on=["item", "period"], how="left")
        .join(STOCK.check(stock).select("item", opening="quantity"), on="item", how="left")
        .join(levels, on="item", how="left")
        .with_columns(pl.col("coming", "opening", "safety_stock").fill_null(0.0))
        .sort("item", "period")
        .with_columns(
            stock=pl.col("opening") + (pl.col("coming") - pl.col("quantity")).cum_sum().over("item"),
            spread=(pl.col("sd") ** 2).cum_sum().over("item").sqrt() * z,
        )
        .with_columns(low=pl.col("stock") - pl.col("spread"), high=pl.col("stock") + pl.col("spread"))
        .with_columns(zone=zone(pl.col("stock")))
        .select(
            "item", "period", "coming", demand="quantity", stock="stock", low="low", high="high",
            safety_stock="safety_stock", most="most", zone="zone",
        )
    )  # fmt: skip


def zone(stock: pl.Expr) -> pl.Expr:
    """The zone a stock lies in, beside the columns safety_stock and most."""
    return (
        pl.when(stock <= 0)
        .then(pl.lit("out"))
        .when(stock < pl.col("safety_stock"))
        .then(pl.lit("low"))
        .when(stock > pl.col("most"))
        .then(pl.lit("over"))
        .otherwise(pl.lit("fine"))
    )


def runs_out(course: pl.DataFrame, *, line: str = "stock") -> pl.DataFrame:
    """The first day on which each item's course reaches nothing: item, day. Those that last are not in it.

    Within a period stock falls evenly. ``line`` "low" gives the day on which it may run out already.

    >>> from datetime import date
    >>> march = {"item": ["p"], "period": [date(2024, 3, 1)], "demand": [30.0], "stock": [-10.0]}
    >>> runs_out(pl.DataFrame(march))["day"].to_list()
    [datetime.date(2024, 3, 21)]
    """
    last = (pl.col("period").dt.month_end() - pl.col("period")).dt.total_days()
    lasts = ((pl.col(line) + pl.col("demand")) / pl.col("demand")).clip(0, 1)
    return (
        course.filter(pl.col(line) <= 0)
        .sort("item", "period")
        .group_by("item", maintain_order=True)
        .first()
        .with_columns(days=pl.when(pl.col("demand") > 0).then(lasts * (last + 1)).otherwise(0.0))
        .select(
            "item", day=pl.col("period") + pl.duration(days=pl.min_horizontal(pl.col("days").floor(), last))
        )
    )
