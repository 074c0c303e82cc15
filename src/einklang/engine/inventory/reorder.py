"""Order policies that are best for their costs: (r, Q) and (s, S) under uncertain demand.

K cost of an order, h of holding a unit and p of being short of one for a time; customers wait. With demand
over the lead time X, a position y costs per time

    G(y) = h * E[(y - X)+] + p * E[(X - y)+]
    (r, Q):  C = (K * demand + integral of G from r to r + Q) / Q,   least where G(r) = G(r + Q) = C

Sources: Hadley and Whitin 1963; Zheng 1992; Federgruen and Zheng 1992 (Poisson); Zheng and Federgruen 1991
((s, S)); Ehrhardt and Mosier 1984 (power approximation).
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate, count
from math import pi, sqrt
from typing import cast

import numpy as np
from numpy.typing import NDArray

from einklang.engine.errors import Impossible
from einklang.engine.inventory.newsvendor import poisson_chances
from einklang.engine.inventory.safety import STANDARD

Floats = NDArray[np.float64]
Number = float | Floats
TURNS = 48
"""Halvings: a position is found to one part in 2^48 of where it is looked for."""


@dataclass(frozen=True, slots=True)
class Continuous:
    """Reorder at ``point`` a lot of ``lot``; cost over the time demand is given for. One, or one an item."""

    point: Floats
    lot: Floats
    cost: Floats


@dataclass(frozen=True, slots=True)
class Periodic:
    """When the position is at ``point`` or below, order up to ``level``; cost a period."""

    point: float
    level: float
    cost: float


def point_and_lot(
    demand: Number,
    demand_sd: Number,
    *,
    lead_time: Number,
    order_cost: Number,
    holding_cost: Number,
    shortage_cost: Number,
) -> Continuous:
    """The best (r, Q) for normal demand, of one item or of many at once.

    ``demand`` and its deviation are per time, as the lead time and the costs of holding and being short.

    >>> best = point_and_lot(
    ...     1300, 150, lead_time=1 / 12, order_cost=8, holding_cost=0.225, shortage_cost=7.5
    ... )
    >>> round(float(best.point), 2), round(float(best.lot), 2), round(float(best.cost), 2)
    (126.87, 328.45, 78.07)
    """
    given = (demand, demand_sd, lead_time, order_cost, holding_cost, shortage_cost)
    rate, spread, time, order, held, short = np.broadcast_arrays(
        *(np.asarray(one, np.float64) for one in given)
    )
    _costs(float(order.min()), float(held.min()), float(short.min()))
    mean, sd = rate * time, spread * np.sqrt(time)
    if (mean <= 0).any() or (sd <= 0).any():
        raise Impossible("(r, Q) needs demand, its deviation and a lead time above 0.")
    both, fixed = held + short, order * rate
    best_z = _quantile(short / both)

    def between(cost: Floats) -> tuple[Floats, Floats, Floats]:
        """Where G reaches a cost on both sides, and the area between that cost and G."""
        low, high = (
            _crossing(lambda z: sd * (held * z + both * _first(z)) - cost, best_z, side) for side in (-1, 1)
        )
        under = held * sd**2 * (high**2 - low**2) / 2 + both * sd**2 * (_second(low) - _second(high))
        return low, high, cost * sd * (high - low) - under

    bottom = both * sd * _density(best_z)
    top = bottom + np.sqrt(2 * fixed * held * short / both) + both * sd
    while (poor := between(top)[2] < fixed).any():
        top = np.where(poor, 2 * top, top)
    for _ in range(TURNS):
        middle = (bottom + top) / 2
        poor = between(middle)[2] < fixed
        bottom, top = np.where(poor, middle, bottom), np.where(poor, top, middle)
    low, high, _area = between(top)
    return Continuous(mean + low * sd, (high - low) * sd, top)


def cost_of(
    point: Number,
    lot: Number,
    demand: Number,
    demand_sd: Number,
    *,
    lead_time: Number,
    order_cost: Number,
    holding_cost: Number,
    shortage_cost: Number,
) -> Floats:
    """What any (r, Q) costs over the time demand is given for, normal demand; so that a rule can be judged.

    >>> costs = {"order_cost": 8, "holding_cost": 0.225, "shortage_cost": 7.5}
    >>> round(float(cost_of(126.8, 328.5, 1300, 150, lead_time=1 / 12, **costs)), 4)
    78.0712
    """
    given = (point, lot, demand, demand_sd, lead_time, order_cost, holding_cost, shortage_cost)
    r, q, rate, spread, time, order, held, short = (np.asarray(one, np.float64) for one in given)
    if (q <= 0).any() or (spread * time <= 0).any():
        raise Impossible("(r, Q) needs a lot, a deviation of demand and a lead time above 0.")
    mean, sd = rate * time, spread * np.sqrt(time)
    low, high = (r - mean) / sd, (r + q - mean) / sd
    area = held * sd**2 * (high**2 - low**2) / 2 + (held + short) * sd**2 * (_second(low) - _second(high))
    return (order * rate + area) / q


def _density(z: Floats) -> Floats:
    density: Floats = np.exp(-(z**2) / 2) / sqrt(2 * pi)
    return density


def _above(z: Floats) -> Floats:
    """The chance of more than z deviations."""
    from scipy.special import ndtr

    return cast("Floats", ndtr(-z))


def _quantile(share: Floats) -> Floats:
    from scipy.special import ndtri

    return cast("Floats", ndtri(share))


def _first(z: Floats) -> Floats:
    """Expected shortage in deviations: phi(z) - z (1 - Phi(z))."""
    return _density(z) - z * _above(z)


def _second(z: Floats) -> Floats:
    """The integral of the first loss from z on."""
    return ((z * z + 1) * _above(z) - z * _density(z)) / 2


def _crossing(value: Callable[[Floats], Floats], start: Floats, side: int) -> Floats:
    """Where functions that are not above zero at ``start`` cross it on one side."""
    step = np.full_like(start, float(side))
    while (inside := value(start + step) < 0).any():
        step = np.where(inside, 2 * step, step)
    near, far = start, start + step
    for _ in range(TURNS):
        middle = (near + far) / 2
        inside = value(middle) < 0
        near, far = np.where(inside, middle, near), np.where(inside, far, middle)
    return far


def point_and_lot_poisson(
    demand: float, *, lead_time: float, order_cost: float, holding_cost: float, shortage_cost: float
) -> Continuous:
    """The best (r, Q) for Poisson demand, in whole units: positions are added while they bring the mean down.

    >>> best = point_and_lot_poisson(1.5, lead_time=2, order_cost=100, holding_cost=20, shortage_cost=150)
    >>> float(best.point), float(best.lot), round(float(best.cost), 2)
    (3.0, 5.0, 107.92)
    """
    _costs(order_cost, holding_cost, shortage_cost)
    cost_at = _poisson_position(demand * lead_time, holding_cost, shortage_cost)
    best = next(y for y in count() if cost_at(y + 1) >= cost_at(y))
    low, high = best, best
    total = order_cost * demand + cost_at(best)
    while True:
        lower, higher = cost_at(low - 1), cost_at(high + 1)
        mean = total / (high - low + 1)
        if min(lower, higher) >= mean:
            return Continuous(np.array(low - 1.0), np.array(high - low + 1.0), np.array(mean))
        total += min(lower, higher)
        if lower <= higher:
            low -= 1
        else:
            high += 1


def point_and_level_poisson(
    demand: float, *, order_cost: float, holding_cost: float, shortage_cost: float
) -> Periodic:
    """The best (s, S) for Poisson demand a period, reviewed every period (lead time 0).

    >>> best = point_and_level_poisson(6, order_cost=5, holding_cost=1, shortage_cost=4)
    >>> best.point, best.level, round(best.cost, 3)
    (4.0, 10.0, 8.034)
    """
    _costs(order_cost, holding_cost, shortage_cost)
    cost_at = _poisson_position(demand, holding_cost, shortage_cost)
    chances = poisson_chances(demand)
    best = next(y for y in count() if cost_at(y + 1) >= cost_at(y))

    def cost_of(point: int, level: int) -> float:
        """Mean cost of a period: costs until the next order over periods until then."""
        visits = _visits(level - point, chances)
        run = sum(many * cost_at(level - gone) for gone, many in enumerate(visits))
        return (order_cost + run) / sum(visits)

    found: tuple[float, int, int] | None = None
    for level in count(best):
        if found is not None and cost_at(level) > found[0]:
            break
        for point in range(best - 1, -level - 2, -1):
            cost = cost_of(point, level)
            if found is None or cost < found[0] - 1e-12:
                found = (cost, point, level)
            if cost_at(point) > cost:
                break
    if found is None:
        raise Impossible("No (s, S) policy was found.")
    return Periodic(float(found[1]), float(found[2]), found[0])


def _visits(width: int, chances: dict[int, float]) -> list[float]:
    """How often the position stands at 0, 1, ... below the level until it has fallen by ``width``."""
    stay = 1 - chances.get(0, 0.0)
    visits = [1 / stay]
    for gone in range(1, width):
        into = sum(visits[gone - step] * chances.get(step, 0.0) for step in range(1, gone + 1))
        visits.append(into / stay)
    return visits


def _poisson_position(demand: float, holding_cost: float, shortage_cost: float) -> Callable[[int], float]:
    """G for Poisson demand: mean shortage by sums of tails."""
    chances = poisson_chances(demand)
    below = list(accumulate(chances.values()))
    under = list(accumulate(below))  # sum over x < y of P(X <= x) = E[(y - X)+]

    def cost_at(y: int) -> float:
        over = 0.0 if y <= 0 else under[min(y, len(under)) - 1] + max(0, y - len(under))
        return holding_cost * over + shortage_cost * (over - y + demand)

    return cost_at


def power_approximation(
    demand: float,
    demand_sd: float,
    *,
    lead_time: float = 0.0,
    order_cost: float,
    holding_cost: float,
    shortage_cost: float,
    capped: bool = True,
) -> Periodic:
    """(s, S) in one line for normal demand a period; ``cost`` is not part of it and stands as 0.

    ``capped``: where the lot is below 1.5 periods' demand, neither exceeds the newsvendor's quantity.

    >>> near = power_approximation(
    ...     50, 8, order_cost=2.5, holding_cost=0.18, shortage_cost=0.7, capped=False
    ... )
    >>> round(near.point, 2), round(near.level, 2)
    (40.19, 74.29)
    """
    _costs(order_cost, holding_cost, shortage_cost)
    exposed = lead_time + 1
    mean, sd = demand * exposed, demand_sd * sqrt(exposed)
    lot = 1.30 * demand**0.494 * (order_cost / holding_cost) ** 0.506 * (1 + (sd / demand) ** 2) ** 0.116
    z = sqrt(lot * holding_cost / (sd * shortage_cost))
    point = 0.973 * mean + sd * (0.183 / z + 1.063 - 2.192 * z)
    level = point + lot
    if capped and lot / demand <= 1.5:
        most = mean + sd * STANDARD.inv_cdf(shortage_cost / (shortage_cost + holding_cost))
        point, level = min(point, most), min(level, most)
    return Periodic(point, level, 0.0)


def _costs(*costs: float) -> None:
    if min(costs) <= 0:
        raise Impossible("Ordering, holding and being short must each cost something.")
