"""What needs attention in a supply plan, over JSON: what would mend it, doing so, and taking it back."""

from datetime import date
from typing import Annotated, Any, Literal

from ninja import Field, Router, Schema

from einklang.people.http import UserRequest
from einklang.supply import actions, queries
from einklang.supply.api.parts import Limit, PageOf, seen
from einklang.web.api import REFUSALS, Strict, window
from einklang.web.values import Day

router = Router(tags=["supply"])

Mending = Literal[
    "sooner", "later", "expect", "cancel", "release", "hours", "more_safety", "less_safety", "accept"
]
Number = Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]


class ProposalOut(Schema):
    """One thing that could be done about an exception, and what it would change."""

    kind: str
    sentence: str


class ExceptionOut(Schema):
    """One exception as a sentence, with its figures, what could be done about it and how it was handled."""

    id: int
    kind: str
    item: str | None
    resource: str | None
    period: date | None
    quantity: float
    reference: str
    waiting: str
    sentence: str
    proposals: list[ProposalOut]
    handled: str | None


class ReasonIn(Strict):
    """How an exception was handled."""

    reason: str = Field(min_length=1, max_length=300)


class MendIn(Strict):
    """What to do about an exception; hours and due stand in for those proposed."""

    kind: Mending
    reason: str = Field("", max_length=300)
    hours: float | None = Field(None, gt=0, le=1e6)
    due: Day | None = None


class MendSeveralIn(Strict):
    """Several exceptions; without a kind each gets what is proposed first."""

    exceptions: list[Number] = Field(min_length=1, max_length=500)
    kind: Mending | None = None
    reason: str = Field("", max_length=300)


class RemedyOut(Schema):
    """What was done about an exception; ``undone_at`` says when it was taken back."""

    id: int
    exception: int
    kind: str
    reason: str
    sentence: str
    by: str
    at: str
    undone_at: str | None


class MendedOut(Schema):
    """What became of one of several exceptions."""

    exception: int
    ok: bool
    sentence: str
    remedy: int | None


class Exceptions(PageOf):
    """Exceptions."""

    rows: list[ExceptionOut]


class Remedies(PageOf):
    """What was done."""

    rows: list[RemedyOut]


@router.get("/supply/runs/{run_id}/exceptions", response={200: Exceptions, **REFUSALS})
def list_exceptions(
    request: UserRequest,
    run_id: int,
    kind: str = "",
    state: str = "",
    item: str = "",
    family: str = "",
    buyer: str = "",
    centre: str = "",
    after: str | None = None,
    limit: Limit = 500,
) -> object:
    """What needs attention, in sentences; ``state`` is open, handled, or empty for both."""
    run = seen(run_id, request)
    asked = queries.Narrowed(kind, item, family, buyer, centre, state)
    rows, cursor = window(queries.worklist(run, asked, seen_by=request.user), after=after, limit=limit)
    told = queries.rows(run, rows, seen_by=request.user)
    return {"rows": [_exception(row) for row in told], "next": cursor}


def _exception(row: queries.Row) -> dict[str, Any]:
    one, handling = row.exception, getattr(row.exception, "handling", None)
    return {
        "id": one.pk,
        "kind": one.kind,
        "item": one.item.code if one.item else None,
        "resource": one.work_centre.code if one.work_centre else None,
        "period": one.period,
        "quantity": one.quantity,
        "reference": one.reference,
        "waiting": one.waiting,
        "sentence": row.sentence,
        "proposals": [{"kind": mend.kind, "sentence": mend.sentence} for mend in row.mends],
        "handled": handling.reason if handling else None,
    }


@router.post("/supply/exceptions/{exception_id}/handle", response={200: ExceptionOut, **REFUSALS})
def handle(request: UserRequest, exception_id: int, body: ReasonIn) -> object:
    """Mark an exception as dealt with, and say how."""
    actions.handle(queries.exception(exception_id), body.reason, by=request.user)
    one = queries.exception(exception_id)
    return _exception(queries.rows(one.run, [one], seen_by=request.user)[0])


@router.post("/supply/exceptions/{exception_id}/mend", response={200: RemedyOut, **REFUSALS})
def mend(request: UserRequest, exception_id: int, body: MendIn) -> object:
    """Do what a proposal says: move, cancel or release orders, allow hours, set a safety stock, or accept."""
    one = queries.exception(exception_id)
    return _remedy(actions.mend(one, body.kind, body.reason, hours=body.hours, due=body.due, by=request.user))


@router.post("/supply/exceptions/mend", response={200: list[MendedOut], **REFUSALS})
def mend_several(request: UserRequest, body: MendSeveralIn) -> object:
    """Mend several exceptions; each is answered, in the order given."""
    wanted = [(number, body.kind or "") for number in body.exceptions]
    told = actions.mend_several(wanted, body.reason, by=request.user)
    return [
        {**{name: getattr(one, name) for name in ("exception", "ok", "sentence")}, "remedy": _number(one)}
        for one in told
    ]


def _number(one: actions.Mended) -> int | None:
    return one.remedy.pk if one.remedy else None


@router.get("/supply/runs/{run_id}/remedies", response={200: Remedies, **REFUSALS})
def list_remedies(request: UserRequest, run_id: int, after: str | None = None, limit: Limit = 500) -> object:
    """What was done about the exceptions of a plan, taken back or not."""
    found = queries.remedies(seen(run_id, request), seen_by=request.user)
    rows, cursor = window(found, after=after, limit=limit)
    return {"rows": [_remedy(one) for one in rows], "next": cursor}


@router.post("/supply/remedies/{remedy_id}/undo", response={200: RemedyOut, **REFUSALS})
def undo_remedy(request: UserRequest, remedy_id: int) -> object:
    """Take back what was done, as long as nothing has come of it since."""
    actions.undo_remedy(queries.remedy(remedy_id), by=request.user)
    return _remedy(queries.remedy(remedy_id))


def _remedy(one: Any) -> dict[str, Any]:
    undo = getattr(one, "undo", None)
    return {
        "id": one.pk,
        "exception": one.exception_id,
        "kind": one.kind,
        "reason": one.reason,
        "sentence": queries.remedy_sentence(one),
        "by": str(one.by),
        "at": one.at.isoformat(),
        "undone_at": undo.at.isoformat() if undo else None,
    }
