"""What a plan keeps to: the approved plan within the frozen fence, and what planners fixed by hand."""

from datetime import date

import polars as pl
from django.db.models import Max, QuerySet

from einklang.engine.periods import add_months
from einklang.kernel import tables
from einklang.supply.models import EditBatch, PlanApproval, PlanEdit, PlanRules, SupplyPoint, SupplyRun

# What holds in a company that never set it: nothing is frozen, and a change costs nothing.
UNSET = PlanRules(frozen_months=0, change_share=0.0)
FORMER = {"item": pl.String, "period": pl.Date, "started": pl.Float64}


def standing_rules() -> PlanRules:
    """How steady plans are kept in this company."""
    return PlanRules.objects.first() or UNSET


def approval(as_of: date) -> PlanApproval | None:
    """The approval that a plan of this month keeps to: the newest one, of this month or an earlier one."""
    return PlanApproval.objects.filter(run__as_of__lte=as_of).select_related("run", "by", "opening").first()


def approval_of(run: SupplyRun) -> PlanApproval | None:
    """The newest approval of one plan."""
    return PlanApproval.objects.filter(run=run).select_related("by").first()


def is_open(found: PlanApproval | None) -> bool:
    """Whether nothing is frozen: no plan is approved, or its frozen months were opened."""
    return found is None or hasattr(found, "opening")


def frozen_until(as_of: date) -> date | None:
    """The last month in which the approved plan is frozen for plans of this month; none where none is."""
    months = standing_rules().frozen_months
    if not months or is_open(approval(as_of)):
        return None
    return add_months(as_of, months)


def former(as_of: date, months: list[date]) -> pl.DataFrame:
    """What the approved plan starts in these months: item, period, started; nothing where it is open."""
    found, rules = approval(as_of), standing_rules()
    if found is None or is_open(found) or not (rules.frozen_months or rules.change_share):
        return pl.DataFrame(schema=FORMER)
    points = SupplyPoint.objects.filter(run=found.run, period__gte=months[0], period__lte=months[-1])
    rows = tables.read(
        points.order_by("item__code", "period"), item="item__code", period="period", started="started"
    )
    known = rows.cast({"started": pl.Float64})
    # Plans that were made before starts were kept say nothing about them, and freeze nothing.
    return known if known["started"].sum() > 0 else known.clear()


def standing_edits(as_of: date) -> QuerySet[PlanEdit]:
    """The newest word on each item and month that somebody spoke about, let go or not."""
    newest = PlanEdit.objects.filter(as_of=as_of).values("item", "period").annotate(newest=Max("pk"))
    return PlanEdit.objects.filter(pk__in=newest.values("newest")).select_related("item", "batch__author")


def fixed(as_of: date) -> pl.DataFrame:
    """What planners fixed, by month of arrival: item, period, quantity."""
    return tables.read(
        standing_edits(as_of).filter(quantity__isnull=False).order_by("item__code", "period"),
        item="item__code",
        period="period",
        quantity="quantity",
    )


def batches(as_of: date, *, limit: int = 10) -> QuerySet[EditBatch]:
    """What was fixed together, newest first, with whether it was taken back."""
    found = EditBatch.objects.filter(as_of=as_of).select_related("author", "undone_by")
    return found.prefetch_related("edits__item")[:limit]
