"""Everything a supply plan rests on, read once: agreed demand, items, bills, hours, stock, open orders."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date

import polars as pl
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.demand import queries as demand
from einklang.demand.models import Consensus
from einklang.engine.periods import month_end
from einklang.engine.supply.consume import consumed
from einklang.kernel.errors import Refused
from einklang.orders import queries as orders
from einklang.people import queries as people
from einklang.supply import rules
from einklang.supply.levers import Levers


@dataclass(slots=True)
class Inputs:
    """The frames of one plan; ``ends`` are the items that are planned against demand."""

    as_of: date
    months: list[date]
    currency: str
    levers: Levers
    ends: list[str]
    demand: pl.DataFrame
    items: pl.DataFrame
    bom: pl.DataFrame
    routing: pl.DataFrame
    capacity: pl.DataFrame
    on_hand: pl.DataFrame
    coming: pl.DataFrame
    owed: pl.DataFrame
    history: pl.DataFrame
    assumed: list[dict[str, object]] = field(default_factory=list)

    def fingerprint(self, policies: pl.DataFrame) -> str:
        """One name for all that was read: the same inputs give the same plan."""
        digest = hashlib.sha256()
        read = (self.demand, self.items, self.bom, self.routing, self.capacity, self.on_hand, self.coming)
        for table in (*read, self.owed, policies):
            digest.update(table.write_csv().encode())
        digest.update(json.dumps([self.levers.changed(), rules.ALL], sort_keys=True).encode())
        return digest.hexdigest()[:32]


def read(consensus: Consensus, levers: Levers) -> Inputs:
    """Read what a plan for this consensus rests on; without agreed demand there is no plan."""
    agreed = demand.consensus_frame(consensus).filter(pl.col("period") > consensus.as_of)
    if agreed.is_empty():
        raise Refused(_("This consensus holds no demand, so there is nothing to plan."))
    months = agreed["period"].unique().sort().to_list()
    day = month_end(consensus.as_of)
    company = people.company()
    items, assumed = _items(consensus.as_of, company.home_currency)
    known = items["item"].implode()
    waiting = orders.open_orders(day).filter(pl.col("item").is_in(known))
    owed = waiting.filter(pl.col("period") <= consensus.as_of)
    owed = owed.group_by("item").agg(pl.col("quantity").sum()).sort("item")
    wanted = agreed.group_by("series", maintain_order=True).agg(pl.col("quantity").sum())
    wanted = wanted.filter((pl.col("quantity") > 0) & pl.col("series").is_in(known))
    ends = sorted({*wanted["series"].to_list(), *owed["item"].to_list()})
    scaled = agreed.filter(pl.col("series").is_in(pl.Series(ends).implode())).with_columns(
        pl.col("quantity", "low", "high") * levers.demand_factor
    )
    expected = consumed(scaled.rename({"series": "item"}), waiting)
    hours = catalog.capacity_frame(months).with_columns(
        pl.col("hours") * levers.capacity_factor,
        pl.col("overtime_hours") * levers.capacity_factor * levers.overtime_factor,
    )
    return Inputs(
        consensus.as_of, months, company.home_currency, levers, ends,
        expected.select("item", "period", "quantity", "low", "high"),
        items, catalog.bom_frame(day), catalog.routing_frame(), hours,
        orders.on_hand(day).group_by("item").agg(pl.col("quantity").sum()).sort("item"),
        orders.open_supply(day).sort("item", "due", "reference"), owed,
        orders.demand_history(consensus.as_of), assumed,
    )  # fmt: skip


def _items(as_of: date, currency: str) -> tuple[pl.DataFrame, list[dict[str, object]]]:
    """Items with cost, price and lead time; where a cost is missing, what stands in for it is said."""
    terms = catalog.supply_terms_frame()
    cheapest = terms.group_by("item", maintain_order=True).first()
    costs = catalog.costs_frame(as_of).filter(pl.col("currency") == currency).select("item", "cost_cents")
    bought_at = cheapest.filter(pl.col("currency") == currency).select("item", paid_cents="price_cents")
    supply = cheapest.select(
        "item", "minimum", "multiple", "lead_time_deviation_days", supplier_days="lead_time_days"
    )
    rows = (
        catalog.items_frame()
        .join(costs, on="item", how="left", maintain_order="left")
        .join(catalog.prices_frame(as_of, currency), on="item", how="left", maintain_order="left")
        .join(bought_at, on="item", how="left", maintain_order="left")
        .join(supply, on="item", how="left", maintain_order="left")
    )
    bare = pl.col("cost_cents").is_null() | (pl.col("cost_cents") <= 0)
    bought = pl.col("kind") == "buy"
    assumed: list[dict[str, object]] = []
    by_price = rows.filter(pl.col("is_sold") & bare & pl.col("paid_cents").is_null())["item"]
    if len(by_price):
        assumed.append(
            {"kind": "cost_from_price", "count": len(by_price), "items": by_price.head(5).to_list()}
        )
    return (
        rows.with_columns(
            cost_cents=pl.when(bare)
            .then(pl.coalesce("paid_cents", "price_cents", pl.lit(0)))
            .otherwise("cost_cents"),
            lead_time_days=pl.when(bought)
            .then(pl.coalesce("supplier_days", "lead_time_days"))
            .otherwise("lead_time_days"),
            lead_time_deviation_days=pl.col("lead_time_deviation_days").fill_null(0.0),
            lot_min=pl.when(bought).then(pl.coalesce("minimum", "lot_min")).otherwise("lot_min"),
            lot_multiple=pl.when(bought)
            .then(pl.coalesce("multiple", "lot_multiple"))
            .otherwise("lot_multiple"),
        ).drop("paid_cents", "supplier_days", "minimum", "multiple"),
        assumed,
    )
