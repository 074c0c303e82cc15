"""Everything a supply plan rests on, read once: agreed demand, items, bills, hours, stock, open orders."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.demand import queries as demand
from einklang.demand.models import Consensus
from einklang.engine.periods import month_end
from einklang.engine.supply.consume import consumed
from einklang.kernel import clock
from einklang.kernel.errors import Refused
from einklang.orders import queries as orders
from einklang.people import queries as people
from einklang.supply import rules
from einklang.supply.changes import Change, on_demand, on_hours, on_prices, on_terms
from einklang.supply.queries import steadiness


@dataclass(frozen=True, slots=True)
class Inputs:
    """The frames of one plan; ``ends`` are the items that are planned against demand.

    ``agreed`` and ``booked`` make the demand; ``prices`` and ``terms`` are by month; ``former`` is what the
    approved plan starts in the months of this one, ``fixed`` what planners fixed by month of arrival.
    """

    consensus: int
    as_of: date
    months: list[date]
    currency: str
    changes: tuple[Change, ...]
    rules: dict[str, float]
    ends: list[str]
    agreed: pl.DataFrame
    booked: pl.DataFrame
    demand: pl.DataFrame
    items: pl.DataFrame
    bom: pl.DataFrame
    routing: pl.DataFrame
    capacity: pl.DataFrame
    on_hand: pl.DataFrame
    coming: pl.DataFrame
    owed: pl.DataFrame
    history: pl.DataFrame
    prices: pl.DataFrame
    terms: pl.DataFrame
    former: pl.DataFrame
    fixed: pl.DataFrame
    assumed: list[dict[str, object]] = field(default_factory=list)

    def fingerprint(self, policies: pl.DataFrame) -> str:
        """One name for all that was read: the same inputs give the same plan."""
        digest = hashlib.sha256()
        read = (self.demand, self.items, self.bom, self.routing, self.capacity, self.on_hand, self.coming)
        kept = (self.owed, self.prices, self.terms, self.former, self.fixed, policies)
        for table in (*read, *kept):
            digest.update(table.write_csv().encode())
        said = [[change.told() for change in self.changes], self.rules, rules.ALL]
        digest.update(json.dumps(said, sort_keys=True).encode())
        return digest.hexdigest()[:32]


def read(consensus: Consensus, changes: Sequence[Change] = ()) -> Inputs:
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
    rule, former = steadiness.standing_rules(), steadiness.former(consensus.as_of, months)
    plain = Inputs(
        consensus.pk, consensus.as_of, months, company.home_currency, (),
        {"frozen_months": rule.frozen_months if former.height else 0, "change_share": rule.change_share},
        ends, _agreed(agreed, ends, items), waiting, agreed,
        items, catalog.bom_frame(day), catalog.routing_frame(), catalog.capacity_frame(months),
        orders.on_hand(day).group_by("item").agg(pl.col("quantity").sum()).sort("item"),
        orders.open_supply(day, decided_until=clock.today()).sort("item", "due", "reference"), owed,
        orders.demand_history(consensus.as_of), _by_month(items, months, "price_cents"),
        _terms(items, months, company.home_currency), former,
        steadiness.fixed(consensus.as_of), assumed,
    )  # fmt: skip
    return overlaid(plain, changes)


def overlaid(plain: Inputs, changes: Sequence[Change]) -> Inputs:
    """The same inputs under some more changes; nothing is read again."""
    agreed = on_demand(plain.agreed, changes)
    expected = consumed(agreed.drop("family"), plain.booked)
    return replace(
        plain,
        changes=(*plain.changes, *changes),
        agreed=agreed,
        demand=expected.select("item", "period", "quantity", "low", "high"),
        capacity=on_hours(plain.capacity, changes),
        prices=on_prices(plain.prices, changes),
        terms=on_terms(plain.terms, changes),
    )


def _agreed(agreed: pl.DataFrame, ends: list[str], items: pl.DataFrame) -> pl.DataFrame:
    """What was agreed of the end items: item, family, period, quantity, low, high."""
    families = items.select("item", "family")
    return (
        agreed.filter(pl.col("series").is_in(pl.Series(ends, dtype=pl.String).implode()))
        .rename({"series": "item"})
        .join(families, on="item", how="left", maintain_order="left")
        .select("item", "family", "period", "quantity", "low", "high")
    )


def _by_month(items: pl.DataFrame, months: list[date], column: str) -> pl.DataFrame:
    """A fact of the items that are sold, in each month: item, family, period and the fact."""
    known = items.filter(pl.col("is_sold") & pl.col(column).is_not_null())
    facts = known.select("item", "family", pl.col(column).cast(pl.Float64))
    return facts.join(pl.DataFrame({"period": months}), how="cross", maintain_order="left")


def _terms(items: pl.DataFrame, months: list[date], currency: str) -> pl.DataFrame:
    """Who gives how much of what at which price in each month: a month's limit, or none."""
    worth = items.select("item", "family", "cost_cents")
    own = pl.when(pl.col("currency") == currency).then(pl.col("price_cents").cast(pl.Float64))
    return (
        catalog.supply_terms_frame()
        .join(worth, on="item", how="inner", maintain_order="left")
        .select(
            "supplier",
            "item",
            "family",
            # Terms in another currency are planned at the item's cost, which is in the company's own.
            price_cents=pl.coalesce(own, "cost_cents"),
            lead_time_days="lead_time_days",
            maximum=pl.col("month_limit").cast(pl.Float64),
        )
        .join(pl.DataFrame({"period": months}), how="cross", maintain_order="left")
    )


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
