"""What can be promised, over JSON."""

from datetime import date
from decimal import Decimal

from ninja import Field, Router, Schema

from einklang.kernel import clock
from einklang.people.http import UserRequest
from einklang.supply import queries
from einklang.web.api import REFUSALS, Strict
from einklang.web.values import Day, PositiveUnits

router = Router(tags=["supply"])


class PromiseOut(Schema):
    """What can be promised of one item: in_time units by the wished month, the month with all of them.

    ``could`` is the month in which all could be had with ``made`` units beyond the plan.
    """

    item: str
    quantity: Decimal
    wished: date
    state: str
    in_time: float
    promised: date | None
    at_last: float
    until: date
    sentence: str
    could: date | None
    made: float
    obstacle: str
    at: str
    in_addition: str


class PromiseIn(Strict):
    """What a customer asks for; a wish before today counts as today's."""

    item: str = Field(min_length=1, max_length=80)
    quantity: PositiveUnits
    wished_on: Day


@router.post("/supply/promises", response={200: list[PromiseOut], **REFUSALS})
def promises(request: UserRequest, body: list[PromiseIn]) -> object:
    """What can be promised of some lines, in the order given; nothing is reserved."""
    today = clock.today()
    asked = [queries.Asked(one.item, one.quantity, max(one.wished_on, today)) for one in body]
    return queries.promises(asked, seen_by=request.user)


@router.get("/supply/promises/deals/{code}", response={200: list[PromiseOut], **REFUSALS})
def promises_of_deal(request: UserRequest, code: str) -> object:
    """What can be promised of a deal's lines."""
    return queries.promises_of_deal(code, seen_by=request.user)
