"""The supply review: one plan at a glance, what loads a work centre, and two plans side by side."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.engine.periods import add_months, month_end
from einklang.engine.supply.capacity import bill_of_hours, load_by_item
from einklang.kernel.errors import NotFound
from einklang.people.models import User
from einklang.supply.models import SupplyRun
from einklang.supply.queries.runs import exceptions, load_frame, plan_frame, points


@dataclass(frozen=True, slots=True)
class Review:
    """One plan at a glance; shares are None where there is nothing to share by."""

    run: SupplyRun
    demand: float
    lost: float
    late: float
    service: float | None
    overtime_hours: float
    utilisation: float | None
    full_centres: int
    stock_end: float
    open_exceptions: int
    cost_cents: int | None
    lost_cents: int | None


def review(of: SupplyRun, *, seen_by: User) -> Review:
    """The figures of one plan; money only for those who see costs."""
    seen_by.must("see supply")
    sums = (
        points(of)
        .filter(is_sold=True)
        .aggregate(demand=Sum("demand"), lost=Sum("lost"), backlog=Sum("backlog"))
    )
    last = (
        points(of).filter(is_sold=True, period=add_months(of.as_of, of.months)).aggregate(stock=Sum("stock"))
    )
    hours = load_frame(of)
    capacity = float(hours["capacity"].sum())
    demand, lost = sums["demand"] or 0.0, sums["lost"] or 0.0
    kinds = {row["kind"]: row["cents"] for row in of.costs}
    money = seen_by.may("see cost")
    return Review(
        of,
        demand,
        lost,
        sums["backlog"] or 0.0,
        1 - lost / demand if demand else None,
        float(hours["overtime"].sum()),
        float(hours["load"].sum()) / capacity if capacity else None,
        len(of.bottlenecks),
        last["stock"] or 0.0,
        exceptions(of, state="open").count(),
        of.objective_cents if money else None,
        kinds.get("lost sales", 0) if money else None,
    )


def stock_by_month(of: SupplyRun, *, in_money: bool) -> pl.DataFrame:
    """Stock of all that is sold at each month's end, in cents at cost or in units: period, kind, value."""
    rows = plan_frame(of)
    costs = (
        catalog.costs_frame(of.as_of).filter(pl.col("currency") == of.currency).select("item", "cost_cents")
    )
    if in_money:
        rows = rows.join(costs, on="item", how="left").with_columns(
            pl.col("stock") * pl.col("cost_cents").fill_null(0)
        )
    return (
        rows.group_by("period")
        .agg(value=pl.col("stock").sum())
        .sort("period")
        .with_columns(kind=pl.lit(_("Stock")))
    )


@dataclass(frozen=True, slots=True)
class Loading:
    """What one work centre does in one month: its hours, and the items they go into, heaviest first."""

    resource: str
    name: str
    period: date
    capacity: float
    overtime: float
    load: float
    shadow_price: float
    rows: list[dict[str, Any]]

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
        """The hours of all rows together."""
        return float(sum(row["load"] for row in self.rows))


def loading(of: SupplyRun, resource: str, month: date) -> Loading:
    """The items that load a work centre in a month, with hours, share and planned quantity."""
    hours = load_frame(of).filter((pl.col("resource") == resource) & (pl.col("period") == month))
    if hours.is_empty():
        raise NotFound(_("This plan has no such work centre or month."))
    plan = plan_frame(of)
    ends = plan["item"].unique().sort().to_list()
    inner = catalog.bom_frame(month_end(of.as_of)).filter(
        ~pl.col("component").is_in(pl.Series(ends).implode())
    )
    bill = bill_of_hours(inner, catalog.routing_frame().select("item", "resource", "hours"), ends)
    made = plan.filter(pl.col("period") == month).select(
        "item", "period", quantity=pl.col("make") + pl.col("buy")
    )
    names = catalog.items_frame().select("item", "name")
    rows = (
        load_by_item(made, bill.filter(pl.col("resource") == resource))
        .join(names, on="item", how="left", maintain_order="left")
        .with_columns(share=pl.col("load") / pl.col("load").sum())
    )
    row = hours.row(0, named=True)
    return Loading(
        resource,
        row["name"],
        month,
        row["capacity"],
        row["overtime"],
        row["load"],
        row["shadow_price"],
        list(rows.iter_rows(named=True)),
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two plans side by side: their figures, and the items and months in which they differ most."""

    left: Review
    right: Review
    by_month: pl.DataFrame
    items: list[dict[str, object]]


def compare(left: SupplyRun, right: SupplyRun, *, seen_by: User) -> Comparison:
    """What one plan delivers, makes and loses against another."""
    a, b = plan_frame(left), plan_frame(right)
    months = pl.concat(
        [
            frame.group_by("period")
            .agg(pl.col("ship").sum().alias("quantity"))
            .with_columns(plan=pl.lit(str(of)))
            for frame, of in ((a, left), (b, right))
        ]
    ).sort("plan", "period")
    sums = [pl.col("ship", "make", "buy", "lost").sum()]
    both = (
        a.group_by("item")
        .agg(sums)
        .join(b.group_by("item").agg(sums), on="item", how="full", coalesce=True, suffix="_right")
    )
    rows = (
        both.fill_null(0.0)
        .with_columns(change=pl.col("ship_right") - pl.col("ship"))
        .filter(pl.col("change").abs() > 0.5)
        .sort(pl.col("change").abs(), descending=True)
        .head(20)
    )
    return Comparison(
        review(left, seen_by=seen_by),
        review(right, seen_by=seen_by),
        months,
        list(rows.iter_rows(named=True)),
    )


def exception_counts(of: SupplyRun) -> dict[str, int]:
    """How many exceptions of each kind are open."""
    return dict(exceptions(of, state="open").order_by().values_list("kind").annotate(count=Count("pk")))
