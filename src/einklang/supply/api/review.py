"""What needs attention in a supply plan, over JSON."""

from datetime import date
from typing import Any

from ninja import Field, Router, Schema

from einklang.people.http import UserRequest
from einklang.supply import actions, queries
from einklang.supply.api.parts import Limit, PageOf, seen
from einklang.web.api import REFUSALS, Strict, window

router = Router(tags=["supply"])


class ExceptionOut(Schema):
    """One exception as a sentence, with its figures."""

    id: int
    kind: str
    item: str | None
    resource: str | None
    period: date | None
    quantity: float
    reference: str
    sentence: str
    handled: str | None


class ReasonIn(Strict):
    """How an exception was handled."""

    reason: str = Field(min_length=1, max_length=300)


class Exceptions(PageOf):
    """Exceptions."""

    rows: list[ExceptionOut]


@router.get("/supply/runs/{run_id}/exceptions", response={200: Exceptions, **REFUSALS})
def list_exceptions(
    request: UserRequest,
    run_id: int,
    kind: str = "",
    state: str = "",
    after: str | None = None,
    limit: Limit = 500,
) -> object:
    """What needs attention, in sentences; ``state`` is open, handled, or empty for both."""
    found = queries.exceptions(seen(run_id, request), kind=kind, state=state)
    rows, cursor = window(found, after=after, limit=limit)
    money = request.user.may("see cost")
    return {"rows": [_exception(one, with_money=money) for one in rows], "next": cursor}


def _exception(one: Any, *, with_money: bool) -> dict[str, Any]:
    handling = getattr(one, "handling", None)
    return {
        "id": one.pk,
        "kind": one.kind,
        "item": one.item.code if one.item else None,
        "resource": one.work_centre.code if one.work_centre else None,
        "period": one.period,
        "quantity": one.quantity,
        "reference": one.reference,
        "sentence": queries.exception_sentence(one, with_money=with_money),
        "handled": handling.reason if handling else None,
    }


@router.post("/supply/exceptions/{exception_id}/handle", response={200: ExceptionOut, **REFUSALS})
def handle(request: UserRequest, exception_id: int, body: ReasonIn) -> object:
    """Mark an exception as dealt with, and say how."""
    actions.handle(queries.exception(exception_id), body.reason, by=request.user)
    return _exception(queries.exception(exception_id), with_money=request.user.may("see cost"))
