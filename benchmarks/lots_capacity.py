"""Lots of 10,000 items x 18 months on 100 work centres: the proven gap after a minute.

Set-ups cost hours and money, hours are loaded to 85 % before any set-up, overtime up to a quarter costs
20 an hour; every need is to be met. python benchmarks/lots_capacity.py [items]
"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dataclasses import replace

from benchmarks.measure import Claim, tell
from einklang.engine.supply.lotsizing.plan import solve
from einklang.engine.supply.lotsizing.problem import Lots, price_of_extra

ITEMS, PERIODS = 10_000, 18
BUDGET_SECONDS = 60.0
GAP_PERCENT = 3.0


def drawn(items: int, resources: int, load: float) -> Lots:
    """Seasonal demand with noise; set-ups that are worth one to three months of need."""
    random = np.random.default_rng(1)
    usual = np.exp(random.normal(4, 1, items))
    month = np.arange(PERIODS) + random.integers(0, 12, items)[:, None]
    noise = np.clip(random.normal(1, 0.3, (items, PERIODS)), 0.1, None)
    need = np.round(usual[:, None] * (1 + 0.4 * np.sin(2 * np.pi * month / 12)) * noise)
    hold, centre = random.uniform(0.2, 2, items), random.integers(0, resources, items)
    hours = random.uniform(0.5, 1.5, items)
    total = np.zeros((resources, PERIODS))
    np.add.at(total, centre, hours[:, None] * need)
    capacity = np.repeat((total.mean(axis=1) / load)[:, None], PERIODS, axis=1)
    lots = Lots(
        need=need, hold=hold, loss=np.full(items, np.inf), unit=np.zeros(items),
        setup=hold * usual * random.uniform(1, 9, items) / 2,
        item=np.arange(items), resource=centre, hours=hours, setup_hours=hours * usual * 0.1,
        capacity=capacity, overtime=0.25 * capacity, overtime_cost=np.full(capacity.shape, 20.0), extra=1.0,
    )  # fmt: skip
    return replace(lots, extra=price_of_extra(lots))


def claims(items: int = ITEMS) -> list[Claim]:
    """The gap between the plan and the bound that no plan can undercut."""
    lots = drawn(items, items // 100, 0.85)
    started = time.perf_counter()
    plan = solve(lots, seconds=0.9 * BUDGET_SECONDS, gap=0.005)
    seconds = time.perf_counter() - started
    if plan.missing.any():
        raise SystemExit("The lot plan lacks hours, so it is none.")
    label = f"lots {items:,} items x {PERIODS}"
    return [
        Claim(f"{label}: gap to the bound", 100 * plan.gap, GAP_PERCENT, "%", "goal; a sketch had 10.1 %"),
        Claim(f"{label}: time", seconds, BUDGET_SECONDS, "s", "budget"),
    ]


if __name__ == "__main__":
    sys.exit(tell(claims(*map(int, sys.argv[1:]))))
