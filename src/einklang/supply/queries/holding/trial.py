"""What another policy would have given: computed by its law, and played against drawn and real history."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.engine.inventory.exposure import AUTO
from einklang.engine.inventory.policy import policy
from einklang.engine.inventory.simulate import (
    Band,
    Played,
    Rule,
    drawn_by_law,
    drawn_from_past,
    drawn_lead_times,
    play,
)
from einklang.engine.periods import add_months, month_of
from einklang.kernel.errors import NotFound
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply import rules
from einklang.supply.queries.holding.facts import last_full_month
from einklang.supply.queries.policies import policy_of

RUNS, PERIODS, STEPS, SEED = 300, 36, 10, 1
BEST_LAW = AUTO
FEWEST_MONTHS = 12
"""A shorter past says too little to be drawn from."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: a share, what it counts, and the law of demand (or auto, by the data)."""

    service: float
    target: str
    law: str = BEST_LAW


@dataclass(frozen=True, slots=True)
class Row:
    """One way of trying it out: its name, and what it measured."""

    name: str
    fill: Band
    cycle: Band
    ready: Band
    stock: Band


@dataclass(frozen=True, slots=True)
class Trial:
    """A policy for the wish, what its law promises, and what it measured in each way of playing."""

    wish: Wish
    law: str
    safety_stock: float
    reorder_point: float
    order_up_to: float
    cycle: float
    fill: float
    ready: float
    value_cents: int | None
    more_cents: int | None
    rows: list[Row]
    course: pl.DataFrame

    @property
    def promised(self) -> float:
        """What the law promises of what was asked for."""
        return {"cycle": self.cycle, "fill": self.fill, "ready": self.ready}[self.wish.target]

    def measured(self, row: Row) -> Band:
        """What a way of playing measured of what was asked for."""
        return {"cycle": row.cycle, "fill": row.fill, "ready": row.ready}[self.wish.target]


def trial(code: str, wish: Wish, *, as_of: date, seen_by: User) -> Trial:
    """Try a service target out on one item that has a policy; nothing is kept."""
    seen_by.must("see supply")
    last = policy_of(code)
    if last is None:
        raise NotFound(_("This item has no policy yet: plan supply first."))
    past = _past(code, as_of)
    deviation = _lead_time_deviation(code)
    found = policy(
        last.demand,
        last.error_sd,
        last.lead_time_months,
        deviation,
        service=wish.service,
        target=wish.target,
        review=rules.REVIEW_MONTHS,
        lot=last.demand,
        law=wish.law,
        histories=[past],
    )
    kept = max(0.0, float(np.ceil(found.safety_stock[0] - 1e-9)))
    mean = float(found.reorder_point[0] - found.safety_stock[0])
    rule = Rule(mean + kept, mean + kept, max(1, round(rules.REVIEW_MONTHS * STEPS)))
    law = found.law[0]
    facts = (last.demand, last.error_sd, last.lead_time_months, deviation)
    played = _ways(law, facts, past, rule)
    cost = dict(catalog.costs_frame(as_of).select("item", "cost_cents").iter_rows()).get(code)
    money = seen_by.may("see cost") and cost is not None
    return Trial(
        wish, law, kept, mean + kept, mean + kept, float(found.cycle_service[0]), float(found.fill_rate[0]),
        float(found.ready_rate[0]), round(kept * cost) if money and cost is not None else None,
        round((kept - last.safety_stock) * cost) if money and cost is not None else None,
        [Row(name, one.fill, one.cycle, one.ready, one.stock) for name, one in played],
        _course(played[0][1], month_of(as_of)),
    )  # fmt: skip


def _past(code: str, as_of: date) -> np.ndarray:
    history = orders.demand_history(last_full_month(as_of), items=[code])
    return history.sort("period")["quantity"].to_numpy().astype(np.float64)


def _lead_time_deviation(code: str) -> float:
    terms = catalog.supply_terms_frame().filter(pl.col("item") == code)
    return float(terms["lead_time_deviation_days"][0] or 0) / rules.DAYS_A_MONTH if terms.height else 0.0


def _ways(
    law: str, facts: tuple[float, float, float, float], past: np.ndarray, rule: Rule
) -> list[tuple[str, Played]]:
    """By the law, by months of the past in a new order, and by the past as it was."""
    demand, error_sd, lead_time, deviation = facts
    dice = np.random.default_rng(SEED)
    size = {"runs": RUNS, "periods": PERIODS, "steps": STEPS}
    warm = round((lead_time + rules.REVIEW_MONTHS) * STEPS)
    warm = min(warm, PERIODS * STEPS // 2)

    def tried(drawn: np.ndarray, waiting: int = warm) -> Played:
        lead = drawn_lead_times(lead_time, deviation, shape=drawn.shape, steps=STEPS, dice=dice)
        return play(rule, drawn, lead, warm=waiting)

    ways = []
    if law != "empirical":
        by_law = drawn_by_law(law, demand, error_sd, **size, dice=dice)
        ways.append((_("Drawn by its law"), tried(by_law)))
    if len(past) >= FEWEST_MONTHS or not ways:
        drawn = drawn_from_past(past.tolist(), **size, dice=dice, mean=demand, sd=error_sd)
        ways.append((_("Months of its past in a new order"), tried(drawn)))
        # The past as it was, against a stock made for the demand of today: scaled to today's mean.
        scale = demand / past.mean() if past.mean() > 0 else 1.0
        real = np.repeat(past[None, :] * scale / STEPS, STEPS, axis=1)
        ways.append((_("Its past as it was"), tried(real, min(warm, real.shape[1] // 4))))
    return ways


def _course(played: Played, first: date) -> pl.DataFrame:
    """Stock at each month's end of the first way: period, low, mean, high."""
    ends = played.course[:, STEPS - 1 :: STEPS]
    months = [add_months(first, number + 1) for number in range(ends.shape[1])]
    return pl.DataFrame(
        {"period": months, "mean": ends[1], "lo-80": ends[0], "hi-80": ends[2]},
        schema={"period": pl.Date, "mean": pl.Float64, "lo-80": pl.Float64, "hi-80": pl.Float64},
    )
