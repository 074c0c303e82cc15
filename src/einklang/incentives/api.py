"""Quotas over JSON."""

from datetime import date
from typing import Literal

from ninja import Router, Schema
from pydantic import Field, NonNegativeInt

from einklang.cycle import queries as cycle
from einklang.engine.periods import parse_month
from einklang.incentives import actions, queries
from einklang.people.http import UserRequest
from einklang.web.api import REFUSALS, Strict, finite

router = Router(tags=["quotas"])


class QuotaOut(Schema):
    """One territory's quota."""

    territory: str = Field(alias="territory.code")
    month: date = Field(alias="round.month")
    amount_cents: int


class TargetIn(Strict):
    """The month's target, and what it is shared by."""

    target_cents: NonNegativeInt
    month: str | None = Field(default=None, pattern=r"^\d{4}-\d{2}$")
    weights: Literal["potential", "history"] = "potential"


class QuotasSet(Schema):
    """What was shared, and what has no capacity behind it."""

    quotas: dict[str, int]
    uncovered: int


class AttainmentOut(Schema):
    """What was asked and what was sold."""

    code: str
    name: str
    start: date
    end: date
    quota_cents: int
    sold_cents: int
    currency: str
    share: float | None

    @staticmethod
    def resolve_share(found: queries.Attainment) -> float | None:
        """A share that JSON can carry."""
        return finite(found.share)


@router.get("/plans/{plan_id}/quotas", response={200: list[QuotaOut], **REFUSALS})
def list_quotas(request: UserRequest, plan_id: int) -> object:
    """The quotas of a plan that you may see."""
    return queries.quotas(cycle.version(plan_id, seen_by=request.user), seen_by=request.user)


@router.post("/plans/{plan_id}/quotas", response={200: QuotasSet, **REFUSALS})
def set_quotas(request: UserRequest, plan_id: int, body: TargetIn) -> object:
    """Share a target among territories, capped by what the signed plan can deliver."""
    return actions.set_quotas(
        cycle.version(plan_id, seen_by=request.user),
        body.target_cents,
        month=parse_month(body.month) if body.month else None,
        weights=body.weights,
        by=request.user,
    )


@router.get("/quotas/territories/{month}", response={200: list[AttainmentOut], **REFUSALS})
def territory_attainment(request: UserRequest, month: str) -> object:
    """Each territory's quota of a month and what was sold, as far as you may see."""
    return queries.territory_attainment(parse_month(month), seen_by=request.user)


@router.get("/quotas/sellers", response={200: list[AttainmentOut], **REFUSALS})
def seller_attainment(request: UserRequest, seller: str = "") -> object:
    """Each seller's quotas and what was sold in their time, as far as you may see."""
    return queries.seller_attainment(seen_by=request.user, seller=seller)
