"""Planned orders to release, what is on its way, and suppliers, over JSON."""

from datetime import date
from typing import Annotated

from ninja import Field, Router, Schema

from einklang.orders import actions as order_actions
from einklang.orders import queries as orders
from einklang.people.http import UserRequest
from einklang.supply import actions, queries
from einklang.supply.api.parts import seen
from einklang.web.api import REFUSALS, Strict
from einklang.web.values import Day

router = Router(tags=["supply"])


class ProposalOut(Schema):
    """One planned order; ``reference`` is the order it became. Money is null without the right to see it."""

    order: str
    item: str
    kind: str
    supplier: str | None
    centre: str | None
    release: date
    due: date
    quantity: float
    late_months: int
    value_cents: int | None = None
    currency: str | None = None
    state: str
    reference: str | None
    decision: int | None


class ReleaseIn(Strict):
    """Which planned orders to release, by name; ``suppliers`` names another supplier for some of them."""

    orders: Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=2000)]
    suppliers: dict[str, str] = {}


class ReleasedOut(Schema):
    """What became of one planned order."""

    name: str
    ok: bool
    sentence: str
    reference: str


class OnItsWayOut(Schema):
    """One open supply order."""

    reference: str
    item: str
    kind: str
    supplier: str | None
    quantity: float
    due: date
    placed_due: date
    days_late: int


class MoveIn(Strict):
    """Another due day, and why."""

    due_on: Day
    reason: Annotated[str, Field(max_length=300)] = ""


class WhyIn(Strict):
    """Why an order is cancelled."""

    reason: Annotated[str, Field(min_length=1, max_length=300)]


class DecisionOut(Schema):
    """One decision about supply orders."""

    id: int
    kind: str
    reason: str
    made_on: date
    sentence: str


class RecordOut(Schema):
    """How a supplier kept to its days in the last year: both counts, and the mean of days late."""

    judged: int
    in_time: int
    share: float | None
    days_late: float | None


class SupplierOut(Schema):
    """One supplier: what is planned to be ordered, what is open and overdue, and its record."""

    code: str
    name: str
    items: int
    planned: int
    open: int
    overdue: int
    record: RecordOut


def _decision(found: orders.SupplyDecision) -> dict[str, object]:
    return {
        "id": found.pk,
        "kind": found.kind,
        "reason": found.reason,
        "made_on": found.made_on,
        "sentence": queries.decision_sentence(found),
    }


@router.get("/supply/runs/{run_id}/proposals", response={200: list[ProposalOut], **REFUSALS})
def proposals(
    request: UserRequest, run_id: int, kind: str = "", supplier: str = "", centre: str = "", state: str = ""
) -> object:
    """Planned orders with supplier or work centre, and the order each became."""
    found = queries.proposals(
        seen(run_id, request), seen_by=request.user, kind=kind, supplier=supplier, centre=centre, state=state
    )
    return list(found.iter_rows(named=True))


@router.post("/supply/runs/{run_id}/release", response={200: list[ReleasedOut], **REFUSALS})
def release(request: UserRequest, run_id: int, body: ReleaseIn) -> object:
    """Release planned orders of the newest plan; each is answered."""
    return actions.release(seen(run_id, request), body.orders, by=request.user, suppliers=body.suppliers)


@router.get("/supply/open", response={200: list[OnItsWayOut], **REFUSALS})
def open_supply(request: UserRequest, kind: str = "", supplier: str = "", item: str = "") -> object:
    """What is on its way, by due day."""
    found = queries.on_its_way(seen_by=request.user, kind=kind, supplier=supplier, item=item)
    return list(found.iter_rows(named=True))


@router.post("/supply/open/{reference}/{item}/move", response={200: DecisionOut, **REFUSALS})
def move(request: UserRequest, reference: str, item: str, body: MoveIn) -> object:
    """Agree another due day of an open order."""
    request.user.must("release orders")
    order = orders.supply_order(reference, item)
    return _decision(order_actions.reschedule(order, body.due_on, body.reason, by=request.user))


@router.post("/supply/open/{reference}/{item}/cancel", response={200: DecisionOut, **REFUSALS})
def cancel(request: UserRequest, reference: str, item: str, body: WhyIn) -> object:
    """Cancel what has not come yet of an open order."""
    request.user.must("release orders")
    order = orders.supply_order(reference, item)
    return _decision(order_actions.cancel_supply(order, body.reason, by=request.user))


@router.post("/supply/decisions/{decision_id}/undo", response={200: DecisionOut, **REFUSALS})
def undo(request: UserRequest, decision_id: int) -> object:
    """Take back a release, a move or a cancellation, as long as nothing came of it."""
    request.user.must("release orders")
    return _decision(order_actions.undo(orders.decision(decision_id), by=request.user))


@router.get("/supply/suppliers", response={200: list[SupplierOut], **REFUSALS})
def suppliers(request: UserRequest) -> object:
    """Suppliers with what is planned, what is overdue, and how they kept to their days."""
    return queries.suppliers(seen_by=request.user)
