"""A plan as it would be kept, written down by hand: what the pages read, without working a plan out.

Pumps P1 (June 40 of stock, July 80) and P2 (July 60, of 70 wished), a motor M each, four screws S a motor.
The bench B is full in July: P1#P1 takes 40 hours, P2#P1 60, M#1 70.
"""

from datetime import date

from einklang.catalog.models import Item, WorkCentre
from einklang.demand.models import Consensus
from einklang.supply.models import (
    LoadPoint,
    Peg,
    PlanException,
    PlannedOrder,
    StockPolicy,
    SupplyPoint,
    SupplyRun,
)
from tests.rooms.supply.conftest import AS_OF, MONTHS, NOW

JUNE, JULY = date(2014, 6, 1), date(2014, 7, 1)
PEGS = (
    ("P1", "on hand", "P1 2014-06", "end", "P1", JUNE, 40),
    ("P1", "P1#P1", "P1 2014-07", "end", "P1", JULY, 80),
    ("P2", "P2#P1", "P2 2014-07", "end", "P2", JULY, 50),
    ("P2", "P2#P1", "stock", "stock", "P2", None, 10),
    ("M", "M#1", "P1#P1", "order", "P1", JULY, 80),
    ("M", "M#1", "P2#P1", "order", "P2", JULY, 60),
    ("S", "on hand", "M#1", "order", "M", JULY, 560),
    ("S", "on hand", "stock", "stock", "S", None, 1440),
)
ORDERS = (("P1", "P1#P1", "make", 80), ("P2", "P2#P1", "make", 60), ("M", "M#1", "make", 140))
POINTS = (
    ("P1", True, JUNE, {"demand": 40, "ship": 40, "stock": 0}),
    ("P1", True, JULY, {"demand": 80, "ship": 80, "make": 80, "stock": 0}),
    ("P2", True, JUNE, {"stock": 0}),
    ("P2", True, JULY, {"demand": 70, "ship": 50, "make": 60, "lost": 20, "stock": 10}),
    ("M", False, JULY, {"used": 140, "make": 140, "stock": 0}),
    ("S", False, JULY, {"used": 560, "stock": 1440}),
)


def keep(
    consensus: Consensus, items: dict[str, Item], *, scenario: str = "base", number: int = 1
) -> SupplyRun:
    """The plan described above."""
    facts = {"fingerprint": scenario, "months": 6, "currency": "EUR", "is_proven": True, "gap": 0.0}
    full = {"resource": "B", "name": "Bench", "full": ["2014-07-01"], "dearest": "2014-07-01", "price": 90.0}
    run = SupplyRun.objects.create(
        consensus=consensus, as_of=AS_OF, number=number, scenario=scenario, **facts, objective_cents=0,
        bound_cents=0, bottlenecks=[full], seconds=0.1, made_at=NOW,
    )  # fmt: skip
    bench = WorkCentre.objects.get(code="B")
    for month in MONTHS:
        hours = {"regular": 155, "overtime": 15, "load": 170, "shadow_price": 90} if month == JULY else {}
        rest = {"regular": 0, "overtime": 0, "load": 0, "shadow_price": 0}
        LoadPoint.objects.create(
            run=run, work_centre=bench, period=month, capacity=155, overtime_limit=15, **{**rest, **hours}
        )
    for code, is_sold, month, amounts in POINTS:
        SupplyPoint.objects.create(run=run, item=items[code], is_sold=is_sold, period=month, **amounts)
    for code, order, kind, quantity in ORDERS:
        PlannedOrder.objects.create(
            run=run, item=items[code], order=order, kind=kind, release=JULY, due=JULY, quantity=quantity,
            good=quantity,
        )  # fmt: skip
    for code, supply, demand, kind, for_item, month, quantity in PEGS:
        Peg.objects.create(
            run=run, item=items[code], supply=supply, demand=demand, kind=kind, for_item=items[for_item],
            period=month, quantity=quantity,
        )  # fmt: skip
    notice(run, "overload", work_centre=bench, rank=3, months=1, quantity=15, value_cents=90_00)
    notice(run, "lost", item=items["P2"], rank=1, quantity=20, value_cents=4_000_00)
    return run


def notice(run: SupplyRun, kind: str, **facts) -> PlanException:
    """Something to look at in July."""
    return PlanException.objects.create(**{"run": run, "kind": kind, "period": JULY, "until": JULY, **facts})


def policy(item: Item, safety_stock: float) -> StockPolicy:
    """What is kept of an item, as it was computed."""
    facts = {"abc": "A", "xyz": "X", "service": 0.98, "safety_stock": safety_stock, "made_at": NOW}
    amounts = {"demand": 80, "error_sd": 12, "lead_time_months": 0, "reorder_point": 30, "order_up_to": 110}
    return StockPolicy.objects.create(item=item, as_of=AS_OF, **facts, **amounts)
