"""Whether the order model would have been right: asked at an earlier day, held against what came since."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from einklang.engine.customers.frames import checked, order_days, summarised
from einklang.engine.customers.value import lifetime_value
from einklang.engine.errors import Impossible


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What was expected of the customers of an earlier day over the ``days`` after it, and what came."""

    on: date
    days: int
    orders_expected: float
    orders_came: float
    money_expected: float
    money_came: float

    @property
    def drift(self) -> float:
        """By how much the money expected was off, as a share of what was expected."""
        return abs(self.money_came / self.money_expected - 1) if self.money_expected else 1.0


def held_back(orders: pl.DataFrame, as_of: date, days: int, period_days: float = 7.0) -> HeldBack | None:
    """The value of an earlier day against what came after it; nothing where the history is too short.

    Looks back ``days``, at most half of the history, so that as much is left to learn from.
    """
    table = checked(orders).filter(pl.col("day") <= as_of)
    first = table["day"].min()
    if not isinstance(first, date):
        return None
    back = min(days, (as_of - first).days // 2)
    periods = int(back / period_days)
    if periods < 1:
        return None
    on = as_of - timedelta(days=int(periods * period_days))
    try:
        said = lifetime_value(summarised(table, on, period_days), periods=periods).table
    except Impossible:
        return None
    came = order_days(table, as_of).filter(pl.col("day") > on).join(said, on="customer", how="semi")
    return HeldBack(
        on,
        (as_of - on).days,
        float(said["orders"].sum()),
        float(came.height),
        float(said["value"].sum()),
        float(came["amount"].sum()),
    )
