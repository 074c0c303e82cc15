"""Safety stock over a supply tree of a thousand stages, placed exactly, against its budget."""

import sys
import time

import numpy as np
import polars as pl

from benchmarks.measure import Claim, tell
from einklang.engine.inventory.echelon import placed

STAGES = 1000
BUDGET_SECONDS = 5.0


def claims() -> list[Claim]:
    """A tree drawn at random (always the same one): each stage is made of one or more that come later."""
    random = np.random.default_rng(7)
    into = [int(random.integers(max(0, stage - 100), stage)) for stage in range(1, STAGES)]
    stages = pl.DataFrame(
        {
            "item": [str(stage) for stage in range(STAGES)],
            "lead_time": random.integers(1, 10, STAGES),
            "holding_cost": np.sort(random.uniform(1, 100, STAGES))[::-1],
            "error_sd": [10.0] + [None] * (STAGES - 1),
        }
    )
    links = pl.DataFrame(
        {"item": [str(stage) for stage in range(1, STAGES)], "goes_into": [str(stage) for stage in into]}
    )
    started = time.perf_counter()
    placed(stages, links)
    seconds = time.perf_counter() - started
    return [Claim(f"safety stock over {STAGES:,} stages", seconds, BUDGET_SECONDS, "s", "budget")]


if __name__ == "__main__":
    sys.exit(tell(claims()))
