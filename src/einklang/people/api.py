"""People, roles, teams and territories over JSON."""

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from einklang.kernel import clock
from einklang.people import queries, roles
from einklang.people.http import UserRequest
from einklang.web.api import REFUSALS, window
from einklang.web.values import Day

router = Router(tags=["people"])

Limit = Annotated[int, Query(ge=1, le=500, description="At most so many.")]


class UserOut(Schema):
    """One person."""

    username: str
    name: str
    role: str
    team: str | None = Field(None, alias="team.code")
    job_title: str
    sells: bool
    is_active: bool
    hired_on: date | None
    left_on: date | None


class Me(UserOut):
    """Yourself, with what your role may do."""

    language: str
    permissions: list[str]

    @staticmethod
    def resolve_permissions(user: object) -> list[str]:
        """By name, sorted."""
        return sorted(user.permissions)  # type: ignore[attr-defined]


class Users(Schema):
    """Some people, and the cursor that continues after them."""

    users: list[UserOut]
    next: str | None


class RoleOut(Schema):
    """One role: how far it sees and what it may do."""

    code: str
    label: str
    scope: str
    may: list[str]


class TeamOut(Schema):
    """One team."""

    code: str
    name: str
    parent: str | None = Field(None, alias="parent.code")
    size: int


class TerritoryOut(Schema):
    """One territory; potential is a year's, in whole minor units."""

    code: str
    name: str
    parent: str | None = Field(None, alias="parent.code")
    country: str
    potential_cents: int


class MembershipOut(Schema):
    """Who works a territory from when to when."""

    user: str = Field(alias="user.username")
    territory: str = Field(alias="territory.code")
    start: date
    end: date | None


@router.get("/me", response={200: Me, **REFUSALS})
def me(request: UserRequest) -> object:
    """Who you are here and what you may do."""
    return request.user


@router.get("/users", response={200: Users, **REFUSALS})
def list_users(
    request: UserRequest, search: str = "", after: str | None = None, limit: Limit = 100
) -> object:
    """The people you may look up."""
    found, cursor = window(queries.users(seen_by=request.user, search=search), after=after, limit=limit)
    return {"users": found, "next": cursor}


@router.get("/roles", response={200: list[RoleOut], **REFUSALS})
def list_roles(request: HttpRequest) -> object:
    """Every role with what it may do."""
    return [
        {"code": role.code, "label": str(role.label), "scope": role.scope, "may": sorted(role.may)}
        for role in roles.ROLES.values()
    ]


@router.get("/teams", response={200: list[TeamOut], **REFUSALS})
def list_teams(request: HttpRequest) -> object:
    """All teams."""
    return queries.teams()


@router.get("/territories", response={200: list[TerritoryOut], **REFUSALS})
def list_territories(request: HttpRequest) -> object:
    """All territories."""
    return list(queries.territories().values())


@router.get("/territories/members", response={200: list[MembershipOut], **REFUSALS})
def list_members(request: HttpRequest, day: Day | None = None) -> object:
    """Who works which territory on a day; today where none is given."""
    return queries.members(day or clock.today())
