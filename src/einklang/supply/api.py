"""Supply over JSON: plans and their months, hours, orders, pegs, exceptions, stock policies."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from ninja import Field, Query, Router, Schema

from einklang.demand import queries as demand
from einklang.kernel import clock, jobs
from einklang.people.http import UserRequest
from einklang.supply import actions, queries
from einklang.supply.levers import BASE, MOST, SCENARIOS, Levers
from einklang.web.api import REFUSALS, JobOut, Strict, window
from einklang.web.values import Day, PositiveUnits

router = Router(tags=["supply"])

Limit = Annotated[int, Query(ge=1, le=1000)]


class SupplyPlanOut(Schema):
    """One supply plan; money is null for those who do not see costs."""

    id: int
    as_of: date
    number: int
    scenario: str
    settings: dict[str, float]
    consensus: int = Field(alias="consensus_id")
    fingerprint: str
    months: int
    currency: str
    is_proven: bool
    objective_cents: int | None
    bound_cents: int | None
    gap: float
    counts: dict[str, int]
    bottlenecks: list[str]


class SupplyPlanIn(Strict):
    """Which plan to make: a ready scenario by its name, or a name of one's own with factors."""

    consensus: int | None = None
    scenario: str = Field(BASE, min_length=1, max_length=60)
    demand_factor: float = Field(1.0, ge=0, le=MOST)
    capacity_factor: float = Field(1.0, ge=0, le=MOST)
    overtime_factor: float = Field(1.0, ge=0, le=MOST)


class PointOut(Schema):
    """One item in one month."""

    item: str = Field(alias="item.code")
    period: date
    is_sold: bool
    demand: float
    make: float
    buy: float
    coming: float
    ship: float
    used: float
    stock: float
    backlog: float
    lost: float
    short: float


class LoadOut(Schema):
    """One work centre in one month; the hour's price is null for those who do not see costs."""

    resource: str
    name: str
    period: date
    capacity: float
    overtime_limit: float
    regular: float
    overtime: float
    load: float
    shadow_price: float | None


class PlannedOrderOut(Schema):
    """One planned order."""

    order: str
    item: str = Field(alias="item.code")
    kind: str
    release: date
    due: date
    quantity: float
    good: float
    late_months: int


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


class PromiseOut(Schema):
    """What can be promised of one item: in_time units by the wished month, the month with all of them.

    ``could`` is the month in which all could be had with ``made`` units beyond the plan.
    """

    item: str
    quantity: Decimal
    wished: date
    state: str
    in_time: float
    promised: date | None
    at_last: float
    until: date
    sentence: str
    could: date | None
    made: float
    obstacle: str
    at: str
    in_addition: str


class PromiseIn(Strict):
    """What a customer asks for; a wish before today counts as today's."""

    item: str = Field(min_length=1, max_length=80)
    quantity: PositiveUnits
    wished_on: Day


class ReasonIn(Strict):
    """How an exception was handled."""

    reason: str = Field(min_length=1, max_length=300)


class PolicyIn(Strict):
    """A safety stock set by hand, and why."""

    safety_stock: float = Field(ge=0, le=1e11)
    reason: str = Field(min_length=1, max_length=300)


class PolicyOut(Schema):
    """The stock policy of one item."""

    item: str = Field(alias="item.code")
    as_of: date
    abc: str
    xyz: str
    service: float
    safety_stock: float
    reorder_point: float
    order_up_to: float
    origin: str
    reason: str


class PageOf(Schema):
    """A cursor that continues after these rows; null at the end."""

    next: str | None


class Runs(PageOf):
    """Plans."""

    rows: list[SupplyPlanOut]


class Points(PageOf):
    """Items by month."""

    rows: list[PointOut]


class PlannedOrders(PageOf):
    """Planned orders."""

    rows: list[PlannedOrderOut]


class Exceptions(PageOf):
    """Exceptions."""

    rows: list[ExceptionOut]


def _told(run: queries.SupplyRun, request: UserRequest) -> dict[str, Any]:
    money = request.user.may("see cost")
    names = SupplyPlanOut.model_fields
    facts = {name: getattr(run, name, None) for name in names if name not in ("consensus", "bottlenecks")}
    return {
        **facts,
        "consensus_id": run.consensus_id,
        "objective_cents": run.objective_cents if money else None,
        "bound_cents": run.bound_cents if money else None,
        "bottlenecks": queries.bottleneck_sentences(run, with_money=money),
    }


