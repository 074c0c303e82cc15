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
    chance = random.Random(42)
    level = [min(number * LEVELS // items, LEVELS - 1) for number in range(items)]
    made = [number for number in range(items) if level[number] < LEVELS - 1]
    lines = [
        (number, part, chance.choice([1, 1, 1, 2]))
        for number in made
        for part in sorted(_parts(chance, level[number], items))
    ]
    asked = [
        (
            chance.randrange(items // LEVELS),
            chance.choice([1, 2, 5, 10, 20]),
            chance.randint(14, HORIZON_DAYS),
        )
        for _ in range(orders)
    ]
    bought = [
        chance.choice([7.0, 14.0, 21.0, 28.0]) if level[n] == LEVELS - 1 else None for n in range(items)
    ]
    goods = {
        "item": [f"I{number}" for number in range(items)],
        "on_hand": [float(chance.randint(0, 50)) for _ in range(items)],
        "lead_time": bought,
        "lot_min": [float(chance.choice([1, 1, 10, 50])) for _ in range(items)],
        "lot_multiple": [1.0] * items,
    }
    wanted = {
        "order": [f"O{number}" for number in range(orders)],
        "item": [f"I{item}" for item, _, _ in asked],
        "quantity": [float(quantity) for _, quantity, _ in asked],
        "due": [START + timedelta(days=due) for _, _, due in asked],
        "priority": [float(chance.randint(1, 10)) for _ in asked],
    }
    bom = [(f"I{parent}", f"I{part}", float(each)) for parent, part, each in lines]
    names = ["parent", "component", "quantity"]
    return {
        "items": pl.DataFrame(goods),
        "bom": pl.DataFrame(bom, schema=names, orient="row"),
        "routing": _routing(chance, made, lines, asked, centres, utilisation),
        "resources": pl.DataFrame(
            {"resource": [f"R{n}" for n in range(centres)], "hours_per_day": 16.0},
        ).with_columns(machines=pl.lit(machines, dtype=pl.Int64)),
        "demand": pl.DataFrame(wanted),
    }


def _routing(
    chance: random.Random,
    made: list[int],
    lines: list[tuple[int, int, int]],
    asked: list[tuple[int, int, int]],
    centres: int,
    utilisation: float,
) -> pl.DataFrame:
    """One step an item, as long as loads its work centre to the wanted share on average."""
    need: dict[int, float] = {}
    for item, quantity, _due in asked:
        need[item] = need.get(item, 0.0) + quantity
    for parent, part, each in lines:
        need[part] = need.get(part, 0.0) + need.get(parent, 0.0) * each
    centre = {number: chance.randrange(centres) for number in made}
    load = [0.0] * centres
    for number in made:
        load[centre[number]] += need.get(number, 0.0)
    working_hours = HORIZON_DAYS / 7 * 5 * 16
    return pl.DataFrame(
        {
            "item": [f"I{number}" for number in made],
            "step": 1,
            "resource": [f"R{centre[number]}" for number in made],
            "hours": [utilisation * working_hours / max(1.0, load[centre[number]]) for number in made],
        }
    )


def _parts(chance: random.Random, level: int, items: int) -> set[int]:
    """Two to four parts, mostly from the level below."""
    parts = set()
    for _ in range(chance.randint(2, 4)):
        below = level + 1 if chance.random() < 0.8 else chance.randint(level + 1, LEVELS - 1)
        parts.add(chance.randrange(below * items // LEVELS, (below + 1) * items // LEVELS))
    return parts


def claims() -> list[Claim]:
    """Plans at two sizes, on shared hours and on single machines; every late order must say why."""
    found = []
    sizes = (
        (1_000, 2_000, 5.0, None),
        (10_000, 20_000, BUDGET_SECONDS, None),
        (10_000, 20_000, BUDGET_SECONDS, 1),
    )
    for items, orders, budget, machines in sizes:
        tables = plant(items, orders, items // 100, 0.85, machines=machines)
        began = time.perf_counter()
        plan = schedule(START, **tables)
        seconds = time.perf_counter() - began
        late = plan.late
        unexplained = late["sentence"].null_count()
        told = (
            f"budget; {plan.operations.height:,} operations, {late.height:,} late, {unexplained} unexplained"
        )
        how = "shared hours" if machines is None else "single machines"
        name = f"schedule of {items:,} items, {orders:,} orders on {how}"
        found.append(Claim(name, seconds, budget, "s", told))
    return found


if __name__ == "__main__":
    sys.exit(tell(claims()))
