"""A scenario by family of a plan of 10,000 items x 18 months: edited, balanced, spread over the items."""

import sys
import time
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import Claim, tell
from benchmarks.supply_case import case
from einklang.engine.supply.balance import Tables
from einklang.engine.supply.balance.family import gather

ITEMS = 10_000
BUDGET_SECONDS = 2.0


def claims() -> list[Claim]:
    """Gathering is done once for a plan; each scenario is a balance and a spread."""
    drawn = case(ITEMS, orders=2 * ITEMS, resources=ITEMS // 100, load=1.3)
    tables = Tables(drawn.periods, drawn.items, drawn.demand, drawn.resources, drawn.routing, drawn.bom)
    families = gather(tables, drawn.families)
    started = time.perf_counter()
    more = families.tables.demand.with_columns(pl.col("quantity") * 1.05)
    families.spread(families.balance(demand=more))
    seconds = time.perf_counter() - started
    name = f"family scenario of {ITEMS:,} items x {drawn.periods.height}"
    return [Claim(name, seconds, BUDGET_SECONDS, "s", "budget")]


if __name__ == "__main__":
    sys.exit(tell(claims()))
