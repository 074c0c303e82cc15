"""The balance of 10,000 items x 18 months, five levels, with little and with much load, against plain HiGHS.

Both solve the same matrix in the same run, on one thread; the peer is HiGHS as it stands. Both optima are
proven, and have to be the same. python benchmarks/balance_items.py [items]
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import Claim, tell
from benchmarks.supply_case import case
from einklang.engine.supply.balance import Settings, Tables, read
from einklang.engine.supply.balance.model import build
from einklang.engine.supply.balance.start import begin

ITEMS = 10_000
LOADS = {"loose": 0.8, "tight": 1.8}
PATIENCE_SECONDS = 3600.0


def claims(items: int = ITEMS) -> list[Claim]:
    """Seconds of the product (its start included) beside those of the solver by itself."""
    found = []
    for name, load in LOADS.items():
        drawn = case(items, orders=2 * items, resources=items // 100, load=load)
        tables = Tables(drawn.periods, drawn.items, drawn.demand, drawn.resources, drawn.routing, drawn.bom)
        problem = read(tables, Settings())
        blocks = build(problem)
        started = time.perf_counter()
        ours = blocks.model.solve(start=begin(problem, blocks), seconds=PATIENCE_SECONDS)
        middle = time.perf_counter()
        plain = blocks.model.solve(seconds=PATIENCE_SECONDS)
        ended = time.perf_counter()
        if ours is None or plain is None or abs(ours.objective - plain.objective) > 1e-6 * plain.objective:
            raise SystemExit(f"The two optima of the {name} balance differ.")
        overtime = blocks.overtime[blocks.overtime >= 0]
        used = ours.values[overtime].sum() if overtime.size else 0.0
        label = f"balance {items:,} items x {drawn.periods.height}, {name} ({used:,.0f} h overtime)"
        found.append(Claim(label, middle - started, ended - middle, "s", "HiGHS alone"))
    return found


if __name__ == "__main__":
    sys.exit(tell(claims(*map(int, sys.argv[1:]))))
