"""The pipeline outlook over JSON: months, open deals, and on what it rests."""

from datetime import date

from ninja import Field, Router, Schema

from einklang.demand import queries
from einklang.people.http import UserRequest
from einklang.web.api import REFUSALS

router = Router()


class PipelineMonth(Schema):
    """What a month brings, in cents of the home currency; eight of ten cases lie between low and high."""

    period: date
    open: float
    inflow: float = Field(description="From deals not yet created; told to readers of the whole company.")
    mean: float
    low: float
    high: float
    roll_up: float = Field(description="Amount times stated odds, by the month the decision is expected.")


class PipelineDeal(Schema):
    """An open deal's chance to be won, and when."""

    deal: str
    stage: str
    amount: float | None
    chance: float
    low: float
    high: float
    likely_on: date | None
    expected: float | None
    comparable: int = Field(description="Decided deals that stood as long in this stage.")
    comparable_won: int
    basis: str


class PipelineOut(Schema):
    """The outlook, and the record it rests on."""

    as_of: date | None = None
    basis: str = ""
    decided: int = 0
    won: int = 0
    earlier_days: int = Field(0, description="Days on which the same was asked, and held against what came.")
    whole_company: bool = False
    months: list[PipelineMonth] = []
    deals: list[PipelineDeal] = []


@router.get("/demand/pipeline", response={200: PipelineOut, **REFUSALS})
def outlook(request: UserRequest) -> object:
    """What the open deals that you may see will bring, by month and deal."""
    request.user.must("see demand")
    found = queries.pipeline_outlook(seen_by=request.user)
    if found is None:
        return {}
    named = {"lo-80": "low", "hi-80": "high"}
    return {
        "as_of": found.as_of,
        "basis": found.known.basis,
        "decided": found.known.decided,
        "won": found.known.won,
        "earlier_days": found.known.replays,
        "whole_company": found.is_whole,
        "months": found.months.rename(named).to_dicts(),
        "deals": queries.sorted_deals(found, "").rename(named).to_dicts(),
    }
