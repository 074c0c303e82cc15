"""Questions about plan versions: their lines, their sums by family, and what stands behind a number."""

import hashlib
from datetime import date
from typing import Any

import polars as pl
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from einklang.cycle.models import Cycle, PlanLine, PlanVersion, Scenario
from einklang.cycle.queries import sales
from einklang.cycle.queries.records import budget_frame
from einklang.engine.periods import month_range
from einklang.kernel import tables
from einklang.kernel.errors import NotFound
from einklang.people.models import User

MONEY = ("demand_cents", "revenue_cents", "cost_cents", "margin_cents", "stock_cents")
UNITS = ("demand", "sellable", "make", "buy", "stock", "short")
SECRET = ("cost_cents", "margin_cents", "stock_cents")


def versions(*, seen_by: User, of: Cycle | None = None) -> QuerySet[PlanVersion]:
    """The plan versions, the newest first; everybody who may see demand sees the plan."""
    seen_by.must("see demand")
    found = PlanVersion.objects.select_related("cycle", "scenario", "frozen_by", "consensus", "supply_run")
    return found if of is None else found.filter(cycle=of)


def version(pk: int, *, seen_by: User) -> PlanVersion:
    """One plan version."""
    found = versions(seen_by=seen_by).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such plan version."))
    return found


def version_named(name: str, *, seen_by: User) -> PlanVersion:
    """A version as people write it: ``2014-05 v2``, ``2014-05/2``, a month (its signed one), a number."""
    words = name.replace("/", " ").replace(" v", " ").split()
    found = versions(seen_by=seen_by)
    if len(words) == 1 and words[0].isdigit():
        found = found.filter(pk=int(words[0]))
    elif words and len(words[0]) == 7 and words[0][:4].isdigit() and words[0][5:].isdigit():
        year, month = int(words[0][:4]), int(words[0][5:])
        found = found.filter(cycle__month__year=year, cycle__month__month=month)
        if len(words) > 1 and words[-1].lstrip("v").isdigit():
            found = found.filter(number=int(words[-1].lstrip("v")))
        else:
            found = found.order_by("-signed_at", "-id")
    else:
        found = found.none()
    one = found.first()
    if one is None:
        raise NotFound(_("There is no plan version %(name)s.") % {"name": name})
    return one


def locked(found: PlanVersion) -> PlanVersion:
    """The version as it stands now, held for the rest of the action."""
    return (
        PlanVersion.objects.select_for_update(of=("self",))
        .select_related("cycle", "scenario")
        .get(pk=found.pk)
    )


def signed_versions(*, seen_by: User) -> QuerySet[PlanVersion]:
    """The versions that were signed, the newest first: quotas rest on them."""
    return versions(seen_by=seen_by).filter(signed_at__isnull=False)


def side_by_side(of: Cycle, *, seen_by: User) -> list[tuple[Scenario, PlanVersion | None]]:
    """Each scenario of a cycle with its newest version, base first."""
    newest: dict[int, PlanVersion] = {}
    for found in versions(seen_by=seen_by, of=of):
        newest.setdefault(found.scenario_id, found)
    every = Scenario.objects.filter(cycle=of).select_related("copied_from", "created_by")
    return [(scenario, newest.get(scenario.pk)) for scenario in every]


def version_before(found: PlanVersion, *, seen_by: User) -> PlanVersion | None:
    """The plan this one is compared with: the last signed one of an earlier month, else the one before."""
    earlier = versions(seen_by=seen_by).filter(cycle__month__lt=found.cycle.month)
    return (
        earlier.filter(signed_at__isnull=False).first()
        or earlier.first()
        or versions(seen_by=seen_by, of=found.cycle).filter(pk__lt=found.pk).first()
    )


def lines(found: PlanVersion) -> pl.DataFrame:
    """A version's lines as it froze them, with the family each item belongs to."""
    rows = tables.read(
        PlanLine.objects.filter(version=found).order_by("item__code", "period"),
        item="item__code",
        period="period",
        price_cents="price_cents",
        unit_cost_cents="unit_cost_cents",
        **{name: name for name in (*UNITS, *MONEY)},
    )
    return rows.join(sales.families(), on="item", how="left", maintain_order="left")


