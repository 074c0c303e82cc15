"""Scenarios and fixed quantities over JSON: changes, fast answers, what is kept, approved and frozen."""

from datetime import date, datetime
from typing import Annotated

from ninja import Field, Query, Router, Schema

from einklang.kernel import jobs
from einklang.people.http import UserRequest
from einklang.supply import actions, queries
from einklang.supply.levers import MOST, label
from einklang.web.api import REFUSALS, JobOut, Strict
from einklang.web.values import Month

router = Router(tags=["supply"])
Factor = Annotated[float, Field(ge=0, le=MOST)]
Few = Annotated[list[int], Query(min_length=1, max_length=4)]
Amount = Annotated[float, Field(gt=-1e12, lt=1e12)]


class ChangeOut(Schema):
    """One change of a scenario."""

    id: int
    kind: str
    of: str
    factor: float | None
    amount: float | None
    start: date | None
    end: date | None
    reason: str
    author: str


class ScenarioOut(Schema):
    """One scenario with its changes; ``run`` is its newest plan, worked out in full."""

    id: int
    as_of: date
    name: str
    note: str
    state: str
    consensus: int
    run: int | None
    changes: list[ChangeOut]


class ScenarioIn(Strict):
    """A scenario to begin: on the newest agreed demand, or as a copy of another one."""

    name: str = Field(min_length=1, max_length=60)
    note: str = Field("", max_length=300)
    copy_of: int | None = None


class ChangeIn(Strict):
    """One change: a factor or an amount, of what is named by code, in the months named."""

    kind: str = Field(max_length=8)
    item: str = Field("", max_length=60)
    family: str = Field("", max_length=60)
    work_centre: str = Field("", max_length=60)
    supplier: str = Field("", max_length=60)
    start: Month | None = None
    end: Month | None = None
    factor: Factor | None = None
    amount: Amount | None = None
    reason: str = Field("", max_length=300)


class CostOut(Schema):
    """One kind of cost."""

    kind: str
    cents: int


class OutcomeOut(Schema):
    """What a plan or scenario brings; money is null for those who do not see costs."""

    label: str
    is_quick: bool
    demand: float
    ship: float
    lost: float
    late: float
    service: float | None
    overtime_hours: float
    full: list[str]
    revenue_cents: int | None
    lost_cents: int | None
    stock_cents: int | None
    cost_cents: int | None
    costs: list[CostOut] | None


class FixIn(Strict):
    """One cell to fix; a null quantity lets the plan decide again. ``seen`` is the version looked at."""

    item: str = Field(max_length=60)
    period: Month
    quantity: Annotated[float, Field(ge=0, lt=1e12)] | None
    seen: Annotated[int, Field(ge=0)] = 0


class FixesIn(Strict):
    """Cells to fix, and why."""

    reason: str = Field(min_length=1, max_length=300)
    cells: list[FixIn] = Field(min_length=1, max_length=2000)


class FixOut(Schema):
    """What became of one cell: given, withdrawn, unchanged, stale or refused."""

    item: str
    period: date
    state: str
    sentence: str
    quantity: float | None
    version: int


class FixesOut(Schema):
    """What became of all cells; ``batch`` takes them back."""

    batch: int | None
    outcomes: list[FixOut]


class ApprovalOut(Schema):
    """What new plans keep to."""

    run: int | None
    by: str
    at: datetime | None
    is_open: bool
    frozen_months: int
    change_share: float
    until: date | None


def _change(edit: "queries.ScenarioEdit") -> dict[str, object]:
    facts = {name: getattr(edit, name) for name in ("kind", "factor", "amount", "start", "end", "reason")}
    return {**facts, "id": edit.pk, "of": queries.change_words(edit).of, "author": edit.author.name}


def _scenario(one: "queries.Scenario") -> dict[str, object]:
    run = queries.worked_out(one)
    facts = {name: getattr(one, name) for name in ("as_of", "name", "note", "state")}
    changes = [_change(edit) for edit in queries.edits(one)]
    return {
        **facts,
        "id": one.pk,
        "consensus": one.consensus_id,
        "run": run.pk if run else None,
        "changes": changes,
    }


def _outcome(one: queries.Outcome) -> dict[str, object]:
    names = [name for name in OutcomeOut.model_fields if name != "costs"]
    costs = None if one.costs is None else [{"kind": kind, "cents": cents} for kind, cents in one.costs]
    return {**{name: getattr(one, name) for name in names}, "costs": costs}


@router.get("/supply/scenarios", response={200: list[ScenarioOut], **REFUSALS})
def list_scenarios(request: UserRequest) -> object:
    """The scenarios people made, with their changes."""
    return [_scenario(one) for one in queries.drafts(seen_by=request.user)]


@router.post("/supply/scenarios", response={201: ScenarioOut, **REFUSALS})
def make_scenario(request: UserRequest, body: ScenarioIn) -> object:
    """Begin a scenario, empty or as a copy."""
    request.user.must("plan supply")
    if body.copy_of is not None:
        source = queries.scenario(body.copy_of)
        return 201, _scenario(actions.copy_scenario(source, body.name, note=body.note, by=request.user))
    made = actions.make_scenario(queries.agreed_now(), body.name, note=body.note, by=request.user)
    return 201, _scenario(made)


