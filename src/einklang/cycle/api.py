"""The monthly cycle over JSON: cycles, steps and signatures, plan versions, comparison, decisions, budget."""

from datetime import date, datetime
from typing import Any

from ninja import Router, Schema
from pydantic import Field, NonNegativeInt

from einklang.cycle import actions, queries
from einklang.engine.periods import parse_month
from einklang.kernel import jobs
from einklang.people.http import UserRequest
from einklang.web.api import REFUSALS, Strict, window
from einklang.web.values import Day, Units

router = Router(tags=["cycle"])
MONTH = r"^\d{4}-\d{2}$"


class CycleOut(Schema):
    """One month's cycle."""

    month: date
    opened_at: datetime
    data_frozen_at: datetime | None
    published_at: datetime | None


class FindingOut(Schema):
    """One thing a gate found."""

    level: str
    sentence: str


class StepOut(Schema):
    """One step as it stands now."""

    code: str
    title: str
    owner: str
    due_on: date
    state: str
    is_late: bool
    signed_by: str | None
    signed_at: datetime | None
    comment: str
    findings: list[FindingOut]
    next_deed: str


class VersionOut(Schema):
    """A plan version in its totals; costs and margins are null where the role may not see them."""

    id: int
    name: str
    month: date
    scenario: str
    number: int
    start: date
    months: int
    currency: str
    demand_cents: int
    revenue_cents: int
    cost_cents: int | None
    margin_cents: int | None
    stock_cents: int | None
    unpriced: list[str]
    fingerprint: str
    frozen_at: datetime
    signed_at: datetime | None


class VersionPage(Schema):
    """Plan versions in the order they were frozen, and the cursor that continues."""

    rows: list[VersionOut]
    after: str | None


class MonthIn(Strict):
    """A month."""

    month: str = Field(pattern=MONTH)


class SignIn(Strict):
    """The words beside a signature."""

    comment: str = Field(default="", max_length=500)


class ScenarioIn(Strict):
    """A copy of a scenario with some levers moved."""

    name: str = Field(min_length=1, max_length=60, pattern=r"^[a-z0-9-]+$")
    source: str = queries.BASE
    settings: dict[str, float] = Field(default_factory=dict)
    note: str = ""


class MonthRunIn(Strict):
    """Which scenario to plan."""

    scenario: str = queries.BASE


class DecisionIn(Strict):
    """What was decided."""

    title: str = Field(min_length=1, max_length=200)
    reason: str = ""
    due_on: Day | None = None


class BudgetIn(Strict):
    """One figure of the budget; no family means the whole company."""

    month: str = Field(pattern=MONTH)
    amount_cents: NonNegativeInt
    family: str | None = None
    quantity: Units | None = None


@router.get("/cycles", response=list[CycleOut])
def list_cycles(request: UserRequest) -> object:
    """All cycles, the newest first."""
    request.user.must("see demand")
    return queries.cycles()


@router.post("/cycles", response={200: CycleOut, **REFUSALS})
def open_cycle(request: UserRequest, body: MonthIn) -> object:
    """Open a month's cycle; one that is open stays as it is."""
    return actions.open_cycle(parse_month(body.month), by=request.user)


@router.get("/cycles/{month}/steps", response={200: list[StepOut], **REFUSALS})
def list_steps(request: UserRequest, month: str) -> object:
    """The seven steps of a month, each with its gate and what to do next."""
    request.user.must("see demand")
    return [step_out(step) for step in queries.board(_cycle(month), seen_by=request.user)]


@router.post("/cycles/{month}/steps/{code}/sign", response={200: StepOut, **REFUSALS})
def take_step(request: UserRequest, month: str, code: str, body: SignIn) -> object:
    """Sign a step on what stands now."""
    cycle = _cycle(month)
    actions.take_step(cycle, code, comment=body.comment, by=request.user)
    return next(
        step_out(step) for step in queries.board(cycle, seen_by=request.user) if step.kind.code == code
    )


@router.post("/cycles/{month}/run", response={202: dict[str, Any], **REFUSALS})
def run_month(request: UserRequest, month: str, body: MonthRunIn) -> object:
    """Plan a month in the background; the answer names the job."""
    request.user.must("freeze plan")
    cycle = _cycle(month)
    scenario = queries.scenario(cycle, body.scenario)
    job = jobs.enqueue(
        "cycle.jobs.run_month",
        about=f"{cycle} {scenario}",
        by=request.user,
        month=cycle.month.isoformat(),
        scenario=scenario.name,
        username=request.user.username,
    )
    return 202, {"job": str(job.pk)}


@router.post("/cycles/{month}/scenarios", response={200: dict[str, Any], **REFUSALS})
def copy_scenario(request: UserRequest, month: str, body: ScenarioIn) -> object:
    """Copy a scenario under a new name, with some levers moved."""
    source = queries.scenario(_cycle(month), body.source)
    made = actions.copy_scenario(source, body.name, settings=body.settings, note=body.note, by=request.user)
    return {"name": made.name, "settings": made.settings}


