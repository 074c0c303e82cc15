"""Stock over JSON: health, classes, what is too much, lost or misplaced, budgets, cards, policies."""

from datetime import date
from typing import Annotated, Literal

from ninja import Field, Query, Router, Schema

from einklang.people.http import UserRequest
from einklang.supply import actions, queries
from einklang.supply.queries import holding
from einklang.web.api import REFUSALS, Strict

router = Router(tags=["supply"])


class PolicyIn(Strict):
    """A safety stock set by hand, and why; what it was chosen for, where it was chosen for a service."""

    safety_stock: float = Field(ge=0, le=1e11)
    reason: str = Field(min_length=1, max_length=300)
    service: float | None = Field(None, gt=0, lt=1)
    target: Literal["", "cycle", "fill", "ready"] = ""


class BudgetIn(Strict):
    """Money for safety stock, in cents (none: today's), and why its mix is kept."""

    cents: int | None = Field(None, ge=0, le=10**15)
    reason: str = Field(min_length=1, max_length=300)


class ReasonOnly(Strict):
    """The reason for which stocks were set by hand."""

    reason: str = Field(min_length=1, max_length=300)


class PolicyOut(Schema):
    """The stock policy of one item; ``law`` is the law of demand it rests on."""

    item: str = Field(alias="item.code")
    as_of: date
    abc: str
    xyz: str
    service: float
    target: str
    law: str
    fill_rate: float | None
    safety_stock: float
    reorder_point: float
    order_up_to: float
    origin: str
    reason: str


class StockOut(Schema):
    """One item's stock; money is null for those who do not see costs."""

    item: str
    name: str
    state: str
    abc: str
    xyz: str
    quantity: float
    value_cents: int | None
    safety_stock: float
    days: float | None
    runs_out: date | None
    over: float
    over_cents: int | None
    oldest_days: int | None


class ClassChangeOut(Schema):
    """A class that changed."""

    item: str
    period: date
    before: str
    after: str


class SpareOut(Schema):
    """One item of which there is too much: expected rest, provision, and the markdown that still pays."""

    item: str
    quantity: float
    over: float
    oldest_days: int | None
    rest: float
    provision_cents: int | None
    price_cents: int | None
    marked_cents: int | None
    discount: float
    gain_cents: int | None
    uplift: float | None


class MarkdownOut(Schema):
    """One price of an item whose markdown pays, and what demand is there as a multiple of today's."""

    item: str
    level: int
    price_cents: int
    demand_factor: float


class LostOut(Schema):
    """One item that ran out, and what that probably lost."""

    item: str
    periods: int
    sold: float
    wished: float | None
    recorded: float
    lost: float
    value_cents: int | None
    law: str


class MoveOut(Schema):
    """A move between places that saves more than it costs."""

    item: str
    from_site: str
    to_site: str
    quantity: float
    cost_cents: int | None
    saves_cents: int | None


class BudgetLineOut(Schema):
    """One item in a mix."""

    item: str
    law: str
    now: float
    proposed: float
    more_cents: int


class BudgetOut(Schema):
    """What a sum of money in safety stock serves; no mix serves more than ``bound``."""

    cents: int
    now_cents: int
    now_service: float
    service: float
    bound: float
    lines: list[BudgetLineOut]


class JointOut(Schema):
    """Items of one supplier ordered together; ``items`` are code, name, in every ... order, quantity."""

    supplier: str
    name: str
    days: float
    items: list[tuple[str, str, int, float]]
    joint_cents: int
    alone_cents: int
    saves_cents: int


class CourseOut(Schema):
    """Stock at the end of a month if nothing more is ordered."""

    period: date
    stock: float
    low: float
    high: float
    zone: str


class CardOut(Schema):
    """Where one item's stock is heading."""

    item: str
    quantity: float
    zone: str
    safety_stock: float
    most: float
    runs_out: date | None
    may_run_out: date | None
    order_by: date | None
    course: list[CourseOut]


class BandOut(Schema):
    """Low, mean and high of the runs."""

    low: float
    middle: float
    high: float


class PlayedOut(Schema):
    """What one way of playing measured."""

    name: str
    cycle: BandOut
    fill: BandOut
    ready: BandOut
    stock: BandOut


class TrialOut(Schema):
    """A policy tried out: what its law promises, and what was measured."""

    law: str
    safety_stock: float
    reorder_point: float
    order_up_to: float
    cycle: float
    fill: float
    ready: float
    value_cents: int | None
    more_cents: int | None
    rows: list[PlayedOut]


class Tried(Strict):
    """A service target to try."""

    service: float = Field(gt=0, lt=1)
    target: Literal["cycle", "fill", "ready"] = "cycle"
    law: Literal["auto", "normal", "gamma", "negative binomial", "poisson", "empirical"] = "auto"


Share = Annotated[float, Query(ge=0, le=1)]


@router.get("/supply/stock", response={200: list[StockOut], **REFUSALS})
def list_stock(
    request: UserRequest, search: str = "", state: str = "", abc: str = "", xyz: str = ""
) -> object:
    """Stock by item, the dearest first."""
    return queries.health(
        queries.usual_day(), seen_by=request.user, search=search, state=state, abc=abc, xyz=xyz
    )


