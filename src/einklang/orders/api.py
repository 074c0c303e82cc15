"""Orders and stock over JSON."""

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from einklang.catalog import queries as catalog
from einklang.engine.periods import parse_month
from einklang.kernel import clock
from einklang.orders import actions, queries
from einklang.people.http import UserRequest
from einklang.web.api import REFUSALS, Strict, window
from einklang.web.values import Day, PositiveUnits

router = Router(tags=["orders"])

Limit = Annotated[int, Query(ge=1, le=500, description="At most so many.")]


class OrderOut(Schema):
    """One order; money is whole minor units of its currency."""

    number: str
    account: str = Field(alias="account.code")
    seller: str | None = Field(None, alias="seller.username")
    territory: str | None = Field(None, alias="territory.code")
    channel: str
    state: str
    ordered_on: date
    due_on: date | None
    shipped_on: date | None
    period: date
    currency: str
    subtotal_cents: int
    tax_cents: int
    freight_cents: int


class LineOut(Schema):
    """One line of an order."""

    line: int = Field(alias="line_number")
    item: str = Field(alias="item.code")
    quantity: float
    amount_cents: int
    wished_on: date | None
    promised_on: date | None
    period: date
    is_lost: bool


class OrderWithLines(OrderOut):
    """One order with its lines."""

    lines: list[LineOut]

    @staticmethod
    def resolve_lines(order: object) -> object:
        """All lines, in their order."""
        return order.lines.all()  # type: ignore[attr-defined]


class Orders(Schema):
    """Some orders, and the cursor that continues after them."""

    orders: list[OrderOut]
    next: str | None


class TotalOut(Schema):
    """What orders add up to, in one currency."""

    currency: str
    subtotal_cents: int
    tax_cents: int
    freight_cents: int


class CancelIn(Strict):
    """Why an order is cancelled."""

    reason: Annotated[str, Field(min_length=1, max_length=200)]


class ReturnIn(Strict):
    """What came back for one line, and why."""

    line: Annotated[int, Field(ge=1, le=10**6)]
    quantity: PositiveUnits
    reason: Annotated[str, Field(max_length=200)] = ""


class StockOut(Schema):
    """What lies at a location since a day."""

    location: str = Field(alias="location__code")
    received_on: date
    quantity: float


class OrdersAsked(Strict):
    """What narrows a list of orders."""

    month: Annotated[str, Field(description="A month: 2014-05.")] = ""
    territory: str = ""
    seller: str = ""
    account: str = ""
    channel: str = ""
    state: str = ""
    search: str = ""

    def found(self, request: UserRequest) -> object:
        """The orders that the caller may see and that fit."""
        period = parse_month(self.month) if self.month else None
        return queries.orders(seen_by=request.user, period=period, **self.dict(exclude={"month"}))


@router.get("/orders", response={200: Orders, **REFUSALS})
def list_orders(
    request: UserRequest, asked: Query[OrdersAsked], after: str | None = None, limit: Limit = 100
) -> object:
    """The orders you may see, in the order they were booked."""
    found, cursor = window(asked.found(request), after=after, limit=limit)  # type: ignore[arg-type,var-annotated]
    return {"orders": found, "next": cursor}


@router.get("/orders/totals", response={200: list[TotalOut], **REFUSALS})
def totals(request: UserRequest, asked: Query[OrdersAsked]) -> object:
    """What the orders you may see add up to, by currency."""
    return queries.totals(asked.found(request))  # type: ignore[arg-type]


@router.get("/orders/{number}", response={200: OrderWithLines, **REFUSALS})
def get_order(request: UserRequest, number: str) -> object:
    """One order with its lines, if you may see it."""
    return queries.order(number, seen_by=request.user)


@router.post("/orders/{number}/cancel", response={200: OrderOut, **REFUSALS})
def cancel(request: UserRequest, number: str, body: CancelIn) -> object:
    """Cancel an order of which nothing has left the house."""
    return actions.cancel(queries.order(number, seen_by=request.user), body.reason, by=request.user)


@router.post("/orders/{number}/returns", response={204: None, **REFUSALS})
def take_back(request: UserRequest, number: str, body: ReturnIn) -> object:
    """Take goods back for a line."""
    order = queries.order(number, seen_by=request.user)
    actions.take_back(queries.line_of(order, body.line), body.quantity, body.reason, by=request.user)
    return 204, None


@router.get("/items/{code}/stock", response={200: list[StockOut], **REFUSALS})
def stock(request: HttpRequest, code: str, as_of: Day | None = None) -> object:
    """What lies where since when, at the end of a day."""
    return queries.stock_of(catalog.item(code), as_of or clock.today())
