"""Hours and people, stock targets, subcontractors' room, and the fence around the plan approved last."""

import numpy as np

from einklang.engine.linear import INFINITE
from einklang.engine.supply.balance.blocks import Blocks, limit, put, some_columns
from einklang.engine.supply.balance.places import Floats, Ints
from einklang.engine.supply.balance.problem import Flags, Problem


def hour_rows(problem: Problem, blocks: Blocks) -> None:
    """Hours used on each resource, within what is there and the overtime; crews give theirs."""
    staff, routes, lanes, model = problem.staff, problem.routes, problem.lanes, blocks.model
    crew, shape = staff.has_crew, staff.hours.shape
    if not shape[0]:
        return
    hours = np.where(crew[:, None], 0.0, staff.hours)
    rows = limit(blocks, "hours", np.ones(shape, dtype=bool), hours, 1, lambda row: staff.names[row])
    put(model, rows[routes.resource], blocks.make[routes.place], routes.hours[:, None])
    carried = np.flatnonzero(lanes.resource >= 0)
    put(model, rows[lanes.resource[carried]], blocks.moves[carried], lanes.hours[carried, None])
    put(model, rows, blocks.overtime, -1.0)
    blocks.hour_rows = rows
    if crew.any():
        _crew_rows(problem, blocks)


def _crew_rows(problem: Problem, blocks: Blocks) -> None:
    """A crew gives hours by head, works overtime by head, and changes only by hiring and firing."""
    staff, model, crew = problem.staff, blocks.model, problem.staff.has_crew
    put(model, blocks.hour_rows[crew], blocks.workers[crew], -hours_by_head(problem)[crew])
    extra = model.rows((int(crew.sum()), len(problem.periods)), upper=0.0)
    put(model, extra, blocks.overtime[crew], 1.0)
    put(model, extra, blocks.workers[crew], -np.nan_to_num(staff.crew["overtime_per_worker"])[crew][:, None])
    start = np.zeros(extra.shape)
    start[:, 0] = staff.crew["initial_workers"][crew]
    size = model.rows(start.shape, lower=start, upper=start)
    put(model, size, blocks.workers[crew], 1.0)
    put(model, size[:, 1:], blocks.workers[crew][:, :-1], -1.0)
    put(model, size, blocks.hired[crew], -1.0)
    put(model, size, blocks.fired[crew], 1.0)


def hours_by_head(problem: Problem) -> Floats:
    """Regular hours one worker gives, by resource and period."""
    staff = problem.staff
    a_day = np.nan_to_num(staff.crew["hours_per_worker_day"])[:, None]
    return a_day * problem.days[None, :] * staff.efficiency


def target_rows(problem: Problem, blocks: Blocks) -> None:
    """Safety stock, the policy's stock, the room there is, what must lie at the end."""
    model, label, item = blocks.model, problem.places.label, problem.item
    rows = limit(blocks, "safety stock", problem.safety > 0, problem.safety, -1, label)
    put(model, rows, blocks.stock, 1.0)
    put(model, rows, blocks.short, 1.0)
    rows = limit(blocks, "policy stock", np.isfinite(problem.policy), problem.policy, 1, label)
    put(model, rows, blocks.stock, 1.0)
    put(model, rows, blocks.excess, -1.0)
    final = np.nan_to_num(item["final_stock"])
    # Where nothing may be stored there is still room for what must lie at the end.
    room = problem.room.copy()
    unstored = np.isnan(item["holding_cost"])
    room[unstored, -1] = np.fmin(room[unstored, -1], final[unstored])
    rows = limit(blocks, "maximum stock", np.isfinite(room) & (blocks.stock >= 0), room, 1, label)
    put(model, rows, blocks.stock, 1.0)
    least = np.zeros(problem.shape)
    least[:, -1] = final
    put(model, limit(blocks, "final stock", least > 0, least, -1, label), blocks.stock, 1.0)
    outside = np.repeat(~np.isnan(item["subcontract_max"])[:, None], problem.shape[1], axis=1)
    most = item["subcontract_max"][:, None]
    rows = limit(blocks, "subcontracting", outside & (blocks.subcontract >= 0), most, 1, label)
    put(model, rows, blocks.subcontract, 1.0)


def fence_rows(problem: Problem, blocks: Blocks) -> None:
    """Frozen and fixed quantities hold, exactly or at the fence's cost; beyond it, changes have a price."""
    frozen, fixed = fences(problem)
    former, settings = problem.former, problem.settings
    own = problem.item["change_cost"][:, None]
    unit = np.where(np.isnan(own), settings.change_cost, own)
    for columns, plan in ((blocks.make, former.make), (blocks.subcontract, former.subcontract)):
        mine = columns is blocks.make
        wanted = np.where(fixed, former.fixed, plan) if mine else plan
        held = (frozen & ~np.isnan(plan)) | fixed if mine else frozen & ~np.isnan(plan)
        free = ~held & ~np.isnan(plan) & (unit > 0) & (columns >= 0)
        rows = limit(blocks, "frozen orders", held, np.nan_to_num(wanted), 0, problem.places.label)
        put(blocks.model, rows, columns, 1.0)
        if settings.fence_cost is not None:
            _give(blocks, rows, held, np.full(problem.shape, settings.fence_cost), "off the fence")
        if free.any():
            change = np.full(problem.shape, -1, dtype=np.int64)
            change[free] = blocks.model.rows((int(free.sum()),), lower=wanted[free], upper=wanted[free])
            put(blocks.model, change, columns, 1.0)
            _give(blocks, change, free, unit, "plan changes")


def fences(problem: Problem) -> tuple[Flags, Flags]:
    """Which periods of the former plan are frozen, and which quantities a planner fixed."""
    frozen = np.zeros(problem.shape, dtype=bool)
    frozen[:, : problem.settings.frozen_periods] = True
    fixed = ~np.isnan(problem.former.fixed)
    return frozen & ~fixed, fixed


def _give(blocks: Blocks, rows: Ints, mask: Flags, cost: Floats, kind: str) -> None:
    """Let these rows give way, up or down, at a cost."""
    for sign in (1.0, -1.0):
        give = some_columns(blocks.model, mask, kind, cost=np.broadcast_to(cost, mask.shape), upper=INFINITE)
        put(blocks.model, rows, give, sign)
