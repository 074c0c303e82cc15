"""How likely each customer orders nothing in the next weeks, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from einklang.engine.customers import facts
from einklang.engine.customers.frames import Numbers, checked
from einklang.engine.customers.learning import OWN, Learned, Measured, learn
from einklang.engine.customers.reasons import reasons_of
from einklang.engine.customers.rhythm import churn
from einklang.engine.logistic import logit_of


@dataclass(frozen=True, slots=True)
class Risk:
    """Each customer's risk of ordering nothing in the next ``days``, its reasons, and how good it was.

    ``table``: customer, orders, last_on, interval_days, quiet_days, lost, lost_on (the rule of the rhythm),
    risk, gone. ``gone`` is the part of the risk that the own rhythm does not explain: with a silence of
    ``days`` as likely as exp(-days / interval) for somebody who is still there,
    risk = gone + (1 - gone) * exp(-days / interval). ``reasons``: customer, rank, reason, effect, now, usual.
    """

    table: pl.DataFrame
    reasons: pl.DataFrame
    learned: Learned

    @property
    def days(self) -> int:
        """How many days ahead it is told for."""
        return self.learned.days

    @property
    def way(self) -> str:
        """The way that was kept; "rule" where there was too little to learn from."""
        return self.learned.way

    @property
    def why(self) -> str:
        """What it rests on, in a sentence."""
        return self.learned.why

    @property
    def measured(self) -> Mapping[str, Measured]:
        """How good each way was on later dates."""
        return self.learned.measured

    @property
    def dates(self) -> int:
        """How many later dates it was measured on."""
        return self.learned.dates


NO_REASONS = pl.DataFrame(
    schema={
        "customer": pl.String,
        "rank": pl.Int32,
        "reason": pl.String,
        "effect": pl.Float64,
        "now": pl.Float64,
        "usual": pl.Float64,
    }
)


def risk(orders: pl.DataFrame, as_of: date, *, days: int | None = None, times_interval: float = 3.0) -> Risk:
    """The risk of every customer as of a day, learned from the same orders; frame ORDERS."""
    return tell(learn(orders, as_of, days=days), orders, as_of, times_interval=times_interval)


def tell(learned: Learned, orders: pl.DataFrame, as_of: date, *, times_interval: float = 3.0) -> Risk:
    """The risk of the customers in ``orders``, as ``learned`` (perhaps from more than these) says."""
    table = checked(orders).filter(pl.col("day") <= as_of)
    quiet = churn(table, as_of, times_interval=times_interval)
    if learned.model is None:
        return _by_rule(quiet, learned)
    now = facts.known_on(table, as_of, learned.days)
    numbers = facts.as_numbers(now, learned.buying, learned.days)
    chance = learned.chances(now, numbers)
    told = reasons_of(now, _parts(learned, numbers, chance), logit_of(chance))
    usual = np.exp(-learned.days / now["interval_days"].to_numpy())
    gone = np.clip((chance - usual) / np.maximum(1 - usual, 1e-9), 0.0, 1.0)
    chances = now.select("customer", pl.Series("risk", chance), pl.Series("gone", gone))
    return Risk(quiet.join(chances, on="customer", how="left", maintain_order="left"), told, learned)


def _parts(learned: Learned, numbers: Numbers, chance: Numbers) -> Numbers:
    """What each fact adds to the logit of the risk as it is told."""
    silence = facts.NAMES.index("order_model")
    if learned.way != "learned" or learned.model is None:
        parts = np.zeros_like(numbers)
        parts[:, silence] = logit_of(chance) - logit_of(chance).mean()
        return parts
    parts = learned.model.parts(numbers)
    if learned.buying is None:
        return parts
    parts *= OWN
    parts[:, silence] += (1 - OWN) * (numbers[:, silence] - numbers[:, silence].mean())
    return parts


def _by_rule(quiet: pl.DataFrame, learned: Learned) -> Risk:
    """The answer with too little history: who is quiet for the own rhythm, without a chance."""
    blank = pl.lit(None, pl.Float64)
    told = quiet.filter("lost").select(
        "customer",
        pl.lit(1).alias("rank"),
        pl.lit("silence").alias("reason"),
        pl.lit(None, pl.Float64).alias("effect"),
        pl.col("quiet_days").cast(pl.Float64).alias("now"),
        pl.col("interval_days").cast(pl.Float64).alias("usual"),
    )
    table = quiet.with_columns(blank.alias("risk"), blank.alias("gone"))
    return Risk(table, pl.concat([NO_REASONS, told]), learned)
