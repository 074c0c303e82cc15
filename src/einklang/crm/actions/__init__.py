"""What can be done about customers and deals."""

from einklang.crm.actions.accounts import add_account, add_contact, change_account, change_contact
from einklang.crm.actions.deals import (
    NeedsMore,
    NewLine,
    add_deal,
    change_deal,
    lose,
    move_deal,
    reopen,
    set_lines,
    win,
)
from einklang.crm.actions.doings import add_task, finish_task, log_activity, reopen_task

__all__ = [
    "NeedsMore",
    "NewLine",
    "add_account",
    "add_contact",
    "add_deal",
    "add_task",
    "change_account",
    "change_contact",
    "change_deal",
    "finish_task",
    "log_activity",
    "lose",
    "move_deal",
    "reopen",
    "reopen_task",
    "set_lines",
    "win",
]
