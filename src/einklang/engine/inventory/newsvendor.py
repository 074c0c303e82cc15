"""One order for one season: how much, when too much costs h a unit and too little p (the newsvendor).

    S = the quantity that demand stays below with chance p / (p + h)

The same holds for base stock reviewed every period, with demand over the lead time and the review period.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, sqrt

from einklang.engine.errors import Impossible
from einklang.engine.inventory.safety import STANDARD


@dataclass(frozen=True, slots=True)
class Order:
    """How much to have, and what too much and too little of it are expected to cost."""

    quantity: float
    cost: float


def normal(demand: float, demand_sd: float, *, holding_cost: float, shortage_cost: float) -> Order:
    """For normal demand.

    >>> order = normal(50, 8, holding_cost=0.18, shortage_cost=0.70)
    >>> round(order.quantity, 2), round(order.cost, 4)
    (56.6, 1.9976)
    """
    z = STANDARD.inv_cdf(_ratio(holding_cost, shortage_cost))
    return Order(demand + z * demand_sd, (holding_cost + shortage_cost) * demand_sd * STANDARD.pdf(z))


def base_stock(
    demand: float,
    demand_sd: float,
    *,
    lead_time: float,
    review: float = 1.0,
    holding_cost: float,
    shortage_cost: float,
) -> Order:
    """Order up to this every ``review`` periods: demand over lead time and review is what it must bear.

    >>> round(base_stock(50, 8, lead_time=4, holding_cost=0.18, shortage_cost=0.70).quantity, 2)
    264.77
    """
    exposed = lead_time + review
    spread = demand_sd * sqrt(exposed)
    return normal(demand * exposed, spread, holding_cost=holding_cost, shortage_cost=shortage_cost)


def profit(demand: float, demand_sd: float, *, price: float, cost: float, salvage: float) -> Order:
    """For goods sold at a price, and afterwards for their salvage value; ``cost`` is minus the profit.

    >>> order = profit(50, 8, price=1, cost=0.3, salvage=0.12)
    >>> round(order.quantity, 2), round(-order.cost, 2)
    (56.6, 33.0)
    """
    best = normal(demand, demand_sd, holding_cost=cost - salvage, shortage_cost=price - cost)
    return Order(best.quantity, best.cost - (price - cost) * demand)


def lognormal(log_mean: float, log_sd: float, *, holding_cost: float, shortage_cost: float) -> Order:
    """For demand whose logarithm is normal.

    >>> order = lognormal(6, 0.3, holding_cost=1, shortage_cost=0.1765)
    >>> round(order.quantity, 2), round(order.cost, 4)
    (295.63, 29.4425)
    """
    ratio = _ratio(holding_cost, shortage_cost)
    z = STANDARD.inv_cdf(ratio)
    mean = exp(log_mean + log_sd**2 / 2)
    quantity = exp(log_mean + z * log_sd)
    sold_below = mean * STANDARD.cdf(z - log_sd)
    over = quantity * ratio - sold_below
    short = mean - sold_below - quantity * (1 - ratio)
    return Order(quantity, holding_cost * over + shortage_cost * short)


def listed(chances: Mapping[int, float], *, holding_cost: float, shortage_cost: float) -> Order:
    """For demand that takes listed values with chances.

    >>> dice = {value: 1 / 6 for value in range(1, 7)}
    >>> listed(dice, holding_cost=1, shortage_cost=1).quantity
    3.0
    """
    if not chances or min(chances.values()) < 0 or abs(sum(chances.values()) - 1) > 1e-9:
        raise Impossible("The chances of demand are not negative and sum to 1.")
    ratio, below = _ratio(holding_cost, shortage_cost), 0.0
    quantity = max(chances)
    for value in sorted(chances):
        below += chances[value]
        if below >= ratio - 1e-12:
            quantity = value
            break
    cost = sum(
        chance * (holding_cost * max(quantity - value, 0) + shortage_cost * max(value - quantity, 0))
        for value, chance in chances.items()
    )
    return Order(float(quantity), cost)


def poisson(demand: float, *, holding_cost: float, shortage_cost: float) -> Order:
    """For Poisson demand, in whole units.

    >>> poisson(18, holding_cost=200, shortage_cost=270).quantity
    19.0
    """
    return listed(poisson_chances(demand), holding_cost=holding_cost, shortage_cost=shortage_cost)


def poisson_chances(demand: float) -> dict[int, float]:
    """The chance of each number of units, as far as it matters."""
    import numpy as np
    from scipy.stats import poisson as law

    if demand <= 0:
        raise Impossible("Poisson demand has a mean above 0.")
    values = np.arange(int(law.ppf(1 - 1e-13, demand)) + 2)
    chances = law.pmf(values, demand)
    return {int(value): float(chance) for value, chance in zip(values, chances / chances.sum(), strict=True)}


def _ratio(holding_cost: float, shortage_cost: float) -> float:
    if holding_cost <= 0 or shortage_cost <= 0:
        raise Impossible("Too much and too little must both cost something, else there is nothing to weigh.")
    return shortage_cost / (holding_cost + shortage_cost)
