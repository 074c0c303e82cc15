"""The best service for a budget: how much safety stock each item gets of a sum of money tied up in stock.

    least   sum_i  w_i * (d_i / Q_i) * E[(X_i - r_i)+]        what is short a period, weighted
    within  sum_i  c_i * (r_i - E[X_i])  <=  budget           money in safety stock

A unit of stock goes where it saves most for its money (marginal analysis): at the best mix every item has
the same ratio lambda = w_i * (d_i / Q_i) * P(X_i > r_i) / c_i. What is short then, less lambda times money
not used, is a bound that no mix can beat, whole units or not; ``gap`` is the distance to it.
"""

from dataclasses import dataclass

import numpy as np

from einklang.engine.errors import Impossible
from einklang.engine.inventory.laws import Demand, Floats, Number

HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Mix:
    """Levels by item, what is short a period under them, the least that any mix must be short, money used."""

    level: Floats
    short: float
    bound: float
    used: float
    fill: float
    price: float

    @property
    def gap(self) -> float:
        """How far what is short may be from the best, as a share of all demand that is weighed."""
        return max(0.0, self.short - self.bound)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is to be mixed: demand over the exposure, demand a period, lot, cost and weight of each item."""

    exposed: Demand
    demand: Floats
    lot: Floats
    cost: Floats
    weight: Floats

    @property
    def cycles(self) -> Floats:
        """Chances a period to be short."""
        return self.demand / self.lot

    def short(self, level: Floats) -> Floats:
        """Weighted units short a period, by item."""
        return self.weight * self.cycles * self.exposed.short(level)

    def money(self, level: Floats) -> float:
        """Money in safety stock."""
        return float((self.cost * (level - self.exposed.mean)).sum())

    def asking(self, price: float) -> Floats:
        """The levels at which one unit of money more saves ``price``; never below the mean."""
        worth = self.weight * self.cycles
        risk = np.divide(price * self.cost, worth, out=np.ones_like(worth), where=worth > 0)
        inside = risk < 1
        level = self.exposed.quantile(np.where(inside, 1 - np.maximum(risk, 1e-15), 0.5))
        return np.where(inside, np.maximum(level, self.exposed.mean), self.exposed.mean)


def shelf(exposed: Demand, demand: Number, lot: Number, cost: Number, weight: Number = 1.0) -> Shelf:
    """What is to be mixed, checked."""
    d, q, c, w = (
        np.broadcast_to(np.asarray(one, np.float64), exposed.mean.shape)
        for one in (demand, lot, cost, weight)
    )
    if (c <= 0).any() or (q <= 0).any() or (w < 0).any() or (d < 0).any():
        raise Impossible("A mix needs a cost and a lot above 0 for every item, and no weight below 0.")
    return Shelf(exposed, d, q, c, w)


def best_mix(of: Shelf, budget: float, *, whole: bool = True) -> Mix:
    """The mix of least shortage that this much money in safety stock buys; ``whole``: in whole units.

    >>> from einklang.engine.inventory.laws import known
    >>> pair = shelf(known("normal", np.array([100.0, 100.0]), 20.0), 100.0, 100.0, np.array([1.0, 10.0]))
    >>> mix = best_mix(pair, 200.0, whole=False)
    >>> [round(float(kept)) for kept in mix.level - 100], round(mix.gap, 6)
    ([41, 16], 0.0)
    """
    if not np.isfinite(budget) or budget < 0:
        raise Impossible("A budget for safety stock is 0 or more.")
    low, high = 0.0, float((of.weight * of.cycles / of.cost).max(initial=0.0)) + 1e-12
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        fits = of.money(of.asking(middle)) <= budget
        low, high = (low, middle) if fits else (middle, high)
    level = of.asking(high)
    # The bound at the price just found: shortage, less what the money still left could have saved.
    bound = float(of.short(level).sum()) + high * (of.money(level) - budget)
    if whole:
        level = _whole_units(of, level, budget)
    return _mixed(of, level, max(0.0, bound), high)


def frontier(of: Shelf, budgets: Number) -> list[Mix]:
    """The best mix for each budget: what a further thousand buys.

    >>> from einklang.engine.inventory.laws import known
    >>> one = shelf(known("normal", 100.0, 20.0), 100.0, 100.0, 1.0)
    >>> [round(mix.fill, 3) for mix in frontier(one, np.array([0.0, 20.0, 40.0]))]
    [0.92, 0.983, 0.998]
    """
    return [best_mix(of, float(budget)) for budget in np.atleast_1d(np.asarray(budgets, np.float64))]


def _whole_units(of: Shelf, level: Floats, budget: float) -> Floats:
    """Whole units below the best levels, then one more where it saves most for its money and still fits."""
    start = np.ceil(of.exposed.mean - 1e-9)
    level = np.maximum(np.floor(level + 1e-9), start)
    over = of.money(level) - budget
    if over > 1e-9:  # rounding the mean up alone may cost more than there is
        level = of.exposed.mean.copy()
    while True:
        saved = (of.short(level) - of.short(level + 1)) / of.cost
        order = np.argsort(-saved, kind="stable")
        left = budget - of.money(level)
        spent = np.cumsum(of.cost[order])
        taken = order[(spent <= left + 1e-9) & (saved[order] > 1e-15)]
        if not len(taken):
            single = order[(of.cost[order] <= left + 1e-9) & (saved[order] > 1e-15)]
            if not len(single):
                return level
            taken = single[:1]
        level[taken] += 1


def _mixed(of: Shelf, level: Floats, bound: float, price: float) -> Mix:
    short = of.short(level)
    asked = float((of.weight * of.demand).sum())
    fill = 1 - float(short.sum()) / asked if asked > 0 else 1.0
    return Mix(level, float(short.sum()), bound, of.money(level), fill, price)
