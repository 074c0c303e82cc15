"""A sum of money for safety stock: the mix that serves best, beside what is kept now and the bound."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from einklang.engine.inventory.exposure import exposure
from einklang.engine.inventory.laws import LAWS, Demand
from einklang.engine.inventory.mix import Mix, Shelf, best_mix, shelf
from einklang.people.models import User
from einklang.supply import rules
from einklang.supply.queries.holding.facts import facts

STEPS = 9
MOST = 2.0
"""The slider goes up to twice what is kept now."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a budget buys; service is the value served from stock, as a share of what is wished.

    ``lines``: item, name, law, now, proposed (units), cost_cents, more_cents. ``curve``: cents, service.
    """

    cents: int
    now_cents: int
    most_cents: int
    now_service: float
    service: float
    bound: float
    lines: pl.DataFrame
    curve: pl.DataFrame

    @property
    def same_money(self) -> bool:
        """Whether it is what is kept now, spread otherwise."""
        return self.cents == self.now_cents


def budget_mix(as_of: date, cents: int | None = None, *, seen_by: User) -> Budget | None:
    """The best mix for a sum of money in safety stock, else for today's; nothing without policies or cost."""
    seen_by.must("see supply")
    seen_by.must("see cost")
    table = facts(as_of).filter(
        pl.col("service").is_not_null() & (pl.col("cost_cents") > 0) & (pl.col("forecast") > 0)
    )
    if table.is_empty():
        return None
    of = _shelf(table)
    kept = table["safety_stock"].to_numpy()
    now = of.exposed.mean + kept
    now_cents = round(of.money(now))
    money = now_cents if cents is None else max(0, cents)
    mix = best_mix(of, money)
    asked = float((of.weight * of.demand).sum())
    lines = table.select(
        "item",
        "name",
        "law",
        "cost_cents",
        now=pl.col("safety_stock"),
        proposed=pl.Series(mix.level - of.exposed.mean).round(0),
    )
    more = (pl.col("proposed") - pl.col("now")) * pl.col("cost_cents")
    lines = lines.with_columns(more_cents=more.round(0).cast(pl.Int64))
    most = round(now_cents * MOST) or 100_00
    return Budget(
        money,
        now_cents,
        max(most, money),
        1 - float(of.short(now).sum()) / asked,
        mix.fill,
        1 - mix.bound / asked,
        lines.sort(pl.col("more_cents").abs(), "item", descending=[True, False]),
        _curve(of, most, asked),
    )


def _shelf(table: pl.DataFrame) -> Shelf:
    """The items as the mix takes them: a unit short counts its price, else its cost."""
    demand, sd = table["forecast"].to_numpy(), table["sd"].to_numpy()
    exposed = exposure(demand, sd, table["lead_time_months"].to_numpy(), review=rules.REVIEW_MONTHS)
    whole = exposed.whole
    # The law is the policy's; what was drawn from history is near enough to gamma here.
    law = table["law"].replace({"empirical": "gamma", "certain": "normal"})
    kind = np.array([LAWS.index(name) for name in law], dtype=np.int8)
    laws = Demand(np.where(whole.sd > 0, kind, whole.kind).astype(np.int8), whole.mean, whole.sd)
    worth = table.select(pl.coalesce("price_cents", "cost_cents").cast(pl.Float64)).to_series().to_numpy()
    cost = table["cost_cents"].cast(pl.Float64).to_numpy()
    return shelf(laws, demand, demand, cost, worth)


def _curve(of: Shelf, most: int, asked: float) -> pl.DataFrame:
    """Service at each of some budgets."""
    sums = [round(most * step / (STEPS - 1)) for step in range(STEPS)]
    mixes: list[Mix] = [best_mix(of, money, whole=False) for money in sums]
    return pl.DataFrame(
        {"cents": sums, "service": [1 - float(mix.short) / asked for mix in mixes]},
        schema={"cents": pl.Int64, "service": pl.Float64},
    )
