"""Lots that share hours: when to set up which item when set-ups cost money and time.

For item i, period t, resource r

    min  sum(K * y + c * x + h * I + loss * L) + sum(overtime cost * O)
    s.t. I[t-1] + x + L = need + I[t],   x > 0 only where y = 1
         sum(hours * x + set-up hours * y) <= hours available + O,   O <= overtime allowed

Items that share no resource are planned apart. The bound comes from prices of hours under which each
item plans by itself (:mod:`.relaxed`), the plan from windows planned anew (:mod:`.improve`).
"""

from einklang.engine.supply.lotsizing.plan import LotPlan, plan_lots

__all__ = ["LotPlan", "plan_lots"]
