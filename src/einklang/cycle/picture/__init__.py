"""The plan as tables and charts, in the reader's language: the same for the page and for the pack."""

from dataclasses import dataclass
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from einklang.cycle import queries
from einklang.cycle.models import PlanVersion
from einklang.cycle.picture.charts import (
    ACTUAL_MONTHS,
    bridge_chart,
    change_chart,
    family_chart,
    number_chart,
    revenue_chart,
    scenario_chart,
    stock_chart,
    volume_chart,
)
from einklang.cycle.picture.tables import (
    bottleneck_rows,
    budget_table,
    change_grid,
    family_rows,
    lever_rows,
    missing_cents,
    month_rows,
    total_row,
)
from einklang.engine.periods import add_months
from einklang.people.models import User
from einklang.web import formats
from einklang.web.charts import Chart

__all__ = [
    "Picture",
    "bottleneck_rows",
    "budget_table",
    "change_chart",
    "change_grid",
    "headline",
    "lever_rows",
    "missing_cents",
    "number_chart",
    "picture",
    "scenario_chart",
]


@dataclass(frozen=True, slots=True)
class Picture:
    """One version as people look at it."""

    families: list[dict[str, Any]]
    months: list[dict[str, Any]]
    total: dict[str, Any]
    gap: queries.Gap
    gap_sentence: str
    headline: str
    missing_cents: int
    revenue: Chart
    volume: Chart
    by_family: Chart
    stock: Chart | None
    bridge: Chart | None
    bottlenecks: list[dict[str, Any]]


def picture(version: PlanVersion, *, seen_by: User) -> Picture:
    """A version's figures by family and by month, against what was sold and what was budgeted."""
    plan = queries.lines(version)
    gap = queries.gap(version, plan)
    budget = queries.budget(version)
    past = queries.actuals(add_months(version.start, -ACTUAL_MONTHS), add_months(version.start, -1))
    last_year = queries.a_year_on(past).filter(pl.col("period") >= version.start)
    by_month = queries.by_month(plan)
    sees_cost = seen_by.may("see cost")
    months = month_rows(by_month, budget, last_year, sees_cost=sees_cost)
    families = family_rows(plan, gap, last_year, version, sees_cost=sees_cost)
    return Picture(
        families,
        months,
        total_row(families),
        gap,
        queries.gap_sentence(gap, version.currency),
        headline(version, plan),
        missing_cents(plan),
        revenue_chart(past, by_month, budget),
        volume_chart(by_month),
        family_chart(plan),
        stock_chart(by_month) if sees_cost else None,
        bridge_chart(gap),
        bottleneck_rows(version),
    )


def headline(version: PlanVersion, plan: pl.DataFrame) -> str:
    """What the plan says, in one sentence."""
    missing = missing_cents(plan)
    values = {
        "revenue": formats.money_short(version.revenue_cents, version.currency),
        "start": formats.month(version.start),
        "end": formats.month(add_months(version.start, version.months - 1)),
        "missing": formats.money_short(missing, version.currency),
        "share": formats.percent(missing / version.demand_cents, 1) if version.demand_cents else "",
    }
    if missing > max(100, version.demand_cents * 0.0005):
        return (
            _(
                "%(revenue)s can be delivered from %(start)s to %(end)s; "
                "%(missing)s (%(share)s) of what is wished cannot."
            )
            % values
        )
    return _("%(revenue)s is planned from %(start)s to %(end)s, and all of it can be delivered.") % values
