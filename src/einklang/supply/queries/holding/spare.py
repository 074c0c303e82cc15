"""What is too much: the rest that is expected to stay, what to provide, the markdown that still pays."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from einklang.engine.inventory.markdown import levels, proposals, required_uplift
from einklang.engine.inventory.obsolete import by_age, rest_by_lot
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply.queries.holding.facts import facts
from einklang.supply.queries.stock import AGES

MONTHS, ELASTICITY, SALVAGE = 12, 2.0, 0.2
"""A year to use it in; 1 % off the price sells 2 % more; afterwards it brings a fifth of its cost."""


@dataclass(frozen=True, slots=True)
class SpareLine:
    """One item of which there is too much; money is None for those who do not see costs."""

    item: str
    name: str
    quantity: float
    over: float
    oldest_days: int | None
    rest: float
    provision_cents: int | None
    price_cents: int | None
    marked_cents: int | None
    discount: float
    gain_cents: int | None
    uplift: float | None


@dataclass(frozen=True, slots=True)
class Spare:
    """All of it, and by age: least, below (days), quantity, rest, provision."""

    lines: list[SpareLine]
    ages: pl.DataFrame
    provision_cents: int | None
    gain_cents: int | None


def spare(
    as_of: date,
    *,
    months: float = MONTHS,
    elasticity: float = ELASTICITY,
    salvage: float = SALVAGE,
    seen_by: User,
) -> Spare:
    """Stock that is expected to outlive the months there are, dearest first."""
    seen_by.must("see supply")
    money = seen_by.may("see cost")
    known = facts(as_of)
    lots = orders.stock_by_receipt(as_of).filter(pl.col("quantity") > 0)
    rests = rest_by_lot(
        lots.select("item", pl.col("received_on").alias("received"), "quantity"),
        known.select(
            "item",
            "demand",
            "sd",
            cost=pl.col("cost_cents").fill_null(0).cast(pl.Float64),
            salvage=pl.col("cost_cents").fill_null(0) * salvage,
            life_days=pl.col("shelf_life_days").cast(pl.Float64),
        ),
        as_of=as_of,
        months=months,
    )
    table = _marked_down(known, rests, months, elasticity, salvage)
    lines = [_line(row, money) for row in table.iter_rows(named=True)]
    return Spare(
        lines,
        by_age(rests, AGES),
        round(float(rests["provision"].sum())) if money else None,
        sum(line.gain_cents or 0 for line in lines) if money else None,
    )


def _marked_down(
    known: pl.DataFrame, rests: pl.DataFrame, months: float, elasticity: float, salvage: float
) -> pl.DataFrame:
    """The items with a rest worth a word, with the price that pays most."""
    whole = rests.group_by("item").agg(pl.col("rest", "provision").sum())
    table = (
        known.join(whole, on="item", how="left", maintain_order="left")
        .with_columns(pl.col("rest", "provision").fill_null(0.0))
        .filter((pl.col("rest") >= 0.5) | (pl.col("over") > 0))
        .with_columns(
            price=pl.when(pl.col("is_sold")).then(pl.col("price_cents")).otherwise(None).cast(pl.Float64),
            cost=pl.col("cost_cents").fill_null(0).cast(pl.Float64),
        )
    )
    built_in = (table["demand"] - table["forecast"]).clip(0) * months
    best = proposals(
        (table["quantity"] - table["safety_stock"] - built_in).clip(0).to_numpy(),
        (table["forecast"] * months).to_numpy(),
        table["price"].fill_null(0.0).to_numpy(),
        elasticity=elasticity,
        salvage=(table["cost"] * salvage).to_numpy(),
    )
    pays = pl.col("gain") >= 1
    return (
        table.with_columns(marked=best.price, discount=best.discount, gain=best.gain)
        .with_columns(
            marked=pl.when(pays).then("marked"),
            discount=pl.when(pays).then("discount").otherwise(0.0),
            gain=pl.when(pays).then("gain").otherwise(0.0),
        )
        .sort("provision", "over", "item", descending=[True, True, False])
    )


def _line(row: dict[str, object], money: bool) -> SpareLine:
    def cents(name: str) -> int | None:
        value = row[name]
        return round(float(value)) if money and isinstance(value, int | float) else None

    price, cost, discount = row["price"], row["cost"], row["discount"]
    uplift = None
    if isinstance(price, float) and isinstance(cost, float) and isinstance(discount, float) and price > 0:
        margin = 1 - cost / price
        uplift = required_uplift(margin, discount) if 0 < discount < margin else None
    facts_of = {name: row[name] for name in ("item", "name", "quantity", "over", "oldest_days", "rest")}
    return SpareLine(
        **facts_of,  # type: ignore[arg-type]
        provision_cents=cents("provision"),
        price_cents=cents("price"),
        marked_cents=cents("marked"),
        discount=float(discount) if isinstance(discount, float) else 0.0,
        gain_cents=cents("gain"),
        uplift=uplift if money else None,
    )


def markdown_levels(
    as_of: date, *, elasticity: float = ELASTICITY, salvage: float = SALVAGE, seen_by: User
) -> pl.DataFrame:
    """Price levels of the items whose markdown pays, for the balance: item, level, price, demand_factor."""
    seen_by.must("see cost")
    known = facts(as_of)
    none = pl.DataFrame(schema={"item": pl.String, "rest": pl.Float64, "provision": pl.Float64})
    table = _marked_down(known, none, MONTHS, elasticity, salvage).filter(pl.col("gain") > 0)
    return levels(
        table.select(
            "item",
            price=pl.col("price") / 100,
            elasticity=pl.lit(elasticity),
            salvage=pl.col("cost") * salvage / 100,
        )
    )
