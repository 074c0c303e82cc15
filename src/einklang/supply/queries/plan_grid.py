"""The plan as a grid: items by months, what arrives, what is fixed, and what was approved."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from einklang.catalog import queries as catalog
from einklang.kernel import tables
from einklang.people.models import User
from einklang.supply.models import SupplyPoint, SupplyRun
from einklang.supply.queries.balancing import lead_months
from einklang.supply.queries.runs import plan_frame
from einklang.supply.queries.steadiness import (
    approval,
    frozen_until,
    is_open,
    standing_edits,
    standing_rules,
)

KEY = ["item", "period"]


@dataclass(frozen=True, slots=True)
class PlanGrid:
    """The whole grid. ``frame`` has a row per item and month, in the order of ``items`` and months.

    Columns: item, period, planned, demand, stock, lost, approved, and of what is fixed: quantity, version,
    reason, author.
    """

    run: SupplyRun
    months: list[date]
    items: list[str]
    names: dict[str, str]
    frame: pl.DataFrame
    editable: bool


def plan_grid(run: SupplyRun, *, seen_by: User, family: str = "", parts: bool = False) -> PlanGrid:
    """What arrives of each item by month in a plan; of one family, or of all; with what goes into it."""
    seen_by.must("see supply")
    facts = catalog.items_frame().select("item", "name", "family")
    if family:
        facts = facts.filter(pl.col("family").is_in(catalog.codes_below(family)))
    plan = plan_frame(run, parts=parts).join(facts, on="item", how="inner", maintain_order="left")
    frame = (
        plan.with_columns(planned=pl.col("make") + pl.col("buy"))
        .join(_approved(run), on=KEY, how="left", maintain_order="left")
        .join(_fixed(run.as_of), on=KEY, how="left", maintain_order="left")
    )
    sizes = frame.group_by("item").agg(size=pl.col("planned").sum()).sort("size", descending=True)
    items = sizes["item"].to_list()
    return PlanGrid(
        run,
        plan["period"].unique().sort().to_list(),
        items,
        dict(facts.select("item", "name").iter_rows()),
        frame,
        seen_by.may("plan supply"),
    )


def _approved(run: SupplyRun) -> pl.DataFrame:
    """What the approved plan lets arrive: item, period, approved."""
    found = approval(run.as_of)
    points = SupplyPoint.objects.filter(run=found.run) if found else SupplyPoint.objects.none()
    rows = tables.read(points, item="item__code", period="period", make="make", buy="buy")
    return rows.select("item", "period", approved=pl.col("make") + pl.col("buy"))


def _fixed(as_of: date) -> pl.DataFrame:
    """What stands fixed, with who said it and why: item, period, quantity, version, reason, author."""
    return tables.read(
        standing_edits(as_of),
        item="item__code",
        period="period",
        quantity="quantity",
        version="version",
        reason="batch__reason",
        author="batch__author__name",
    )


def lead_times(items: Iterable[str]) -> dict[str, int]:
    """The lead time of some items in whole months, as plans reckon with it."""
    terms = catalog.supply_terms_frame().group_by("item", maintain_order=True).first()
    rows = (
        catalog.items_frame()
        .filter(pl.col("item").is_in(pl.Series(list(items), dtype=pl.String).implode()))
        .join(terms.select("item", supplier_days="lead_time_days"), on="item", how="left")
        .with_columns(
            days=pl.when(pl.col("kind") == "buy")
            .then(pl.coalesce("supplier_days", "lead_time_days"))
            .otherwise("lead_time_days")
        )
    )
    lead = pl.when(pl.col("is_phantom")).then(0).otherwise(lead_months(pl.col("days")))
    return dict(rows.select("item", lead).iter_rows())


def conflict_rows(run: SupplyRun) -> list[dict[str, Any]]:
    """What was fixed and could not be kept: item, month in which it starts, why, fixed, made."""
    return [{**row, "period": date.fromisoformat(row["period"])} for row in run.conflicts]


@dataclass(frozen=True, slots=True)
class Fence:
    """The approved plan that new ones keep to, and until when; what is open is frozen no more."""

    run: SupplyRun | None
    by: str
    at: Any
    is_open: bool
    frozen_months: int
    change_share: float
    until: date | None


def fence(as_of: date) -> Fence:
    """What new plans of a month keep to."""
    found, rules = approval(as_of), standing_rules()
    return Fence(
        found.run if found else None,
        found.by.name if found else "",
        found.at if found else None,
        is_open(found),
        rules.frozen_months,
        rules.change_share,
        frozen_until(as_of),
    )
