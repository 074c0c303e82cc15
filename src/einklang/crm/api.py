"""Accounts, deals, activities and tasks over JSON."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Field, Query, Router, Schema

from einklang.catalog import queries as catalog
from einklang.crm import actions, queries
from einklang.people import queries as people
from einklang.people.http import UserRequest
from einklang.web.api import REFUSALS, Strict, window
from einklang.web.values import Day, PositiveUnits

router = Router(tags=["deals"])

Limit = Annotated[int, Query(ge=1, le=500, description="At most so many.")]
Cents = Annotated[int, Field(ge=0, le=10**15)]
Version = Annotated[int, Field(ge=1, description="The version you saw; an older one is refused with 412.")]


class AccountOut(Schema):
    """One account."""

    code: str
    name: str
    industry: str
    owner: str | None = Field(None, alias="owner.username")
    territory: str | None = Field(None, alias="territory.code")
    city: str
    country: str
    version: int


class Accounts(Schema):
    """Some accounts, and the cursor that continues after them."""

    accounts: list[AccountOut]
    next: str | None


class AccountIn(Strict):
    """A new account."""

    name: str = Field(min_length=1, max_length=200)
    code: str = Field("", max_length=60)
    industry: str = Field("", max_length=120)
    city: str = Field("", max_length=120)
    country: str = Field("", max_length=2)


class DealOut(Schema):
    """One deal; money is whole minor units of its currency."""

    code: str
    name: str
    account: str = Field(alias="account.code")
    owner: str = Field(alias="owner.username")
    stage: str = Field(alias="stage.code")
    outcome: str = Field(alias="stage.ends")
    currency: str
    amount_cents: int | None
    created_on: date
    expected_on: date | None
    closed_on: date | None
    lost_reason: str
    next_step: str
    source: str
    touched_at: datetime
    version: int


class Deals(Schema):
    """Some deals, and the cursor that continues after them."""

    deals: list[DealOut]
    next: str | None


class SumOut(Schema):
    """What deals add up to in one currency."""

    currency: str
    amount_cents: int


class ColumnOut(Schema):
    """One stage of the board: how many deals and what they add up to, by currency."""

    stage: str
    count: int
    sums: list[SumOut]


class DealIn(Strict):
    """A new deal."""

    account: str
    name: str = Field(min_length=1, max_length=200)
    amount_cents: Cents | None = None
    currency: str = Field("", max_length=3)
    expected_on: Day | None = None
    next_step: str = Field("", max_length=200)
    source: str = Field("", max_length=60)


class DealChange(Strict):
    """What is to be changed on a deal; what is left out stays."""

    version: Version
    name: str | None = Field(None, min_length=1, max_length=200)
    amount_cents: Cents | None = None
    expected_on: Day | None = None
    decision_maker: str | None = Field(None, description="The code of a contact at the account.")
    next_step: str | None = Field(None, max_length=200)
    source: str | None = Field(None, max_length=60)
    owner: str | None = None

    def facts(self, by: Any) -> dict[str, Any]:
        """What was sent, with records in place of codes."""
        sent = self.dict(exclude={"version", "to", "lost_reason"}, exclude_unset=True)
        if sent.get("decision_maker"):
            sent["decision_maker"] = queries.contact(sent["decision_maker"], seen_by=by)
        if sent.get("owner"):
            sent["owner"] = people.user(sent["owner"])
        return sent


class MoveIn(DealChange):
    """The stage a deal is to enter, with what the stage's gate asks for."""

    to: str
    lost_reason: str = ""


class LineIn(Strict):
    """One line of a deal."""

    item: str
    quantity: PositiveUnits
    amount_cents: Cents
    wished_on: Day | None = None


class LinesIn(Strict):
    """All lines of a deal."""

    version: Version
    lines: list[LineIn] = Field(max_length=500)


class ActivityIn(Strict):
    """What happened."""

    kind: Literal["call", "meeting", "mail", "note"]
    text: str = Field(min_length=1)
    at: datetime | None = None


class Made(Schema):
    """The number of what was made."""

    id: int


class TaskIn(Strict):
    """Something to be done."""

    title: str = Field(min_length=1, max_length=200)
    due_on: Day | None = None
    deal: str = ""


class TaskOut(Schema):
    """One task."""

    id: int
    title: str
    owner: str = Field(alias="owner.username")
    deal: str | None = Field(None, alias="deal.code")
    due_on: date | None
    done_at: datetime | None
    version: int


class Seen(Strict):
    """The version that was seen."""

    version: Version


class DealsAsked(Strict):
    """What narrows a list of deals; ``stage`` is a stage's code, or open, won or lost."""

    stage: str = ""
    owner: str = ""
    territory: str = ""
    account: str = ""
    search: str = ""


