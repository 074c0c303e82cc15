"""The shop floor over JSON: late deliveries of the schedule, kanban loops, buffers."""

from datetime import date
from typing import Annotated, Literal

from ninja import Query, Router, Schema

from einklang.people.http import UserRequest
from einklang.supply import queries
from einklang.supply.api.parts import seen
from einklang.web.api import REFUSALS

router = Router(tags=["supply"])


class LateOut(Schema):
    """One delivery that comes late, or not at all (``end`` null); ``number`` is the customer's order."""

    order: str
    kind: str
    item: str
    name: str
    quantity: float
    due: date
    end: date | None
    days_late: int | None
    reason: str
    centre: str
    number: str
    account: str


class WeekOut(Schema):
    """Hours and load of a work centre in the week of a Monday."""

    resource: str
    name: str
    period: date
    hours: float
    load: float


class ScheduleOut(Schema):
    """The first weeks of a plan by the day."""

    start: date
    end: date
    deliveries: int
    late: list[LateOut]
    weeks: list[WeekOut]


class LoopOut(Schema):
    """A kanban loop: cards of a container each, from source to target."""

    item: str
    name: str
    kind: str
    daily: float
    days: float
    container: float
    cards: int
    most_stock: float
    source: str
    target: str


class BufferOut(Schema):
    """A DDMRP buffer where it stands; ``order`` is what its net flow proposes."""

    item: str
    name: str
    zone: str
    colour: str
    net_flow: float
    on_hand: float
    incoming: float
    qualified_demand: float
    top_of_red: float
    top_of_yellow: float
    top_of_green: float
    order: float


@router.get("/supply/runs/{run_id}/schedule", response={200: ScheduleOut, **REFUSALS})
def get_schedule(
    request: UserRequest, run_id: int, rank: Literal["priority", "throughput"] = "priority"
) -> object:
    """The first weeks of a plan over finite hours and parts: what comes late and why, load by week."""
    found = queries.scheduled(seen(run_id, request), rank=rank, seen_by=request.user)
    return {
        "start": found.tables.start,
        "end": found.tables.end,
        "deliveries": found.needs.height,
        "late": queries.lates(found, found.late, seen_by=request.user),
        "weeks": found.weeks.to_dicts(),
    }


@router.get("/supply/runs/{run_id}/kanban", response={200: list[LoopOut], **REFUSALS})
def list_loops(
    request: UserRequest,
    run_id: int,
    family: str = "",
    safety: Annotated[float, Query(ge=0, le=3)] = 0.1,
) -> object:
    """Kanban loops sized by a plan's use; ``safety`` is the policy variable, a share."""
    floor = queries.floor(seen(run_id, request), family=family, seen_by=request.user)
    return queries.loops(floor, safety).to_dicts()


@router.get("/supply/runs/{run_id}/buffers", response={200: list[BufferOut], **REFUSALS})
def list_buffers(request: UserRequest, run_id: int, family: str = "") -> object:
    """DDMRP buffers, red first, with the orders their net flow proposes."""
    floor = queries.floor(seen(run_id, request), family=family, seen_by=request.user)
    return queries.buffered(floor).to_dicts()
