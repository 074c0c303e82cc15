"""How sure a plan is, over JSON."""

from datetime import date
from typing import Annotated

from ninja import Query, Router, Schema

from einklang.people.http import UserRequest
from einklang.supply import queries
from einklang.supply.api.parts import Limit, seen
from einklang.web.api import REFUSALS

router = Router(tags=["supply"])
MONEY = ("revenue", "stock_value")


class RangeOut(Schema):
    """One measure: a tenth of the futures lies below low, a tenth above high; null is not measurable."""

    measure: str
    low: float | None
    mean: float | None
    high: float | None


class MonthRange(RangeOut):
    """One measure in one month."""

    period: date


class AtRisk(Schema):
    """An item: share delivered in time, share of futures that leave a wish open, the weakest month."""

    item: str
    service: float | None
    short: float
    worst: date


class StressOut(Schema):
    """A plan before many possible demands."""

    draws: int
    together: float
    is_measured: bool
    whole: list[RangeOut]
    months: list[MonthRange]
    items: list[AtRisk]


@router.get("/supply/runs/{run_id}/stress", response={200: StressOut, **REFUSALS})
def stress(
    request: UserRequest,
    run_id: int,
    months: Annotated[int, Query(ge=1, le=36)] = queries.SPANS[0],
    limit: Limit = 100,
) -> object:
    """Ranges of what a plan delivers and holds if nobody reacts; in money for those who see costs."""
    told = queries.uncertainty(seen(run_id, request), seen_by=request.user, span=months)
    hidden = () if request.user.may("see cost") else MONEY
    return {
        "draws": told.draws,
        "together": told.together,
        "is_measured": told.is_measured,
        "whole": [row for row in told.whole.iter_rows(named=True) if row["measure"] not in hidden],
        "months": [row for row in told.months.iter_rows(named=True) if row["measure"] not in hidden],
        "items": list(told.items.head(limit).iter_rows(named=True)),
    }
