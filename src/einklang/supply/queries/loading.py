"""What the hours of a work centre go into: items, orders, and those who wait for them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.engine.periods import add_months, month_end
from einklang.engine.supply.capacity import bill_of_hours
from einklang.engine.supply.throughput import bought_for, by_hour
from einklang.kernel import tables
from einklang.kernel.errors import NotFound
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply.models import PlannedOrder, SupplyRun
from einklang.supply.queries.behind import Behind, behind
from einklang.supply.queries.runs import load_frame, plan_frame
from einklang.supply.queries.sentences import bottleneck_sentence

MADE_OF = ("item", "name", "hours_a_unit")
ROUNDING = 0.02  # of the plan's hours: orders come in whole units and lots


@dataclass(frozen=True, slots=True)
class Worked:
    """One item a work centre works on in a month: its planned orders and their hours."""

    item: str
    name: str
    quantity: float
    hours: float
    share: float
    orders: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Loading:
    """What one work centre does in one month: its hours, the items and orders they go into, and for whom."""

    resource: str
    name: str
    period: date
    capacity: float
    overtime: float
    overtime_limit: float
    load: float
    shadow_price: float
    items: list[Worked]
    under_way: list[dict[str, Any]]
    behind: Behind

    @property
    def utilisation(self) -> float | None:
        """Load as a share of the regular hours."""
        return self.load / self.capacity if self.capacity else None

    @property
    def shadow_cents(self) -> int:
        """What one more hour would save, in cents."""
        return round(self.shadow_price * 100)

    @property
    def hours(self) -> float:
        """The hours of all planned orders together."""
        return sum(one.hours for one in self.items)

    @property
    def is_rounded(self) -> bool:
        """Whether the orders take noticeably more or less than the plan, which knows no whole units."""
        return abs(self.hours - self.load) > max(1.0, ROUNDING * self.load)


def loading(of: SupplyRun, resource: str, month: date, *, seen_by: User) -> Loading:
    """What a work centre works on in a month: items, planned and open orders, and who waits for them."""
    seen_by.must("see supply")
    found = load_frame(of).filter((pl.col("resource") == resource) & (pl.col("period") == month))
    if found.is_empty():
        raise NotFound(_("This plan has no such work centre or month."))
    row = found.row(0, named=True)
    steps = (
        catalog.routing_frame()
        .filter((pl.col("resource") == resource) & (pl.col("hours") > 0))
        .select("item", hours_a_unit="hours")
        .join(catalog.items_frame().select("item", "name"), on="item", how="left", maintain_order="left")
        .select(MADE_OF)
    )
    planned = _planned(of, month, steps)
    return Loading(
        resource,
        row["name"],
        month,
        row["capacity"],
        row["overtime"],
        row["overtime_limit"],
        row["load"],
        row["shadow_price"],
        _by_item(planned),
        _under_way(of, month, steps),
        behind(of, planned.select("item", supply="order", amount="hours"), seen_by=seen_by),
    )


def _planned(of: SupplyRun, month: date, steps: pl.DataFrame) -> pl.DataFrame:
    """Planned orders that start in the month; the first has those that should have started before it."""
    first = add_months(of.as_of, 1)
    found = PlannedOrder.objects.filter(run=of, item__code__in=steps["item"].to_list(), kind="make")
    rows = tables.read(
        found.filter(release__lte=month) if month == first else found.filter(release=month),
        item="item__code",
        order="order",
        quantity="quantity",
        release="release",
        due="due",
        late_months="late_months",
    )
    return rows.join(steps, on="item", how="inner", maintain_order="left").with_columns(
        hours=pl.col("quantity") * pl.col("hours_a_unit")
    )


def _by_item(planned: pl.DataFrame) -> list[Worked]:
    whole = float(planned["hours"].sum())
    parts = [
        Worked(
            part["item"][0],
            part["name"][0] or "",
            float(part["quantity"].sum()),
            float(part["hours"].sum()),
            float(part["hours"].sum()) / whole if whole else 0.0,
            list(part.sort("release", "due", "order").iter_rows(named=True)),
        )
        for part in planned.partition_by("item", maintain_order=True)
    ]
    return sorted(parts, key=lambda one: (-one.hours, one.item))


def _under_way(of: SupplyRun, month: date, steps: pl.DataFrame) -> list[dict[str, Any]]:
    """Open work orders due in the month that pass the work centre: the plan counts none of their hours."""
    rows = orders.open_supply(month_end(of.as_of)).filter(
        (pl.col("kind") == "make") & (pl.col("due").dt.truncate("1mo") == month)
    )
    found = rows.join(steps, on="item", how="inner").with_columns(
        hours=pl.col("quantity") * pl.col("hours_a_unit")
    )
    return list(found.sort("hours", "reference", descending=[True, False]).iter_rows(named=True))


def throughput(of: SupplyRun, *, seen_by: User, resource: str = "") -> pl.DataFrame:
    """What an hour of each work centre earns with each item sold, best first; for those who see costs.

    Columns: resource, item, name, hours (a unit, all levels), price, material, throughput, per_hour,
    planned, lost (units in the plan). Items without a price or without a bought part stay out.
    """
    seen_by.must("see cost")
    plan = plan_frame(of)
    ends = plan["item"].unique().sort().to_list()
    bom, routing = catalog.bom_frame(month_end(of.as_of)), catalog.routing_frame()
    items = catalog.items_frame()
    costs = catalog.costs_frame(of.as_of).filter(pl.col("currency") == of.currency)
    bought = items.filter(pl.col("kind") == "buy").select("item").join(costs, on="item")
    hours = bill_of_hours(bom, routing.select("item", "resource", "hours"), ends)
    prices = catalog.prices_frame(of.as_of, of.currency)
    ranked = by_hour(
        hours.filter(pl.col("resource") == resource) if resource else hours,
        prices.select("item", price=pl.col("price_cents") / 100),
        bought_for(bom, bought.select("item", cost=pl.col("cost_cents") / 100), ends),
    )
    sums = plan.group_by("item").agg(planned=pl.col("make").sum(), lost=pl.col("lost").sum())
    return ranked.join(sums, on="item", how="left", maintain_order="left").join(
        items.select("item", "name"), on="item", how="left", maintain_order="left"
    )


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """A work centre that limits a plan: its dearest month, and what earns most and least with its hours."""

    resource: str
    sentence: str
    dearest: date
    best: str
    best_cents: int
    worst: str
    worst_cents: int


def bottlenecks(of: SupplyRun, *, seen_by: User) -> list[Bottleneck]:
    """What limits a plan, dearest first; what an hour earns only for those who see costs."""
    seen_by.must("see supply")
    money = seen_by.may("see cost")
    ranked: dict[str, list[dict[str, Any]]] = {}
    if money and of.bottlenecks:
        planned = throughput(of, seen_by=seen_by).filter(pl.col("planned") > 0)
        for row in planned.iter_rows(named=True):
            ranked.setdefault(row["resource"], []).append(row)
    found = []
    for row in of.bottlenecks:
        rows = ranked.get(row["resource"], [])
        best, worst = (rows[0], rows[-1]) if len(rows) > 1 else ({}, {})
        found.append(
            Bottleneck(
                row["resource"],
                bottleneck_sentence(row, with_money=money),
                date.fromisoformat(row["dearest"]),
                best.get("item", ""),
                round(best.get("per_hour", 0.0) * 100),
                worst.get("item", ""),
                round(worst.get("per_hour", 0.0) * 100),
            )
        )
    return found
