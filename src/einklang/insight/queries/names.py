"""What teams, sellers, territories, families, customers and items are called, for those who read figures."""

import polars as pl
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.crm import queries as crm
from einklang.kernel.errors import NotFound
from einklang.people import queries as people
from einklang.people.models import Team, Territory, User
from einklang.people.visibility import seen_territories, team_subtree


class Names:
    """Names by code; each kind is read once, at the first asking."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._known: dict[str, dict[str, str]] = {}

    def of(self, dimension: str) -> dict[str, str]:
        """All names of one dimension by code, in the order people expect."""
        if dimension not in self._known:
            self._known[dimension] = READ[dimension]()
        return self._known[dimension]

    def name(self, dimension: str, code: object) -> str:
        """What one code is called; an unknown code is its own name."""
        return self.of(dimension).get(str(code), str(code))


def customers(rows: pl.DataFrame) -> dict[str, str]:
    """The names of the customers in some rows."""
    codes = {
        code
        for column in ("customer", "account")
        if column in rows.columns and rows[column].dtype == pl.String
        for code in rows[column].drop_nulls().to_list()
    }
    return crm.account_names(sorted(codes)) if codes else {}


def choices(user: User) -> dict[str, list[tuple[str, str]]]:
    """Along each dimension what somebody may choose: those they see."""
    names = Names()
    found = {dimension: list(names.of(dimension).items()) for dimension in READ}
    if user.sees_all:
        return found
    teams = team_subtree(user.team_id) if user.team_id else set()
    seen = seen_territories(user)
    own_teams = {team.code for team in people.teams() if team.pk in teams}
    own_places = {code for code, place in people.territories().items() if place.pk in seen}
    found["team"] = [one for one in found["team"] if one[0] in own_teams]
    found["territory"] = [one for one in found["territory"] if one[0] in own_places]
    if user.may("manage targets"):
        mates = set(people.sellers().filter(team__code__in=own_teams).values_list("username", flat=True))
        found["rep"] = [one for one in found["rep"] if one[0] in mates]
    else:
        found["rep"] = [(user.username, user.name)]
    return found


READ = {
    "team": lambda: {team.code: team.name for team in people.teams()},
    "rep": lambda: {user.username: user.name for user in people.sellers()},
    "territory": lambda: {code: place.name for code, place in people.territories().items()},
    "family": lambda: {family.code: family.name for family in catalog.families()},
}


def team_called(code: str) -> Team:
    """One team by its code."""
    found = next((team for team in people.teams() if team.code == code), None)
    if found is None:
        raise NotFound(_("There is no team %(code)s.") % {"code": code})
    return found


def territory_called(code: str) -> Territory:
    """One territory by its code."""
    found = people.territories().get(code)
    if found is None:
        raise NotFound(_("There is no territory %(code)s.") % {"code": code})
    return found
