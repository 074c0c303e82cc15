"""What could be done about exceptions: each mend with the figures it would change."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from math import ceil
from typing import Any

import polars as pl
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.engine.periods import add_months, month_end
from einklang.engine.supply.capacity import bill_of_hours
from einklang.kernel import clock, tables
from einklang.supply.models import PlanException, PlannedOrder, Release, Remedy, SupplyRun
from einklang.supply.queries.policies import standing
from einklang.supply.queries.runs import latest, load_frame
from einklang.supply.remedies import MENDS, MORE_HOURS, MOST_HOURS
from einklang.web import formats

Kind = Remedy.Kind
ON_ORDERS = (Kind.SOONER, Kind.LATER, Kind.EXPECT, Kind.CANCEL)


@dataclass(frozen=True, slots=True)
class Mend:
    """One thing that could be done about one exception; ``change`` are the figures before and after."""

    kind: str
    change: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What the button says."""
        return str(Kind(self.kind).label)

    @property
    def sentence(self) -> str:
        """What it would do."""
        return change_sentence(self.kind, self.change)


@dataclass(frozen=True, slots=True)
class Known:
    """What the mends of some exceptions rest on, read once for all of them."""

    run: SupplyRun
    today: date
    safety: dict[str, float]
    planned: dict[str, list[dict[str, Any]]]
    loads: pl.DataFrame
    hours: pl.DataFrame


def mends(of: SupplyRun, rows: Sequence[PlanException]) -> dict[int, list[Mend]]:
    """What could be done about each of these exceptions, the most usual first, by the exception's number.

    Orders, hours and stocks are real: only the newest plan as agreed is worked on, no older one and no
    what-if.
    """
    if not is_worked(of):
        return {one.pk: [] for one in rows}
    known = _known(of, rows)
    return {
        one.pk: [
            made for kind in MENDS.get(one.kind, ()) if (made := MAKERS[kind](known, one, kind)) is not None
        ]
        for one in rows
    }


def is_worked(of: SupplyRun) -> bool:
    """Whether a plan is the one whose exceptions are mended: the newest as agreed."""
    newest = latest()
    return newest is not None and newest.pk == of.pk


def _known(of: SupplyRun, rows: Sequence[PlanException]) -> Known:
    codes = sorted({one.item.code for one in rows if one.item})
    wanted = {kind for one in rows for kind in MENDS.get(one.kind, ())}
    policies = standing().filter(item__code__in=codes).values_list("item__code", "safety_stock")
    return Known(
        of,
        clock.today(),
        dict(policies),
        _to_release(of, codes) if Kind.RELEASE in wanted else {},
        load_frame(of) if Kind.HOURS in wanted else pl.DataFrame(),
        _hours(of, codes) if Kind.HOURS in wanted and codes else pl.DataFrame(),
    )


