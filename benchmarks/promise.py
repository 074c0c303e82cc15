"""Promises for ten thousand lines at once: available to promise, against its budget."""

import sys
import time
from datetime import date

import numpy as np
import polars as pl

from benchmarks.measure import Claim, tell
from einklang.engine.periods import month_range
from einklang.engine.supply.promise import position, promise

ITEMS, LINES = 2000, 10_000
BUDGET_SECONDS = 1.0


def claims() -> list[Claim]:
    """Two thousand items over eighteen months, with receipts and orders drawn at random (always the same)."""
    random = np.random.default_rng(3)
    months = month_range(date(2026, 1, 1), 18)
    names = np.array([f"I{item}" for item in range(ITEMS)])

    def flow(count: int, most: int) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "item": random.choice(names, count),
                "period": [months[place] for place in random.integers(0, 18, count)],
                "quantity": random.integers(1, most, count).astype(float),
            }
        )

    stock = pl.DataFrame({"item": names, "quantity": random.integers(0, 200, ITEMS).astype(float)})
    receipts, orders = flow(20_000, 100), flow(20_000, 80)
    lines = flow(LINES, 40).with_columns(pl.int_range(LINES).cast(pl.String).alias("line"))
    started = time.perf_counter()
    promise(position(stock, receipts, orders, months), lines)
    seconds = time.perf_counter() - started
    return [Claim(f"{LINES:,} lines promised", seconds, BUDGET_SECONDS, "s", "budget")]


if __name__ == "__main__":
    sys.exit(tell(claims()))
