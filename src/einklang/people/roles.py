"""The roles as one table: what each may do, and how far each may see."""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# own: own records; territory: own and those of own territories; team: own, the team's subtree and its
# territories; all: everything.
Scope = Literal["own", "territory", "team", "all"]


@dataclass(frozen=True, slots=True)
class Role:
    """One role: its name for people, how far it sees, and what it may do."""

    code: str
    label: str | Promise
    scope: Scope
    may: frozenset[str]


# Every permission, with what it allows; a role's ``may`` holds only these.
PERMISSIONS: dict[str, str | Promise] = {
    "see cost": _("see costs and margins"),
    "see journal": _("read the journal"),
    "see demand": _("see forecasts and demand"),
    "see supply": _("see stock and supply plans"),
    "edit deals": _("create and move deals"),
    "edit accounts": _("edit accounts and contacts"),
    "assign records": _("give records to another owner"),
    "book orders": _("book orders, shipments and returns"),
    "edit catalog": _("edit items, prices and bills of material"),
    "run forecast": _("run a forecast"),
    "give voice": _("change the demand plan with a reason"),
    "plan events": _("plan promotions and other events"),
    "agree demand": _("agree the consensus demand"),
    "plan supply": _("plan supply"),
    "release orders": _("release, move and cancel supply orders"),
    "handle exceptions": _("work the list of exceptions"),
    "open cycle": _("open a monthly cycle and set its steps"),
    "freeze plan": _("freeze a plan version"),
    "sign demand": _("sign the demand review"),
    "sign supply": _("sign the supply review"),
    "sign finance": _("sign the reconciliation"),
    "sign executive": _("sign the plan"),
    "set budget": _("set the budget"),
    "decide": _("record decisions and assumptions"),
    "set quotas": _("set quotas"),
    "manage targets": _("set KPI targets"),
    "import data": _("import data and undo an import"),
    "export data": _("export data"),
    "run jobs": _("see and stop all jobs"),
    "manage users": _("manage users, teams and territories"),
    "issue tokens": _("issue API tokens"),
}

OPERATOR = "operator"  # the house's own terminal: no person has this role, and it signs nothing
_SIGNATURES = frozenset({"sign demand", "sign supply", "sign finance", "sign executive"})
_SEE = frozenset({"see demand", "see supply", "issue tokens"})
_PLAN = frozenset({"see cost", "run forecast", "give voice", "export data", "plan events"})

ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        Role(
            "vp",
            _("VP Sales"),
            "all",
            _SEE
            | _PLAN
            | {
                "see journal",
                "agree demand",
                "open cycle",
                "freeze plan",
                "sign demand",
                "sign executive",
                "decide",
                "set quotas",
                "manage targets",
                "edit deals",
                "edit accounts",
                "assign records",
                "run jobs",
            },
        ),
        Role(
            "manager",
            _("Sales operations manager"),
            "team",
            _SEE
            | _PLAN
            | {
                "agree demand",
                "open cycle",
                "freeze plan",
                "decide",
                "set quotas",
                "manage targets",
                "edit deals",
                "edit accounts",
                "assign records",
                "plan supply",
                "release orders",
                "import data",
            },
        ),
        Role(
            "specialist",
            _("Sales operations specialist"),
            "all",
            _SEE
            | {
                "edit deals",
                "edit accounts",
                "assign records",
                "book orders",
                "edit catalog",
                "import data",
                "export data",
                "give voice",
                "plan events",
            },
        ),
        Role(
            "analyst",
            _("Sales operations analyst"),
            "all",
            _SEE | _PLAN | {"see journal", "agree demand", "plan supply", "manage targets", "import data"},
        ),
        Role(
            "rep",
            _("Sales representative"),
            "territory",
            _SEE | {"edit deals", "edit accounts", "give voice"},
        ),
        Role(
            "planner",
            _("Planner"),
            "all",
            _SEE
            | _PLAN
            | {
                "plan supply",
                "release orders",
                "handle exceptions",
                "sign supply",
                "agree demand",
                "edit catalog",
                "book orders",
                "open cycle",
                "freeze plan",
                "decide",
            },
        ),
        Role(
            "finance",
            _("Finance"),
            "all",
            _SEE | _PLAN | {"set budget", "sign finance", "decide", "manage targets", "see journal"},
        ),
        Role(
            "admin",
            _("Administrator"),
            "all",
            frozenset(
                {
                    "manage users",
                    "see journal",
                    "run jobs",
                    "import data",
                    "export data",
                    "issue tokens",
                    "see demand",
                    "see supply",
                    "edit catalog",
                }
            ),
        ),
        Role(OPERATOR, _("Terminal of the house"), "all", frozenset(PERMISSIONS) - _SIGNATURES),
    )
}
CHOICES = [(role.code, role.label) for role in ROLES.values() if role.code != OPERATOR]
