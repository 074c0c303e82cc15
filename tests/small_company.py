"""A company small enough to check by hand: a pump that is made, a valve that is bought, two territories.

    item   kind  price    cost    a month in the north  in the south
    P-20   make  450.00  300.00            40                 20
    V-1    buy    80.00   50.00             8                  2

Three years of orders, June 2011 to May 2014, the same every month: 27,800.00 a month. Pumps take one
hour each in the assembly, which has 8 hours a working day unless a test says otherwise.
"""

from datetime import date
from decimal import Decimal

from einklang.catalog.models import (
    Cost,
    Family,
    Item,
    Location,
    Price,
    RoutingStep,
    Supplier,
    SupplyTerm,
    WorkCentre,
)
from einklang.crm.models import Account
from einklang.engine.periods import month_range
from einklang.orders.models import OrderLine, SalesOrder, StockMove
from einklang.people.models import Territory, User

MAY = date(2014, 5, 1)
JUNE = date(2014, 6, 1)
MONTHS = month_range(date(2011, 6, 1), 36)
PRICES = {"P-20": 450_00, "V-1": 80_00}
COSTS = {"P-20": 300_00, "V-1": 50_00}
A_MONTH = {"north": {"P-20": 40, "V-1": 8}, "south": {"P-20": 20, "V-1": 2}}
MONTH_CENTS = 60 * 450_00 + 10 * 80_00


def build(
    territories: dict[str, Territory], *, seller: User | None = None, hours_a_day: int = 8
) -> dict[str, Item]:
    """The catalog, the stock and the orders; ``seller`` sold what the north bought."""
    items = _catalog(hours_a_day)
    shelf = Location.objects.create(code="W1", name="Warehouse")
    for item in items.values():
        StockMove.objects.create(
            item=item,
            location=shelf,
            moved_on=date(2014, 5, 31),
            received_on=date(2014, 5, 31),
            quantity=60,
            kind=StockMove.Kind.COUNT,
        )
    for code, territory in territories.items():
        account = Account.objects.create(code=f"A-{code}", name=f"Waterworks {code}")
        for month in MONTHS:
            _order(account, territory, month, items, seller if code == "north" else None)
    return items


def _catalog(hours_a_day: int) -> dict[str, Item]:
    pumps = Family.objects.create(code="pumps", name="Pumps")
    valves = Family.objects.create(code="valves", name="Valves")
    items = {
        "P-20": Item.objects.create(code="P-20", name="Pump 20", family=pumps, kind=Item.Kind.MAKE),
        "V-1": Item.objects.create(code="V-1", name="Valve 1", family=valves, kind=Item.Kind.BUY),
    }
    for code, item in items.items():
        since = date(2011, 1, 1)
        Price.objects.create(item=item, currency="EUR", amount_cents=PRICES[code], valid_from=since)
        Cost.objects.create(item=item, currency="EUR", amount_cents=COSTS[code], valid_from=since)
    assembly = WorkCentre.objects.create(code="ASM", name="Assembly", hours_per_day=hours_a_day)
    RoutingStep.objects.create(item=items["P-20"], sequence=10, work_centre=assembly, hours_per_unit=1)
    supplier = Supplier.objects.create(code="S1", name="Valve works")
    SupplyTerm.objects.create(
        item=items["V-1"], supplier=supplier, lead_time_days=10, currency="EUR", price_cents=50_00
    )
    return items


def _order(
    account: Account, territory: Territory, month: date, items: dict[str, Item], seller: User | None
) -> None:
    wished = A_MONTH[territory.code]
    cents = sum(quantity * PRICES[code] for code, quantity in wished.items())
    order = SalesOrder.objects.create(
        number=f"{territory.code}-{month:%Y%m}",
        account=account,
        territory=territory,
        seller=seller,
        state=SalesOrder.State.SHIPPED,
        ordered_on=month.replace(day=3),
        shipped_on=month.replace(day=10),
        period=month,
        currency="EUR",
        subtotal_cents=cents,
        subtotal_exact=Decimal(cents) / 100,
    )
    for number, (code, quantity) in enumerate(wished.items(), start=1):
        amount = quantity * PRICES[code]
        OrderLine.objects.create(
            order=order,
            line_number=number,
            item=items[code],
            quantity=quantity,
            unit_price_exact=Decimal(PRICES[code]) / 100,
            amount_cents=amount,
            amount_exact=Decimal(amount) / 100,
            wished_on=month.replace(day=8),
            period=month,
        )
