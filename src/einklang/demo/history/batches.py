"""What was made and bought each month so that stock covered what was shipped, level by level.

The batch of month ``t`` comes in during month ``t - 1``: bought parts at its start, assemblies in its
middle, finished goods at its end. So stock never runs below zero, as in a real warehouse.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from einklang.demo.company import SOUTH
from einklang.demo.history.orders import DRY_MONTHS
from einklang.demo.history.wishes import MONTHS
from einklang.demo.items import AGEING, STARVED, Thing
from einklang.demo.times import HISTORY, Times

OVERBUILT = 18  # the month in which far too much was made of what lies too long today
SCRAP = 0.01  # of castings, in the shop


@dataclass(frozen=True, slots=True)
class Flow:
    """What one place held and got of an item: opening stock, batches by month, safety stock."""

    item: str
    place: str
    opening: float
    batches: NDArray[np.float64]
    stock: NDArray[np.float64]  # at the end of each month
    safety: float


def shipped_by_month(times: Times, shipments: pl.DataFrame) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Units that left each month, by item and place."""
    months = pl.DataFrame({"month": [times.at(index) for index in range(MONTHS)]}).with_row_index("t")
    sums = (
        shipments.with_columns(
            pl.when(pl.col("territory").is_in(SOUTH))
            .then(pl.lit("SUED"))
            .otherwise(pl.lit("ZL"))
            .alias("place"),
            pl.col("shipped_on").dt.truncate("1mo").alias("month"),
        )
        .join(months, on="month")
        .group_by("item", "place", "t")
        .agg(pl.col("quantity").sum())
    )
    table: dict[tuple[str, str], NDArray[np.float64]] = {}
    for item, place, month, quantity in sums.iter_rows():
        table.setdefault((item, place), np.zeros(MONTHS))[month] = quantity
    return table


def flows(
    times: Times, things: dict[str, Thing], means: dict[str, NDArray[np.float64]], shipments: pl.DataFrame
) -> dict[tuple[str, str], Flow]:
    """How stock of every item flowed at every place that holds it."""
    gone = shipped_by_month(times, shipments)
    found: dict[tuple[str, str], Flow] = {}
    need: dict[str, NDArray[np.float64]] = {code: np.zeros(MONTHS) for code in things}
    for thing in reversed(things.values()):  # finished goods stand last, what goes into them before
        if thing.sold:
            for place, share in (("ZL", 0.68), ("SUED", 0.32)):
                wanted = gone.get((thing.code, place), np.zeros(MONTHS))
                wanted[HISTORY:] = np.ceil(means[thing.code][HISTORY:] * share)
                found[thing.code, place] = flow(thing, place, wanted, share)
            made = found[thing.code, "ZL"].batches + found[thing.code, "SUED"].batches
        else:
            found[thing.code, "WERK"] = flow(thing, "WERK", need[thing.code], 1.0)
            made = found[thing.code, "WERK"].batches
        for part, quantity in thing.parts.items():
            need[part] += made * quantity * (1 + SCRAP * part.startswith("GR-"))
    return found


def flow(thing: Thing, place: str, need: NDArray[np.float64], share: float) -> Flow:
    """Stock of one item at one place: a batch whenever the month would end below the safety stock."""
    usual = float(need[:HISTORY].mean())
    safety = float(np.ceil(usual * (0.6 if thing.made else 0.8)))
    cover = 1 if usual > 25 else 2 if usual > 6 else 3
    opening = float(np.ceil(need[0] + safety))
    stock, batches, after = opening, np.zeros(MONTHS), np.zeros(MONTHS)
    for month in range(MONTHS):
        floor = 0.0 if _is_dry(thing, month) else safety
        if month and stock - need[month] < floor and not _is_over(thing, need, month):
            ahead = float(need[month : month + (1 if _is_dry(thing, month) else cover)].sum())
            batches[month] = _lots(ahead + floor - stock, thing.lot)
        if month == OVERBUILT and thing.code in AGEING:
            batches[month] += _lots(max(usual * 34, 12 * share), thing.lot)
        stock += batches[month] - need[month]
        after[month] = stock
    return Flow(thing.code, place, opening, batches, after, safety)


def _is_dry(thing: Thing, month: int) -> bool:
    return thing.code in STARVED and any(first - 1 <= month <= last for first, last in DRY_MONTHS)


def _is_over(thing: Thing, need: NDArray[np.float64], month: int) -> bool:
    """Nothing more is made of what nobody will ask for again."""
    return thing.ended is not None and float(need[month:].sum()) == 0


def _lots(quantity: float, lot: int) -> float:
    return float(np.ceil(max(quantity, 0) / lot) * lot)
