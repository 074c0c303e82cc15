"""The calendar of what moves demand, over JSON."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from ninja import Field, Query, Router, Schema

from einklang.demand import actions, queries
from einklang.people.http import UserRequest
from einklang.web.api import REFUSALS, Strict
from einklang.web.values import Day

router = Router(tags=["demand"])

Limit = Annotated[int, Query(ge=1, le=500)]
Share = Annotated[float, Field(strict=True, ge=-0.99, le=99, description="Kept to four decimals.")]


def exact(share: float) -> Decimal:
    """A share as it is kept: four decimals."""
    return Decimal(str(round(share, 4)))


class EventOut(Schema):
    """One event as it holds now; shares are of demand and of the price."""

    id: int
    number: int
    version: int
    kind: str
    name: str
    first: date
    last: date
    series: str
    territory: str
    uplift: Decimal | None
    price_change: Decimal | None
    note: str
    author: str = Field(alias="author.username")


class EventIn(Strict):
    """An event; empty series and territory mean everything and everywhere."""

    kind: str = Field(max_length=20)
    name: str = Field(min_length=1, max_length=100)
    first: Day
    last: Day
    series: str = Field("", max_length=80)
    territory: str = Field("", max_length=60)
    uplift: Share | None = None
    price_change: Share | None = None
    note: str = Field("", max_length=300)

    def happening(self) -> actions.Happening:
        """The event as the action takes it."""
        plain = self.model_dump()
        for name in ("uplift", "price_change"):
            plain[name] = None if plain[name] is None else exact(plain[name])
        return actions.Happening(**plain)


@router.get("/demand/events", response={200: list[EventOut], **REFUSALS})
def list_events(
    request: UserRequest,
    first: Day | None = None,
    last: Day | None = None,
    series: str = "",
    limit: Limit = 100,
) -> object:
    """Events that touch a span of days, as they hold now."""
    return queries.events(first, last, seen_by=request.user, series=series)[:limit]


@router.post("/demand/events", response={201: EventOut, **REFUSALS})
def plan_event(request: UserRequest, body: EventIn) -> object:
    """Put an event into the calendar; the next forecast counts with it."""
    return 201, actions.plan_event(body.happening(), by=request.user)


@router.post("/demand/events/{event_id}/change", response={200: EventOut, **REFUSALS})
def change_event(request: UserRequest, event_id: int, body: EventIn) -> object:
    """Describe an event anew; the version before stays on record."""
    return actions.change_event(queries.event(event_id), body.happening(), by=request.user)


@router.post("/demand/events/{event_id}/withdraw", response={204: None, **REFUSALS})
def withdraw_event(request: UserRequest, event_id: int) -> object:
    """Take an event out of the calendar."""
    actions.withdraw_event(queries.event(event_id), by=request.user)
    return 204, None