def _seen(run_id: int, request: UserRequest) -> queries.SupplyRun:
    request.user.must("see supply")
    return queries.run(run_id)


@router.get("/supply/runs", response={200: Runs, **REFUSALS})
def list_runs(request: UserRequest, after: str | None = None, limit: Limit = 100) -> object:
    """All supply plans, in the order they were made."""
    rows, cursor = window(queries.runs(seen_by=request.user), after=after, limit=limit)
    return {"rows": [_told(run, request) for run in rows], "next": cursor}


@router.post("/supply/runs", response={202: JobOut, **REFUSALS})
def start_run(request: UserRequest, body: SupplyPlanIn) -> object:
    """Plan supply in the background; the job says how far it is."""
    request.user.must("plan supply")
    agreed = demand.agreed(body.consensus) if body.consensus else demand.latest_consensus()
    own = Levers(body.demand_factor, body.capacity_factor, body.overtime_factor)
    ready = SCENARIOS.get(body.scenario)
    job = jobs.enqueue(
        "supply.jobs.plan",
        about=f"Supply plan: {body.scenario}",
        by=request.user,
        consensus=agreed.pk if agreed else 0,
        scenario=body.scenario,
        levers=(ready.levers if ready and not own.changed() else own).changed(),
        username=request.user.username,
    )
    return 202, {"job": str(job.pk)}


@router.get("/supply/runs/{run_id}", response={200: SupplyPlanOut, **REFUSALS})
def one_run(request: UserRequest, run_id: int) -> object:
    """One supply plan."""
    return _told(_seen(run_id, request), request)


@router.get("/supply/runs/{run_id}/plan", response={200: Points, **REFUSALS})
def list_points(
    request: UserRequest, run_id: int, item: str = "", after: str | None = None, limit: Limit = 500
) -> object:
    """What is made, bought, shipped and left in stock, by item and month."""
    rows, cursor = window(queries.points(_seen(run_id, request), item=item), after=after, limit=limit)
    return {"rows": rows, "next": cursor}


@router.get("/supply/runs/{run_id}/loads", response={200: list[LoadOut], **REFUSALS})
def list_loads(request: UserRequest, run_id: int) -> object:
    """Hours by work centre and month."""
    rows = list(queries.load_frame(_seen(run_id, request)).iter_rows(named=True))
    if request.user.may("see cost"):
        return rows
    return [{**row, "shadow_price": None} for row in rows]


@router.get("/supply/runs/{run_id}/orders", response={200: PlannedOrders, **REFUSALS})
def list_orders(
    request: UserRequest, run_id: int, item: str = "", after: str | None = None, limit: Limit = 500
) -> object:
    """Planned orders."""
    rows, cursor = window(queries.orders(_seen(run_id, request), item=item), after=after, limit=limit)
    return {"rows": rows, "next": cursor}


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
    found = queries.exceptions(_seen(run_id, request), kind=kind, state=state)
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


@router.get("/supply/policies", response={200: list[PolicyOut], **REFUSALS})
def list_policies(request: UserRequest) -> object:
    """The stock policy that holds for each item."""
    request.user.must("see supply")
    return list(queries.standing().order_by("item__code"))


@router.post("/supply/policies/{item}", response={200: PolicyOut, **REFUSALS})
def set_policy(request: UserRequest, item: str, body: PolicyIn) -> object:
    """Keep another safety stock than the computed one, and say why."""
    return actions.set_policy(item, body.safety_stock, body.reason, by=request.user)


@router.post("/supply/promises", response={200: list[PromiseOut], **REFUSALS})
def promises(request: UserRequest, body: list[PromiseIn]) -> object:
    """What can be promised of some lines, in the order given; nothing is reserved."""
    today = clock.today()
    asked = [queries.Asked(one.item, one.quantity, max(one.wished_on, today)) for one in body]
    return queries.promises(asked, seen_by=request.user)


@router.get("/supply/promises/deals/{code}", response={200: list[PromiseOut], **REFUSALS})
def promises_of_deal(request: UserRequest, code: str) -> object:
    """What can be promised of a deal's lines."""
    return queries.promises_of_deal(code, seen_by=request.user)
