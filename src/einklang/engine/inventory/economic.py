"""Economic lots: how much to order at once when demand is steady (Harris 1913 and his heirs).

    EOQ        Q = sqrt(2 K D / h)                          cost = sqrt(2 K D h)
    backorders Q = sqrt(2 K D (h + p) / (h p))              share short = h / (h + p)
    production Q = sqrt(2 K D / (h (1 - D / P)))            P: what is made in the same time
    discounts  the cheapest lot over all price brackets: all units at the bracket's price, or only those above

K cost of an order, D demand, h cost of holding a unit, p of being short of one: all over the same time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

from einklang.engine.errors import Impossible


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot size and what it costs over the time that demand is given for."""

    quantity: float
    cost: float
    bracket: int = 0
    short: float = 0.0


def with_backorders(demand: float, order_cost: float, holding_cost: float, shortage_cost: float) -> Lot:
    """The lot when customers may wait; ``short`` is the share of demand that does.

    >>> lot = with_backorders(1300, 8, 0.225, 5)
    >>> round(lot.quantity, 2), round(lot.short, 4), round(lot.cost, 2)
    (310.81, 0.0431, 66.92)
    """
    _positive(demand=demand, order_cost=order_cost, holding_cost=holding_cost, shortage_cost=shortage_cost)
    both = holding_cost + shortage_cost
    quantity = sqrt(2 * order_cost * demand * both / (holding_cost * shortage_cost))
    cost = sqrt(2 * order_cost * demand * holding_cost * shortage_cost / both)
    return Lot(quantity, cost, short=holding_cost / both)


def with_production(demand: float, order_cost: float, holding_cost: float, production: float) -> Lot:
    """The lot when it comes in bit by bit, as it is made, and not all at once.

    >>> lot = with_production(80, 4, 0.08, 110)
    >>> round(lot.quantity, 2), round(lot.cost, 4)
    (171.27, 3.7368)
    """
    _positive(demand=demand, order_cost=order_cost, holding_cost=holding_cost, production=production)
    if production <= demand:
        raise Impossible("Less is made than is asked for, so no lot is large enough.")
    held = holding_cost * (1 - demand / production)
    return Lot(sqrt(2 * order_cost * demand / held), sqrt(2 * order_cost * demand * held))


def with_discount(
    demand: float,
    order_cost: float,
    holding_rate: float,
    brackets: Sequence[tuple[float, float]],
    *,
    all_units: bool = True,
) -> Lot:
    """The cheapest lot when the price falls with the quantity; cost holds what the goods cost, too.

    ``brackets``: (from which quantity on, price), the first from 0. ``holding_rate``: share of the price a
    unit costs to hold. ``all_units``: the price holds for the whole lot, else only for the units above.

    >>> steps = [(0, 0.75), (400, 0.72), (800, 0.68)]
    >>> with_discount(1300, 8, 0.3, steps)
    Lot(quantity=800.0, cost=978.6, bracket=2, short=0.0)
    >>> round(with_discount(1300, 8, 0.3, steps, all_units=False).cost, 2)
    1043.41
    """
    _positive(demand=demand, order_cost=order_cost, holding_rate=holding_rate)
    if not brackets or brackets[0][0] != 0 or list(brackets) != sorted(brackets, key=lambda one: one[0]):
        raise Impossible("Price brackets start at 0 and rise.")
    lots = _all_units if all_units else _incremental
    return min(lots(demand, order_cost, holding_rate, brackets), key=lambda lot: lot.cost)


def _all_units(
    demand: float, order_cost: float, rate: float, brackets: Sequence[tuple[float, float]]
) -> list[Lot]:
    found = []
    for place, (start, price) in enumerate(brackets):
        held = rate * price
        end = brackets[place + 1][0] if place + 1 < len(brackets) else inf
        quantity = max(sqrt(2 * order_cost * demand / held), float(start))
        if quantity < end:
            cost = price * demand + order_cost * demand / quantity + held * quantity / 2
            found.append(Lot(quantity, round(cost, 9), place))
    return found


def _incremental(
    demand: float, order_cost: float, rate: float, brackets: Sequence[tuple[float, float]]
) -> list[Lot]:
    found = []
    paid = 0.0  # what the units below a bracket cost more than at its price
    for place, (start, price) in enumerate(brackets):
        if place:
            paid += start * (brackets[place - 1][1] - price)
        end = brackets[place + 1][0] if place + 1 < len(brackets) else inf
        quantity = sqrt(2 * (order_cost + paid) * demand / (rate * price))
        if start <= quantity < end:
            running = (order_cost + paid) * demand / quantity + rate * price * quantity / 2
            found.append(Lot(quantity, price * demand + rate * paid / 2 + running, place))
    return found


@dataclass(frozen=True, slots=True)
class Joint:
    """A common cycle, how many of its cycles each item waits, and what all cost over the same time."""

    cycle: float
    multiples: tuple[int, ...]
    cost: float


def together(
    demands: Sequence[float], order_costs: Sequence[float], holding_costs: Sequence[float], shared_cost: float
) -> Joint:
    """Items ordered together: a base cycle and a multiple of it for each (Silver's rule, 1976).

    The item with the least K / (h D) is in every order; the others wait the whole number of cycles nearest
    to sqrt(K_i / (h_i D_i) * h_1 D_1 / (K_0 + K_1)), at least one.

    >>> joint = together([1, 1, 1], [120, 840, 300], [160, 20, 50], 600)
    >>> round(joint.cycle, 4), joint.multiples, round(joint.cost, 2)
    (3.1032, (1, 3, 1), 837.85)
    """
    lengths = {len(demands), len(order_costs), len(holding_costs)}
    if len(lengths) != 1 or not demands or min(*demands, *holding_costs, *order_costs) <= 0:
        raise Impossible(
            "Every item ordered together needs its demand, order cost and holding cost, above 0."
        )
    use = [held * demand for held, demand in zip(holding_costs, demands, strict=True)]
    first = min(range(len(use)), key=lambda place: order_costs[place] / use[place])
    scale = use[first] / (shared_cost + order_costs[first])
    multiples = [_nearest(order_costs[place] / use[place] * scale) for place in range(len(use))]
    multiples[first] = 1
    fixed = shared_cost + sum(cost / many for cost, many in zip(order_costs, multiples, strict=True))
    held_cost = sum(many * one for many, one in zip(multiples, use, strict=True))
    return Joint(sqrt(2 * fixed / held_cost), tuple(multiples), sqrt(2 * fixed * held_cost))


def _nearest(square: float) -> int:
    """The whole number nearest to the root of ``square``, at least 1."""
    return max(1, int(sqrt(square) + 0.5))


def _positive(**values: float) -> None:
    for name, value in values.items():
        if value <= 0:
            raise Impossible(f"A lot needs a {name.replace('_', ' ')} above 0, not {value:g}.")
