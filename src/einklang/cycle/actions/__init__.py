"""What can be done in the monthly cycle: each action is one transaction and one journal line."""

from einklang.cycle.actions.decisions import (
    budget_from_last_year,
    note_assumption,
    note_result,
    record_decision,
    set_budget,
)
from einklang.cycle.actions.plans import copy_scenario, freeze
from einklang.cycle.actions.steps import (
    assign_step,
    freeze_data,
    invite,
    open_cycle,
    publish,
    sign,
    take_step,
)
from einklang.cycle.month import MonthRun, run_cycle

__all__ = [
    "MonthRun",
    "assign_step",
    "budget_from_last_year",
    "copy_scenario",
    "freeze",
    "freeze_data",
    "invite",
    "note_assumption",
    "note_result",
    "open_cycle",
    "publish",
    "record_decision",
    "run_cycle",
    "set_budget",
    "sign",
    "take_step",
]
