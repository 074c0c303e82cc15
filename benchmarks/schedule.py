"""A finite-capacity schedule of 20,000 orders over 10,000 items in five levels, against its budget.

Every order is pulled through its bill of materials over shared parts and 100 work centres that are loaded
to 85 % over a year and a half; late orders are counted, and each must say why.
"""

import random
import sys
import time
from datetime import date, timedelta

import polars as pl

from benchmarks.measure import Claim, tell
from einklang.engine.supply.schedule import schedule

START = date(2026, 1, 1)
HORIZON_DAYS = 78 * 7
LEVELS = 5
BUDGET_SECONDS = 60.0


def plant(
    items: int, orders: int, centres: int, utilisation: float, *, machines: int | None = None
) -> dict[str, pl.DataFrame]:
    """A plant drawn at random (always the same one): finished goods on top, what is bought at the bottom."""
    chance = random.Random(42)
    a_level = items // LEVELS
    level = [min(number // a_level, LEVELS - 1) for number in range(items)]
    lines = [
        (number, part, chance.choice([1, 1, 1, 2]))
        for number in range(items)
        if level[number] < LEVELS - 1
        for part in sorted(_parts(chance, level[number], a_level, items))
    ]
    asked = [
        (chance.randrange(a_level), chance.choice([1, 2, 5, 10, 20]), chance.randint(14, HORIZON_DAYS))
        for _ in range(orders)
    ]
    need = [0.0] * items
    for item, quantity, _due in asked:
        need[item] += quantity
    for parent, part, each in lines:
        need[part] += need[parent] * each
    made = [number for number in range(items) if level[number] < LEVELS - 1]
    centre = {number: chance.randrange(centres) for number in made}
    load = [0.0] * centres
    for number in made:
        load[centre[number]] += need[number]
    working_hours = HORIZON_DAYS / 7 * 5 * 16
    hours = [utilisation * working_hours / max(1.0, one) for one in load]
    bought = [
        chance.choice([7.0, 14.0, 21.0, 28.0]) if level[n] == LEVELS - 1 else None for n in range(items)
    ]
    return {
        "items": pl.DataFrame(
            {
                "item": [f"I{number}" for number in range(items)],
                "on_hand": [float(chance.randint(0, 50)) for _ in range(items)],
                "lead_time": bought,
                "lot_min": [float(chance.choice([1, 1, 10, 50])) for _ in range(items)],
                "lot_multiple": 1.0,
            }
        ),
        "bom": pl.DataFrame(
            [(f"I{p}", f"I{c}", float(q)) for p, c, q in lines],
            schema={"parent": pl.String, "component": pl.String, "quantity": pl.Float64},
            orient="row",
        ),
        "routing": pl.DataFrame(
            {
                "item": [f"I{number}" for number in made],
                "step": 1,
                "resource": [f"R{centre[number]}" for number in made],
                "hours": [hours[centre[number]] for number in made],
            }
        ),
        "resources": pl.DataFrame(
            {"resource": [f"R{n}" for n in range(centres)], "hours_per_day": 16.0}
        ).with_columns(machines=pl.lit(machines, dtype=pl.Int64)),
        "demand": pl.DataFrame(
            {
                "order": [f"O{number}" for number in range(orders)],
                "item": [f"I{item}" for item, _, _ in asked],
                "quantity": [float(quantity) for _, quantity, _ in asked],
                "due": [START + timedelta(days=due) for _, _, due in asked],
                "priority": [float(chance.randint(1, 10)) for _ in asked],
            }
        ),
    }


def _parts(chance: random.Random, level: int, a_level: int, items: int) -> set[int]:
    """Two to four parts, mostly from the level below."""
    parts = set()
    for _ in range(chance.randint(2, 4)):
        below = level + 1 if chance.random() < 0.8 else chance.randint(level + 1, LEVELS - 1)
        last = items if below == LEVELS - 1 else (below + 1) * a_level
        parts.add(chance.randrange(below * a_level, last))
    return parts


def claims() -> list[Claim]:
    """One plan at each size; every late order must name what made it late."""
    found = []
    for items, orders, budget in ((1_000, 2_000, 5.0), (10_000, 20_000, BUDGET_SECONDS)):
        tables = plant(items, orders, items // 100, 0.85)
        began = time.perf_counter()
        plan = schedule(START, **tables)
        seconds = time.perf_counter() - began
        late = plan.late
        unexplained = late["sentence"].null_count()
        told = (
            f"budget; {plan.operations.height:,} operations, {late.height:,} late, {unexplained} unexplained"
        )
        found.append(Claim(f"schedule of {items:,} items, {orders:,} orders", seconds, budget, "s", told))
    return found


if __name__ == "__main__":
    sys.exit(tell(claims()))
