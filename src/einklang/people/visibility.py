"""The one gate: which records somebody may see, by owner, team and territory."""

from django.db.models import Q

from einklang.kernel import clock
from einklang.people.models import Membership, Team, Territory, User
from einklang.people.roles import ROLES


def within(user: User, *, owner: str, territory: str = "") -> Q:
    """The condition under which records are seen: ``within(user, owner="seller", territory="territory")``.

    ``owner`` and ``territory`` name the foreign keys; a role that sees everything gets no condition.
    Somebody who may not sign in sees nothing.
    """
    if not user.is_active:
        return Q(pk__in=[])
    scope = ROLES[user.role].scope
    if scope == "all":
        return Q()
    seen = Q(**{f"{owner}_id": user.pk})
    if scope == "team" and user.team_id:
        seen |= Q(**{f"{owner}__team_id__in": team_subtree(user.team_id)})
    if territory and scope in ("territory", "team"):
        seen |= Q(**{f"{territory}_id__in": seen_territories(user)})
    return seen


def seen_territories(user: User) -> set[int]:
    """The territories of a person (of a manager: of the whole team subtree) today, with all below them."""
    people = Q(user=user)
    if ROLES[user.role].scope == "team" and user.team_id:
        people |= Q(user__team_id__in=team_subtree(user.team_id))
    own = Membership.objects.on(clock.today()).filter(people).values_list("territory_id", flat=True)
    return subtree(dict(Territory.objects.values_list("pk", "parent_id")), set(own))


def team_subtree(team: int) -> set[int]:
    """A team and all teams below it."""
    return subtree(dict(Team.objects.values_list("pk", "parent_id")), {team})


def subtree(parents: dict[int, int | None], roots: set[int]) -> set[int]:
    """Everything at or below ``roots`` in a tree given as child -> parent.

    >>> sorted(subtree({1: None, 2: 1, 3: 2, 4: None}, {2}))
    [2, 3]
    """
    found = set(roots)
    grown = True
    while grown:
        more = {child for child, parent in parents.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return found
