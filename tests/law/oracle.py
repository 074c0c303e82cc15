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
    "plan events": "vp manager specialist analyst planner finance",
    "agree demand": "vp manager analyst planner",
    "plan supply": "manager analyst planner",
    "release orders": "manager planner",
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
# Things that belong to nobody's territory, and to whom the samples of them are shown.
SHOWN_TO = {
    "job": "vp admin",
    "token": "admin",
    "import": "specialist analyst admin",
    "gaps_in_data": "specialist analyst admin",
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
    query: str = ""
    record: str = ""  # the kind of record that must also be visible
    open: bool = field(default=False)  # to people who are not signed in


DONE = {"kind": "call", "text": "x"}
TO_DO = {"title": "x", "due_on": "2031-01-01"}
POLICY = {"safety_stock": "1", "reason": "x"}
RAISED = {"start": "2026-01", "months": "12", "growth": "3"}
ADDRESSES = {
    "livez": Address(open=True),
    "readyz": Address(open=True),
    "set_language": Address(open=True, posts={"language": "de"}),
    "sign-in": Address(open=True),
    "sign-out": Address(open=True, posts={}),
    "language": Address(open=True, posts={"language": "de"}),
    "home": Address(),
    "home-part": Address("", ("gaps_in_data",), record="gaps_in_data"),
    "figures": Address(),
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
    "demand-grid": Address("see demand"),
    "grid-figures": Address("see demand"),
    "grid-voices": Address("give voice", posts={}),
    "grid-undo": Address("give voice", posts={}),
    "demand-sheet": Address("give voice"),
    "demand-sheet-in": Address("give voice"),
    "demand-sheet-take": Address("give voice", posts={}),
    "start-deep": Address("run forecast", posts={}),
    "review-list": Address("see demand"),
    "events": Address("see demand"),
    "new-event": Address("plan events"),
    "event": Address("see demand", ("event",)),
    "withdraw-event": Address("plan events", ("event",), posts={}),
    "judge-outlier": Address(
        "run forecast", ("item", "planned_month"), posts={"repair": "yes", "reason": "x"}
    ),
    "undo-voices": Address("agree demand", ("batch",), posts={}),
    "forecast-runs": Address("see demand"),
    "start-forecast": Address("run forecast", posts={}),
    "forecast-run": Address("see demand", ("run",)),
    "pipeline-outlook": Address("see demand", query="?now=1"),
    "pipeline-tested": Address("see demand"),
    "deal-outlook": Address("see demand", ("deal",), record="deal"),
    "item-demand": Address("see demand", ("item",)),
    "voice": Address("give voice", ("month", "item", "next_month")),
    "withdraw-voice": Address("agree demand", ("voice",), posts={}),
    "agree-demand": Address("agree demand", posts={"as_of": "2014-05"}),
    "consensus": Address("see demand", ("consensus",)),
    "accuracy": Address("see demand"),
    "accounts": Address(),
    "add-account": Address("edit accounts"),
    "suggest-accounts": Address(),
    "account": Address("", ("account",), record="account"),
    "edit-account": Address("edit accounts", ("account",), record="account"),
    "add-contact": Address("edit accounts", ("account",), posts={"name": "Eva"}, record="account"),
    "log-on-account": Address("edit deals", ("account",), posts=DONE, record="account"),
    "task-on-account": Address("edit deals", ("account",), posts=TO_DO, record="account"),
    "deals": Address(),
    "add-deal": Address("edit deals"),
    "suggest-items": Address(),
    "deal": Address("", ("deal",), record="deal"),
    "move-deal": Address("edit deals", ("deal",), query="?to=prepare", record="deal"),
    "deal-lines": Address("", ("deal",), record="deal"),
    "log-on-deal": Address("edit deals", ("deal",), posts=DONE, record="deal"),
    "task-on-deal": Address("edit deals", ("deal",), posts=TO_DO, record="deal"),
    "tasks": Address(),
    "finish-task": Address("edit deals", ("task",), posts={"version": "1"}, record="task"),
    "supply": Address("see supply"),
    "supply-runs": Address("see supply"),
    "start-supply": Address("plan supply", posts={}),
    "supply-run": Address("see supply", ("supply_run",)),
    "supply-stress": Address("see supply", ("supply_run",)),
    "supply-load": Address("see supply", ("supply_run", "busy_centre", "busy_month")),
    "supply-exceptions": Address("see supply", ("supply_run",)),
    "planned-orders": Address("see supply", ("supply_run",)),
    "mend-exceptions": Address("handle exceptions", ("supply_run",), posts={"do": "several:first"}),
    "undo-remedy": Address("handle exceptions", ("remedy",), posts={}),
    "compare-supply": Address("see supply"),
    "plan-grid": Address("see supply"),
    "plan-grid-figures": Address("see supply"),
    "plan-grid-fix": Address("plan supply", posts={}),
    "plan-grid-undo": Address("plan supply", posts={}),
    "plan-grid-plan": Address("plan supply", posts={}),
    "approve-supply": Address("sign supply", ("supply_run",), posts={}),
    "open-fence": Address("sign supply", posts={"reason": "x"}),
    "set-plan-rules": Address("sign supply", posts={"frozen_months": "1", "change_percent": "0"}),
    "supply-scenarios": Address("see supply"),
    "supply-scenario": Address("see supply", ("supply_scenario",)),
    "copy-supply-scenario": Address("plan supply", ("supply_scenario",), posts={"copy-name": "x"}),
    "promote-supply-scenario": Address("plan supply", ("supply_scenario",), posts={}),
    "discard-supply-scenario": Address("plan supply", ("supply_scenario",), posts={}),
    "work-out-supply-scenario": Address("plan supply", ("supply_scenario",), posts={}),
    "undo-supply-change": Address("plan supply", ("supply_change",), posts={}),
    "supply-schedule": Address("see supply"),
    "supply-schedule-centre": Address("see supply", ("busy_centre",)),
    "lean": Address("see supply"),
    "lean-cards": Address("see supply"),
    "lean-levelled": Address("see supply"),
    "lean-buffers": Address("see supply"),
    "stock-health": Address("see supply"),
    "stock-classes": Address("see supply"),
    "stock-spare": Address("see supply"),
    "stock-lost": Address("see supply"),
    "stock-moves": Address("see supply"),
    "stock-budget": Address("see supply + see cost"),
    "stock-together": Address("see supply + see cost"),
    "stock-card": Address("see supply", ("item",), query="?service=95&target=fill&law=auto"),
    "keep-budget": Address("plan supply + see cost", posts={"budget": "1", "reason": "x"}),
    "release-budget": Address("plan supply", posts={"reason": "x"}),
    "keep-trial": Address("plan supply", ("item",), posts=POLICY | {"service": "95", "target": "fill"}),
    "item-supply": Address("see supply", ("item",)),
    "promise": Address("see supply"),
    "deal-promise": Address("see supply", ("deal",), record="deal"),
    "order-promise": Address("see supply", ("order",), record="order"),
    "keep-for-deal": Address("edit deals", ("deal",), posts={}, record="deal"),
    "keep-for-order": Address("book orders", ("order",), posts={}, record="order"),
    "reservations": Address("see supply"),
    "free-reservation": Address("edit deals", ("reservation",), posts={}),
    "order-proposals": Address("see supply"),
    "release-orders": Address("release orders", posts={}),
    "proposals-file": Address("export data", ("csv",)),
    "open-supply": Address("see supply"),
    "open-order": Address("see supply", ("released", "released_item")),
    "move-supply": Address("release orders", ("released", "released_item"), posts={}),
    "cancel-supply": Address("release orders", ("released", "released_item"), posts={"reason": "x"}),
    "supply-decision": Address("see supply", ("supply_decision",)),
    "undo-decision": Address("release orders", ("supply_decision",), posts={}),
    "suppliers": Address("see supply"),
    "supplier-outlook": Address("see supply", ("supplier",)),
    "supplier-file": Address("export data", ("supplier", "csv")),
    "set-policy": Address("plan supply", ("item",), posts=POLICY),
    "release-policy": Address("plan supply", ("policied_item",), posts={}),
    "cycle": Address("see demand"),
    "cycle-open": Address("open cycle", posts={"month": "2031-01"}),
    "cycle-month": Address("see demand", ("cycle_month",)),
    "cycle-run": Address("freeze plan", ("cycle_month",), posts={}),
    "cycle-sign": Address("sign finance", ("cycle_month", "reconciliation"), posts={}),
    "cycle-step": Address("see demand", ("cycle_month", "reconciliation")),
    "cycle-decide": Address("decide", ("cycle_month",)),
    "cycle-assume": Address("give voice", ("cycle_month",)),
    "scenarios": Address("see demand", ("cycle_month",)),
    "decisions": Address("see demand"),
    "decision-result": Address("decide", ("decision",)),
    "budget": Address("see demand"),
    "budget-from-last-year": Address("set budget", posts=RAISED),
    "plans": Address("see demand"),
    "plan-compare": Address("see demand"),
    "plan": Address("see demand", ("plan",)),
    "plan-sign": Address("sign finance", ("plan", "reconciliation"), posts={}),
    "plan-pack": Address("export data", ("plan", "xlsx")),
    "plan-lines": Address("see demand", ("plan",)),
    "plan-number": Address("see demand", ("plan", "planned_item", "planned_month")),
    "quotas": Address("see demand"),
    "seller-quotas": Address("see demand"),
    "quota-history": Address("see demand"),
    "plan-quotas": Address("see demand", ("plan",)),
    "kpis": Address(),
    "kpi": Address("", ("kpi",)),
    "kpi-card": Address("", ("kpi",)),
    "kpi-left-out": Address("", ("kpi",)),
    "customers": Address(query="?now=1"),
    "customer": Address("", ("account",), record="account"),
    "kpi-file": Address("export data", ("kpi", "csv")),
    "imports": Address("import data"),
    "new-import": Address("import data"),
    "import": Address("import data", ("import",), record="import"),
    "import-answer": Address("import data", ("import",), posts={}, record="import"),
    "import-take-in": Address("import data", ("import",), posts={}, record="import"),
    "import-undo": Address("import data", ("import",), record="import"),
    "import-rejected": Address("import data", ("import",), record="import"),
    "import-rejected-file": Address("import data", ("import",), record="import"),
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
