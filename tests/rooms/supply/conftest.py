"""A small plant: two pumps that share a motor and a bench, and six months of agreed demand."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from einklang.catalog.models import (
    BomLine,
    Cost,
    Item,
    Location,
    Price,
    RoutingStep,
    Supplier,
    SupplyTerm,
    WorkCentre,
)
from einklang.demand.models import Consensus, ConsensusLine, ForecastRun
from einklang.engine.periods import month_range
from einklang.orders.models import StockMove

AS_OF = date(2014, 5, 1)
MONTHS = month_range(date(2014, 6, 1), 6)
NOW = datetime(2014, 6, 2, 8, tzinfo=UTC)


def agreed(number: int = 1, **wished: list[float]) -> Consensus:
    """A consensus on these quantities by month."""
    facts = {"horizon": 6, "engine": "test", "made_at": NOW}
    run, _ = ForecastRun.objects.get_or_create(as_of=AS_OF, fingerprint="f", defaults=facts)
    consensus = Consensus.objects.create(
        as_of=AS_OF, number=number, run=run, fingerprint=str(number), agreed_at=NOW
    )
    for code, quantities in wished.items():
        for month, quantity in zip(MONTHS, quantities, strict=True):
            expected = {"low": quantity * 0.8, "high": quantity * 1.2, "statistical": quantity}
            ConsensusLine.objects.create(
                consensus=consensus, series=code, period=month, quantity=quantity, **expected
            )
    return consensus


@pytest.fixture
def plant(company):
    """Pumps P1 and P2 of a motor each, a motor of four screws, a bench of 8 hours a day, 10 % overtime."""
    items = {
        code: Item.objects.create(code=code, name=name, kind=kind, is_sold=sold, lead_time_days=days)
        for code, name, kind, sold, days in (
            ("P1", "Small pump", "make", True, 0),
            ("P2", "Large pump", "make", True, 0),
            ("M", "Motor", "make", False, 0),
            ("S", "Screw", "buy", False, 30),
        )
    }
    since = {"currency": "EUR", "valid_from": date(2013, 1, 1)}
    for code, cents in (("P1", 50_00), ("P2", 80_00), ("M", 20_00), ("S", 10)):
        Cost.objects.create(item=items[code], amount_cents=cents, **since)
    for code, cents in (("P1", 100_00), ("P2", 200_00)):
        Price.objects.create(item=items[code], amount_cents=cents, **since)
    for parent, part, quantity in (("P1", "M", 1), ("P2", "M", 1), ("M", "S", 4)):
        BomLine.objects.create(parent=items[parent], component=items[part], quantity=quantity)
    bench = WorkCentre.objects.create(
        code="B", name="Bench", hours_per_day=8, overtime_share=Decimal("0.1"), cost_per_hour_cents=30_00
    )
    for code, hours in (("P1", "0.5"), ("P2", "1.0"), ("M", "0.5")):
        step = {"sequence": 1, "work_centre": bench, "hours_per_unit": Decimal(hours)}
        RoutingStep.objects.create(item=items[code], **step)
    supplier = Supplier.objects.create(code="S1", name="Screws Ltd")
    terms = {"lead_time_days": 30, "currency": "EUR", "price_cents": 10, "multiple": 100}
    SupplyTerm.objects.create(item=items["S"], supplier=supplier, **terms)
    hall = Location.objects.create(code="H", name="Hall")
    days = {"moved_on": date(2014, 5, 20), "received_on": date(2013, 1, 10)}
    for code, quantity in (("P1", 40), ("S", 2000)):
        StockMove.objects.create(item=items[code], location=hall, quantity=quantity, kind="count", **days)
    return items


@pytest.fixture
def consensus(plant):
    """80 small and 40 large pumps a month: within the hours of the bench."""
    return agreed(P1=[80.0] * 6, P2=[40.0] * 6)


@pytest.fixture
def too_much(plant):
    """More than the bench can do."""
    return agreed(2, P1=[200.0] * 6, P2=[150.0] * 6)
