"""Material requirements at size: every order pegged down to the end demand, seconds and memory.

A made-up plant of five levels over 78 weeks, always the same for the same size. Beside it, in the same
run, the plain arithmetic of the textbook: level by level in weekly buckets, with no pegging, no messages,
no checks and no tables, which is as little as requirements can be had for.
"""

import sys
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.measure import Claim, peak_megabytes, tell
from einklang.engine.supply.mrp import plan_requirements

LEVELS, WEEKS = 5, 78
# Items and orders, and the seconds they may take.
BUDGETS = {(1_000, 2_000): 1.0, (10_000, 20_000): 2.5, (10_000, 100_000): 10.0, (50_000, 100_000): 20.0}
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Plant:
    """Items by number, the lower the nearer to the customer; one place per bill line and per order."""

    level: Ints
    on_hand: Floats
    lead: Ints
    lot_min: Floats
    parent: Ints
    component: Ints
    per_parent: Floats
    ordered: Ints
    week: Ints
    wanted: Floats

    def tables(self) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """The same as tables of items, bill and demand."""
        names = np.array([f"I{number}" for number in range(len(self.level))], dtype=object)
        items = pl.DataFrame(
            {
                "item": names.astype(str),
                "on_hand": self.on_hand,
                "lead_time": self.lead,
                "lot_min": self.lot_min,
            }
        )
        bill = pl.DataFrame(
            {
                "parent": names[self.parent].astype(str),
                "component": names[self.component].astype(str),
                "quantity": self.per_parent,
            }
        )
        orders = [f"SO{number}" for number in range(len(self.ordered))]
        demand = pl.DataFrame(
            {
                "item": names[self.ordered].astype(str),
                "period": self.week,
                "quantity": self.wanted,
                "reference": orders,
            }
        )
        return items, bill, demand


def plant(items: int, orders: int) -> Plant:
    """Two to four components a parent, four in five of them from the next level; a fifth is end items."""
    random = np.random.default_rng(42)
    level = np.minimum(np.arange(items) * LEVELS // items, LEVELS - 1)
    first = np.searchsorted(level, np.arange(LEVELS + 1))
    makers = np.flatnonzero(level < LEVELS - 1)
    parent = np.repeat(makers, random.integers(2, 5, makers.size))
    deep = random.integers(level[parent] + 1, LEVELS)
    onto = np.where(random.random(parent.size) < 0.8, level[parent] + 1, deep)
    component = random.integers(first[onto], first[onto + 1])
    lines = np.unique(parent * items + component)
    bought = level == LEVELS - 1
    return Plant(
        level=level,
        on_hand=random.integers(0, 51, items).astype(float),
        lead=np.where(bought, random.choice([1, 2, 3, 4], items), 1),
        lot_min=random.choice([1.0, 1.0, 10.0, 50.0], items),
        parent=lines // items,
        component=lines % items,
        per_parent=random.choice([1.0, 1.0, 1.0, 2.0], lines.size),
        ordered=random.integers(0, first[1], orders),
        week=random.integers(3, WEEKS + 1, orders),
        wanted=random.choice([1.0, 2.0, 5.0, 10.0, 20.0], orders),
    )


def bare(plant: Plant) -> int:
    """The textbook's grid, items by weeks: how many orders it places."""
    gross = np.zeros((len(plant.level), WEEKS))
    np.add.at(gross, (plant.ordered, plant.week - 1), plant.wanted)
    placed = np.zeros_like(gross)
    for level in range(LEVELS):
        rows = np.flatnonzero(plant.level == level)
        stock = plant.on_hand[rows]
        for week in range(WEEKS):
            need = gross[rows, week] - stock
            placed[rows, week] = np.where(need > 0, np.maximum(need, plant.lot_min[rows]), 0.0)
            stock = stock + placed[rows, week] - gross[rows, week]
        released = np.zeros_like(gross)
        for lead in np.unique(plant.lead[rows]):
            same = rows[plant.lead[rows] == lead]
            released[same, :-lead] = placed[same, lead:]
            released[same, 0] += placed[same, :lead].sum(axis=1)
        lines = np.flatnonzero(plant.level[plant.parent] == level)
        drawn = released[plant.parent[lines]] * plant.per_parent[lines, None]
        np.add.at(gross, plant.component[lines], drawn)
    return int((placed > 0).sum())


def claims() -> list[Claim]:
    """Every size once, in rising order (so that the peak of memory is its own), beside its budget."""
    found = []
    for (items, orders), budget in BUDGETS.items():
        made = plant(items, orders)
        tables = made.tables()
        started = time.perf_counter()
        bare_orders = bare(made)
        peer = time.perf_counter() - started
        started = time.perf_counter()
        plan = plan_requirements(*tables)
        planned = time.perf_counter() - started
        links = plan.pegging().height
        whole = time.perf_counter() - started
        said = (
            f"{plan.orders.height:,} orders, {plan.pegs.height:,} links, {links:,} to end demand, "
            f"{planned:.2f} s before those; {peak_megabytes():,.0f} MB; bare grid {peer:.2f} s "
            f"for {bare_orders:,} orders"
        )
        name = f"MRP with full pegging, {items:,} items and {orders:,} orders"
        found.append(Claim(name, whole, budget, "s", said))
    return found


if __name__ == "__main__":
    sys.exit(tell(claims()))
