"""Supply plans over JSON: the plans, their months, hours and orders."""

from datetime import date
from typing import Any

from ninja import Field, Router, Schema

from einklang.demand import queries as demand
from einklang.kernel import jobs
from einklang.people.http import UserRequest
from einklang.supply import queries
from einklang.supply.api.parts import Limit, PageOf, seen
from einklang.supply.levers import BASE, MOST, SCENARIOS, Levers
from einklang.web.api import REFUSALS, JobOut, Strict, window

router = Router(tags=["supply"])


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
    started: float
    expired: float
    fixed: bool
    demand_price: float | None


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


class SupplierOut(Schema):
    """What one supplier gives of one item in one month; the unit's price is null without sight of costs."""

    supplier: str
    item: str
    period: date
    quantity: float
    limit: float | None
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


class Runs(PageOf):
    """Plans."""

    rows: list[SupplyPlanOut]


class Points(PageOf):
    """Items by month."""

    rows: list[PointOut]


class PlannedOrders(PageOf):
    """Planned orders."""

    rows: list[PlannedOrderOut]


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
    return _told(seen(run_id, request), request)


@router.get("/supply/runs/{run_id}/plan", response={200: Points, **REFUSALS})
def list_points(
    request: UserRequest, run_id: int, item: str = "", after: str | None = None, limit: Limit = 500
) -> object:
    """What is made, bought, shipped and left in stock, by item and month."""
    rows, cursor = window(queries.points(seen(run_id, request), item=item), after=after, limit=limit)
    if not request.user.may("see cost"):
        for row in rows:
            row.demand_price = None  # type: ignore[assignment]  # never saved: only told
    return {"rows": rows, "next": cursor}


@router.get("/supply/runs/{run_id}/loads", response={200: list[LoadOut], **REFUSALS})
def list_loads(request: UserRequest, run_id: int) -> object:
    """Hours by work centre and month."""
    rows = list(queries.load_frame(seen(run_id, request)).iter_rows(named=True))
    if request.user.may("see cost"):
        return rows
    return [{**row, "shadow_price": None} for row in rows]


@router.get("/supply/runs/{run_id}/suppliers", response={200: list[SupplierOut], **REFUSALS})
def list_supplied(request: UserRequest, run_id: int) -> object:
    """What limited suppliers give, by item and the month in which it is ordered."""
    rows = list(queries.supplier_frame(seen(run_id, request)).iter_rows(named=True))
    if request.user.may("see cost"):
        return rows
    return [{**row, "shadow_price": None} for row in rows]


@router.get("/supply/runs/{run_id}/orders", response={200: PlannedOrders, **REFUSALS})
def list_orders(
    request: UserRequest, run_id: int, item: str = "", after: str | None = None, limit: Limit = 500
) -> object:
    """Planned orders."""
    rows, cursor = window(queries.orders(seen(run_id, request), item=item), after=after, limit=limit)
    return {"rows": rows, "next": cursor}