@router.get("/accounts", response={200: Accounts, **REFUSALS})
def list_accounts(
    request: UserRequest, search: str = "", after: str | None = None, limit: Limit = 100
) -> object:
    """The accounts you may see."""
    rows, further = window(queries.accounts(seen_by=request.user, search=search), after=after, limit=limit)
    return {"accounts": rows, "next": further}


@router.post("/accounts", response={201: AccountOut, **REFUSALS})
def add_account(request: UserRequest, body: AccountIn) -> object:
    """Add an account; it is yours."""
    return 201, actions.add_account(by=request.user, **body.dict())


@router.get("/accounts/{code}", response={200: AccountOut, **REFUSALS})
def one_account(request: UserRequest, code: str) -> object:
    """One account."""
    return queries.account(code, seen_by=request.user)


@router.get("/deals", response={200: Deals, **REFUSALS})
def list_deals(
    request: UserRequest, asked: Query[DealsAsked], after: str | None = None, limit: Limit = 100
) -> object:
    """The deals you may see."""
    rows, further = window(queries.deals(seen_by=request.user, **asked.dict()), after=after, limit=limit)
    return {"deals": rows, "next": further}


@router.get("/deals/board", response={200: list[ColumnOut], **REFUSALS})
def board(request: UserRequest, owner: str = "", territory: str = "", search: str = "") -> object:
    """The board's columns: the same counts and sums that the page shows."""
    columns = queries.board(seen_by=request.user, owner=owner, territory=territory, search=search)
    return [
        {
            "stage": column.stage.code,
            "count": column.count,
            "sums": [{"currency": currency, "amount_cents": total} for currency, total in column.sums],
        }
        for column in columns
    ]


@router.post("/deals", response={201: DealOut, **REFUSALS})
def add_deal(request: UserRequest, body: DealIn) -> object:
    """Add a deal in the first stage; it is yours."""
    facts = body.dict()
    account = queries.account(facts.pop("account"), seen_by=request.user)
    return 201, actions.add_deal(account, facts.pop("name"), by=request.user, **facts)


@router.get("/deals/{code}", response={200: DealOut, **REFUSALS})
def one_deal(request: UserRequest, code: str) -> object:
    """One deal."""
    return queries.deal(code, seen_by=request.user)


@router.patch("/deals/{code}", response={200: DealOut, **REFUSALS})
def change_deal(request: UserRequest, code: str, body: DealChange) -> object:
    """Change a deal's facts; an older version is refused with both values."""
    deal = queries.deal(code, seen_by=request.user)
    return actions.change_deal(deal, version=body.version, by=request.user, **body.facts(request.user))


@router.post("/deals/{code}/move", response={200: DealOut, **REFUSALS})
def move_deal(request: UserRequest, code: str, body: MoveIn) -> object:
    """Move a deal to a stage: win it, lose it with a reason, reopen it."""
    deal, facts = queries.deal(code, seen_by=request.user), body.facts(request.user)
    if body.lost_reason:
        facts["lost_reason"] = body.lost_reason
    return actions.move_deal(deal, queries.stage(body.to), version=body.version, by=request.user, **facts)


@router.put("/deals/{code}/lines", response={200: DealOut, **REFUSALS})
def set_lines(request: UserRequest, code: str, body: LinesIn) -> object:
    """Say what a deal is about; its amount becomes the sum of the lines."""
    deal = queries.deal(code, seen_by=request.user)
    lines = [actions.NewLine(**{**line.dict(), "item": catalog.item(line.item)}) for line in body.lines]
    return actions.set_lines(deal, lines, version=body.version, by=request.user)


@router.post("/deals/{code}/activities", response={201: Made, **REFUSALS})
def log_activity(request: UserRequest, code: str, body: ActivityIn) -> object:
    """Note a call, a meeting, a mail or a note."""
    deal = queries.deal(code, seen_by=request.user)
    return 201, actions.log_activity(deal, body.kind, body.text, at=body.at, by=request.user)


@router.get("/tasks", response={200: list[TaskOut], **REFUSALS})
def list_tasks(
    request: UserRequest, owner: str = "", state: Literal["open", "done", "all"] = "open", limit: Limit = 100
) -> object:
    """The tasks you may see."""
    return queries.tasks(seen_by=request.user, owner=owner, state=state)[:limit]


@router.post("/tasks", response={201: TaskOut, **REFUSALS})
def add_task(request: UserRequest, body: TaskIn) -> object:
    """Set yourself a task."""
    about = queries.deal(body.deal, seen_by=request.user) if body.deal else None
    return 201, actions.add_task(body.title, about=about, due_on=body.due_on, by=request.user)


@router.post("/tasks/{number}/finish", response={200: TaskOut, **REFUSALS})
def finish_task(request: UserRequest, number: int, body: Seen) -> object:
    """Tick a task off."""
    return actions.finish_task(
        queries.task(number, seen_by=request.user), version=body.version, by=request.user
    )
