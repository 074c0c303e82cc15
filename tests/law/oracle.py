"""Who may open what and see whose records: said a second time, in plain Python, by another road.

Nothing here asks the program. A change of the program's own table must be made here too, by hand.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

ROLES = ("vp", "manager", "specialist", "analyst", "rep", "planner", "finance", "admin")
EVERYONE = " ".join(ROLES)

MAY = {
    "": EVERYONE,
    "see cost": "vp manager analyst planner finance",
    "see journal": "vp analyst finance admin",
    "see demand": EVERYONE,
    "see supply": EVERYONE,
    "edit deals": "vp manager specialist rep",
    "edit accounts": "vp manager specialist rep",
    "assign records": "vp manager specialist",
    "book orders": "specialist planner",
    "edit catalog": "specialist planner admin",
    "run forecast": "vp manager analyst planner finance",
    "give voice": "vp manager specialist analyst rep planner finance",
    "agree demand": "vp manager analyst planner",
    "plan supply": "manager analyst planner",
    "handle exceptions": "planner",
    "open cycle": "vp manager planner",
    "freeze plan": "vp manager planner",
    "sign demand": "vp",
    "sign supply": "planner",
    "sign finance": "finance",
    "sign executive": "vp",
    "set budget": "finance",
    "decide": "vp manager planner finance",
    "set quotas": "vp manager",
    "manage targets": "vp manager analyst finance",
    "import data": "manager specialist analyst admin",
    "export data": "vp manager specialist analyst planner finance admin",
    "run jobs": "vp admin",
    "manage users": "admin",
    "issue tokens": EVERYONE,
}
SEES = {
    "vp": "all",
    "manager": "team",
    "specialist": "all",
    "analyst": "all",
    "rep": "territory",
    "planner": "all",
    "finance": "all",
    "admin": "all",
}


def may(role: str, permission: str) -> bool:
    """Whether a role may do something."""
    return role in MAY[permission].split()


@dataclass(frozen=True, slots=True)
class Address:
    """One page: who may, which samples its address needs, what is posted to it."""

    may: str = ""  # one permission, or several with + between
    samples: tuple[str, ...] = ()
    posts: dict[str, Any] | None = None
    record: str = ""  # the kind of record that must also be visible
    open: bool = field(default=False)  # to people who are not signed in


ADDRESSES = {
    "livez": Address(open=True),
    "readyz": Address(open=True),
    "set_language": Address(open=True, posts={"language": "de"}),
    "sign-in": Address(open=True),
    "sign-out": Address(open=True, posts={}),
    "language": Address(open=True, posts={"language": "de"}),
    "home": Address(),
    "find": Address(),
    "jobs": Address(),
    "job": Address("", ("job",), record="job"),
    "cancel-job": Address("", ("job",), posts={}, record="job"),
    "journal": Address("see journal"),
    "check-journal": Address("see journal", posts={}),
    "profile": Address(),
    "change-password": Address(posts={}),
    "issue-token": Address("issue tokens", posts={"name": "x", "scopes": ["read"], "days": "1"}),
    "revoke-token": Address("", ("token",), posts={}, record="token"),
    "people": Address(),
    "add-user": Address("manage users"),
    "roles": Address(),
    "teams": Address(),
    "territories": Address(),
    "user": Address("", ("username",)),
    "join-territory": Address(
        "manage users", ("username",), posts={"territory": "ost", "start": "2030-01-01"}
    ),
    "leave-territory": Address("manage users", ("username", "membership"), posts={"end": "2030-01-01"}),
    "items": Address(),
    "item": Address("", ("item",)),
    "edit-item": Address("edit catalog", ("item",)),
    "set-price": Address("edit catalog", ("item",), posts={}),
    "set-cost": Address("edit catalog + see cost", ("item",), posts={}),
    "orders": Address(),
    "order": Address("", ("order",), record="order"),
    "cancel-order": Address("book orders", ("order",), posts={"reason": "x"}, record="order"),
    "item-stock": Address("see supply", ("item",)),
    "demand": Address("see demand"),
    "forecast-runs": Address("see demand"),
    "start-forecast": Address("run forecast", posts={}),
    "forecast-run": Address("see demand", ("run",)),
    "item-demand": Address("see demand", ("item",)),
    "voice": Address("give voice", ("month", "item", "next_month")),
    "withdraw-voice": Address("give voice", ("voice",), posts={}),
    "agree-demand": Address("agree demand", posts={}),
    "consensus": Address("see demand", ("consensus",)),
    "accuracy": Address("see demand"),
}


@dataclass(frozen=True, slots=True)
class Company:
    """The company as rows: nothing but numbers, read straight from the tables."""

    users: dict[int, tuple[str, int | None]]  # role, team
    teams: dict[int, int | None]
    territories: dict[int, int | None]
    stays: list[tuple[int, int, date, date | None]]  # user, territory, start, end
    today: date

    def sees(self, user: int, owner: int | None, territory: int | None) -> bool:
        """Whether somebody sees a record of this owner in this territory."""
        role, team = self.users[user]
        if SEES[role] == "all" or owner == user:
            return True
        colleagues = {user}
        if SEES[role] == "team" and team is not None:
            colleagues |= {one for one, (_, other) in self.users.items() if _below(self.teams, other, team)}
            if owner in colleagues:
                return True
        worked = {
            place
            for one, place, start, end in self.stays
            if one in colleagues and start <= self.today and (end is None or end >= self.today)
        }
        return any(_below(self.territories, territory, top) for top in worked)


def _below(parents: dict[int, int | None], node: int | None, top: int) -> bool:
    """Whether a node is ``top`` or lies below it: by walking up."""
    while node is not None and node != top:
        node = parents[node]
    return node == top
