"""What supply's JSON doors share: how much at a time, where to go on, and which plan is meant."""

from typing import Annotated

from ninja import Query, Schema

from einklang.people.http import UserRequest
from einklang.supply import queries

Limit = Annotated[int, Query(ge=1, le=1000)]


class PageOf(Schema):
    """A cursor that continues after these rows; null at the end."""

    next: str | None


def seen(run_id: int, request: UserRequest) -> queries.SupplyRun:
    """One plan, for somebody who may see supply."""
    request.user.must("see supply")
    return queries.run(run_id)