@router.get("/supply/scenarios/{scenario_id}", response={200: ScenarioOut, **REFUSALS})
def one_scenario(request: UserRequest, scenario_id: int) -> object:
    """One scenario."""
    request.user.must("see supply")
    return _scenario(queries.scenario(scenario_id))


@router.post("/supply/scenarios/{scenario_id}/changes", response={201: ChangeOut, **REFUSALS})
def change_scenario(request: UserRequest, scenario_id: int, body: ChangeIn) -> object:
    """Add a change to a draft."""
    request.user.must("plan supply")
    wanted = actions.Wanted(**body.model_dump())
    return 201, _change(actions.change_scenario(queries.scenario(scenario_id), wanted, by=request.user))


@router.post("/supply/changes/{change_id}/undo", response={204: None, **REFUSALS})
def undo_change(request: UserRequest, change_id: int) -> object:
    """Take a change back."""
    request.user.must("plan supply")
    actions.undo_edit(queries.edit(change_id), by=request.user)
    return 204, None


@router.get("/supply/scenarios/{scenario_id}/answer", response={200: list[OutcomeOut], **REFUSALS})
def answer_scenario(request: UserRequest, scenario_id: int) -> object:
    """The fast answer: the plan as agreed, then the scenario."""
    request.user.must("see supply")
    one = queries.scenario(scenario_id)
    return [_outcome(told) for told in queries.quick(one.consensus, [None, one], seen_by=request.user)]


@router.post("/supply/scenarios/{scenario_id}/work-out", response={202: JobOut, **REFUSALS})
def work_out_scenario(request: UserRequest, scenario_id: int) -> object:
    """Work a scenario out in full, in the background."""
    request.user.must("plan supply")
    one = queries.scenario(scenario_id)
    job = jobs.enqueue(
        "supply.jobs.plan",
        about=f"Supply plan: {label(one.name)}",
        by=request.user,
        consensus=one.consensus_id,
        scenario=one.name,
        levers={},
        username=request.user.username,
    )
    return 202, {"job": str(job.pk)}


@router.post("/supply/scenarios/{scenario_id}/promote", response={200: ScenarioOut, **REFUSALS})
def promote_scenario(request: UserRequest, scenario_id: int) -> object:
    """Let the plan as agreed rest on it, from its next run on."""
    request.user.must("plan supply")
    return _scenario(actions.promote_scenario(queries.scenario(scenario_id), by=request.user))


@router.post("/supply/scenarios/{scenario_id}/discard", response={200: ScenarioOut, **REFUSALS})
def discard_scenario(request: UserRequest, scenario_id: int) -> object:
    """Put a draft away."""
    request.user.must("plan supply")
    return _scenario(actions.discard_scenario(queries.scenario(scenario_id), by=request.user))


@router.get("/supply/compare", response={200: list[OutcomeOut], **REFUSALS})
def compare_runs(
    request: UserRequest, run: Annotated[list[int], Query(min_length=1, max_length=4)]
) -> object:
    """Up to four plans side by side."""
    request.user.must("see supply")
    found = [queries.run(one) for one in run]
    return [
        _outcome(queries.outcome_of(one, f"{label(one.scenario)} · {one.number}", seen_by=request.user))
        for one in found
    ]


@router.post("/supply/fixed", response={200: FixesOut, **REFUSALS})
def fix_quantities(request: UserRequest, body: FixesIn) -> object:
    """Fix what arrives of some items in some months of the newest plan."""
    request.user.must("plan supply")
    cells = [actions.Fixed(one.item, one.period, one.quantity, one.seen) for one in body.cells]
    return _fixes(actions.fix_quantities(queries.newest(), cells, body.reason, by=request.user))


@router.post("/supply/fixed/{batch_id}/undo", response={200: FixesOut, **REFUSALS})
def undo_fixed(request: UserRequest, batch_id: int) -> object:
    """Take a batch of fixed quantities back."""
    request.user.must("plan supply")
    return _fixes(actions.undo_fixed(batch_id, by=request.user))


def _fixes(outcomes: list[actions.FixOutcome]) -> dict[str, object]:
    told = [
        {
            "item": one.fixed.item,
            "period": one.fixed.period,
            "state": one.state,
            "sentence": one.sentence,
            "quantity": one.standing.quantity if one.standing else None,
            "version": one.standing.version if one.standing else 0,
        }
        for one in outcomes
    ]
    return {"batch": next((one.batch for one in outcomes if one.batch), None), "outcomes": told}


@router.get("/supply/approval", response={200: ApprovalOut, **REFUSALS})
def approval(request: UserRequest) -> object:
    """Which plan is approved, and what of it is frozen."""
    request.user.must("see supply")
    told = queries.fence(queries.newest().as_of)
    names = [name for name in ApprovalOut.model_fields if name != "run"]
    return {"run": told.run.pk if told.run else None, **{name: getattr(told, name) for name in names}}


@router.post("/supply/runs/{run_id}/approve", response={200: ApprovalOut, **REFUSALS})
def approve(request: UserRequest, run_id: int) -> object:
    """Approve a plan."""
    request.user.must("sign supply")
    actions.approve_plan(queries.run(run_id), by=request.user)
    return approval(request)
