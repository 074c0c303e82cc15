"""What can happen to orders: customers' orders booked and shipped, supply ordered, moved and cancelled."""

from einklang.orders.actions.sales import Wish, book, cancel, count_stock, ship, take_back
from einklang.orders.actions.supply import cancel_supply, release, reschedule, undo
from einklang.orders.actions.wanted import Released, ToRelease

__all__ = [
    "Released",
    "ToRelease",
    "Wish",
    "book",
    "cancel",
    "cancel_supply",
    "count_stock",
    "release",
    "reschedule",
    "ship",
    "take_back",
    "undo",
]
