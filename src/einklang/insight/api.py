"""Figures over JSON: the board, one KPI with its parts, the records behind it, targets and spending."""

from datetime import date
from typing import Annotated, Any, Literal

import polars as pl
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from einklang.engine.kpis import Figure
from einklang.insight import actions, queries, told
from einklang.insight.queries import Answer, Customers
from einklang.insight.registry import KPIS, WHY_NOT, Kpi
from einklang.kernel.errors import NotFound
from einklang.people.http import UserRequest
from einklang.web.api import REFUSALS, Strict, finite

router = Router(tags=["kpis"])
Month = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$", description="A month like 2014-05.")]


class FiguresAsked(Schema):
    """Which period, and what to narrow the figures to."""

    period: str | None = Field(
        None, description="2014-05, 2014-Q2 or 2014; else the last month that is over."
    )
    team: str | None = None
    rep: str | None = None
    territory: str | None = None
    family: str | None = None

    def where(self) -> dict[str, str]:
        """What is narrowed."""
        given = {"team": self.team, "rep": self.rep, "territory": self.territory, "family": self.family}
        return {name: code for name, code in given.items() if code}


class PartOut(Schema):
    """One part of a breakdown; `code` is null for records that belong to none."""

    code: str | None
    value: float | None
    numerator: float | None
    denominator: float | None
    count: int
    why_not: str = ""


class MonthOut(Schema):
    """One month of the course."""

    month: date
    value: float | None


class KpiOut(Schema):
    """A figure with both its counts, or why there is none. Money is in cents, shares from 0 to 1."""

    id: str
    version: int
    title: str
    definition: str
    numerator_is: str
    denominator_is: str
    unit: str
    better: str
    by: list[str]
    period: str
    as_of: date
    value: float | None
    numerator: float | None
    denominator: float | None
    count: int
    why_not: str = ""
    needs: str = ""
    beside: dict[str, float | None]
    before: float | None
    thin: bool = Field(description="Fewer records than the value should rest on.")
    left_out: int = Field(description="Records without a rate into the home currency.")
    target: float | None = None
    course: list[MonthOut] = []
    parts: list[PartOut] = []


class RowsOut(Schema):
    """Records behind a figure, and the cursor that continues after them."""

    rows: list[dict[str, Any]]
    count: int
    next: str | None


class KpiTargetIn(Strict):
    """What a KPI is to reach in a month: of the company, a team or a territory."""

    kpi: str
    month: Month
    value: float = Field(ge=0, description="In the KPI's own unit: shares from 0 to 1, money in cents.")
    team: str | None = None
    territory: str | None = None


class TargetOut(Schema):
    """A target as it was set."""

    kpi: str
    month: date = Field(alias="period")
    value: float
    team: str | None = Field(None, alias="team.code")
    territory: str | None = Field(None, alias="territory.code")
    set_by: str = Field(alias="set_by.username")


class SpendIn(Strict):
    """What was spent to win customers in a month, in the home currency; a correction may be negative."""

    month: Month
    kind: Literal["sales", "marketing"]
    amount_cents: int
    note: str = ""


class SpendOut(Schema):
    """Spending as it was booked."""

    month: date = Field(alias="period")
    kind: str
    amount_cents: int
    currency: str


class ReasonOut(Schema):
    """Why: a sentence with its numbers, and by how much it moves the risk (0.1 = ten points)."""

    reason: str
    sentence: str
    effect: float | None


class CustomerOut(Schema):
    """A customer's value and risk; money in whole cents of the home currency, chances from 0 to 1."""

    account: str
    name: str
    owner: str | None
    territory: str | None
    state: Literal["active", "waning", "gone"]
    last_on: date
    orders: int
    quiet_days: int
    revenue: int = Field(description="Of the last 365 days.")
    value: int | None = Field(description="Expected in the next twelve months.")
    low: int | None = Field(description="Eight of ten cases lie between low and high.")
    high: int | None
    active: float
    risk: float | None = Field(
        description="Of no order in the next `days_ahead`; null where none is learned."
    )
    at_stake: int = Field(description="Revenue of the last 365 days times the chance to be gone.")
    reasons: list[ReasonOut]


class CustomersOut(Schema):
    """Customers by revenue at stake, a page at a time, and what the risk rests on."""

    as_of: date | None
    days_ahead: int | None
    way: str | None = Field(
        description="learned, orders, rhythm, or rule where there is too little to learn from."
    )
    auc: float | None = Field(description="How well the risk ranked on later dates; .5 is chance.")
    count: int
    customers: list[CustomerOut]


class CustomersAsked(Schema):
    """Which customers."""

    search: str = ""
    owner: str = ""
    territory: str = ""
    state: Literal["", "active", "waning", "gone"] = ""
    sort: str = Field("-at_stake", description="A column, with - before it for the largest first.")
    first: int = Field(0, ge=0, description="How many to skip.")
    limit: int = Field(100, ge=1, le=1000)


@router.get("/customers", response={200: CustomersOut, **REFUSALS})
def customers(request: UserRequest, asked: Query[CustomersAsked]) -> object:
    """The customers you may see, with value, risk and reasons."""
    found = queries.customer_list(seen_by=request.user)
    if found is None:
        return {"as_of": None, "days_ahead": None, "way": None, "auc": None, "count": 0, "customers": []}
    where = asked.model_dump(exclude={"first", "limit"})
    rows = queries.chosen_customers(found, **where)
    part = rows.slice(asked.first, asked.limit)
    learned = found.learned.risk
    kept = learned.measured.get(learned.way)
    return {
        "as_of": found.as_of,
        "days_ahead": found.days,
        "way": learned.way,
        "auc": kept.auc if kept else None,
        "count": rows.height,
        "customers": _customers(found, part),
    }


