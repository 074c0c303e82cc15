"""Supply over JSON: plans and their months, what needs attention, stock policies, promises."""

from ninja import Router

from einklang.supply.api import exceptions, floor, orders, plans, promises, review, scenarios, stock, stress

router = Router(tags=["supply"])
for door in (plans, review, exceptions, stock, promises, orders, scenarios, stress, floor):
    router.add_router("", door.router)
