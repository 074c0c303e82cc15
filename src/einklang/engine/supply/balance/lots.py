"""Whole lots and set-ups, planned as whole numbers where the settings ask for them and where they bite."""

import numpy as np

from einklang.engine.supply.balance.blocks import Blocks, limit, put
from einklang.engine.supply.balance.places import Floats, Ints
from einklang.engine.supply.balance.problem import Flags, Problem


def lot_rows(problem: Problem, blocks: Blocks) -> None:
    """Multiples, minima and set-ups of what is made or bought."""
    chosen, model, periods = problem.settings.integer, blocks.model, problem.shape[1]
    nothing = np.zeros(problem.shape[0])
    least, step = sizes(problem) if "lots" in chosen else (nothing, nothing)
    multiples = np.flatnonzero(step > 0)
    if multiples.size:
        times = model.columns((multiples.size, periods), "lots", whole=True)
        rows = limit(
            blocks, "lot multiple", np.ones(times.shape, dtype=bool), np.zeros(times.shape), 0,
            lambda row: problem.places.label(int(multiples[row])),
        )  # fmt: skip
        put(model, rows, blocks.make[multiples], 1.0)
        put(model, rows, times, -step[multiples, None])
    routes = problem.routes
    set_up = np.zeros(problem.shape[0], dtype=bool)
    if "setups" in chosen:
        set_up[routes.place[(routes.setup_hours > 0) | (routes.setup_cost > 0)]] = True
    mine = np.flatnonzero(((least > 0) | set_up) & (blocks.make[:, 0] >= 0))
    if mine.size:
        _placed(problem, blocks, mine, least, most(problem, least, step)[mine])


def _placed(problem: Problem, blocks: Blocks, mine: Ints, least: Floats, upper: Floats) -> None:
    """Whether a lot is placed: nothing or at least the minimum, and each lot with its set-up."""
    model, routes, whole = blocks.model, problem.routes, "setups" in problem.settings.integer
    cost = np.zeros(problem.shape[0])
    if whole:
        np.add.at(cost, routes.place, routes.setup_cost)
    placed = model.columns(
        (mine.size, problem.shape[1]), "set-ups", cost=cost[mine][:, None], upper=1.0, whole=True
    )
    blocks.setups[mine] = placed
    rows = model.rows(placed.shape, upper=0.0)
    put(model, rows, blocks.make[mine], 1.0)
    put(model, rows, placed, -upper)
    floor = np.flatnonzero(least[mine] > 0)
    if floor.size:
        rows = limit(
            blocks, "lot minimum", np.ones((floor.size, problem.shape[1]), dtype=bool),
            np.zeros((floor.size, problem.shape[1])), -1,
            lambda row: problem.places.label(int(mine[floor[row]])),
        )  # fmt: skip
        put(model, rows, blocks.make[mine[floor]], 1.0)
        put(model, rows, placed[floor], -least[mine[floor], None])
    if whole:
        at = np.full(problem.shape[0], -1)
        at[mine] = np.arange(mine.size)
        lines = np.flatnonzero((at[routes.place] >= 0) & (routes.setup_hours > 0))
        rows = blocks.hour_rows[routes.resource[lines]]
        put(model, rows, placed[at[routes.place[lines]]], routes.setup_hours[lines, None])


def sizes(problem: Problem) -> tuple[Floats, Floats]:
    """Minimum and multiple of the lots that bite: a lot far below a period's need fits any plan."""
    least, step = np.nan_to_num(problem.item["lot_min"]), np.nan_to_num(problem.item["lot_multiple"])
    small = ~bites(problem)
    return np.where(small, 0.0, least), np.where(small, 0.0, step)


def bites(problem: Problem) -> Flags:
    """Whose lot is at least the settings' share of what is usually needed in a period."""
    lot = np.fmax(np.nan_to_num(problem.item["lot_min"]), np.nan_to_num(problem.item["lot_multiple"]))
    need = problem.needed()
    usual = need.sum(axis=1) / np.maximum(1, (need > 0).sum(axis=1))
    return np.asarray((lot > 0) & (lot >= problem.settings.lots_bite * usual), dtype=bool)


def most(problem: Problem, least: Floats, step: Floats) -> Floats:
    """The most one lot can be worth making: all that is still needed from then on, within the hours."""
    lines, item = problem.lines, problem.item
    ahead, owing = np.zeros(problem.shape), np.zeros(problem.shape)
    np.add.at(ahead, lines.place, lines.need[:, ::-1].cumsum(axis=1)[:, ::-1])
    # A late start still serves backlog, so what was due before counts too where being late is allowed.
    late = ~np.isnan(lines.backorder_cost)
    np.add.at(owing, lines.place[late], (lines.need.cumsum(axis=1) - lines.need)[late])
    np.add.at(owing, lines.place, np.repeat(lines.owed[:, None], problem.shape[1], axis=1))
    kept = np.nan_to_num(item["final_stock"]) + problem.safety.max(axis=1)
    room = problem.room.max(axis=1)
    kept += np.where((np.nan_to_num(item["end_value"]) > 0) & np.isfinite(room), room, 0.0)
    need = _pooled(problem, ahead + owing + kept[:, None])
    good = np.where(np.isnan(item["yield"]), 1.0, item["yield"])[:, None]
    asked = np.maximum(need / good, least[:, None]) + step[:, None]
    fits = np.minimum(asked, _within_hours(problem))
    fence = np.fmax(np.nan_to_num(problem.former.make), np.nan_to_num(problem.former.fixed))
    bought = np.zeros(problem.shape)
    np.add.at(bought, problem.offers.place, problem.offers.least)
    return np.maximum(np.maximum(fits, fence), bought)


def _pooled(problem: Problem, need: Floats) -> Floats:
    """A need through all levels; where goods travel, each site may have to make for all of them."""
    lanes, draws = problem.lanes, problem.draws
    _, item = np.unique(problem.places.items, return_inverse=True)
    travels = np.isin(item, np.unique(item[np.concatenate([lanes.source, lanes.target])]))

    def shared(layer: Floats) -> Floats:
        total = np.zeros((int(item.max()) + 1, problem.shape[1]))
        np.add.at(total, item, layer)
        return np.where(travels[:, None], total[item], layer)

    layer = shared(need)
    total = layer
    drawn = draws.quantity.max(axis=1, initial=0.0)[:, None]
    while layer.any():
        below = np.zeros(problem.shape)
        np.add.at(below, draws.component, layer[draws.parent] * drawn)
        layer = shared(below)
        total = total + layer
    return total


def _within_hours(problem: Problem) -> Floats:
    """What the hours of each resource alone would allow; a crew may grow, so it sets no limit."""
    staff, routes = problem.staff, problem.routes
    paid = np.where(np.isnan(staff.overtime_cost), 0.0, staff.overtime)
    hours = np.where(staff.has_crew[:, None], np.inf, staff.hours + paid)
    upper = np.full(problem.shape, np.inf)
    used = routes.hours > 0
    units = hours[routes.resource[used]] / routes.hours[used, None]
    np.minimum.at(upper, routes.place[used], units)
    return upper
