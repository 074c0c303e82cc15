"""Demand over JSON: runs, events, voices, consensus, accuracy, and the list of what to review."""

from ninja import Router

from einklang.demand.api import agreements, events, pipeline, review, runs, voices

router = Router(tags=["demand"])
for door in (runs, events, voices, agreements, review, pipeline):
    router.add_router("", door.router)
