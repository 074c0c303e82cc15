"""How right everybody was, and what needs to be looked at, over JSON."""

from typing import Annotated, Any, Literal

from ninja import Field, Query, Router, Schema

from einklang.demand import actions, queries
from einklang.demand.api.events import exact
from einklang.people.http import UserRequest
from einklang.web.api import REFUSALS, Strict
from einklang.web.values import Month

router = Router(tags=["demand"])

Limit = Annotated[float, Field(strict=True, ge=0, le=9, description="Kept to four decimals.")]
Share = Annotated[float, Field(strict=True, ge=0, le=1, description="Kept to four decimals.")]
Lag = Annotated[int, Query(ge=1, le=6)]


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


class ScoredOut(Schema):
    """How right forecast and consensus were, as they were said then; null is not measurable."""

    key: str
    name: str
    count: int
    stored: int
    actual: float
    forecast: float
    wape: float | None
    bias: float | None
    naive_wape: float | None
    fva: float | None
    agreed_wape: float | None
    agreed_bias: float | None
    agreed_added: float | None


class StairOut(Schema):
    """The error after one step of the process."""

    step: str
    wape: float


class AddedOut(Schema):
    """What one kind of voice, or one person, added; ``low`` and ``high`` hold 90 % of redrawn records."""

    kind: str
    author: str
    count: int
    wape: float | None
    statistical_wape: float | None
    value_added: float | None
    bias: float | None
    low: float | None
    high: float | None
    verdict: str


class ReasonOut(Schema):
    """Why an item is to be looked at."""

    key: str
    sentence: str


class WatchedOut(Schema):
    """One item of the review list; no reasons: it needs nobody."""

    series: str
    name: str
    family: str
    value_cents: int
    quantity: float
    wape: float | None
    bias: float | None
    change: float | None
    reasons: list[ReasonOut]


class TouchlessOut(Schema):
    """The list, how many items stand on it for which reason, the share of value that needs nobody."""

    counts: dict[str, int]
    value_share: float | None
    rows: list[WatchedOut]


class ReviewRuleIn(Strict):
    """Within which limits an item needs nobody; shares, 0.35 is 35 %."""

    error_limit: Limit
    bias_limit: Limit
    change_limit: Limit
    top_share: Share


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


@router.get("/demand/scores", response={200: list[ScoredOut], **REFUSALS})
def scores(
    request: UserRequest,
    until: Month,
    by: Literal["item", "family", "total", "territory", "person"] = "item",
    lag: Lag = 1,
) -> object:
    """Error and bias by item, family, territory or person, of what was said so many months before."""
    request.user.must("see demand")
    return queries.scores(until, by_what=by, lag=lag)


@router.get("/demand/lags", response={200: list[dict[str, Any]], **REFUSALS})
def lags(request: UserRequest, until: Month, series: str = "") -> object:
    """Error and bias by how many months before it was said; of one series, or of all items."""
    request.user.must("see demand")
    return queries.by_lag(until, series=series).to_dicts()


@router.get("/demand/stairs", response={200: list[StairOut], **REFUSALS})
def stairs(request: UserRequest, until: Month, lag: Lag = 1) -> object:
    """The error after each step of the process, over the same comparisons: naive, statistical, agreed."""
    request.user.must("see demand")
    return [{"step": step, "wape": wape} for step, wape in queries.stairs(until, lag=lag)]


@router.get("/demand/added", response={200: list[AddedOut], **REFUSALS})
def added(request: UserRequest, until: Month) -> object:
    """Forecast value added by kind of voice and person, and how sure that is."""
    request.user.must("see demand")
    return queries.voices_added(until).to_dicts()


@router.get("/demand/touchless", response={200: TouchlessOut, **REFUSALS})
def touchless(request: UserRequest, as_of: Month) -> object:
    """Which items need to be looked at and why; the others need nobody."""
    request.user.must("see demand")
    return queries.touchless(queries.run_of(as_of), seen_by=request.user)


@router.post("/demand/review-rule", response={204: None, **REFUSALS})
def set_review_rule(request: UserRequest, body: ReviewRuleIn) -> object:
    """Say within which limits an item needs nobody's review; the former limits stay on record."""
    limits = {name: exact(limit) for name, limit in body.model_dump().items()}
    actions.set_review_rule(**limits, by=request.user)
    return 204, None
