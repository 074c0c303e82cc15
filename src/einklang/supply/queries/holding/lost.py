"""What was probably lost for want of stock, by the demand behind the months that ran out."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from einklang.catalog import queries as catalog
from einklang.engine.inventory.lost import lost_sales
from einklang.engine.periods import add_months
from einklang.orders import queries as orders
from einklang.people import queries as people
from einklang.people.models import User
from einklang.supply.queries.holding.facts import last_full_month

MONTHS_LOOKED_AT = 36


@dataclass(frozen=True, slots=True)
class LostLine:
    """One item that ran out: in how many months, what was sold, wished and lost; money may be None.

    ``recorded`` is what people wrote down as lost; ``lost`` is never below it. ``law`` is empty where too few
    months had stock to say anything.
    """

    item: str
    name: str
    periods: int
    sold: float
    wished: float | None
    naive: float
    recorded: float
    lost: float
    value_cents: int | None
    law: str


def lost(as_of: date, *, seen_by: User) -> list[LostLine]:
    """Items that ran out in the last three years, the dearest loss first."""
    seen_by.must("see supply")
    money, currency = seen_by.may("see cost"), people.company().home_currency
    last = last_full_month(as_of)
    since = add_months(last, 1 - MONTHS_LOOKED_AT)
    wished = orders.demand_history(last, since=since)
    kept = (
        orders.sales_frame(since, last, by=("item",))
        .group_by(series="item", period="period")
        .agg(kept=pl.col("quantity").sum())
    )
    sold = wished.join(kept, on=["series", "period"], how="left").with_columns(
        pl.col("kept").fill_null(0.0), wished="quantity"
    )
    recorded = (
        sold.filter(~pl.col("available"))
        .group_by("series")
        .agg(recorded=(pl.col("wished") - pl.col("kept")).clip(0).sum())
    )
    found = lost_sales(sold.select("series", "period", "available", quantity="kept"))
    table = (
        found.join(recorded, on="series", how="left")
        .rename({"series": "item", "wished": "mean", "lost": "estimate"})
        .join(catalog.items_frame().select("item", "name"), on="item", how="left")
        .join(catalog.prices_frame(as_of, currency), on="item", how="left")
        .with_columns(lost=pl.max_horizontal(pl.col("estimate").fill_null(0.0), pl.col("recorded")))
        .with_columns(value=pl.col("lost") * pl.col("price_cents").fill_null(0))
        .sort("value", "lost", "item", descending=[True, True, False])
    )
    return [
        LostLine(
            row["item"], row["name"] or "", row["periods_out"], row["sold"], row["mean"], row["naive"],
            row["recorded"], row["lost"], round(row["value"]) if money else None, row["distribution"] or "",
        )
        for row in table.iter_rows(named=True)
    ]  # fmt: skip