@router.get("/customers/{code}", response={200: CustomerOut, **REFUSALS})
def customer(request: UserRequest, code: str) -> object:
    """One customer's value, risk and reasons."""
    answer = queries.customer(code, seen_by=request.user)
    if answer is None:
        raise NotFound(_("This customer has no order that you may see."))
    found, row = answer
    return _customers(found, found.table.filter(pl.col("account") == row["account"]))[0]


def _customers(found: Customers, part: pl.DataFrame) -> list[dict[str, Any]]:
    why = queries.reasons_of(found, part["account"].to_list())
    return [
        {
            **row,
            "reasons": [
                {"reason": one["reason"], "sentence": told.reason(one, found.days), "effect": one["effect"]}
                for one in why[row["account"]]
            ],
        }
        for row in plain(part)
    ]


@router.get("/kpis", response={200: list[KpiOut], **REFUSALS})
def board(request: UserRequest, asked: Query[FiguresAsked]) -> object:
    """Every KPI you may see, for a period; those that cannot be split as asked are left away."""
    span = queries.span_of(asked.period)
    cards = queries.board(span, asked.where(), seen_by=request.user)
    return [
        as_json(card.answer, target=card.goal.value if card.goal else None)
        for card in cards
        if card.answer is not None
    ]


@router.get("/kpis/{kpi_id}", response={200: KpiOut, **REFUSALS})
def one(request: UserRequest, kpi_id: str, asked: Query[FiguresAsked], by: str = "") -> object:
    """One KPI with its course over twelve months; `by` breaks it down by team, rep, territory or family."""
    found = queries.kpi(kpi_id, asked.period, by, seen_by=request.user, where=asked.where(), trend=True)
    goal = queries.goals([found.kpi], found.span, found.where, seen_by=request.user).get(kpi_id)
    return as_json(found, target=goal.value if goal else None)


@router.get("/kpis/{kpi_id}/rows", response={200: RowsOut, **REFUSALS})
def rows(
    request: UserRequest,
    kpi_id: str,
    asked: Query[FiguresAsked],
    after: str | None = None,
    limit: Annotated[int, Field(ge=1, le=1000)] = 100,
) -> object:
    """The records behind a figure, a page at a time."""
    found = queries.kpi(kpi_id, asked.period, seen_by=request.user, where=asked.where())
    part, cursor = queries.rows_after(found, after, limit)
    return {"rows": plain(part), "count": queries.shown(found).height, "next": cursor}


@router.get("/targets", response={200: list[TargetOut], **REFUSALS})
def targets(request: UserRequest, kpi: str = "") -> object:
    """The targets you may see, the newest first; the newest of a month holds."""
    return queries.targets(seen_by=request.user, kpi=kpi)[:1000]


@router.post("/targets", response={200: TargetOut, **REFUSALS})
def set_target(request: UserRequest, body: KpiTargetIn) -> object:
    """Say what a KPI is to reach in a month."""
    return actions.set_target(
        body.kpi,
        queries.span_of(body.month).start,
        body.value,
        team=queries.team_called(body.team) if body.team else None,
        territory=queries.territory_called(body.territory) if body.territory else None,
        by=request.user,
    )


@router.post("/spend", response={200: SpendOut, **REFUSALS})
def book_spend(request: UserRequest, body: SpendIn) -> object:
    """Book what was spent on sales or marketing in a month."""
    month = queries.span_of(body.month).start
    return actions.book_spend(month, body.kind, body.amount_cents, note=body.note, by=request.user)


def as_json(found: Answer, *, target: float | None = None) -> dict[str, Any]:
    """An answer as the API gives it."""
    kpi: Kpi = KPIS[found.kpi.id]
    texts = {name: str(getattr(kpi, name)) for name in ("title", "definition")}
    return {
        "id": kpi.id,
        "version": kpi.version,
        **texts,
        "numerator_is": str(kpi.numerator),
        "denominator_is": str(kpi.denominator),
        "unit": kpi.unit,
        "better": kpi.better,
        "by": list(kpi.by),
        "period": found.span.label,
        "as_of": found.span.as_of,
        **_figure(found.figure),
        "needs": "" if found.figure.measurable else str(kpi.needs),
        "beside": {name: finite(value) for name, value in found.figure.beside.items()},
        "before": finite(found.before.value),
        "thin": found.thin,
        "left_out": found.left_out.height,
        "target": target,
        "course": [{"month": month, "value": finite(figure.value)} for month, figure in found.trend],
        "parts": [
            {"code": None if part.code == "-" else part.code, **_figure(part.figure)} for part in found.parts
        ],
    }


def plain(part: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON takes them."""
    return [
        {name: finite(value) if isinstance(value, float) else value for name, value in row.items()}
        for row in part.iter_rows(named=True)
    ]


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "value": finite(figure.value),
        "numerator": finite(figure.numerator),
        "denominator": finite(figure.denominator),
        "count": figure.count,
        "why_not": str(WHY_NOT[figure.why_not]) if figure.why_not else "",
    }
