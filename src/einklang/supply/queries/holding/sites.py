"""Stock at the wrong place: moves between locations that save more than they cost."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from einklang.catalog import queries as catalog
from einklang.engine.inventory.rebalance import moves
from einklang.engine.periods import add_months
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply import rules
from einklang.supply.queries.holding.facts import facts

MOVE_COST = 0.02
"""Of the item's cost: what carrying one unit to another place takes."""
GIVES_ABOVE_MONTHS = 3
"""A place keeps three months of its own use before it gives."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move: what it takes and what it saves; money is None for those who do not see costs."""

    item: str
    name: str
    from_site: str
    to_site: str
    quantity: float
    cost_cents: int | None
    saves_cents: int | None


def rebalancing(as_of: date, *, move_cost: float = MOVE_COST, seen_by: User) -> list[Move]:
    """What to carry where, the most saving first.

    A place wants its share of the safety stock and of the use until the next order arrives; its share is what
    left it in the last year. Where no use by place is known, nothing is proposed.
    """
    seen_by.must("see supply")
    money = seen_by.may("see cost")
    sites = _sites(as_of, move_cost)
    names = dict(catalog.items_frame().select("item", "name").iter_rows())
    places = {place.code: place.name for place in catalog.locations()}
    found = moves(sites) if sites.height else pl.DataFrame()
    return [
        Move(
            row["item"], names.get(row["item"], ""), places.get(row["from_site"], row["from_site"]),
            places.get(row["to_site"], row["to_site"]), row["quantity"],
            round(row["quantity"] * row["way"]) if money else None, round(row["saves"]) if money else None,
        )
        for row in _with_way(found, sites).iter_rows(named=True)
    ]  # fmt: skip


def _with_way(found: pl.DataFrame, sites: pl.DataFrame) -> pl.DataFrame:
    if found.is_empty():
        return found
    ways = sites.group_by("item").agg(way=pl.col("spare_value").first())
    return found.join(ways, on="item", how="left", maintain_order="left")


def _sites(as_of: date, move_cost: float) -> pl.DataFrame:
    """Every item at every place that uses it, with what it has and what it should have."""
    gone = orders.used_by_location(add_months(as_of.replace(day=1), -12), as_of)
    whole = gone.group_by("item").agg(whole=pl.col("quantity").sum())
    shares = gone.join(whole, on="item").select(
        "item", "location", share=pl.col("quantity") / pl.col("whole")
    )
    lead = pl.col("lead_time_days") / rules.DAYS_A_MONTH + rules.REVIEW_MONTHS
    cost = pl.col("cost_cents").fill_null(0).cast(pl.Float64)
    margin = pl.max_horizontal(
        pl.col("price_cents").fill_null(0) - cost, cost * (rules.LOSING_COSTS_AT_LEAST - 1)
    )
    known = facts(as_of).select(
        "item",
        wanted=pl.col("safety_stock") + pl.col("demand") * lead,
        keep=pl.col("safety_stock") + pl.col("demand") * pl.max_horizontal(lead, pl.lit(GIVES_ABOVE_MONTHS)),
        short_cost=margin.clip(0),
        spare_value=cost * move_cost,
    )
    held = orders.on_hand(as_of).filter(pl.col("quantity") > 0)
    return (
        # A place that uses none of it may hold it for a reason (blocked, on show): it gives nothing.
        shares.join(held, on=["item", "location"], how="left")
        .join(known, on="item", how="inner")
        .with_columns(pl.col("quantity").fill_null(0.0).clip(0))
        .select(
            "item",
            site="location",
            stock=pl.col("quantity").cast(pl.Float64),
            wanted=(pl.col("wanted") * pl.col("share")).clip(0),
            keep=(pl.col("keep") * pl.col("share")).clip(0),
            short_cost="short_cost",
            spare_value="spare_value",
        )
        .sort("item", "site")
    )
