"""What can be done about supply: each action is one transaction and one journal line."""

from einklang.supply.actions.exceptions import handle
from einklang.supply.actions.planning import plan_supply
from einklang.supply.actions.policies import release_policy, set_policy

__all__ = ["handle", "plan_supply", "release_policy", "set_policy"]
