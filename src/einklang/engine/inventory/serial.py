"""Base stock in a chain of stages under uncertain demand: exact by the recursion of Clark and Scarf.

Stage 1 serves customers, stage j + 1 supplies stage j within its lead time; h_j is the echelon holding cost
(what holding costs more at j than at the stage above), p the cost of a unit short for a period:

    C_0(x) = (p + sum h) * max(-x, 0)                  S_j = argmin C_j
    C_j(y) = E[ h_j * (y - D_j) + C_{j-1}(min(S_{j-1}, y - D_j)) ]      D_j: demand over the lead time of j

The least cost a period is C_N(S_N) (Clark and Scarf 1960; Chen and Zheng 1994). Normal demand is computed
on a fine grid, Poisson demand exactly in whole units.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from einklang.engine.errors import Impossible
from einklang.engine.frames import Frame, number, text

Numbers = NDArray[np.float64]
Function = Callable[[Numbers], Numbers]

CHAIN = Frame(
    "chain",
    {
        "item": text(),
        "lead_time": number("periods", at_least=0),
        "holding_cost": number("money per unit and period, in all", at_least=0),
    },
    ("item",),
    "The stage that serves customers first, each supplied by the next; holding_cost falls upstream.",
)
POINTS = 6000
REACH = 6.0
"""Deviations of demand that are looked at."""


@dataclass(frozen=True, slots=True)
class _Demand:
    """Demand over one lead time: values and their chances."""

    values: Numbers
    chances: Numbers


def base_stocks(
    chain: pl.DataFrame, *, demand: float, demand_sd: float | None = None, stockout_cost: float
) -> pl.DataFrame:
    """Echelon base-stock levels of a chain and the least cost a period.

    Frame CHAIN. ``demand`` is units per period; with ``demand_sd`` it is normal, without it Poisson.
    ``stockout_cost`` is money per unit short and period. Columns: item, base_stock (echelon: what a stage
    and all below it hold and have under way), local (its own part of that), cost (of the chain up to it;
    the last row is the whole chain's).

    >>> one = pl.DataFrame({"item": ["shop"], "lead_time": [1.0], "holding_cost": [0.18]})
    >>> round(base_stocks(one, demand=50, demand_sd=8, stockout_cost=0.70)["base_stock"][0], 1)
    56.6
    """
    table = CHAIN.check(chain)
    if table.is_empty() or demand <= 0 or stockout_cost <= 0 or (demand_sd is not None and demand_sd <= 0):
        raise Impossible(
            "A chain needs a stage, and demand, its deviation and the cost of a shortage above 0."
        )
    local = table["holding_cost"].to_numpy()
    echelon = local - np.append(local[1:], 0.0)
    if (echelon < 0).any():
        name = table["item"][int(np.argmin(echelon))]
        raise Impossible(
            f"{name} costs less to hold than what it is made of: order the chain from the customer up."
        )
    times = table["lead_time"].to_numpy()
    total = float(demand * times.sum())
    spread = float(((demand_sd or demand**0.5) ** 2 * max(times.sum(), 1.0)) ** 0.5)
    grid = _grid(total, spread, whole=demand_sd is None)

    below = _short(stockout_cost + local[0])
    levels, costs = [], []
    for cost, time in zip(echelon, times, strict=True):
        ahead = _over(demand * time, None if demand_sd is None else demand_sd * time**0.5)
        values = _expected(grid, cost, ahead, below)
        best = int(values.argmin())
        levels.append(float(grid[best]))
        costs.append(float(values[best]))
        below = _up_to(grid, values, best)
    return pl.DataFrame(
        {
            "item": table["item"],
            "base_stock": levels,
            "local": np.diff(levels, prepend=0.0),
            "cost": costs,
        }
    )


def _short(cost: float) -> Function:
    """C_0: what units short cost."""

    def below(x: Numbers) -> Numbers:
        short: Numbers = cost * np.maximum(-x, 0.0)
        return short

    return below


def _grid(total: float, spread: float, *, whole: bool) -> Numbers:
    low, high = -REACH * spread, total + 2 * REACH * spread
    if whole:
        return np.arange(np.floor(low), np.ceil(high) + 1)
    return np.linspace(low, high, POINTS)


def _over(mean: float, sd: float | None) -> _Demand:
    """Demand over a lead time as values with chances."""
    if mean == 0:
        return _Demand(np.zeros(1), np.ones(1))
    if sd is None:
        from scipy.stats import poisson

        values = np.arange(int(poisson.ppf(1 - 1e-12, mean)) + 1, dtype=np.float64)
        chances = np.asarray(poisson.pmf(values, mean), dtype=np.float64)
    else:
        deviations = np.linspace(-REACH, REACH, 601)
        values, chances = mean + sd * deviations, np.exp(-(deviations**2) / 2)
    return _Demand(values, chances / chances.sum())


def _expected(grid: Numbers, cost: float, ahead: _Demand, below: Function) -> Numbers:
    """C_j over the grid."""
    result = np.zeros(len(grid))
    for value, chance in zip(ahead.values, ahead.chances, strict=True):
        left = grid - value
        result += chance * (cost * left + below(left))
    return result


def _up_to(grid: Numbers, values: Numbers, best: int) -> Function:
    """C(min(S, x)): flat above S, on a straight line below the grid."""
    slope = (values[1] - values[0]) / (grid[1] - grid[0])
    top = grid[best]

    def least(x: Numbers) -> Numbers:
        inside = np.interp(np.minimum(x, top), grid, values)
        held: Numbers = np.where(x < grid[0], values[0] + slope * (x - grid[0]), inside)
        return held

    return least
