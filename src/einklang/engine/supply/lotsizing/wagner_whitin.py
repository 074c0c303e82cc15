"""Wagner and Whitin for many items at once, where making has a price that changes by period.

For one item, with a set-up in s that serves the needs until the next one in e:

    cost(s, e) = S[s] + sum(min(u[s] + h * (t - s), loss) * need[t]  for t = s .. e-1)
    best[s]    = min over e > s of cost(s, e) + best[e],   best[T] = 0

What is needed before the first set-up is lost. A period without need costs nothing, so a plan that
begins with empty periods begins with no set-up.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cheapest:
    """The least cost by item, and the plan that has it; arrays are items x periods."""

    cost: Floats
    make: Floats
    lost: Floats
    setup: Flags


def cheapest(need: Floats, setup: Floats, unit: Floats, hold: Floats, loss: Floats) -> Cheapest:
    """The plan of least cost for each item by itself.

    ``setup`` and ``unit`` are prices by item and period, ``hold`` and ``loss`` by item; a loss that is
    infinite means that every need is to be met.

    >>> need = np.array([[20.0, 50, 10, 50, 50, 10, 20, 40, 20, 30]])
    >>> each = np.ones_like(need)
    >>> plan = cheapest(need, 100 * each, 0 * each, np.array([1.0]), np.array([np.inf]))
    >>> plan.cost.tolist(), plan.make.tolist()
    ([580.0], [[80.0, 0.0, 0.0, 130.0, 0.0, 0.0, 0.0, 90.0, 0.0, 0.0]])
    """
    count, horizon = need.shape
    wanted, fixed, each = need.T.copy(), setup.T.copy(), unit.T.copy()
    best, until = np.zeros((horizon + 1, count)), np.zeros((horizon + 1, count), dtype=np.int64)
    for start in range(horizon - 1, -1, -1):
        served = each[start] + hold * np.arange(horizon - start)[:, None]
        total = (np.minimum(served, loss) * wanted[start:]).cumsum(axis=0) + best[start + 1 :]
        end = total.argmin(axis=0)
        best[start] = fixed[start] + np.take_along_axis(total, end[None], axis=0)[0]
        until[start] = start + 1 + end
    with np.errstate(invalid="ignore"):
        forgone = np.where(wanted > 0, loss * wanted, 0.0).cumsum(axis=0)
    opening = best.copy()
    opening[1:] += forgone
    return _walked(need, each.T, hold, loss, opening.argmin(axis=0), until, opening.min(axis=0))


def _walked(
    need: Floats, unit: Floats, hold: Floats, loss: Floats, first: Floats, until: Floats, cost: Floats
) -> Cheapest:
    """Each period's source (the set-up before it), and from that what is made and what is lost."""
    count, horizon = need.shape
    item = np.arange(count)
    source, follows = np.full((count, horizon), -1), first.astype(np.int64)
    made_in = np.full(count, -1)
    setup = np.zeros((count, horizon), dtype=bool)
    for period in range(horizon):
        opens = follows == period
        setup[:, period] = opens
        made_in = np.where(opens, period, made_in)
        follows = np.where(opens, until[period], follows)
        source[:, period] = made_in
    age = np.arange(horizon) - source
    kept = (source >= 0) & (
        np.take_along_axis(unit, np.maximum(source, 0), axis=1) + hold[:, None] * age <= loss[:, None]
    )
    make = np.zeros((count, horizon))
    rows, periods = np.nonzero(kept & (need > 0))
    np.add.at(make, (item[rows], source[rows, periods]), need[rows, periods])
    return Cheapest(cost, make, np.where(kept, 0.0, need), setup & (make > 0))
