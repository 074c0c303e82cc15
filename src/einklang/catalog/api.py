"""Items over JSON."""

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from pydantic import NonNegativeInt

from einklang.catalog import actions, queries
from einklang.kernel import clock
from einklang.people.http import UserRequest
from einklang.web import formats
from einklang.web.api import REFUSALS, Strict, expected_version, window
from einklang.web.values import Day, Units

router = Router(tags=["catalog"])

Limit = Annotated[int, Query(ge=1, le=500, description="At most so many.")]


class ItemOut(Schema):
    """One item: quantities in its own unit."""

    code: str
    name: str
    family: str | None = Field(None, alias="family.code")
    unit: str
    kind: str
    is_sold: bool
    launched_on: date | None
    ended_on: date | None
    lead_time_days: int
    safety_stock: float
    reorder_point: float
    lot_min: float
    lot_multiple: float
    version: int


class Items(Schema):
    """Some items, and the cursor that continues after them."""

    items: list[ItemOut]
    next: str | None


class ItemIn(Strict):
    """What may be changed about an item; what is left out stays."""

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    lead_time_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    safety_stock: Units | None = None
    reorder_point: Units | None = None
    lot_min: Units | None = None
    lot_multiple: Units | None = None


class PriceOut(Schema):
    """What an item is sold for from a day on, in whole minor units."""

    amount_cents: int
    currency: str
    valid_from: date
    valid_to: date | None


class PriceIn(Strict):
    """A price from a day on; without a currency the company's own."""

    amount_cents: Annotated[NonNegativeInt, Field(le=10**15)]
    valid_from: Day
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None


class ComponentOut(Schema):
    """What one unit of an item takes."""

    component: str = Field(alias="component.code")
    quantity: float
    scrap: float


@router.get("/items", response={200: Items, **REFUSALS})
def list_items(
    request: HttpRequest, search: str = "", family: str = "", after: str | None = None, limit: Limit = 100
) -> object:
    """Items, found by words and family, in the order they were added."""
    found, cursor = window(queries.items(search=search, family=family), after=after, limit=limit)
    return {"items": found, "next": cursor}


@router.get("/items/{code}", response={200: ItemOut, **REFUSALS})
def get_item(request: HttpRequest, code: str) -> object:
    """One item."""
    return queries.item(code)


@router.patch("/items/{code}", response={200: ItemOut, **REFUSALS})
def change_item(request: UserRequest, code: str, body: ItemIn) -> object:
    """Change an item; `If-Match` names the version that was read."""
    facts = body.dict(exclude_none=True)
    return actions.change_item(
        queries.item(code), version=expected_version(request), by=request.user, **facts
    )


@router.get("/items/{code}/prices", response={200: list[PriceOut], **REFUSALS})
def list_prices(request: HttpRequest, code: str) -> object:
    """What an item was and is sold for, newest first."""
    return queries.prices(queries.item(code))


@router.post("/items/{code}/prices", response={200: PriceOut, **REFUSALS})
def set_price(request: UserRequest, code: str, body: PriceIn) -> object:
    """Set what an item is sold for from a day on."""
    currency = body.currency or formats.home_currency()
    return actions.set_price(
        queries.item(code), body.amount_cents, currency, body.valid_from, by=request.user
    )


@router.get("/items/{code}/components", response={200: list[ComponentOut], **REFUSALS})
def list_components(request: HttpRequest, code: str, as_of: Day | None = None) -> object:
    """What goes into one unit of an item on a day; today where none is given."""
    return queries.components(queries.item(code), as_of or clock.today())
