"""Supply over JSON: plans and their months, what needs attention, stock policies, promises."""

from ninja import Router

from einklang.supply.api import plans, promises, review, stock

router = Router(tags=["supply"])
for door in (plans, review, stock, promises):
    router.add_router("", door.router)
