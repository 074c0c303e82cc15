"""Solve one balance: service first if asked, prices for every hour, or the clash in a sentence."""

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.linear import Floats, Ints, Solution
from einklang.engine.supply.balance.answer import Plan, answer
from einklang.engine.supply.balance.model import Blocks, build
from einklang.engine.supply.balance.problem import Problem, Settings, read

NOTHING = 1e-6


def balance(
    periods: pl.DataFrame,
    items: pl.DataFrame,
    demand: pl.DataFrame,
    resources: pl.DataFrame | None = None,
    routing: pl.DataFrame | None = None,
    bom: pl.DataFrame | None = None,
    receipts: pl.DataFrame | None = None,
    settings: Settings | None = None,
) -> Plan:
    """The plan of least cost (or most profit) that keeps every limit; else the clash.

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
    problem = read(periods, items, demand, resources, routing, bom, receipts, settings or Settings())
    blocks = build(problem)
    if problem.settings.service_first:
        _hold_service(problem, blocks)
    found = _solve(problem, blocks)
    if found is None:
        raise Impossible(_clash(problem))
    prices = found.prices
    if not prices.any() and problem.settings.integer:
        again = blocks.model.solve(fixed=found.values, seconds=problem.settings.seconds)
        prices = again.prices if again else prices
    return answer(problem, blocks, found, prices)


def _solve(problem: Problem, blocks: Blocks) -> Solution | None:
    return blocks.model.solve(seconds=problem.settings.seconds, gap=problem.settings.gap)


def _hold_service(problem: Problem, blocks: Blocks) -> None:
    """Find the least that must be lost or late, and let the cheapest plan do no worse."""
    late = np.concatenate([blocks.lost.ravel(), blocks.backlog.ravel()])
    unserved = np.zeros(blocks.model.width)
    # A unit lost weighs as much as a unit late in every period of the horizon.
    unserved[blocks.lost] = problem.shape[1]
    unserved[blocks.backlog] = 1.0
    best = blocks.model.solve(cost=unserved, seconds=problem.settings.seconds, gap=problem.settings.gap)
    if best is None:
        return
    row = blocks.model.rows((1,), upper=best.objective + 1e-6 * max(1.0, abs(best.objective)))
    blocks.model.put(row, late, unserved[late])


def _clash(problem: Problem) -> str:
    """Which limits cannot hold together: let hours, then demand, then stock give way, and see which must."""
    for give, tell in ((_give_hours, _tell_hours), (_give_demand, _tell_demand)):
        blocks = build(problem)
        extra = give(blocks)
        cost = np.zeros(blocks.model.width)
        cost[extra] = 1.0
        found = blocks.model.solve(cost=cost, seconds=problem.settings.seconds)
        if found is not None:
            return tell(problem, found.values[extra])
    return (
        "No plan satisfies these limits even with unlimited hours and any demand left unserved: "
        "final, safety, maximum stock or shelf life contradict each other."
    )


def _give_hours(blocks: Blocks) -> Ints:
    extra = blocks.model.columns(blocks.hour_rows.shape, "extra hours")
    if blocks.hour_rows.size:
        blocks.model.put(blocks.hour_rows, extra, -1.0)
    return extra


def _tell_hours(problem: Problem, lacking: Floats) -> str:
    resource, period = np.unravel_index(int(lacking.argmax()), lacking.shape)
    periods = int((lacking > NOTHING).any(axis=0).sum())
    return (
        f"Demand and capacity clash: {lacking.sum():,.1f} hours are lacking in {periods} periods, "
        f"most of them on {problem.resources[resource]} in {problem.periods[period]} "
        f"({lacking[resource, period]:,.1f} hours), and no backlog, lost sales, overtime or subcontracting "
        "is left that may take them. Allow one of these, or lower the demand."
    )


def _give_demand(blocks: Blocks) -> Ints:
    extra = blocks.model.columns(blocks.demand_rows.shape, "unserved")
    if blocks.demand_rows.size:
        blocks.model.put(blocks.demand_rows, extra, 1.0)
    return extra


def _tell_demand(problem: Problem, unserved: Floats) -> str:
    asked = np.flatnonzero(problem.asked)
    item, period = np.unravel_index(int(unserved.argmax()), unserved.shape)
    return (
        f"Demand and supply clash whatever the hours: {unserved[item, period]:,.1f} of "
        f"{problem.items[asked[item]]} in {problem.periods[period]} can come neither from stock, making, "
        "subcontracting nor later delivery (a blank cost means: not allowed; a lead time may be longer than "
        "the time there is). Allow one of these, or lost sales, or lower the demand."
    )
