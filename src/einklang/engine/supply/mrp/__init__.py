"""Material requirements: from end demand to every order below it, with the reason for each.

Level by level, all items of a level at once: net what is needed against stock and open receipts, size it
into lots, release each order a lead time before it is due, draw its components then (:mod:`book`). An order
for q good units starts q / (1 - scrap) and draws quantity / (1 - scrap) of each component. A release that
would lie in the past is planned in period 1 and said, never dropped.

Around that: working calendars (:mod:`worktime`), alternates (:mod:`options`, :mod:`choosing`), pegging
(:mod:`links`), messages, net change (:mod:`change`), damping and stability against a former plan.
"""

from einklang.engine.supply.mrp.plan import MrpPlan, plan_requirements, replan
from einklang.engine.supply.mrp.stability import Stability, stability

__all__ = ["MrpPlan", "Stability", "plan_requirements", "replan", "stability"]