def line_rows(found: PlanVersion, *, family: str = "", period: date | None = None) -> QuerySet[PlanLine]:
    """A version's lines as records, for a page: of one family (at any level) and month."""
    rows = PlanLine.objects.filter(version=found).select_related("item", "item__family")
    if period:
        rows = rows.filter(period=period)
    if family:
        within = sales.families().filter((pl.col("top") == family) | (pl.col("family") == family))
        rows = rows.filter(item__code__in=within["item"].to_list())
    return rows


def by_family(plan: pl.DataFrame) -> pl.DataFrame:
    """Plan lines summed by top family and month; whole cents, so the rows foot to the total."""
    sums = [pl.col(name).sum() for name in (*UNITS, *MONEY)]
    return plan.group_by("top", "top_name", "period").agg(sums).sort("top", "period")


def by_month(plan: pl.DataFrame) -> pl.DataFrame:
    """Plan lines summed by month."""
    return plan.group_by("period").agg(pl.col(name).sum() for name in (*UNITS, *MONEY)).sort("period")


def sellable_cents(found: PlanVersion, month: date) -> int:
    """What a plan can deliver in one month, in whole cents; a month outside the plan has no answer."""
    if month not in months(found):
        raise NotFound(_("This plan does not reach into that month."))
    return int(lines_of_month(found, month)["revenue_cents"].sum())


def demand_cents(found: PlanVersion, month: date) -> int:
    """What the market wishes in one month of a plan, in whole cents."""
    return int(lines_of_month(found, month)["demand_cents"].sum())


def lines_of_month(found: PlanVersion, month: date) -> pl.DataFrame:
    """The money of one month of a plan: ``item, demand_cents, revenue_cents``."""
    return tables.read(
        PlanLine.objects.filter(version=found, period=month),
        item="item__code",
        demand_cents="demand_cents",
        revenue_cents="revenue_cents",
    )


def months(found: PlanVersion) -> list[date]:
    """The months a version plans."""
    return month_range(found.start, found.months)


def bottlenecks_in(found: PlanVersion, month: date | None = None) -> list[dict[str, Any]]:
    """What limits a plan (in one month, or ever), the dearest hour first."""
    return [row for row in found.bottlenecks if month is None or row["period"] == month.isoformat()]


def budget(found: PlanVersion) -> pl.DataFrame:
    """The budget over a plan's months by top family: ``top, period, amount_cents, quantity``.

    A figure for the whole company stands under no family, beside those of the families.
    """
    reach = months(found)
    tops = sales.families().select("family", "top").drop_nulls("family").unique("family")
    whole = pl.col("family").is_null()
    return (
        budget_frame(reach[0], reach[-1])
        .join(tops, on="family", how="left")
        .with_columns(pl.when(whole).then(None).otherwise(pl.coalesce("top", "family")).alias("top"))
        .group_by("top", "period")
        .agg(
            pl.col("amount_cents").sum(),
            pl.when(pl.col("quantity").is_null().any())
            .then(None)
            .otherwise(pl.col("quantity").sum())
            .alias("quantity"),
        )
        .sort("top", "period", nulls_last=True)
    )


def fingerprint(*frames: pl.DataFrame) -> str:
    """One hash of some tables' contents, whatever the order of their rows."""
    body = hashlib.sha256()
    for frame in frames:
        ordered = frame.select(sorted(frame.columns))
        body.update(ordered.sort(ordered.columns).write_csv().encode())
    return body.hexdigest()


def without_secrets(rows: pl.DataFrame, seen_by: User) -> pl.DataFrame:
    """Costs, margins and stock values leave the table for those whose role may not see them."""
    hidden = [name for name in (*SECRET, "unit_cost_cents") if name in rows.columns]
    return rows if seen_by.may("see cost") else rows.drop(hidden)
