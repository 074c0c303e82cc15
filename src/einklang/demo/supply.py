"""What planner and sellers do with the month's supply plan: first orders released, units kept for a deal."""

from datetime import timedelta

from einklang.crm import queries as crm
from einklang.demo.times import Times
from einklang.kernel.errors import Refused
from einklang.people.models import User
from einklang.supply import actions, queries
from einklang.supply.models import SupplyRun

ORDERS_RELEASED = 6
DAYS_KEPT = 14


def use(times: Times, planned: SupplyRun, *, planner: User, seller: User) -> None:
    """The plan is signed; now it is worked with."""
    _release(planned, by=planner)
    _keep(times, by=seller)


def _release(planned: SupplyRun, *, by: User) -> None:
    """The first purchases that are due to start are ordered."""
    rows = queries.proposals(planned, seen_by=by, kind="buy", state="open").head(ORDERS_RELEASED)
    actions.release(planned, rows["order"].to_list(), by=by)


def _keep(times: Times, *, by: User) -> None:
    """The seller keeps what the largest own deal with lines is about."""
    for deal in crm.deals(seen_by=by, stage="open", owner=by.username).order_by("-amount_cents"):
        line = deal.lines.select_related("item").first()
        if line is None:
            continue
        try:
            actions.reserve_for_deal(deal, line.item.code, times.today + timedelta(days=DAYS_KEPT), by=by)
        except Refused:
            continue  # what cannot be promised cannot be kept; the next deal may do
        return