@router.get("/supply/stock/classes", response={200: list[ClassChangeOut], **REFUSALS})
def list_class_changes(request: UserRequest, item: str = "") -> object:
    """How classes changed over the last year, newest first."""
    return list(
        holding.class_changes(queries.usual_day(), item=item, seen_by=request.user).iter_rows(named=True)
    )


@router.get("/supply/stock/spare", response={200: list[SpareOut], **REFUSALS})
def list_spare(
    request: UserRequest,
    months: Annotated[float, Query(ge=1, le=60)] = 12,
    elasticity: Annotated[float, Query(ge=0, le=10)] = 2,
    salvage: Share = 0.2,
) -> object:
    """What is too much, what to provide for it, and the markdown that still pays."""
    return holding.spare(
        queries.usual_day(), months=months, elasticity=elasticity, salvage=salvage, seen_by=request.user
    ).lines


@router.get("/supply/stock/markdowns", response={200: list[MarkdownOut], **REFUSALS})
def list_markdowns(
    request: UserRequest, elasticity: Annotated[float, Query(ge=0, le=10)] = 2, salvage: Share = 0.2
) -> object:
    """Price levels of the items whose markdown pays, the first level being today's price.

    It is the table markdowns.csv of a planning case, but for the price: whole cents here, currency there.
    """
    levels = holding.markdown_levels(
        queries.usual_day(), elasticity=elasticity, salvage=salvage, seen_by=request.user
    )
    cents = (levels["price"] * 100).round(0).cast(int).alias("price_cents")
    return list(levels.with_columns(cents).iter_rows(named=True))


@router.get("/supply/stock/lost", response={200: list[LostOut], **REFUSALS})
def list_lost(request: UserRequest) -> object:
    """What was probably lost for want of stock in the last three years."""
    return holding.lost(queries.usual_day(), seen_by=request.user)


@router.get("/supply/stock/moves", response={200: list[MoveOut], **REFUSALS})
def list_moves(request: UserRequest) -> object:
    """Moves between places that save more than they cost."""
    return holding.rebalancing(queries.usual_day(), seen_by=request.user)


@router.get("/supply/stock/budget", response={200: BudgetOut | None, **REFUSALS})
def budget(request: UserRequest, cents: Annotated[int | None, Query(ge=0, le=10**15)] = None) -> object:
    """The best mix of safety stocks for a sum of money, else for today's."""
    found = holding.budget_mix(queries.usual_day(), cents, seen_by=request.user)
    if found is None:
        return None
    facts = {name: getattr(found, name) for name in ("cents", "now_cents", "now_service", "service", "bound")}
    return facts | {"lines": list(found.lines.iter_rows(named=True))}


@router.post("/supply/stock/budget", response={200: list[PolicyOut], **REFUSALS})
def keep_budget(request: UserRequest, body: BudgetIn) -> object:
    """Keep the best mix for a sum of money, by hand and with a reason."""
    found = holding.budget_mix(queries.usual_day(), body.cents, seen_by=request.user)
    levels = dict(found.lines.select("item", "proposed").iter_rows()) if found else {}
    return actions.set_policies(levels, body.reason, by=request.user)


@router.post("/supply/stock/budget/release", response={200: list[PolicyOut], **REFUSALS})
def release_policies(request: UserRequest, body: ReasonOnly) -> object:
    """Let all safety stocks that were set by hand for one reason be computed again."""
    return actions.release_policies(body.reason, by=request.user)


@router.get("/supply/stock/together", response={200: list[JointOut], **REFUSALS})
def list_together(
    request: UserRequest,
    order_cents: Annotated[int, Query(ge=1, le=10**9)] = 60_00,
    line_cents: Annotated[int, Query(ge=1, le=10**9)] = 8_00,
) -> object:
    """Items of one supplier ordered together."""
    return holding.together(
        queries.usual_day(), order_cents=order_cents, line_cents=line_cents, seen_by=request.user
    )


@router.get("/supply/stock/items/{item}", response={200: CardOut, **REFUSALS})
def card(request: UserRequest, item: str) -> object:
    """Where one item's stock is heading: by month, in zones, with the day it runs out."""
    found = holding.card(item, as_of=queries.usual_day(), seen_by=request.user)
    names = ("item", "quantity", "zone", "safety_stock", "most", "runs_out", "may_run_out", "order_by")
    course = list(found.ahead.iter_rows(named=True))
    return {name: getattr(found, name) for name in names} | {"course": course}


@router.post("/supply/stock/items/{item}/trial", response={200: TrialOut, **REFUSALS})
def try_policy(request: UserRequest, item: str, body: Tried) -> object:
    """Try a service target out on one item; nothing is kept."""
    wish = holding.Wish(body.service, body.target, body.law)
    return holding.trial(item, wish, as_of=queries.usual_day(), seen_by=request.user)


@router.get("/supply/policies", response={200: list[PolicyOut], **REFUSALS})
def list_policies(request: UserRequest) -> object:
    """The stock policy that holds for each item."""
    request.user.must("see supply")
    return list(queries.standing().order_by("item__code"))


@router.post("/supply/policies/{item}", response={200: PolicyOut, **REFUSALS})
def set_policy(request: UserRequest, item: str, body: PolicyIn) -> object:
    """Keep another safety stock than the computed one, and say why."""
    return actions.set_policy(
        item, body.safety_stock, body.reason, service=body.service, target=body.target, by=request.user
    )
