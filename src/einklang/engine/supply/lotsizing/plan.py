"""A lot plan: when to set up, how much to make, and how far from the best it may be at most."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.supply.lotsizing.improve import Working, improve, rounded
from einklang.engine.supply.lotsizing.problem import Flags, Floats, Lots
from einklang.engine.supply.lotsizing.read import Read, read
from einklang.engine.supply.lotsizing.relaxed import relax

NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Solved:
    """The plan of a case as arrays; ``prices`` of hours are those of the bound."""

    cost: float
    bound: float
    make: Floats
    lost: Floats
    setup: Flags
    overtime: Floats
    missing: Floats
    prices: Floats

    @property
    def gap(self) -> float:
        """How much cheaper another plan could be at most, as a share of this one's cost."""
        return max(0.0, self.cost - self.bound) / max(1e-9, abs(self.cost))


@dataclass(frozen=True, slots=True)
class LotPlan:
    """``plan``: item, period, demand, make, setup, stock, lost; only rows with something in them.

    ``resources``: resource, period, hours, load, setup_hours, overtime, price.
    ``cost``: kind, amount; sums to ``objective``. ``bound`` is what no plan can undercut.
    """

    plan: pl.DataFrame
    resources: pl.DataFrame
    cost: pl.DataFrame
    objective: float
    bound: float
    gap: float
    setups: int
    notes: tuple[str, ...]


def solve(
    lots: Lots, *, seconds: float = 60.0, gap: float = 0.01, clock: Callable[[], float] = time.monotonic
) -> Solved:
    """Set-ups and quantities of a case; stops at the gap or when the time is over."""
    until = clock() + seconds
    relaxed = relax(lots)
    groups: list[Working] = []
    for number, part in enumerate(lots.parts()):
        groups.append(rounded(part, relaxed.share[part.items], float(relaxed.bound[number])))
    improve(groups, gap=gap, until=until, clock=clock)
    shape = lots.shape
    make, lost, setup = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=bool)
    overtime, missing = np.zeros(lots.capacity.shape), np.zeros(lots.capacity.shape)
    for group in groups:
        best, part = group.best, group.part
        make[part.items], lost[part.items] = best.make, best.lost
        setup[part.items] = best.setup & (best.make > NOTHING)
        overtime[part.resources], missing[part.resources] = best.overtime, best.missing
    return Solved(
        sum(group.best.cost for group in groups), sum(group.bound for group in groups),
        make, lost, setup, overtime, missing, relaxed.prices,
    )  # fmt: skip


def plan_lots(
    items: pl.DataFrame,
    demand: pl.DataFrame,
    resources: pl.DataFrame,
    routing: pl.DataFrame,
    periods: pl.DataFrame | None = None,
    receipts: pl.DataFrame | None = None,
    *,
    seconds: float = 60.0,
    gap: float = 0.01,
) -> LotPlan:
    """Lots that share hours: the cheapest set-ups, stock and overtime found, and their proven gap.

    >>> plan = plan_lots(
    ...     pl.DataFrame({"item": ["pump"], "holding_cost": [1.0]}),
    ...     pl.DataFrame({"item": ["pump"] * 3, "period": ["1", "2", "3"], "quantity": [20.0, 50.0, 10.0]}),
    ...     pl.DataFrame({"resource": ["bench"], "hours": [75.0]}),
    ...     pl.DataFrame({"item": ["pump"], "resource": ["bench"], "hours": [1.0], "setup_cost": [100.0]}),
    ... )
    >>> plan.objective, plan.bound, plan.plan.select("period", "make", "stock").rows()
    (210.0, 210.0, [('1', 20.0, 0.0), ('2', 60.0, 10.0), ('3', 0.0, 0.0)])
    """
    case = read(items, demand, resources, routing, periods, receipts)
    solved = solve(case.lots, seconds=seconds, gap=gap)
    if solved.missing.max(initial=0.0) > NOTHING:
        raise Impossible(_clash(case, solved))
    return answer(case, solved)


def _clash(case: Read, solved: Solved) -> str:
    """Where hours are missing that overtime cannot give."""
    resource, period = np.unravel_index(int(solved.missing.argmax()), solved.missing.shape)
    return (
        f"No lot plan was found that keeps to the hours: {solved.missing.sum():,.1f} hours are lacking, most "
        f"on {case.resources[resource]} in {case.periods[period]} ({solved.missing[resource, period]:,.1f} "
        "hours), and these items may lose no sales. Allow overtime or a lost_sale_cost, or give it more time."
    )


def answer(case: Read, solved: Solved) -> LotPlan:
    """The plan as tables, its cost by kind, and the sentence-worthy notes."""
    lots = case.lots
    stock = case.before + (solved.make + solved.lost).cumsum(axis=1)
    kinds = {
        "material": float(lots.unit @ solved.make.sum(axis=1)),
        "holding": float(lots.hold @ np.maximum(0.0, stock).sum(axis=1)),
        "set-ups": float(lots.setup @ solved.setup.sum(axis=1)),
        "overtime": float((lots.overtime_cost * solved.overtime).sum()),
        "lost sales": float(np.where(np.isinf(lots.loss), 0.0, lots.loss) @ solved.lost.sum(axis=1)),
    }
    total = sum(kinds.values())
    # Stock there is whatever is made has its holding cost, which the bound has to carry as well.
    bound = min(total, solved.bound + total - solved.cost)
    cost = pl.DataFrame({"kind": list(kinds), "amount": list(kinds.values())}).filter(pl.col("amount") != 0)
    return LotPlan(
        _plan_table(case, solved, stock), _resource_table(case, solved), cost,
        total, bound, (total - bound) / max(1e-9, abs(total)), int(solved.setup.sum()), case.notes,
    )  # fmt: skip


def _plan_table(case: Read, solved: Solved, stock: Floats) -> pl.DataFrame:
    shown = (case.demand > 0) | (solved.make > 0) | (solved.lost > 0)
    item, period = np.nonzero(shown)
    return pl.DataFrame(
        {
            "item": pl.Series(case.items, dtype=pl.String).gather(item),
            "period": pl.Series(case.periods, dtype=pl.String).gather(period),
            "demand": case.demand[shown],
            "make": solved.make[shown],
            "setup": solved.setup[shown],
            "stock": np.where(np.abs(stock) < NOTHING, 0.0, stock)[shown],
            "lost": solved.lost[shown],
        }
    )


def _resource_table(case: Read, solved: Solved) -> pl.DataFrame:
    lots = case.lots
    count, periods = lots.capacity.shape
    return pl.DataFrame(
        {
            "resource": pl.Series(case.resources, dtype=pl.String).gather(
                np.repeat(np.arange(count), periods)
            ),
            "period": pl.Series(case.periods, dtype=pl.String).gather(np.tile(np.arange(periods), count)),
            "hours": lots.capacity.ravel(),
            "load": lots.load(solved.make, solved.setup).ravel(),
            "setup_hours": lots.load(np.zeros(lots.shape), solved.setup).ravel(),
            "overtime": solved.overtime.ravel(),
            "price": solved.prices.ravel(),
        }
    )
