"""A small company with three years of orders up to May 2014: two pump items, one valve, one that ended."""

from datetime import date
from decimal import Decimal

import pytest

from einklang.catalog.models import Family, Item
from einklang.crm.models import Account
from einklang.demand import actions, queries
from einklang.engine.periods import month_range
from einklang.orders.models import OrderLine, SalesOrder

MAY = date(2014, 5, 1)
JUNE = date(2014, 6, 1)
MONTHS = month_range(date(2011, 6, 1), 36)


@pytest.fixture
def items(company):
    pumps = Family.objects.create(code="pumps", name="Pumps")
    valves = Family.objects.create(code="valves", name="Valves")
    facts = [("P-20", "Pump 20", pumps), ("P-30", "Pump 30", pumps), ("V-1", "Valve 1", valves)]
    return {code: Item.objects.create(code=code, name=name, family=family) for code, name, family in facts}


@pytest.fixture
def ordered(items):
    """P-20 sells 60 a month, twice as many in June; P-30 sells 30; V-1 sells 10."""
    account = Account.objects.create(code="A-1", name="Waterworks")
    level = {"P-20": 60, "P-30": 30, "V-1": 10}
    for month in MONTHS:
        order = SalesOrder.objects.create(
            number=f"O-{month:%Y%m}",
            account=account,
            ordered_on=month,
            period=month,
            currency="EUR",
            subtotal_cents=0,
            subtotal_exact=0,
        )
        OrderLine.objects.bulk_create(
            OrderLine(
                order=order,
                line_number=place,
                item=item,
                quantity=Decimal(level[code] * (2 if month.month == 6 and code == "P-20" else 1)),
                unit_price_exact=1,
                amount_cents=0,
                amount_exact=0,
                period=month,
            )
            for place, (code, item) in enumerate(items.items(), start=1)
        )
    return items


@pytest.fixture(scope="session")
def worked_out():
    """The forecast of these orders, worked out once: the same orders give the same forecast."""
    return []


@pytest.fixture
def run(ordered, anna, worked_out):
    if not worked_out:
        worked_out.append(queries.work_out(MAY, horizon=6))
    return actions.run_forecast(MAY, horizon=6, by=anna, worked_out=worked_out[0])