@router.post("/cycles/{month}/decisions", response={200: dict[str, Any], **REFUSALS})
def decide(request: UserRequest, month: str, body: DecisionIn) -> object:
    """Record a decision with the plan's figures as they stand."""
    made = actions.record_decision(
        _cycle(month), body.title, reason=body.reason, due_on=body.due_on, by=request.user
    )
    return {"id": made.pk, "figures": made.figures}


@router.get("/plans", response={200: VersionPage, **REFUSALS})
def list_versions(request: UserRequest, after: str | None = None, limit: int = 50) -> object:
    """Plan versions in the order they were frozen."""
    rows, cursor = window(queries.versions(seen_by=request.user), after=after, limit=min(max(limit, 1), 200))
    return {"rows": [version_out(request, version) for version in rows], "after": cursor}


@router.get("/plans/compare", response={200: dict[str, Any], **REFUSALS})
def compare(request: UserRequest, a: int, b: int) -> object:
    """What changed from one version to another: sentences, and revenue by family."""
    one, other = queries.version(a, seen_by=request.user), queries.version(b, seen_by=request.user)
    difference = queries.compare(one, other)
    families = difference.by_family.select("top", "top_name", "revenue_a", "revenue_b", "change_cents")
    return {"sentences": difference.sentences, "families": families.to_dicts()}


@router.get("/plans/{version_id}", response={200: VersionOut, **REFUSALS})
def one_version(request: UserRequest, version_id: int) -> object:
    """One plan version."""
    return version_out(request, queries.version(version_id, seen_by=request.user))


@router.get("/plans/{version_id}/lines", response={200: list[dict[str, Any]], **REFUSALS})
def version_lines(request: UserRequest, version_id: int, month: str | None = None) -> object:
    """The lines of a version, of one month or of all."""
    version = queries.version(version_id, seen_by=request.user)
    plan = queries.without_secrets(queries.lines(version), request.user)
    if month:
        plan = plan.filter(plan["period"] == parse_month(month))
    return plan.drop("name", "top_name").to_dicts()


@router.post("/plans/{version_id}/sign/{code}", response={200: dict[str, Any], **REFUSALS})
def sign(request: UserRequest, version_id: int, code: str, body: SignIn) -> object:
    """Sign a step for one plan version; the executive review's signature locks it."""
    version = queries.version(version_id, seen_by=request.user)
    signature = actions.sign(version, code, comment=body.comment, by=request.user)
    return {"step": signature.step, "by": str(signature.by), "at": signature.at}


@router.get("/plans/{version_id}/signatures", response={200: list[dict[str, Any]], **REFUSALS})
def signatures(request: UserRequest, version_id: int) -> object:
    """Who signed a version, when and with which words."""
    version = queries.version(version_id, seen_by=request.user)
    return [
        {"step": one.step, "by": str(one.by), "at": one.at, "comment": one.comment}
        for one in queries.signatures(version)
    ]


@router.post("/budget", response={200: dict[str, int], **REFUSALS})
def set_budget(request: UserRequest, body: list[BudgetIn]) -> object:
    """Set figures of the budget; a later one takes the place of the earlier."""
    lines = [
        (
            queries.family(row.family) if row.family else None,
            parse_month(row.month),
            row.amount_cents,
            row.quantity,
        )
        for row in body
    ]
    return {"set": actions.set_budget(lines, by=request.user)}


def step_out(step: queries.StepState) -> StepOut:
    """A step as JSON says it."""
    signed = step.signature if step.state == "done" else None
    return StepOut(
        code=step.kind.code,
        title=str(step.kind.title),
        owner=str(step.row.owner or step.kind.owner),
        due_on=step.row.due_on,
        state=step.state,
        is_late=step.is_late,
        signed_by=str(signed.by) if signed else None,
        signed_at=signed.at if signed else None,
        comment=signed.comment if signed else "",
        findings=[FindingOut(level=found.level, sentence=found.sentence) for found in step.findings],
        next_deed=step.next_deed,
    )


def version_out(request: UserRequest, version: Any) -> dict[str, Any]:
    """A version as JSON says it, without what the reader's role may not see."""
    names = ("id", "number", "start", "months", "currency", "demand_cents", "revenue_cents", "unpriced")
    told = {name: getattr(version, name) for name in (*names, "fingerprint", "frozen_at", "signed_at")}
    secrets = {
        name: getattr(version, name) if request.user.may("see cost") else None for name in queries.SECRET
    }
    return {
        **told,
        **secrets,
        "name": str(version),
        "month": version.cycle.month,
        "scenario": version.scenario.name,
    }


def _cycle(month: str) -> Any:
    return queries.cycle(parse_month(month))
