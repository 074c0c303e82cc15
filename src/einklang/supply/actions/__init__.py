"""What can be done about supply: each action is one transaction and one journal line."""

from einklang.supply.actions.edits import (
    Fixed,
    FixOutcome,
    approve_plan,
    fix_quantities,
    open_fence,
    set_plan_rules,
    undo_fixed,
)
from einklang.supply.actions.exceptions import Mended, handle, mend, mend_several, undo_remedy
from einklang.supply.actions.planning import plan_supply
from einklang.supply.actions.policies import (
    release_policies,
    release_policy,
    restore_policy,
    set_policies,
    set_policy,
)
from einklang.supply.actions.releases import release
from einklang.supply.actions.reservations import free_reservation, reserve_for_deal, reserve_for_order
from einklang.supply.actions.scenarios import (
    Wanted,
    allow_hours,
    change_scenario,
    copy_scenario,
    discard_scenario,
    make_scenario,
    promote_scenario,
    undo_edit,
)

__all__ = [
    "FixOutcome",
    "Fixed",
    "Mended",
    "Wanted",
    "allow_hours",
    "approve_plan",
    "change_scenario",
    "copy_scenario",
    "discard_scenario",
    "fix_quantities",
    "free_reservation",
    "handle",
    "make_scenario",
    "mend",
    "mend_several",
    "open_fence",
    "plan_supply",
    "promote_scenario",
    "release",
    "release_policies",
    "release_policy",
    "reserve_for_deal",
    "reserve_for_order",
    "restore_policy",
    "set_plan_rules",
    "set_policies",
    "set_policy",
    "undo_edit",
    "undo_fixed",
    "undo_remedy",
]
