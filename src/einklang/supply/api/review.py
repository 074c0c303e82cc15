"""The supply review over JSON: what loads a work centre, who waits for it, what an hour earns, one item."""

from datetime import date

from ninja import Router, Schema

from einklang.people.http import UserRequest
from einklang.supply import queries
from einklang.supply.api.parts import seen
from einklang.web.api import REFUSALS
from einklang.web.values import Month

router = Router(tags=["supply"])


class NamedOut(Schema):
    """An order or deal that waits: its whole quantity, and how much of the work or goods is for it."""

    reference: str
    account: str
    item: str
    period: date
    quantity: float
    odds: float | None
    amount: float


class OthersOut(Schema):
    """Those that are small, or that you may not see: how many, how much for them."""

    count: int
    amount: float


class BehindOut(Schema):
    """Who stands behind hours or goods; order, deal, forecast and stock sum to the whole."""

    order: float
    deal: float
    forecast: float
    stock: float
    orders: list[NamedOut]
    other_orders: OthersOut
    deals: list[NamedOut]
    other_deals: OthersOut


class LoadedOrderOut(Schema):
    """One planned order at a work centre."""

    order: str
    quantity: float
    hours: float
    release: date
    due: date


class WorkedOut(Schema):
    """One item a work centre works on."""

    item: str
    quantity: float
    hours: float
    orders: list[LoadedOrderOut]


class LoadingOut(Schema):
    """What a work centre's hours go into in a month; the hour's price is null without costs."""

    resource: str
    period: date
    capacity: float
    overtime: float
    load: float
    shadow_price: float | None
    items: list[WorkedOut]
    behind: BehindOut


class EarnerOut(Schema):
    """What an hour of a work centre earns with one item."""

    resource: str
    item: str
    hours: float
    price: float
    material: float
    throughput: float
    per_hour: float
    planned: float
    lost: float


class RecordOut(Schema):
    """One month of an item's record."""

    period: date
    gross: float
    scheduled: float
    net: float
    planned: float
    released: float
    stock: float


class PathOut(Schema):
    """One line of a pegging tree with the lines beyond it."""

    item: str
    quantity: float
    first: date | None
    last: date | None
    parts: list[tuple[str, float]]
    below: list["PathOut"]


class UseOut(Schema):
    """An item that another goes into."""

    level: int
    item: str
    quantity: float


class ItemRecordOut(Schema):
    """One item in a plan: record, pegging both ways, where it is used, who waits for it."""

    item: str
    safety_stock: float
    record: list[RecordOut]
    up: list[PathOut]
    down: list[PathOut]
    uses: list[UseOut]
    behind: BehindOut


@router.get("/supply/runs/{run_id}/loads/{resource}/{month}", response={200: LoadingOut, **REFUSALS})
def loading(request: UserRequest, run_id: int, resource: str, month: Month) -> object:
    """What a work centre's hours go into in a month, and the orders and deals that wait for them."""
    told = queries.loading(seen(run_id, request), resource, month, seen_by=request.user)
    money = request.user.may("see cost")
    facts = {name: getattr(told, name) for name in LoadingOut.model_fields}
    return {**facts, "shadow_price": told.shadow_price if money else None}


@router.get("/supply/runs/{run_id}/throughput", response={200: list[EarnerOut], **REFUSALS})
def throughput(request: UserRequest, run_id: int, resource: str = "") -> object:
    """What an hour of each work centre earns with each item, best first; for those who see costs."""
    found = queries.throughput(seen(run_id, request), seen_by=request.user, resource=resource)
    return list(found.iter_rows(named=True))


@router.get("/supply/runs/{run_id}/items/{item}", response={200: ItemRecordOut | None, **REFUSALS})
def item_record(request: UserRequest, run_id: int, item: str) -> object:
    """One item's record, pegging and uses; null where the plan does not need it."""
    told = queries.item_view(seen(run_id, request), item, seen_by=request.user)
    if told is None:
        return None
    facts = {name: getattr(told, name) for name in ItemRecordOut.model_fields}
    return {**facts, "record": list(told.record.iter_rows(named=True))}
