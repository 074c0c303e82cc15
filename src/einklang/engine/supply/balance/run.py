"""Solve one balance: service first if asked, prices for every limit, or the clash in a sentence."""

from typing import Literal

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.linear import Solution
from einklang.engine.supply.balance.answer import Plan, answer
from einklang.engine.supply.balance.blocks import Blocks
from einklang.engine.supply.balance.clash import clash
from einklang.engine.supply.balance.frames import Tables
from einklang.engine.supply.balance.lotted import lots_of, solved_by_lots
from einklang.engine.supply.balance.model import build
from einklang.engine.supply.balance.problem import Problem
from einklang.engine.supply.balance.read import read
from einklang.engine.supply.balance.settings import Settings
from einklang.engine.supply.balance.start import begin


def balance(
    periods: pl.DataFrame,
    items: pl.DataFrame,
    demand: pl.DataFrame,
    resources: pl.DataFrame | None = None,
    routing: pl.DataFrame | None = None,
    bom: pl.DataFrame | None = None,
    receipts: pl.DataFrame | None = None,
    settings: Settings | None = None,
    **more: pl.DataFrame | None,
) -> Plan:
    """The plan of least cost (or most profit) that keeps every limit; else the clash.

    ``more``: segments, suppliers, contracts, lanes, markdowns, former, fixed, targets, as in ``Tables``.

    >>> plan = balance(
    ...     pl.DataFrame({"period": ["1", "2"], "working_days": [20, 20]}),
    ...     pl.DataFrame({"item": ["pump"], "material_cost": [5.0], "holding_cost": [1.0]}),
    ...     pl.DataFrame({"item": ["pump", "pump"], "period": ["1", "2"], "quantity": [4.0, 16.0]}),
    ...     pl.DataFrame({"resource": ["bench"], "hours": [10.0]}),
    ...     pl.DataFrame({"item": ["pump"], "resource": ["bench"], "hours": [1.0]}),
    ... )
    >>> plan.objective, plan.plan["make"].to_list(), plan.sentences()
    (106.0, [10.0, 10.0], ['bench is full in 1 period (2); one more hour in 2 would be worth 1.00.'])
    """
    tables = Tables(periods, items, demand, resources, routing, bom, receipts, **more)
    return balanced(read(tables, settings or Settings()))


def balanced(problem: Problem, *, dense: bool = False) -> Plan:
    """The plan of a problem that is read; a dense one (few items, each on many resources) is solved so."""
    blocks = build(problem)
    if problem.settings.service_first:
        _hold_service(problem, blocks)
    found = _solve(problem, blocks, dense)
    if found is None:
        raise Impossible(clash(problem))
    prices = found.prices
    if problem.settings.integer:
        # Whole numbers have no prices: hold them where they are, and the rest of the plan tells.
        again = blocks.model.solve(fixed=found.values, seconds=problem.settings.seconds)
        prices = again.prices if again else prices
    return answer(problem, blocks, found, prices)


def _solve(problem: Problem, blocks: Blocks, dense: bool) -> Solution | None:
    settings = problem.settings
    if (lots := lots_of(problem, blocks)) is not None:
        found = solved_by_lots(problem, blocks, lots)
        if found is not None:
            return found
    if settings.integer or dense:
        method: Literal["choose", "ipm"] = "ipm" if dense and not settings.integer else "choose"
        return blocks.model.solve(seconds=settings.seconds, gap=settings.gap, method=method)
    start = begin(problem, blocks)
    return blocks.model.solve(seconds=settings.seconds, gap=settings.gap, start=start)


def _hold_service(problem: Problem, blocks: Blocks) -> None:
    """Find the least that must be lost or late, and let the cheapest plan do no worse."""
    lost, late = blocks.lost[blocks.lost >= 0], blocks.backlog[blocks.backlog >= 0]
    if not lost.size and not late.size:
        return
    unserved = np.zeros(blocks.model.width)
    # A unit lost weighs as much as a unit late in every period of the horizon.
    unserved[lost] = problem.shape[1]
    unserved[late] = 1.0
    settings = problem.settings
    start = None if settings.integer else begin(problem, blocks)
    best = blocks.model.solve(cost=unserved, seconds=settings.seconds, gap=settings.gap, start=start)
    if best is None:
        return
    row = blocks.model.rows((1,), upper=best.objective + 1e-6 * max(1.0, abs(best.objective)))
    both = np.concatenate([lost, late])
    blocks.model.put(row, both, unserved[both])
