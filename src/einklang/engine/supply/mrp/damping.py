"""Damping: keep the orders of a former plan where they still serve, and plan only what they leave.

An order of the former plan stands, with its date and its quantity, when something it could serve is
uncovered within ``hold`` periods after it is due, and at least half of it is still needed. What the
standing orders do not cover in time is planned as ever, so no demand is worse off.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.supply import lots
from einklang.engine.supply.frames import whole_table
from einklang.engine.supply.lots import NOTHING
from einklang.engine.supply.mrp.frames import FORMER
from einklang.engine.supply.mrp.tables import Tables

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LEAST_NEEDED = 0.5


@dataclass(frozen=True, slots=True)
class Former:
    """Good units of the former plan's orders by item number and due period, and how long they may wait."""

    good: Floats
    hold: int


def read_former(orders: pl.DataFrame, tables: Tables, *, rolled: int, hold: int) -> Former:
    """The former orders in this plan's periods; what should have been released since is left out.

    ``rolled`` is how many periods have passed since the former plan.
    """
    if hold < 0 or rolled < 0:
        raise Impossible("Periods passed and periods to hold an order cannot be negative.")
    number = pl.DataFrame({"item": tables.names, "number": np.arange(len(tables.names))})
    standing = (
        whole_table(FORMER, orders)
        .with_columns(pl.col("release", "due") - rolled)
        .filter((pl.col("release") >= 1) & (pl.col("due") <= tables.periods))
        .join(number, on="item", how="inner", maintain_order="left")
    )
    good = np.zeros((len(tables.names), tables.periods))
    at = standing["number"].to_numpy()
    np.add.at(
        good, (at, standing["due"].to_numpy() - 1), standing["quantity"].to_numpy() * (1 - tables.scrap[at])
    )
    return Former(good, hold)


def kept_of(tables: Tables, former: Former, rows: Ints, wanted: Floats) -> tuple[Floats, Floats]:
    """Good units of former orders that stand, and the needs they leave."""
    before = former.good[rows]
    needed = np.cumsum(wanted, axis=1)
    kept, left = np.zeros_like(wanted), np.zeros_like(wanted)
    covered, supplied = np.zeros(len(rows)), np.zeros(len(rows))
    rules, last = tables.rules, tables.periods - 1
    for period in range(tables.periods):
        order = before[:, period]
        soon = needed[:, min(period + former.hold, last)]
        stands = (order > NOTHING) & (soon - supplied > NOTHING)
        stands &= needed[:, last] - supplied >= LEAST_NEEDED * order
        kept[:, period] = np.where(stands, order, 0.0)
        covered, supplied = covered + kept[:, period], supplied + kept[:, period]
        left[:, period] = np.maximum(0.0, needed[:, period] - covered)
        covered = covered + left[:, period]
        short = np.maximum(0.0, needed[:, period] - supplied)[:, None]
        supplied = supplied + lots.fit(
            short, minimum=rules.minimum[rows], multiple=rules.multiple[rows], maximum=rules.maximum[rows]
        )[:, 0]  # fmt: skip
    return kept, left