def _to_release(of: SupplyRun, codes: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Planned orders by item that were not placed yet, the most pressing first."""
    placed = Release.objects.filter(planned_order=OuterRef("pk"), change__decision__undone_by=None)
    rows = tables.read(
        PlannedOrder.objects.filter(~Exists(placed), run=of, item__code__in=codes).order_by(
            "-late_months", "release", "id"
        ),
        item="item__code",
        order="order",
        quantity="quantity",
        release="release",
        late_months="late_months",
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows.iter_rows(named=True):
        found.setdefault(row["item"], []).append(row)
    return found


def _hours(of: SupplyRun, codes: list[str]) -> pl.DataFrame:
    """Hours a unit of each item takes at each work centre, its parts' hours included."""
    bom = catalog.bom_frame(month_end(of.as_of))
    return bill_of_hours(bom, catalog.routing_frame().select("item", "resource", "hours"), codes)


def _moved(known: Known, one: PlanException, kind: str) -> Mend | None:
    """Another day for an open order, in the month where the plan needs it or counts it.

    Its first day, so that it is there when it is needed; its last where the month has begun.
    """
    first = add_months(known.run.as_of, 1)
    month = {Kind.SOONER: one.period, Kind.LATER: one.until}.get(Kind(kind)) or first
    due = month if month > known.today else max(known.today, month_end(month))
    before = one.until if kind == Kind.SOONER else one.period
    return Mend(kind, {**_order(one), "before": _iso(before), "after": due.isoformat()})


def _cancelled(known: Known, one: PlanException, kind: str) -> Mend | None:
    return Mend(kind, _order(one)) if one.reference else None


def _order(one: PlanException) -> dict[str, Any]:
    code = one.item.code if one.item else ""
    return {"reference": one.reference, "item": code, "quantity": one.quantity}


def _released(known: Known, one: PlanException, kind: str) -> Mend | None:
    """The planned order it names, or those of its item that should have started; else the next one."""
    waiting = known.planned.get(one.item.code, []) if one.item else []
    named = [row for row in waiting if row["order"] == one.reference]
    late = [row for row in waiting if row["late_months"]]
    chosen = named or late or waiting[:1]
    if not chosen:
        return None
    quantity = sum(row["quantity"] for row in chosen)
    orders = [row["order"] for row in chosen]
    return Mend(kind, {"item": chosen[0]["item"], "orders": orders, "quantity": quantity})


def _more_hours(known: Known, one: PlanException, kind: str) -> Mend | None:
    """Hours at the work centre that limits: as many as the lost units take, or a part of its month."""
    full = known.loads.filter(pl.col("shadow_price") > 0.005)
    if one.work_centre:
        full = full.filter(pl.col("resource") == one.work_centre.code).with_columns(hours=pl.lit(0.0))
    elif one.item and known.hours.height:
        a_unit = known.hours.filter(pl.col("item") == one.item.code).select("resource", "hours")
        full = full.filter(pl.col("period") <= (one.until or one.period)).join(a_unit, on="resource")
    else:
        return None
    if full.is_empty():
        return None
    row = full.sort("shadow_price", "period", descending=[True, False]).row(0, named=True)
    asked = one.quantity * row["hours"] if row["hours"] else MORE_HOURS * row["capacity"]
    hours = ceil(min(asked, MOST_HOURS * row["capacity"]))
    if hours < 1:
        return None
    month = row["period"].isoformat()
    return Mend(kind, {"centre": row["resource"], "name": row["name"], "month": month, "hours": float(hours)})


def _other_safety(known: Known, one: PlanException, kind: str) -> Mend | None:
    """A safety stock that covers what is missing, or that asks for no more than there will be."""
    before = known.safety.get(one.item.code) if one.item else None
    if before is None or one.item is None:
        return None
    after = before + one.quantity if kind == Kind.MORE_SAFETY else max(0.0, before - one.quantity)
    after = float(ceil(after)) if kind == Kind.MORE_SAFETY else float(int(after))
    if after == before:
        return None
    return Mend(kind, {"item": one.item.code, "before": before, "after": after})


MAKERS = {
    **dict.fromkeys((Kind.SOONER.value, Kind.LATER.value, Kind.EXPECT.value), _moved),
    Kind.CANCEL.value: _cancelled,
    Kind.RELEASE.value: _released,
    Kind.HOURS.value: _more_hours,
    Kind.MORE_SAFETY.value: _other_safety,
    Kind.LESS_SAFETY.value: _other_safety,
}


def change_sentence(kind: str, change: dict[str, Any]) -> str:
    """What a remedy changes, or would change, from its figures."""
    said = dict(change)
    if kind in ON_ORDERS:
        said |= {"quantity": formats.quantity(change["quantity"], 0)}
    if kind in (Kind.SOONER, Kind.LATER, Kind.EXPECT):
        said |= {"after": formats.day(date.fromisoformat(change["after"]))}
        return _("%(reference)s (%(quantity)s %(item)s) is due on %(after)s.") % said
    if kind == Kind.CANCEL:
        return _("%(reference)s (%(quantity)s %(item)s) no longer comes.") % said
    if kind == Kind.RELEASE:
        said |= {
            "quantity": formats.quantity(change["quantity"], 0),
            "orders": ", ".join(change["orders"][:3]),
        }
        return _("%(quantity)s %(item)s are ordered now: %(orders)s.") % said
    if kind == Kind.HOURS:
        said |= {
            "hours": formats.quantity(change["hours"], 0),
            "month": formats.month(date.fromisoformat(change["month"])),
        }
        return _("%(hours)s more hours of overtime at %(name)s in %(month)s, from the next plan on.") % said
    if kind in (Kind.MORE_SAFETY, Kind.LESS_SAFETY):
        said |= {name: formats.quantity(change[name], 0) for name in ("before", "after")}
        return _("Safety stock of %(item)s: %(after)s instead of %(before)s, from the next plan on.") % said
    return ""


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
