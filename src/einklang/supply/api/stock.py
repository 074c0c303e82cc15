"""Stock policies over JSON."""

from datetime import date

from ninja import Field, Router, Schema

from einklang.people.http import UserRequest
from einklang.supply import actions, queries
from einklang.web.api import REFUSALS, Strict

router = Router(tags=["supply"])


class PolicyIn(Strict):
    """A safety stock set by hand, and why."""

    safety_stock: float = Field(ge=0, le=1e11)
    reason: str = Field(min_length=1, max_length=300)


class PolicyOut(Schema):
    """The stock policy of one item."""

    item: str = Field(alias="item.code")
    as_of: date
    abc: str
    xyz: str
    service: float
    safety_stock: float
    reorder_point: float
    order_up_to: float
    origin: str
    reason: str


@router.get("/supply/policies", response={200: list[PolicyOut], **REFUSALS})
def list_policies(request: UserRequest) -> object:
    """The stock policy that holds for each item."""
    request.user.must("see supply")
    return list(queries.standing().order_by("item__code"))


@router.post("/supply/policies/{item}", response={200: PolicyOut, **REFUSALS})
def set_policy(request: UserRequest, item: str, body: PolicyIn) -> object:
    """Keep another safety stock than the computed one, and say why."""
    return actions.set_policy(item, body.safety_stock, body.reason, by=request.user)
