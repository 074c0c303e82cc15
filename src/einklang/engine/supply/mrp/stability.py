"""How nervous a plan is: what share of a former plan's orders and quantities it changes.

    instability = sum of w[t] * |new[t] - old[t]| / sum of w[t] * (new[t] + old[t])
    w[t] = nearness ^ (t - 1)

over items and release periods t: 0 when nothing changed, 1 when nothing was left. A change of next week
weighs more than one of next quarter.
"""

from dataclasses import dataclass

import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.supply.frames import whole_table
from einklang.engine.supply.mrp.frames import FORMER

NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Stability:
    """What changed between two plans, in the periods both of them cover.

    ``orders_changed`` and ``quantity_changed`` are shares of both plans together, ``instability`` the same
    of quantity weighted by nearness. ``items``: item, former, now, changed (quantities), instability.
    """

    orders_changed: float
    quantity_changed: float
    instability: float
    items: pl.DataFrame


def stability(
    former: pl.DataFrame, orders: pl.DataFrame, *, rolled: int = 0, nearness: float = 0.9
) -> Stability:
    """Compare planned orders (item, release, due, quantity) with those of a former plan.

    ``rolled`` is how many periods have passed since; orders released meanwhile, and those beyond the former
    plan's last release, are not compared.

    >>> old = pl.DataFrame({"item": ["a", "a"], "release": [1, 2], "due": [2, 3], "quantity": [10.0, 10.0]})
    >>> new = pl.DataFrame({"item": ["a", "a"], "release": [1, 2], "due": [2, 3], "quantity": [10.0, 30.0]})
    >>> told = stability(old, new, nearness=0.5)
    >>> told.orders_changed, round(told.quantity_changed, 3), round(told.instability, 3)
    (0.5, 0.333, 0.25)
    """
    if not 0 < nearness <= 1:
        raise Impossible("Nearness is a share above 0 and up to 1: what a change one period later weighs.")
    before = whole_table(FORMER, former).with_columns(pl.col("release", "due") - rolled)
    last = before["release"].max()
    before, now = (
        table.filter(pl.col("release").is_between(1, last if last is not None else 0))
        for table in (before, whole_table(FORMER, orders))
    )
    merged = _by(before, "former", "item", "release").join(
        _by(now, "now", "item", "release"), on=["item", "release"], how="full", coalesce=True
    ).fill_null(0.0).with_columns(weight=pl.lit(nearness) ** (pl.col("release") - 1))  # fmt: skip
    moved = (pl.col("now") - pl.col("former")).abs()
    both = pl.col("now") + pl.col("former")
    weighted = (moved * pl.col("weight")).sum() / (both * pl.col("weight")).sum()
    items = (
        merged.group_by("item")
        .agg(pl.col("former").sum(), pl.col("now").sum(), changed=moved.sum(), instability=weighted)
        .sort("changed", "item", descending=[True, False])
    )
    shares = merged.select(quantity=moved.sum() / both.sum(), instability=weighted).row(0)
    quantity, instability = (0.0 if value is None or value != value else float(value) for value in shares)
    return Stability(_orders_changed(before, now), quantity, instability, items)


def _by(orders: pl.DataFrame, name: str, *key: str) -> pl.DataFrame:
    return orders.group_by(*key).agg(pl.col("quantity").sum().alias(name))


def _orders_changed(before: pl.DataFrame, now: pl.DataFrame) -> float:
    """The share of orders, old and new, that do not stand in both plans alike."""
    key = ["item", "release", "due", "quantity"]
    counted = [
        table.with_columns(pl.col("quantity").round(6)).group_by(key).agg(pl.len().alias(name))
        for table, name in ((before, "former"), (now, "now"))
    ]
    both = counted[0].join(counted[1], on=key, how="full", coalesce=True).fill_null(0)
    same, all_ = both.select(
        same=pl.min_horizontal("former", "now").sum(), all=(pl.col("former") + pl.col("now")).sum()
    ).row(0)
    return 0.0 if not all_ else 1 - 2 * same / all_
