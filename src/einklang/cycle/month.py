"""A month in one go, without a person at each step: data, forecast, consensus, supply, money, version.

Each part is the action a person would take on its page, in its own transaction; what was done already
with the same inputs is found again, so that running a month twice gives the same version.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from einklang.cycle import queries
from einklang.cycle.actions.plans import copy_scenario, freeze
from einklang.cycle.actions.steps import freeze_data, open_cycle, take_step
from einklang.cycle.models import Cycle, PlanVersion, Scenario
from einklang.cycle.settings import CAPACITY, DEMAND, OVERTIME
from einklang.cycle.steps import STEPS
from einklang.demand import actions as demand_actions
from einklang.demand import queries as demand
from einklang.demand.models import Consensus
from einklang.kernel.errors import Refused
from einklang.people.models import User
from einklang.supply import actions as supply_actions
from einklang.supply import queries as supply
from einklang.supply.levers import Levers
from einklang.supply.models import SupplyRun

Progress = Callable[[int, int, str], None]
PARTS = 5
# What somebody must be allowed to plan a month alone.
NEEDED = ("open cycle", "run forecast", "agree demand", "plan supply", "freeze plan")


@dataclass(frozen=True, slots=True)
class MonthRun:
    """What a run of a month gave: its version, the steps signed, what stopped the next, the seconds."""

    cycle: Cycle
    version: PlanVersion
    signed: list[str]
    stopped: str
    seconds: dict[str, float] = field(default_factory=dict)


def run_cycle(
    month: date,
    *,
    scenario: str = queries.BASE,
    sign: bool = False,
    comment: str = "",
    by: User,
    progress: Progress | None = None,
) -> MonthRun:
    """Plan a month from its orders to a frozen version; with ``sign``, sign what ``by`` may sign.

    Signing ends at the first step that the gate stops or another role must sign; the sentence says which.
    """
    tell: Progress = progress or _silent
    seconds: dict[str, float] = {}
    clocked = _Clock(seconds)
    tell(0, PARTS, _("Cutting the data"))
    cycle = freeze_data(open_cycle(month, by=by), by=by)
    under = _under(cycle, scenario, by)
    clocked("data")
    tell(1, PARTS, _("Forecasting"))
    told = None if demand.is_made(cycle.month) else demand.work_out(cycle.month)
    demand_actions.run_forecast(cycle.month, by=by, worked_out=told)
    clocked("forecast")
    tell(2, PARTS, _("Agreeing the demand"))
    consensus = demand_actions.agree(cycle.month, by=by)
    clocked("consensus")
    tell(3, PARTS, _("Planning supply"))
    run = plan_under(consensus, under, by=by)
    clocked("supply")
    tell(4, PARTS, _("Valuing and freezing the plan"))
    version = freeze(cycle, consensus, run, scenario=under.name, by=by)
    clocked("finance")
    signed, stopped = _sign(version, comment, by) if sign else ([], "")
    if sign:
        clocked("signatures")
    tell(PARTS, PARTS, _("The plan stands"))
    return MonthRun(cycle, version, signed, stopped, seconds)


def _under(cycle: Cycle, name: str, by: User) -> Scenario:
    """The cycle's scenario of this name; one made in the supply review is taken up with its changes."""
    is_new = not queries.scenarios(cycle).filter(name=name).exists()
    if is_new and supply.overlay(cycle.month, name):
        return copy_scenario(queries.scenario(cycle, queries.BASE), name, by=by)
    return queries.scenario(cycle, name)


def plan_under(consensus: Consensus, under: Scenario, *, by: User) -> SupplyRun:
    """The supply plan for what was agreed, under the settings of a scenario; others can write meanwhile.

    A scenario of the supply review that bears the same name brings its changes with it.
    """
    factors = {name: under.settings.get(name, 1.0) for name in (DEMAND, CAPACITY, OVERTIME)}
    told = supply.work_out(consensus, scenario=under.name, levers=Levers(**factors))
    return supply_actions.plan_supply(consensus, scenario=under.name, by=by, worked_out=told)


def _sign(version: PlanVersion, comment: str, by: User) -> tuple[list[str], str]:
    """Sign the steps in order as far as role and gates allow."""
    signed: list[str] = []
    for code, kind in STEPS.items():
        try:
            on_version = version if kind.basis != "data" else None
            take_step(version.cycle, code, comment=comment, version=on_version, by=by)
        except Refused as no:
            return signed, str(no)
        signed.append(code)
    version.refresh_from_db()
    return signed, ""


class _Clock:
    """Seconds of each part."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds, self.last = seconds, time.perf_counter()

    def __call__(self, part: str) -> None:
        now = time.perf_counter()
        self.seconds[part], self.last = round(now - self.last, 2), now


def _silent(done: int, total: int, sentence: str) -> None:
    """Nobody watches."""
