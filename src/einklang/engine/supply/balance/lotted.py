"""Set-ups of many items: where a balance is nothing but lots under shared hours, the lot engine plans it.

A solver branches on every set-up; the lot engine prices the hours instead and comes with a bound as well
(:mod:`einklang.engine.supply.lotsizing`). It fits where items are made and sold at one place, on time or
lost, without bills between them; every other balance stays with the solver.
"""

from dataclasses import replace

import numpy as np

from einklang.engine.linear import Solution
from einklang.engine.supply.balance.blocks import Blocks
from einklang.engine.supply.balance.flow import opening
from einklang.engine.supply.balance.problem import Problem
from einklang.engine.supply.lotsizing.plan import solve
from einklang.engine.supply.lotsizing.problem import Lots, price_of_extra

FEW_SETUPS = 400
NOTHING = 1e-6


def lots_of(problem: Problem, blocks: Blocks, *, few: int = FEW_SETUPS) -> Lots | None:
    """The balance as lots under shared hours; nothing where it is more than that, or has few."""
    if int((blocks.setups >= 0).sum()) <= few or not _is_lots_alone(problem, blocks):
        return None
    item, lines, routes, staff = problem.item, problem.lines, problem.routes, problem.staff
    need, loss = np.zeros(problem.shape), np.full(len(problem.places), np.inf)
    np.add.at(need, lines.place, lines.need)
    np.add.at(need[:, 0], lines.place, lines.owed)
    lost = blocks.lost.max(axis=1, initial=-1) >= 0
    loss[lines.place[lost]] = lines.lost_cost[lost]
    least = problem.safety.copy()
    least[:, -1] = np.maximum(least[:, -1], np.nan_to_num(item["final_stock"]))
    short = need.cumsum(axis=1) + least - opening(problem).cumsum(axis=1)
    by_then = np.maximum.accumulate(np.maximum(0.0, short), axis=1)
    pairs, line = np.unique(routes.place * len(staff.names) + routes.resource, return_inverse=True)
    setup = np.bincount(routes.place, weights=routes.setup_cost, minlength=len(problem.places))
    lots = Lots(
        need=np.diff(by_then, axis=1, prepend=0.0),
        hold=np.nan_to_num(item["holding_cost"]),
        loss=loss,
        unit=np.nan_to_num(item["material_cost"]),
        setup=setup.astype(np.float64),
        item=pairs // len(staff.names),
        resource=pairs % len(staff.names),
        hours=np.bincount(line, weights=routes.hours).astype(np.float64),
        setup_hours=np.bincount(line, weights=routes.setup_hours).astype(np.float64),
        capacity=staff.hours,
        overtime=np.where(np.isnan(staff.overtime_cost), 0.0, staff.overtime),
        overtime_cost=np.nan_to_num(staff.overtime_cost),
        extra=1.0,
    )
    return replace(lots, extra=price_of_extra(lots))


def _is_lots_alone(problem: Problem, blocks: Blocks) -> bool:
    """Made at one place at any time without lead, sold or lost there, and nothing else."""
    settings, item, former = problem.settings, problem.item, problem.former
    others = (
        blocks.backlog, blocks.subcontract, blocks.short, blocks.excess, blocks.expired, blocks.workers,
        blocks.offers, blocks.moves, blocks.steps,
    )  # fmt: skip
    lines, may_lose = problem.lines, blocks.lost.max(axis=1, initial=-1) >= 0
    kept = problem.safety.max(axis=1, initial=0.0) + np.nan_to_num(item["final_stock"])
    return bool(
        settings.integer == ("setups",)
        and not settings.service_first
        and not any((block >= 0).any() for block in others)
        and not problem.draws.parent.size
        and not problem.lead.any()
        and (blocks.make >= 0).all()
        and (blocks.stock >= 0).all()
        and not np.isfinite(problem.room).any()
        and np.unique(lines.place).size == len(lines)
        and (lines.lost_share[may_lose] >= 1).all()
        and not (kept[lines.place[may_lose]] > 0).any()
        and not (may_lose.any() and settings.objective == "profit")
        and np.nan_to_num(item["yield"], nan=1.0).min(initial=1.0) == 1.0
        and not np.nan_to_num(item["end_value"]).any()
        and not any((~np.isnan(grid)).any() for grid in (former.make, former.subcontract, former.fixed))
    )


def solved_by_lots(problem: Problem, blocks: Blocks, lots: Lots) -> Solution | None:
    """The lot engine's set-ups in the balance, with its bound; nothing if they lack hours."""
    settings = problem.settings
    plan = solve(lots, seconds=settings.seconds, gap=settings.gap)
    if plan.missing.max(initial=0.0) > NOTHING:
        return None
    values = np.zeros(blocks.model.width)
    there = blocks.setups >= 0
    values[blocks.setups[there]] = plan.setup[there]
    found = blocks.model.solve(fixed=values, seconds=settings.seconds)
    if found is None:
        return None
    # What stock there is costs the same in every plan, so the distance to the bound is that of the lots.
    away = max(0.0, plan.cost - plan.bound)
    gap = away / max(1e-9, abs(found.objective))
    return replace(found, bound=found.objective - away, gap=gap, proven=gap <= settings.gap)
