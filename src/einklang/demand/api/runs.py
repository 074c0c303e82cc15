"""Forecast runs over JSON: their points, effects, odd months, and what each series rests on."""

from datetime import date
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from einklang.demand import actions, queries
from einklang.kernel import jobs
from einklang.kernel.errors import NotFound
from einklang.people.http import UserRequest
from einklang.web.api import REFUSALS, JobOut, Strict
from einklang.web.values import Month

router = Router(tags=["demand"])

Limit = Annotated[int, Query(ge=1, le=500)]
Name = Annotated[str, Field(min_length=1, max_length=120)]


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
    former: int | None = Field(None, alias="former_id")
    refitted: int | None = None


class ForecastIn(Strict):
    """Which forecast to make, and which effects to leave out of it."""

    as_of: Month
    horizon: int = Field(queries.HORIZON, ge=1, le=36)
    without: list[Name] = Field(default_factory=list, max_length=100)


class DeepIn(Strict):
    """Which month the slow models look at, and how many of the most valuable items."""

    as_of: Month
    horizon: int = Field(queries.HORIZON, ge=1, le=36)
    items: int = Field(100, ge=1, le=5000)


class EffectOut(Schema):
    """What one effect is in the forecast of one series and month."""

    series: str
    period: date
    effect: str
    quantity: float


class OutlierOut(Schema):
    """A month that does not fit the rest of its series, and the newest word on it."""

    series: str
    name: str
    period: date
    quantity: float
    usual: float
    is_repaired: bool
    may_repair: bool
    reason: str
    author: str


class OutlierIn(Strict):
    """Whether the forecast may put an odd month right, and why."""

    series: str = Field(min_length=1, max_length=80)
    period: Month
    repair: bool
    reason: str = Field(min_length=1, max_length=300)


class SeriesOut(Schema):
    """What a run found out about one series."""

    series: str
    level: str
    kind: str
    scale: float
    known: int
    fallback: str
    facts: dict[str, Any]
    sentences: list[str]


class RunNotesOut(Schema):
    """Which steps a run kept, and what it could not do as usual."""

    steps: list[dict[str, Any]]
    failures: list[dict[str, Any]]
    settings: dict[str, Any]


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
        without=body.without,
        username=request.user.username,
    )
    return 202, {"job": str(job.pk)}


@router.post("/demand/deep", response={202: JobOut, **REFUSALS})
def start_deep(request: UserRequest, body: DeepIn) -> object:
    """Let the slow models look at the most valuable items, then forecast with what they say."""
    request.user.must("run forecast")
    job = jobs.enqueue(
        "demand.jobs.deep",
        about=f"Deep forecast as of {body.as_of:%Y-%m}",
        by=request.user,
        as_of=body.as_of.isoformat(),
        horizon=body.horizon,
        items=body.items,
        username=request.user.username,
    )
    return 202, {"job": str(job.pk)}


@router.get("/demand/runs/{run_id}", response={200: ForecastRunOut, **REFUSALS})
def one_run(request: UserRequest, run_id: int) -> object:
    """One forecast run."""
    request.user.must("see demand")
    return queries.run(run_id)


@router.get("/demand/runs/{run_id}/notes", response={200: RunNotesOut, **REFUSALS})
def run_notes(request: UserRequest, run_id: int) -> object:
    """Which steps a run kept and by how much they won, its failures, and its settings."""
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


@router.get("/demand/runs/{run_id}/effects", response={200: list[EffectOut], **REFUSALS})
def run_effects(request: UserRequest, run_id: int, series: str = queries.TOTAL) -> object:
    """What events, prices and promotions are in the forecast of one series, by month."""
    request.user.must("see demand")
    return queries.effects_frame(queries.run(run_id), series=series).to_dicts()


@router.get("/demand/runs/{run_id}/series/{series}", response={200: SeriesOut, **REFUSALS})
def run_series(request: UserRequest, run_id: int, series: str) -> object:
    """What a run found out about one series: its kind, its usual miss, level, trend and season."""
    request.user.must("see demand")
    found = queries.series_facts(queries.run(run_id), series)
    if found is None:
        raise NotFound(_("This run has no forecast of %(series)s.") % {"series": series})
    return found


@router.get("/demand/runs/{run_id}/outliers", response={200: list[OutlierOut], **REFUSALS})
def run_outliers(request: UserRequest, run_id: int, series: str = "") -> object:
    """The odd months a run found, and whether the forecast may put them right."""
    request.user.must("see demand")
    return queries.outliers(queries.run(run_id), series)


@router.post("/demand/outliers", response={204: None, **REFUSALS})
def judge_outlier(request: UserRequest, body: OutlierIn) -> object:
    """Say whether the next forecast may put an odd month right."""
    actions.judge_outlier(body.series, body.period, repair=body.repair, reason=body.reason, by=request.user)
    return 204, None
