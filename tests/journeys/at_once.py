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


def keeping_the_same_units() -> dict[str, Any]:
    """Everybody keeps thirty of the same hundred planned pumps, each for a deal of their own."""
    from einklang.catalog.models import Item
    from einklang.crm import actions as crm
    from einklang.crm.models import Account
    from einklang.kernel import clock
    from einklang.supply import actions
    from einklang.supply.models import Reservation

    _orders, _location, sina = _ordered(0)
    _planned(Item.objects.get())
    deals = []
    for number in range(PEOPLE):
        deal = crm.add_deal(Account.objects.get(), f"Deal {number}", by=sina)
        line = crm.NewLine(Item.objects.get(), Decimal(30), 1)
        deals.append(crm.set_lines(deal, [line], version=deal.version, by=sina))
    today = clock.today()
    outcome = all_at_once(lambda number: actions.reserve_for_deal(deals[number], "P-20", today, by=sina))
    return {"outcome": outcome, "kept": sum(int(one.quantity) for one in Reservation.objects.all())}


def releasing_one_proposal() -> dict[str, Any]:
    """Everybody releases the same planned order."""
    from einklang.catalog.models import Item
    from einklang.orders.models import WorkOrder
    from einklang.people import actions as people
    from einklang.supply import actions

    _ordered(0)
    run = _planned(Item.objects.get())
    paul = people.add_user("paul", by=None, role="planner", is_active=True)
    outcome = all_at_once(lambda number: actions.release(run, ["P-20#P1"], by=paul))
    return {"outcome": outcome, "orders": WorkOrder.objects.count()}


def _planned(item: Any) -> Any:
    """A plan of three months from today's: a hundred come in the first, by an order among others of ten."""
    from einklang.demand.models import Consensus, ForecastRun
    from einklang.engine.periods import add_months, month_of
    from einklang.kernel import clock
    from einklang.supply.models import PlannedOrder, SupplyPoint, SupplyRun

    month = month_of(clock.today())
    as_of, now = add_months(month, -1), clock.now()
    base = ForecastRun.objects.create(as_of=as_of, fingerprint="f", horizon=3, engine="test", made_at=now)
    agreed = Consensus.objects.create(as_of=as_of, number=1, run=base, fingerprint="c", agreed_at=now)
    facts = {"objective_cents": 0, "bound_cents": 0, "gap": 0, "seconds": 0, "is_proven": True}
    run = SupplyRun.objects.create(
        consensus=agreed, as_of=as_of, number=1, scenario="base", fingerprint="s", months=3, currency="EUR",
        made_at=now, **facts,
    )  # fmt: skip
    for ahead in range(3):
        made = 100 if ahead == 0 else 0
        SupplyPoint.objects.create(
            run=run, item=item, period=add_months(month, ahead), is_sold=True, make=made
        )
    PlannedOrder.objects.create(
        run=run, item=item, order="P-20#P1", kind="make", release=month, due=month, quantity=10, good=10
    )
    return run


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
    keeping_the_same_units,
    releasing_one_proposal,
)

if __name__ == "__main__":
    import django

    django.setup()
    told = next(story for story in STORIES if story.__name__ == sys.argv[1])()
    sys.stdout.write(json.dumps(told))
