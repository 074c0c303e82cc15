"""From tables to a schedule: read, rank, settle order by order, and tell what came out.

>>> plan = schedule(
...     date(2024, 1, 1),
...     pl.DataFrame({"item": ["pump", "motor"], "lead_time": [None, 3.0]}),
...     pl.DataFrame({"order": ["A"], "item": ["pump"], "quantity": [4.0], "due": [date(2024, 1, 5)]}),
...     bom=pl.DataFrame({"parent": ["pump"], "component": ["motor"], "quantity": [1.0]}),
...     routing=pl.DataFrame({"item": ["pump"], "step": [1], "resource": ["bench"], "hours": [4.0]}),
...     resources=pl.DataFrame({"resource": ["bench"], "hours_per_day": [8.0]}),
... )
>>> plan.operations.select("start", "end").row(0)
(datetime.datetime(2024, 1, 4, 6, 0), datetime.datetime(2024, 1, 5, 14, 0))
>>> plan.supplies.filter(pl.col("kind") == "buy").select("item", "start", "there").row(0)[1].isoformat()
'2024-01-01T00:00:00'
"""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.supply.frames import known, whole_table
from einklang.engine.supply.schedule import tell
from einklang.engine.supply.schedule.centre import DAY
from einklang.engine.supply.schedule.frames import ITEMS, ORDERS, RECEIPTS, RESOURCES, STEPS, UNDER_WAY
from einklang.engine.supply.schedule.plant import Plant, read_plant
from einklang.engine.supply.schedule.pull import Pull, Settled
from einklang.engine.supply.schedule.ranking import RANKS, by_priority, by_throughput

BEYOND_THE_LAST_DUE_DAYS = 180


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is done when, and what that means for each order.

    - ``orders``: order, item, quantity, due, end, days_late, kind, at, since, until, sentence. ``end`` is
      blank where an order cannot be planned at all; kind, at and sentence say what made an order late.
    - ``operations``: lot, item, step, resource, machine, quantity, start, end, hours, order (that
      it was made for).
    - ``supplies``: supply, item, kind (make, buy), quantity, start, there, order.
    - ``pegs``: supply, user (a lot or an order), item, quantity, there.
    - ``load``: resource, day, hours (there are), load (booked).
    - ``under_way``: reference, item, quantity, end (blank: not before the calendar ends).
    """

    orders: pl.DataFrame
    operations: pl.DataFrame
    supplies: pl.DataFrame
    pegs: pl.DataFrame
    load: pl.DataFrame
    under_way: pl.DataFrame

    @property
    def late(self) -> pl.DataFrame:
        """Orders that end after their due date or not at all, latest first."""
        missed = pl.col("end").is_null() | (pl.col("days_late") > 0)
        return self.orders.filter(missed).sort("days_late", descending=True, nulls_last=False)


def schedule(
    start: date,
    items: pl.DataFrame,
    demand: pl.DataFrame,
    *,
    bom: pl.DataFrame | None = None,
    routing: pl.DataFrame | None = None,
    resources: pl.DataFrame | None = None,
    calendar: pl.DataFrame | None = None,
    receipts: pl.DataFrame | None = None,
    under_way: pl.DataFrame | None = None,
    rank: str = "priority",
    days: int | None = None,
) -> Schedule:
    """Schedule orders over finite hours and finite parts, from the morning of ``start``.

    ``rank``: ``priority`` (then due date), or ``throughput`` (see :func:`by_throughput`). ``days``: how
    far the calendar reaches; by default half a year beyond the last due date.
    """
    if rank not in RANKS:
        raise Impossible(f"{rank} is no way to rank orders: say {' or '.join(RANKS)}.")
    wanted = whole_table(ORDERS, demand)
    known(wanted, "item", whole_table(ITEMS, items)["item"], called="demand", among="items")
    last = wanted["due"].max()
    far = (last - start).days if isinstance(last, date) else 0
    reach = days or max(0, far) + BEYOND_THE_LAST_DUE_DAYS
    plant = read_plant(start, reach, items, bom, routing, resources, calendar)
    pull = Pull(plant)
    begun = _begin(pull, receipts, under_way)
    if rank == "throughput":
        goods, steps = whole_table(ITEMS, items), whole_table(STEPS, routing)
        ranked = by_throughput(wanted, goods, bom, steps, whole_table(RESOURCES, resources))
    else:
        ranked = by_priority(wanted)
    settled: list[Settled] = [
        pull.settle(number, plant.at[item], quantity, plant.second(due) + DAY)
        for number, (item, quantity, due) in enumerate(ranked.select("item", "quantity", "due").iter_rows())
    ]
    orders = ranked["order"].to_list()
    names = tell.names(pull)
    return Schedule(
        tell.orders(plant, ranked, settled),
        tell.operations(pull, orders, names),
        tell.supplies(pull, orders, names),
        tell.pegs(pull, orders, names),
        tell.load(pull),
        begun,
    )


def _begin(pull: Pull, receipts: pl.DataFrame | None, under_way: pl.DataFrame | None) -> pl.DataFrame:
    """What is on its way, and what is being made: both are there for everybody."""
    plant = pull.plant
    coming, begun = whole_table(RECEIPTS, receipts), whole_table(UNDER_WAY, under_way)
    at = pl.Series("item", plant.items)
    known(coming, "item", at, called="receipts", among="items")
    known(begun, "item", at, called="under_way", among="items")
    for item, due, quantity, name in coming.select("item", "due", "quantity", "reference").iter_rows():
        if quantity > 0:
            pull.receive(plant.at[item], plant.second(due), quantity, name or f"{item} on {due}")
    ends: list[date | None] = []
    for name, item, quantity, step in begun.select("reference", "item", "quantity", "step").iter_rows():
        there = pull.finish(plant.at[item], quantity, step or 0, name) if quantity > 0 else 0
        ends.append(None if there is None else day_of(plant, there))
    return begun.select("reference", "item", "quantity").with_columns(pl.Series("end", ends, dtype=pl.Date))


def day_of(plant: Plant, second: int) -> date:
    """The day a moment lies in."""
    return plant.start + timedelta(days=second // DAY)
