"""What can be promised, over JSON."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from einklang.crm import queries as crm
from einklang.kernel import clock
from einklang.kernel.errors import Refused
from einklang.orders import queries as orders
from einklang.people.http import UserRequest
from einklang.supply import actions, queries
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


class OrderPromiseOut(PromiseOut):
    """What can be promised of one line of an order."""

    line: int


class DisplacedOut(Schema):
    """Units that a promise takes from others; the cost is null where it is none or not to be seen."""

    item: str
    kind: str
    reference: str
    period: date
    quantity: float
    cost_cents: int | None
    sentence: str


class DisplacementOut(Schema):
    """Whom one promise hits in the month it is kept, and what that costs in all."""

    month: date
    is_possible: bool
    cost_cents: int | None
    rows: list[DisplacedOut]


class ReservationIn(Strict):
    """What to keep until which day: an item of a deal, or a line of an order."""

    deal: Annotated[str, Field(max_length=60)] = ""
    item: Annotated[str, Field(max_length=60)] = ""
    order: Annotated[str, Field(max_length=60)] = ""
    line: Annotated[int, Field(ge=1, le=10**6)] | None = None
    quantity: PositiveUnits | None = None
    until: Day


class ReservationOut(Schema):
    """Units that are kept."""

    id: int
    item: str = Field(alias="item.code")
    deal: str | None = Field(None, alias="deal.code")
    order: str | None = Field(None, alias="order_line.order.number")
    line: int | None = Field(None, alias="order_line.line_number")
    quantity: Decimal
    period: date
    until: date


@router.post("/supply/promises", response={200: list[PromiseOut], **REFUSALS})
def promises(request: UserRequest, body: list[PromiseIn]) -> object:
    """What can be promised of some lines, in the order given; nothing is reserved."""
    return queries.promises(_asked(body), seen_by=request.user)


@router.get("/supply/promises/deals/{code}", response={200: list[PromiseOut], **REFUSALS})
def promises_of_deal(request: UserRequest, code: str) -> object:
    """What can be promised of a deal's lines."""
    return queries.promises_of_deal(code, seen_by=request.user)


@router.get("/supply/promises/orders/{number}", response={200: list[OrderPromiseOut], **REFUSALS})
def promises_of_order(request: UserRequest, number: str) -> object:
    """What can be promised of the lines of an order that are not shipped yet."""
    told = queries.promises_of_order(number, seen_by=request.user)
    names = PromiseOut.model_fields
    return [{"line": line, **{name: getattr(one, name) for name in names}} for line, one in told]


@router.post("/supply/promises/displaced", response={200: list[DisplacementOut | None], **REFUSALS})
def displaced(
    request: UserRequest,
    body: list[PromiseIn],
    at_wish: Annotated[bool, Query(description="As if each were kept in its wished month.")] = False,
) -> object:
    """Whom promises of these lines would hit, and what it costs; null where nothing can be promised."""
    told = queries.promises(_asked(body), seen_by=request.user)
    return queries.displacements(told, seen_by=request.user, at_wish=at_wish)


@router.get("/supply/reservations", response={200: list[ReservationOut], **REFUSALS})
def reservations(request: UserRequest, item: str = "") -> object:
    """What is kept for deals and orders that you may see."""
    return list(queries.reservations(seen_by=request.user, item=item))


@router.post("/supply/reservations", response={200: ReservationOut, **REFUSALS})
def reserve(request: UserRequest, body: ReservationIn) -> object:
    """Keep units for an item of a deal or a line of an order; keeping again replaces what was kept."""
    if body.deal and not body.order:
        deal = crm.deal(body.deal, seen_by=request.user)
        return actions.reserve_for_deal(deal, body.item, body.until, by=request.user, quantity=body.quantity)
    if body.order and not body.deal:
        line = orders.line_of(orders.order(body.order, seen_by=request.user), body.line or 0)
        return actions.reserve_for_order(line, body.until, by=request.user, quantity=body.quantity)
    raise Refused(_("Name a deal with an item, or an order with a line."), status=422)


@router.post("/supply/reservations/{reservation_id}/free", response={204: None, **REFUSALS})
def let_go(request: UserRequest, reservation_id: int) -> object:
    """Let go what is kept."""
    actions.free_reservation(queries.reservation(reservation_id, seen_by=request.user), by=request.user)
    return 204, None


def _asked(body: list[PromiseIn]) -> list[queries.Asked]:
    today = clock.today()
    return [queries.Asked(one.item, one.quantity, max(one.wished_on, today)) for one in body]
