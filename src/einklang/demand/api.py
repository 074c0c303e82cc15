"""Demand over JSON: runs and their points, voices, consensus, accuracy."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Field, Query, Router, Schema

from einklang.demand import actions, queries
from einklang.kernel import jobs
from einklang.people.http import UserRequest
from einklang.web.api import REFUSALS, JobOut, Strict
from einklang.web.values import Month, Units

router = Router(tags=["demand"])


Limit = Annotated[int, Query(ge=1, le=500)]


class ForecastRunOut(Schema):
    """One forecast run."""

    id: int
    as_of: date
    horizon: int
    fingerprint: str
    engine: str
    kinds: dict[str, int]
    weights: dict[str, dict[str, float]]
    walked_back: int


class ForecastIn(Strict):
    """Which forecast to make."""

    as_of: Month
    horizon: int = Field(queries.HORIZON, ge=1, le=36)


class VoiceOut(Schema):
    """One standing voice."""

    id: int
    as_of: date
    series: str
    level: str
    period: date
    kind: str
    quantity: Decimal
    reason: str
    author: str = Field(alias="author.username")
    version: int


class VoiceIn(Strict):
    """What somebody expects; ``seen_version`` is the version they saw (0: none)."""

    as_of: Month
    series: str
    period: Month
    kind: str
    quantity: Units
    reason: str = Field(min_length=1, max_length=300)
    seen_version: int = Field(0, ge=0)


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
    """One agreed line."""

    series: str
    period: date
    quantity: float
    low: float
    high: float
    statistical: float
    heard: list[HeardOut]


class AccuracyOut(Schema):
    """How right the forecast was for one series; null is not measurable."""

    series: str
    name: str
    count: int
    actual: float
    forecast: float
    wape: float | None
    bias: float | None
    naive_wape: float | None
    fva: float | None


@router.get("/demand/runs", response={200: list[ForecastRunOut], **REFUSALS})
def list_runs(request: UserRequest, limit: Limit = 50) -> object:
    """Forecast runs, newest first."""
    return queries.runs(seen_by=request.user)[:limit]


@router.post("/demand/runs", response={202: JobOut, **REFUSALS})
def start_run(request: UserRequest, body: ForecastIn) -> object:
    """Forecast everything that is sold, in the background; the job says when it is done."""
    request.user.must("run forecast")
    job = jobs.enqueue(
        "demand.jobs.forecast",
        about=f"Forecast as of {body.as_of:%Y-%m}",
        by=request.user,
        as_of=body.as_of.isoformat(),
        horizon=body.horizon,
        username=request.user.username,
    )
    return 202, {"job": str(job.pk)}


@router.get("/demand/runs/{run_id}", response={200: ForecastRunOut, **REFUSALS})
def one_run(request: UserRequest, run_id: int) -> object:
    """One forecast run."""
    request.user.must("see demand")
    return queries.run(run_id)


@router.get("/demand/runs/{run_id}/points", response={200: list[dict[str, Any]], **REFUSALS})
def run_points(
    request: UserRequest, run_id: int, series: str = "", level: Literal["item", "above"] = "item"
) -> object:
    """A run's points: series, period, mean, lo-80, hi-80, lo-95, hi-95, method; of one series, or a level."""
    request.user.must("see demand")
    run = queries.run(run_id)
    if series:
        return queries.points(run, series).to_dicts()
    return (queries.forecast_frame(run) if level == "item" else queries.family_frame(run)).to_dicts()


@router.get("/demand/voices", response={200: list[VoiceOut], **REFUSALS})
def list_voices(request: UserRequest, as_of: Month, series: str = "") -> object:
    """The standing voices about a month's forecast."""
    return queries.voices(as_of, seen_by=request.user, series=series)


@router.post("/demand/voices", response={201: VoiceOut, **REFUSALS})
def give_voice(request: UserRequest, body: VoiceIn) -> object:
    """Say what you expect of an item or family in one month, and why."""
    voice = actions.give_voice(
        body.as_of,
        body.series,
        body.period,
        body.quantity,
        kind=body.kind,
        reason=body.reason,
        seen_version=body.seen_version,
        by=request.user,
    )
    return 201, voice


@router.post("/demand/voices/{voice_id}/withdraw", response={204: None, **REFUSALS})
def withdraw_voice(request: UserRequest, voice_id: int) -> object:
    """Take a voice back."""
    actions.withdraw_voice(queries.voice(voice_id), by=request.user)
    return 204, None


@router.get("/demand/consensus", response={200: list[ConsensusOut], **REFUSALS})
def list_consensus(request: UserRequest, limit: Limit = 50) -> object:
    """Agreed plans, newest first."""
    return queries.agreed_list(seen_by=request.user)[:limit]


@router.post("/demand/consensus", response={200: ConsensusOut, **REFUSALS})
def agree(request: UserRequest, body: ConsensusIn) -> object:
    """Make one number of the newest forecast and all standing voices, and lock it."""
    return actions.agree(body.as_of, by=request.user)


@router.get("/demand/consensus/{consensus_id}/lines", response={200: list[AgreedLineOut], **REFUSALS})
def consensus_lines(request: UserRequest, consensus_id: int, series: str = "") -> object:
    """The agreed lines of one plan."""
    request.user.must("see demand")
    return queries.consensus_lines(queries.agreed(consensus_id), series)


@router.get("/demand/accuracy", response={200: list[AccuracyOut], **REFUSALS})
def accuracy(
    request: UserRequest,
    as_of: Month | None = None,
    level: Literal["item", "family", "total"] = "item",
    lag: Annotated[int, Query(ge=1, le=3)] = 1,
) -> object:
    """How right the newest forecast would have been in the past months, by series."""
    request.user.must("see demand")
    run = queries.latest_run(as_of)
    return queries.accuracy(run, level=level, lag=lag) if run else []
