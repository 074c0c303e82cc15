"""Supply orders as they stand: the order as placed, read with what was decided about it since."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from einklang.kernel import clock, tables
from einklang.kernel.errors import NotFound
from einklang.orders.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    SupplyChange,
    SupplyDecision,
    WorkOrder,
    WorkOrderStep,
)

SupplyOrder = WorkOrder | PurchaseOrderLine
Kind = SupplyDecision.Kind
WAITING = (PurchaseOrder.State.PENDING, PurchaseOrder.State.APPROVED)


@dataclass(frozen=True, slots=True)
class Standing:
    """One supply order as it stands: what is still to come of it, and when."""

    reference: str
    item: str
    kind: str
    quantity: Decimal
    due_on: date
    is_open: bool


def arrived(order: SupplyOrder) -> Decimal:
    """What has come of an order, good or not."""
    if isinstance(order, WorkOrder):
        return Decimal(order.stocked) + Decimal(order.scrapped)
    return Decimal(order.received)


def missing(order: SupplyOrder) -> Decimal:
    """What is still to come of an order."""
    if isinstance(order, WorkOrder):
        return Decimal(order.quantity) - Decimal(order.stocked) - Decimal(order.scrapped)
    return Decimal(order.quantity) - Decimal(order.received)


def order_of(change: SupplyChange) -> SupplyOrder:
    """The order that a change is about."""
    found = change.work_order or change.purchase_line
    if found is None:
        raise NotFound(_("There is no such order."))
    return found


def named(change: SupplyChange) -> str:
    """The order of a change as people call it: its number and its item."""
    order = order_of(change)
    number = order.number if isinstance(order, WorkOrder) else order.order.number
    return f"{number} {order.item.code}"


def begun(decision: SupplyDecision) -> QuerySet[WorkOrderStep, int | None]:
    """The work orders of a release on which somebody has begun to work."""
    if decision.kind != Kind.RELEASED:
        return WorkOrderStep.objects.none().values_list("work_order_id", flat=True)
    started = WorkOrderStep.objects.filter(work_order__changes__decision=decision, started_on__isnull=False)
    return started.values_list("work_order_id", flat=True)


def standing_of(order: SupplyOrder) -> Standing:
    """One order with everything decided about it."""
    due_on, comes = order.due_on, True
    for change in live_changes(clock.today()).filter(**_key(order)):
        due_on, comes = change.due_on or due_on, change.due_on is not None
    withdrawn = SupplyChange.objects.filter(
        **_key(order), decision__kind=Kind.RELEASED, decision__undone_by__isnull=False
    )
    is_work = isinstance(order, WorkOrder)
    waits = order.ended_on is None if isinstance(order, WorkOrder) else order.order.state in WAITING
    return Standing(
        reference=order.number if isinstance(order, WorkOrder) else order.order.number,
        item=order.item.code,
        kind="make" if is_work else "buy",
        quantity=missing(order),
        due_on=due_on,
        is_open=waits and comes and missing(order) > 0 and not withdrawn.exists(),
    )


def _key(order: SupplyOrder) -> dict[str, int]:
    return {"work_order_id" if isinstance(order, WorkOrder) else "purchase_line_id": order.pk}


def live_changes(until: date) -> QuerySet[SupplyChange]:
    """What holds of all decisions made up to a day, oldest first: those not taken back by then."""
    made = SupplyChange.objects.filter(decision__made_on__lte=until)
    taken_back = Q(decision__undone_by__made_on__lte=until)
    return made.exclude(taken_back).order_by("decision_id", "id")


def supply_order(reference: str, item: str) -> SupplyOrder:
    """The open work order, or line of a purchase order, by its number and item."""
    made = WorkOrder.objects.select_related("item").filter(number=reference, item__code=item).first()
    if made is not None:
        return made
    lines = PurchaseOrderLine.objects.select_related("item", "order__supplier")
    here = lines.filter(order__number=reference, item__code=item)
    bought = here.filter(received__lt=F("quantity")).order_by("due_on").first() or here.first()
    if bought is None:
        said = {"reference": reference, "item": item}
        raise NotFound(_("There is no order %(reference)s of %(item)s on its way.") % said)
    return bought


def decision(decision_id: int) -> SupplyDecision:
    """One decision about supply orders, with the orders it concerns."""
    found = decisions().filter(pk=decision_id).first()
    if found is None:
        raise NotFound(_("There is no such decision."))
    return found


def decisions() -> QuerySet[SupplyDecision]:
    """What was decided about supply orders, newest first; what was taken back is among them."""
    return SupplyDecision.objects.select_related("made_by", "undone_by__made_by").prefetch_related(
        "changes__work_order__item", "changes__purchase_line__item", "changes__purchase_line__order__supplier"
    )


def decisions_about(order: SupplyOrder) -> QuerySet[SupplyDecision]:
    """What was decided about one order, newest first."""
    name = "changes__work_order" if isinstance(order, WorkOrder) else "changes__purchase_line"
    return decisions().filter(**{name: order}).distinct()


def later_decision(than: SupplyDecision) -> SupplyDecision | None:
    """The newest decision after another that still holds and concerns one of the same orders."""
    same = Q(changes__work_order__in=than.changes.exclude(work_order=None).values("work_order")) | Q(
        changes__purchase_line__in=than.changes.exclude(purchase_line=None).values("purchase_line")
    )
    found = decisions().filter(same, pk__gt=than.pk, undone_by__isnull=True)
    return found.distinct().first()


def decided(until: date) -> pl.DataFrame:
    """What decisions made up to a day mean: ``kind, order_id, released_on, gone, due``.

    ``kind`` is make or buy and ``order_id`` the number of the work order or purchase line; ``released_on`` is
    the day it was released here (blank: it came from outside), ``gone`` says that it no longer comes, and
    ``due`` is the day it was moved to (blank: as placed).
    """
    rows = tables.read(
        SupplyChange.objects.filter(decision__made_on__lte=until).order_by("decision_id", "id"),
        work_order="work_order_id",
        line="purchase_line_id",
        due="due_on",
        what="decision__kind",
        made_on="decision__made_on",
        undone_on="decision__undone_by__made_on",
    )
    taken_back = pl.col("undone_on").is_not_null() & (pl.col("undone_on") <= until)
    released = pl.col("what") == Kind.RELEASED.value
    holds = ~taken_back
    return (
        rows.with_columns(
            kind=pl.when(pl.col("work_order").is_not_null()).then(pl.lit("make")).otherwise(pl.lit("buy")),
            order_id=pl.coalesce("work_order", "line"),
        )
        .group_by("kind", "order_id", maintain_order=True)
        .agg(
            released_on=pl.col("made_on").filter(released).first(),
            gone=((released & taken_back) | (holds & pl.col("due").is_null())).any(),
            due=pl.col("due").filter(holds & pl.col("due").is_not_null()).last(),
        )
    )
