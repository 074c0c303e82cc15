"""A schedule that can be kept: every order pulled back from its due date through parts and machines.

Orders are taken one after another, the most important first. Each is pulled back from its due date, as late
as possible, through its bill of materials and its routing: what lies in stock or is on its way is used
first, the rest is made in hours that are still free, or bought with its lead time. Where that would begin
before today, the order is planned forward instead, as early as possible, and then pulled back again from
the date this gives. What it takes is gone for those that follow, so neither hours nor parts are used twice.

An order that ends late always says why: the longest wait on its critical path, which is a work centre that
was full, a part that comes late, or the work itself.
"""

from einklang.engine.supply.schedule.frames import CALENDAR, ORDERS, RECEIPTS, RESOURCES, STEPS, UNDER_WAY
from einklang.engine.supply.schedule.run import Schedule, schedule

__all__ = ["CALENDAR", "ORDERS", "RECEIPTS", "RESOURCES", "STEPS", "UNDER_WAY", "Schedule", "schedule"]
