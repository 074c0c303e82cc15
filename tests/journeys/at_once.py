"""Stories in which several people do the same at the same moment: run in a process of its own.

python -m tests.journeys.at_once STORY       prints what came of it as JSON
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "einklang.config.settings")
PEOPLE = 8


def all_at_once(work: Callable[[int], Any]) -> Counter[str]:
    """Let everybody begin at the same moment; how often each outcome came, by its name."""
    from django.db import connection

    gate = Barrier(PEOPLE)

    def one(number: int) -> str:
        gate.wait()
        try:
            work(number)
        except Exception as no:  # noqa: BLE001  (every outcome is counted by its name)
            return type(no).__name__
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(PEOPLE) as pool:
        return Counter(pool.map(one, range(PEOPLE)))


def changing_one_person() -> dict[str, Any]:
    """Everybody changes the same person, having read the same version."""
    from einklang.people import actions, queries

    adam = queries.user("adam")
    actions.add_user("rolf", by=adam)
    rolf = queries.user("rolf")
    outcome = all_at_once(
        lambda number: actions.change_user(rolf, version=1, by=adam, job_title=f"Title {number}")
    )
    return {"outcome": outcome, "version": queries.user("rolf").version}


def writing_the_journal() -> dict[str, Any]:
    """Everybody does something, ten times each."""
    from einklang.kernel import journal
    from einklang.people import actions, queries

    adam = queries.user("adam")

    def work(number: int) -> None:
        for _turn in range(10):
            actions.choose_language("de", by=adam)

    outcome = all_at_once(work)
    lines = journal.entries(event="people.language_chosen").count()
    return {"outcome": outcome, "lines": lines, "broken": list(journal.broken_links())}


def shipping_one_order() -> dict[str, Any]:
    """Everybody ships the same order of ten."""
    from einklang.orders import actions
    from einklang.orders.models import Shipment, StockMove

    order, location, adam = _ordered(1)
    outcome = all_at_once(lambda number: actions.ship(order[0], location, by=adam))
    return {
        "outcome": outcome,
        "shipped": sum(int(one.quantity) for one in Shipment.objects.all()),
        "left": sum(int(one.quantity) for one in StockMove.objects.all()),
    }


def shipping_from_one_receipt() -> dict[str, Any]:
    """Everybody ships another order of ten, of the same hundred that came on one day."""
    from einklang.orders import actions
    from einklang.orders.models import StockMove

    orders, location, adam = _ordered(PEOPLE)
    outcome = all_at_once(lambda number: actions.ship(orders[number], location, by=adam))
    lots: Counter[str] = Counter()
    for move in StockMove.objects.all():
        lots[str(move.received_on)] += int(move.quantity)
    return {"outcome": outcome, "lots": sorted(lots.values())}


def booking_orders() -> dict[str, Any]:
    """Everybody books an order for another customer at once."""
    from einklang.crm.models import Account
    from einklang.orders import actions
    from einklang.orders.models import SalesOrder

    _orders, _location, adam = _ordered(0)
    account = Account.objects.get()
    wishes = [actions.Wish("P-20", Decimal(1), Decimal("450.00"))]
    outcome = all_at_once(lambda number: actions.book(account, wishes, currency="EUR", by=adam))
    numbers = set(SalesOrder.objects.values_list("number", flat=True))
    return {"outcome": outcome, "numbers": len(numbers)}


def _ordered(count: int) -> tuple[list[Any], Any, Any]:
    """A hundred pumps in stock, and so many orders of ten for them."""
    from einklang.catalog.models import Item, Location
    from einklang.crm.models import Account
    from einklang.orders import actions
    from einklang.people import actions as people

    sina = people.add_user("sina", by=None, role="specialist", is_active=True)
    location = Location.objects.create(code="main", name="Main")
    account = Account.objects.create(code="A-1", name="Customer")
    item = Item.objects.create(code="P-20", name="Pump")
    actions.count_stock(item, location, Decimal(100), by=sina)
    wishes = [actions.Wish("P-20", Decimal(10), Decimal("450.00"))]
    orders = [
        actions.book(account, wishes, currency="EUR", by=sina, number=f"O-{number}")
        for number in range(count)
    ]
    return orders, location, sina


STORIES = (
    changing_one_person,
    writing_the_journal,
    shipping_one_order,
    shipping_from_one_receipt,
    booking_orders,
)

if __name__ == "__main__":
    import django

    django.setup()
    told = next(story for story in STORIES if story.__name__ == sys.argv[1])()
    sys.stdout.write(json.dumps(told))
