"""What was agreed, over JSON: plans, their lines, and what each step changed."""

from datetime import date
from typing import Annotated

from ninja import Field, Query, Router, Schema

from einklang.demand import actions, queries
from einklang.people.http import UserRequest
from einklang.web.api import REFUSALS, Strict
from einklang.web.values import Month

router = Router(tags=["demand"])

Limit = Annotated[int, Query(ge=1, le=500)]


class ConsensusOut(Schema):
    """One agreed plan."""

    id: int
    as_of: date
    number: int
    run: int = Field(alias="run_id")
    voices: int
    trust: dict[str, float]
    fingerprint: str


class ConsensusIn(Strict):
    """Which month to agree."""

    as_of: Month


class HeardOut(Schema):
    """What one kind of voice said of a line."""

    kind: str
    quantity: float
    weight: float
    reason: str


class AgreedLineOut(Schema):
    """One agreed line; ``effects`` are part of the forecast, ``pipeline`` comes on top of it."""

    series: str
    period: date
    quantity: float
    low: float
    high: float
    statistical: float
    naive: float | None
    effects: float
    pipeline: float
    heard: list[HeardOut]


class StepOut(Schema):
    """One step: what it changed, and the quantity after it."""

    name: str
    label: str
    change: float
    quantity: float


class StepsOut(Schema):
    """The steps to one number, and the same in sentences."""

    series: str
    period: date | None
    steps: list[StepOut]
    sentences: list[str]


@router.get("/demand/consensus", response={200: list[ConsensusOut], **REFUSALS})
def list_consensus(request: UserRequest, limit: Limit = 50) -> object:
    """Agreed plans, newest first."""
    return queries.agreed_list(seen_by=request.user)[:limit]


@router.post("/demand/consensus", response={200: ConsensusOut, **REFUSALS})
def agree(request: UserRequest, body: ConsensusIn) -> object:
    """Make one number of the newest forecast, the deals and all voices heard, and lock it."""
    return actions.agree(body.as_of, by=request.user)


@router.get("/demand/consensus/{consensus_id}/lines", response={200: list[AgreedLineOut], **REFUSALS})
def consensus_lines(request: UserRequest, consensus_id: int, series: str = "") -> object:
    """The agreed lines of one plan."""
    request.user.must("see demand")
    return queries.consensus_lines(queries.agreed(consensus_id), series)


@router.get("/demand/consensus/{consensus_id}/steps", response={200: StepsOut, **REFUSALS})
def consensus_steps(
    request: UserRequest, consensus_id: int, series: str = queries.TOTAL, period: Month | None = None
) -> object:
    """What each step changed: naive, forecast, effects, deals, each kind of voice, agreed."""
    request.user.must("see demand")
    return queries.steps(queries.agreed(consensus_id), series, period)


@router.get("/demand/runs/{run_id}/steps", response={200: StepsOut, **REFUSALS})
def steps_now(
    request: UserRequest, run_id: int, series: str = queries.TOTAL, period: Month | None = None
) -> object:
    """The steps to what agreeing this run now would give."""
    request.user.must("see demand")
    return queries.steps_now(queries.run(run_id), series, period)
