"""Supply orders: released from a plan, moved, cancelled, and each of these taken back.

The order stays as it was placed. What is decided afterwards is a decision with one change for each order it
concerns; ``orders.queries.open_supply`` reads orders together with their decisions.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.catalog.models import RoutingStep
from einklang.engine.money import cents
from einklang.kernel import clock, journal, locks
from einklang.kernel.errors import Refused
from einklang.orders import queries
from einklang.orders.actions.wanted import Placing, Released, ToRelease, checked
from einklang.orders.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    SupplyChange,
    SupplyDecision,
    WorkOrder,
    WorkOrderStep,
)
from einklang.orders.queries import SupplyOrder
from einklang.people.models import User

Kind = SupplyDecision.Kind
Order = tuple[Placing, str, SupplyOrder]
"""A row that was placed, the number it stands under, and the order itself."""


@transaction.atomic
def release(wanted: Sequence[ToRelease], reason: str = "", *, by: User) -> list[Released]:
    """Order what a plan asks for: one purchase order a supplier, one work order each for what is made.

    Every row is answered, in the order given; those that cannot be ordered say why. If none can, it is
    refused with the first of these sentences.
    """
    by.must("release orders")
    if not wanted:
        raise Refused(_("Choose at least one order to release."), status=422)
    rows = checked(wanted)
    good = [row for row in rows if isinstance(row, Placing)]
    bad = [row for row in rows if isinstance(row, Released)]
    if not good:
        raise Refused(bad[0].sentence, status=422)
    placed = _bought([one for one in good if one.wanted.supplier], by)
    placed += _made([one for one in good if not one.wanted.supplier])
    decision, changes = _decide(
        Kind.RELEASED, [(order, one.due) for one, _number, order in placed], reason, by
    )
    told = {
        id(one): Released(one.wanted.name, True, one.sentence(number), number, change, one.is_late)
        for (one, number, _order), change in zip(placed, changes, strict=True)
    }
    journal.record(
        "orders.supply_released",
        about=decision,
        by=by,
        orders=[f"{number} {one.wanted.item}" for one, number, _order in placed],
        refused=len(bad),
    )
    return [row if isinstance(row, Released) else told[id(row)] for row in rows]


@transaction.atomic
def reschedule(order: SupplyOrder, due_on: date, reason: str, *, by: User) -> SupplyDecision:
    """Agree another day on which an open order is due."""
    by.must("release orders")
    standing = _open(order)
    if due_on < clock.today():
        raise Refused(_("An order cannot be moved into the past."), status=422)
    if due_on == standing.due_on:
        raise Refused(_("%(order)s is due that day already.") % {"order": standing.reference})
    decision, _changes = _decide(Kind.MOVED, [(order, due_on)], reason, by)
    journal.record(
        "orders.supply_moved",
        about=decision,
        by=by,
        order=standing.reference,
        item=standing.item,
        before=standing.due_on,
        after=due_on,
        reason=decision.reason,
    )
    return decision


@transaction.atomic
def cancel_supply(order: SupplyOrder, reason: str, *, by: User) -> SupplyDecision:
    """Cancel what has not come yet of an open order; what came stays."""
    by.must("release orders")
    if not reason.strip():
        raise Refused(_("Say why the order is cancelled."), status=422)
    standing = _open(order)
    decision, _changes = _decide(Kind.CANCELLED, [(order, None)], reason, by)
    journal.record(
        "orders.supply_cancelled",
        about=decision,
        by=by,
        order=standing.reference,
        item=standing.item,
        quantity=standing.quantity,
        reason=decision.reason,
    )
    return decision


@transaction.atomic
def undo(decision: SupplyDecision, *, by: User) -> SupplyDecision:
    """Take a decision back, as long as nothing has come of its orders since and no later one builds on it."""
    by.must("release orders")
    decision = SupplyDecision.objects.select_for_update().get(pk=decision.pk)
    if decision.kind == Kind.UNDONE:
        raise Refused(_("What was taken back is decided anew, not taken back again."))
    changes = list(
        decision.changes.select_related("work_order__item", "purchase_line__order", "purchase_line__item")
    )
    _lock([queries.order_of(change) for change in changes])
    if SupplyDecision.objects.filter(undoes=decision).exists():
        raise Refused(_("Somebody took this back already."))
    if later := queries.later_decision(decision):
        raise Refused(
            _("%(order)s was changed again since: take that back first.")
            % {"order": queries.named(later.changes.all()[0])}
        )
    begun = set(queries.begun(decision))
    for change in changes:
        if queries.arrived(queries.order_of(change)) != change.arrived or change.work_order_id in begun:
            raise Refused(
                _("Something has come of %(order)s since, so it stays.") % {"order": queries.named(change)}
            )
    taken_back, _none = _decide(Kind.UNDONE, [], "", by, undoes=decision)
    journal.record(
        "orders.supply_undone",
        about=taken_back,
        by=by,
        kind=decision.kind,
        orders=[queries.named(change) for change in changes],
    )
    return taken_back


def _open(order: SupplyOrder) -> queries.Standing:
    """An order as it stands now, locked; one that no longer comes cannot be changed."""
    _lock([order])
    order.refresh_from_db()
    standing = queries.standing_of(order)
    if not standing.is_open:
        raise Refused(_("%(order)s is not open any more.") % {"order": standing.reference})
    return standing


def _lock(orders: Sequence[SupplyOrder]) -> None:
    """Hold orders until the transaction ends, always in one order of names."""
    locks.one_at_a_time(*(f"{order._meta.label}:{order.pk}" for order in orders))


def _decide(
    kind: str,
    orders: Sequence[tuple[SupplyOrder, date | None]],
    reason: str,
    by: User,
    undoes: SupplyDecision | None = None,
) -> tuple[SupplyDecision, list[SupplyChange]]:
    """Keep a decision and what it means for each order."""
    decision = SupplyDecision.objects.create(
        kind=kind,
        reason=reason.strip()[:300],
        undoes=undoes,
        made_on=clock.today(),
        made_at=clock.now(),
        made_by=by,
    )
    changes = [
        SupplyChange(
            decision=decision,
            work_order=order if isinstance(order, WorkOrder) else None,
            purchase_line=order if isinstance(order, PurchaseOrderLine) else None,
            due_on=due_on,
            arrived=queries.arrived(order),
        )
        for order, due_on in orders
    ]
    return decision, SupplyChange.objects.bulk_create(changes)


def _bought(placings: Sequence[Placing], by: User) -> list[Order]:
    """One purchase order for each supplier and currency, with a line for each row."""
    shares: dict[tuple[int, str], list[Placing]] = {}
    for one in placings:
        shares.setdefault((one.supplier_id, one.currency), []).append(one)
    found: list[Order] = []
    for number, ((supplier, currency), rows) in zip(
        _numbers(PurchaseOrder, "P-", len(shares)), shares.items(), strict=True
    ):
        amounts = [cents(one.wanted.quantity * Decimal(one.price_cents) / 100) for one in rows]
        order = PurchaseOrder.objects.create(
            number=number,
            supplier_id=supplier,
            buyer=by,
            state=PurchaseOrder.State.APPROVED,
            ordered_on=clock.today(),
            currency=currency,
            subtotal_cents=sum(amounts),
        )
        lines = PurchaseOrderLine.objects.bulk_create(
            PurchaseOrderLine(
                order=order,
                line_number=place,
                item_id=one.item_id,
                quantity=one.wanted.quantity,
                due_on=one.due,
                price_cents=one.price_cents,
                amount_cents=amount,
            )
            for place, (one, amount) in enumerate(zip(rows, amounts, strict=True), start=1)
        )
        found += [(one, number, line) for one, line in zip(rows, lines, strict=True)]
    return found


def _made(placings: Sequence[Placing]) -> list[Order]:
    """One work order for each row, with the steps of its routing."""
    orders = WorkOrder.objects.bulk_create(
        WorkOrder(
            number=number,
            item_id=one.item_id,
            quantity=one.wanted.quantity,
            starts_on=one.start,
            due_on=one.due,
        )
        for one, number in zip(placings, _numbers(WorkOrder, "W-", len(placings)), strict=True)
    )
    routes: dict[int, list[RoutingStep]] = {}
    for step in catalog.routing_steps(sorted({one.item_id for one in placings})):
        routes.setdefault(step.item_id, []).append(step)
    WorkOrderStep.objects.bulk_create(
        WorkOrderStep(
            work_order=order,
            sequence=step.sequence,
            work_centre_id=step.work_centre_id,
            planned_start=order.starts_on,
            planned_end=order.due_on,
            planned_cost_cents=round(
                (step.setup_hours + step.hours_per_unit * order.quantity)
                * step.work_centre.cost_per_hour_cents
            ),
        )
        for order in orders
        for step in routes.get(order.item_id, [])
    )
    return [(one, order.number, order) for one, order in zip(placings, orders, strict=True)]


def _numbers(model: type[PurchaseOrder] | type[WorkOrder], letter: str, count: int) -> list[str]:
    """The next free numbers of a kind of order."""
    if not count:
        return []
    locks.one_at_a_time(f"{model._meta.label}.number")
    known = model.objects.filter(number__regex=rf"^{letter}[0-9]+$").order_by("-pk")
    last = known.values_list("number", flat=True).first()
    first = int(last[len(letter) :]) + 1 if last else 100001
    return [f"{letter}{number}" for number in range(first, first + count)]
