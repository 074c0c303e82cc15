"""A plan as tables: by family and by month, the budget, what changed, and what limits it."""

from datetime import date
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from einklang.cycle import queries
from einklang.cycle.models import PlanVersion
from einklang.cycle.settings import LEVERS
from einklang.engine.periods import add_months

MOST_ITEMS = 25


def budget_by_month(budget: pl.DataFrame) -> pl.DataFrame:
    """The budget of each month: the company's figure where there is one, else its families' sum."""
    company = pl.col("amount_cents").filter(pl.col("top").is_null())
    return (
        budget.group_by("period")
        .agg(
            pl.when(company.len() > 0)
            .then(company.sum())
            .otherwise(pl.col("amount_cents").sum())
            .alias("amount_cents")
        )
        .sort("period")
    )


def budget_table() -> dict[str, Any]:
    """The budget that stands, a row a family and a column a month, with sums that foot."""
    every = queries.budget_frame(date.min, date.max)
    if every.is_empty():
        return {}
    names = {code: family.name for code, family in queries.family_records().items()}
    months = every["period"].unique().sort().to_list()
    rows = []
    for family in every["family"].unique().sort(nulls_last=True):
        figures = {
            row["period"]: row["amount_cents"]
            for row in every.filter(pl.col("family").eq_missing(pl.lit(family))).iter_rows(named=True)
        }
        rows.append(
            {
                "name": names.get(family, _("Whole company")),
                "cells": [figures.get(month) for month in months],
                "sum": sum(figures.values()),
            }
        )
    sums = [sum(row["cells"][place] or 0 for row in rows) for place in range(len(months))]
    return {"months": months, "rows": rows, "sums": sums, "sum": sum(sums)}


def month_rows(
    by_month: pl.DataFrame, budget: pl.DataFrame, last_year: pl.DataFrame, *, sees_cost: bool
) -> list[dict[str, Any]]:
    """A row a month, beside the budget and the year before."""
    asked = dict(budget_by_month(budget).iter_rows()) if budget.height else {}
    sold = dict(last_year.group_by("period").agg(pl.col("revenue_cents").sum()).iter_rows())
    rows = []
    for row in by_month.iter_rows(named=True):
        kept = (
            row if sees_cost else {name: value for name, value in row.items() if name not in queries.SECRET}
        )
        rows.append(
            {**kept, "budget_cents": asked.get(row["period"]), "last_year_cents": sold.get(row["period"])}
        )
    return rows


def family_rows(
    plan: pl.DataFrame, gap: queries.Gap, last_year: pl.DataFrame, version: PlanVersion, *, sees_cost: bool
) -> list[dict[str, Any]]:
    """A row a family; budget and last year over the months they reach."""
    asked = {row["top"]: row for row in gap.by_family.iter_rows(named=True)}
    tops = queries.families().select("item", "top")
    sold = dict(
        last_year.join(tops, on="item", how="left")
        .group_by("top")
        .agg(pl.col("revenue_cents").sum())
        .iter_rows()
    )
    year = plan.filter(pl.col("period") < add_months(version.start, 12))
    ours = dict(year.group_by("top").agg(pl.col("revenue_cents").sum()).iter_rows())
    sums = (
        plan.group_by("top", "top_name")
        .agg(pl.col(name).sum() for name in (*queries.UNITS, *queries.MONEY))
        .sort("top")
    )
    rows = []
    for row in sums.iter_rows(named=True):
        kept = (
            row if sees_cost else {name: value for name, value in row.items() if name not in queries.SECRET}
        )
        against = asked.get(row["top"]) or {}
        before = sold.get(row["top"])
        rows.append(
            {
                **kept,
                "budget_cents": against.get("amount_cents"),
                "gap_cents": _less(against.get("plan_cents"), against.get("amount_cents")),
                "last_year_cents": before,
                "growth": ours.get(row["top"], 0) / before - 1 if before else None,
            }
        )
    return rows


def total_row(families: list[dict[str, Any]]) -> dict[str, Any]:
    """What the families add up to."""
    names = [
        name
        for name in (*queries.UNITS, *queries.MONEY, "last_year_cents")
        if families and name in families[0]
    ]
    return {name: sum(row[name] or 0 for row in families) for name in names}


def _less(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one - other


def missing_cents(plan: pl.DataFrame) -> int:
    """What is wished and never delivered, at the plan's prices."""
    return round(float((plan["short"] * plan["price_cents"]).sum() or 0))


def bottleneck_rows(version: PlanVersion, most: int = 12) -> list[dict[str, Any]]:
    """What limits a plan, its month as a day."""
    return [{**row, "month": date.fromisoformat(row["period"])} for row in version.bottlenecks[:most]]


def change_grid(difference: queries.Difference) -> dict[str, Any]:
    """Change of revenue, a row a family and a column a month; and the items that changed most."""
    changes = difference.by_month
    months = changes["period"].unique().sort().to_list()
    rows = []
    for family in difference.by_family.iter_rows(named=True):
        known = dict(
            changes.filter(pl.col("top") == family["top"]).select("period", "change_cents").iter_rows()
        )
        rows.append({"name": family["top_name"], "cells": [_noted(known.get(month, 0)) for month in months]})
    return {
        "months": months,
        "grid": rows,
        "families": [
            {**row, "change_cents": _noted(row["change_cents"])}
            for row in difference.by_family.iter_rows(named=True)
        ],
        "items": list(difference.by_item.head(MOST_ITEMS).iter_rows(named=True)),
    }


def _noted(cents: int) -> int:
    """A change worth a whole unit of the currency; rounding noise is none."""
    return cents if abs(cents) >= 50 else 0


def lever_rows(settings: dict[str, float]) -> list[tuple[str, float]]:
    """What a scenario changed, by the lever's name."""
    return [(str(LEVERS[name].label), value) for name, value in settings.items() if name in LEVERS]
