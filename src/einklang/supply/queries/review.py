"""The supply review: one plan at a glance, what loads a work centre, and two plans side by side."""

from dataclasses import dataclass

import polars as pl
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.engine.periods import add_months
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


def exception_counts(of: SupplyRun) -> dict[str, int]:
    """How many exceptions of each kind are open."""
    return dict(exceptions(of, state="open").order_by().values_list("kind").annotate(count=Count("pk")))
