"""The balance as columns and rows, block by block."""

from dataclasses import dataclass

import numpy as np

from einklang.engine.linear import INFINITE, Floats, Ints, Model
from einklang.engine.supply import bom as bills
from einklang.engine.supply.balance.problem import Problem


@dataclass(slots=True)
class Blocks:
    """The model and where its columns and rows stand."""

    model: Model
    make: Ints
    subcontract: Ints
    ship: Ints
    stock: Ints
    backlog: Ints
    lost: Ints
    short: Ints
    expired: Ints
    overtime: Ints
    workers: Ints
    hired: Ints
    fired: Ints
    demand_rows: Ints
    hour_rows: Ints
    constant: dict[str, float]


def allowed(cost: Floats) -> Floats:
    """An upper limit that closes what has no cost."""
    return np.where(np.isnan(cost), 0.0, INFINITE)


def build(problem: Problem) -> Blocks:
    """All columns, then the rows that tie them."""
    blocks = _columns(problem)
    _stock_rows(problem, blocks)
    _demand_rows(problem, blocks)
    _hour_rows(problem, blocks)
    _safety_rows(problem, blocks)
    _shelf_life_rows(problem, blocks)
    _lot_rows(problem, blocks)
    return blocks


def _columns(problem: Problem) -> Blocks:
    model, shape, crew = Model(), problem.shape, problem.has_crew[:, None]
    wide = {name: value[:, None] for name, value in problem.item.items()}
    staff = {name: value[:, None] for name, value in problem.crew.items()}
    per_period = (len(problem.resources), shape[1])
    whole = "workers" in problem.settings.integer

    def goods(kind: str, cost: str, upper: Floats) -> Ints:
        return model.columns(shape, kind, cost=np.nan_to_num(wide[cost]), upper=upper)

    def people(kind: str, cost: Floats, upper: Floats) -> Ints:
        limit = np.where(crew, upper, 0.0)
        return model.columns(per_period, kind, cost=np.nan_to_num(cost), upper=limit, whole=whole)

    asked = problem.asked[:, None]
    hours_paid = np.nan_to_num(staff["hours_per_worker_day"]) * problem.days[None, :]
    final, most = _stock_limits(problem)
    wanted = problem.demand.copy()
    wanted[:, 0] += np.nan_to_num(problem.item["initial_backlog"])
    blocks = Blocks(
        model,
        make=goods("material", "material_cost", allowed(wide["material_cost"])),
        subcontract=goods("subcontract", "subcontract_cost", _outside(problem)),
        ship=model.columns(shape, "ship", upper=np.where(asked, INFINITE, 0.0)),
        stock=model.columns(
            shape, "holding", cost=np.nan_to_num(wide["holding_cost"]), lower=final, upper=most
        ),
        backlog=goods("backlog", "backorder_cost", _backlog_limit(problem)),
        lost=goods("lost sales", "lost_sale_cost", np.minimum(allowed(wide["lost_sale_cost"]), wanted)),
        short=goods("safety stock short", "safety_cost", allowed(wide["safety_cost"])),
        expired=model.columns(shape, "expired", upper=allowed(wide["shelf_life"])),
        overtime=model.columns(
            per_period,
            "overtime",
            cost=problem.overtime_cost,
            upper=np.where(crew, INFINITE, problem.overtime),
        ),
        workers=people("regular wages", staff["wage_per_hour"] * hours_paid, np.array(INFINITE)),
        hired=people("hiring", staff["hire_cost"], allowed(staff["hire_cost"])),
        fired=people("firing", staff["fire_cost"], allowed(staff["fire_cost"])),
        demand_rows=np.zeros(0, dtype=np.int64),
        hour_rows=np.zeros(0, dtype=np.int64),
        constant={},
    )
    _revenue(problem, blocks)
    _worth_at_the_end(problem, blocks)
    return blocks


def _outside(problem: Problem) -> Floats:
    """How much others may make for us in a period."""
    most = problem.item["subcontract_max"]
    limit = np.where(np.isnan(most), INFINITE, most)
    return np.minimum(limit, allowed(problem.item["subcontract_cost"]))[:, None]


def _worth_at_the_end(problem: Problem, blocks: Blocks) -> None:
    """Without a worth of what is left, every plan would end with bare shelves."""
    worth = np.nan_to_num(problem.item["end_value"])
    if worth.any():
        _follow(blocks.model, blocks.stock[:, -1], "worth of end stock", -worth)


def _stock_limits(problem: Problem) -> tuple[Floats, Floats]:
    """What must lie at the end, and what may lie in any period."""
    final = np.zeros(problem.shape)
    final[:, -1] = np.nan_to_num(problem.item["final_stock"])
    room = np.where(np.isnan(problem.item["max_stock"]), INFINITE, problem.item["max_stock"])
    most = np.minimum(allowed(problem.item["holding_cost"]), room)
    return final, np.maximum(np.broadcast_to(most[:, None], problem.shape), final)


def _backlog_limit(problem: Problem) -> Floats:
    """Only what is asked for can be late, and at the end only if the settings say so."""
    open_ended = np.where(problem.asked, allowed(problem.item["backorder_cost"]), 0.0)
    limit = np.broadcast_to(open_ended[:, None], problem.shape).copy()
    if problem.settings.end_backlog == "forbid":
        limit[:, -1] = 0.0
    return limit


def _revenue(problem: Problem, blocks: Blocks) -> None:
    """Revenue is of the demand's own price: what is lost, or still owed at the end, does not earn it."""
    profit = problem.settings.objective == "profit"
    worth = problem.price.max(axis=1) if profit else problem.price[:, -1]
    if profit:
        owed = np.nan_to_num(problem.item["initial_backlog"]) * problem.price[:, 0]
        blocks.constant["revenue"] = -float((problem.demand * problem.price).sum() + owed.sum())
        _follow(blocks.model, blocks.lost, "revenue", problem.price)
    if problem.settings.end_backlog == "allow":
        full = np.maximum(worth, np.nan_to_num(problem.item["material_cost"]))
        _follow(blocks.model, blocks.backlog[:, -1], "revenue" if profit else "end backlog", full)


def _follow(model: Model, leader: Ints, kind: str, cost: Floats) -> None:
    """Columns equal to others that carry a second kind of cost."""
    follower = model.columns(leader.shape, kind, cost=cost)
    tie = model.rows(leader.shape, lower=0.0, upper=0.0)
    model.put(tie, follower, 1.0)
    model.put(tie, leader, -1.0)


def _stock_rows(problem: Problem, blocks: Blocks) -> None:
    model, shape = blocks.model, problem.shape
    opening = -problem.coming.copy()
    opening[:, 0] -= np.nan_to_num(problem.item["initial_stock"])
    rows = model.rows(shape, lower=opening, upper=opening)
    lead = np.nan_to_num(problem.item["lead_time"]).astype(np.int64)
    for delay in np.unique(lead):
        mine = np.flatnonzero(lead == delay)
        reach = max(0, shape[1] - int(delay))
        if reach:
            arriving = rows[mine][:, int(delay) :]
            model.put(arriving, blocks.make[mine][:, :reach], 1.0)
            model.put(arriving, blocks.subcontract[mine][:, :reach], 1.0)
    model.put(rows[:, 1:], blocks.stock[:, :-1], 1.0)
    model.put(rows, blocks.stock, -1.0)
    model.put(rows, blocks.ship, -1.0)
    model.put(rows, blocks.expired, -1.0)
    tree = problem.tree
    if tree.parent.size:
        drawn = -tree.drawn[:, None]
        model.put(rows[tree.component], blocks.make[tree.parent], drawn)
        model.put(rows[tree.component], blocks.subcontract[tree.parent], drawn)


def _demand_rows(problem: Problem, blocks: Blocks) -> None:
    model = blocks.model
    asked = np.flatnonzero(problem.asked)
    need = problem.demand[asked].copy()
    need[:, 0] += np.nan_to_num(problem.item["initial_backlog"])[asked]
    rows = model.rows(need.shape, lower=need, upper=need)
    model.put(rows, blocks.ship[asked], 1.0)
    model.put(rows, blocks.lost[asked], 1.0)
    model.put(rows, blocks.backlog[asked], 1.0)
    model.put(rows[:, 1:], blocks.backlog[asked][:, :-1], -1.0)
    blocks.demand_rows = rows


def _hour_rows(problem: Problem, blocks: Blocks) -> None:
    model, count, periods = blocks.model, len(problem.resources), problem.shape[1]
    crew = problem.has_crew
    rows = model.rows((count, periods), upper=np.where(crew[:, None], 0.0, problem.hours))
    model.put(rows[problem.route_resource], blocks.make[problem.route_item], problem.route_hours[:, None])
    model.put(rows, blocks.overtime, -1.0)
    blocks.hour_rows = rows
    if not crew.any():
        return
    hours = np.nan_to_num(problem.crew["hours_per_worker_day"])[crew][:, None] * problem.days[None, :]
    model.put(rows[crew], blocks.workers[crew], -hours)
    extra = model.rows((int(crew.sum()), periods), upper=0.0)
    model.put(extra, blocks.overtime[crew], 1.0)
    model.put(extra, blocks.workers[crew], -np.nan_to_num(problem.crew["overtime_per_worker"])[crew][:, None])
    start = np.zeros((int(crew.sum()), periods))
    start[:, 0] = problem.crew["initial_workers"][crew]
    size = model.rows(start.shape, lower=start, upper=start)
    model.put(size, blocks.workers[crew], 1.0)
    model.put(size[:, 1:], blocks.workers[crew][:, :-1], -1.0)
    model.put(size, blocks.hired[crew], -1.0)
    model.put(size, blocks.fired[crew], 1.0)


def _safety_rows(problem: Problem, blocks: Blocks) -> None:
    wanted = np.nan_to_num(problem.item["safety_stock"])
    mine = np.flatnonzero(wanted > 0)
    if mine.size:
        rows = blocks.model.rows((mine.size, problem.shape[1]), lower=wanted[mine][:, None])
        blocks.model.put(rows, blocks.stock[mine], 1.0)
        blocks.model.put(rows, blocks.short[mine], 1.0)


def _shelf_life_rows(problem: Problem, blocks: Blocks) -> None:
    """Stock at the end of a period came in within the shelf life; what did not has expired.

    The opening stock counts as come in just before the first period.
    """
    life = problem.item["shelf_life"]
    for item in np.flatnonzero(~np.isnan(life)):
        delay = int(np.nan_to_num(problem.item["lead_time"][item]))
        for period in range(problem.shape[1]):
            young = np.arange(max(0, period - max(1, int(life[item])) + 1), period + 1)
            opening = np.nan_to_num(problem.item["initial_stock"][item])
            first = opening if period < int(life[item]) - 1 else 0.0
            row = blocks.model.rows((1,), upper=first)
            blocks.model.put(row, blocks.stock[item, [period]], 1.0)
            sources = young - delay
            sources = sources[sources >= 0]
            blocks.model.put(row, blocks.make[item, sources], -1.0)
            blocks.model.put(row, blocks.subcontract[item, sources], -1.0)


def _lot_rows(problem: Problem, blocks: Blocks) -> None:
    """Whole lots and set-ups, where the settings ask for them."""
    chosen, model, periods = problem.settings.integer, blocks.model, problem.shape[1]
    least = np.nan_to_num(problem.item["lot_min"]) if "lots" in chosen else np.zeros(problem.shape[0])
    step = np.nan_to_num(problem.item["lot_multiple"]) if "lots" in chosen else np.zeros(problem.shape[0])
    multiples = np.flatnonzero(step > 0)
    if multiples.size:
        times = model.columns((multiples.size, periods), "material", whole=True)
        rows = model.rows(times.shape, lower=0.0, upper=0.0)
        model.put(rows, blocks.make[multiples], 1.0)
        model.put(rows, times, -step[multiples][:, None])
    routed = np.zeros(problem.shape[0], dtype=bool)
    if "setups" in chosen:
        routed[problem.route_item[(problem.setup_hours > 0) | (problem.setup_cost > 0)]] = True
    mine = np.flatnonzero((least > 0) | routed)
    if not mine.size:
        return
    cost = np.zeros(problem.shape[0])
    if "setups" in chosen:
        np.add.at(cost, problem.route_item, problem.setup_cost)
    placed = model.columns((mine.size, periods), "set-ups", cost=cost[mine][:, None], upper=1.0, whole=True)
    most = _most(problem, least, step)[mine]
    rows = model.rows(placed.shape, upper=0.0)
    model.put(rows, blocks.make[mine], 1.0)
    model.put(rows, placed, -most)
    floor = np.flatnonzero(least[mine] > 0)
    if floor.size:
        rows = model.rows((floor.size, periods), lower=0.0)
        model.put(rows, blocks.make[mine[floor]], 1.0)
        model.put(rows, placed[floor], -least[mine[floor]][:, None])
    if "setups" in chosen:
        at = np.full(problem.shape[0], -1)
        at[mine] = np.arange(mine.size)
        lines = np.flatnonzero(at[problem.route_item] >= 0)
        model.put(
            blocks.hour_rows[problem.route_resource[lines]],
            placed[at[problem.route_item[lines]]],
            problem.setup_hours[lines][:, None],
        )


def _most(problem: Problem, least: Floats, step: Floats) -> Floats:
    """The most one lot can be worth making: all that is still needed from then on, within the hours."""
    ahead = problem.demand[:, ::-1].cumsum(axis=1)[:, ::-1]
    kept = (
        np.nan_to_num(problem.item["final_stock"])
        + np.nan_to_num(problem.item["safety_stock"])
        + np.nan_to_num(problem.item["initial_backlog"])
    )
    needed = bills.totals(problem.tree, ahead + kept[:, None])
    # A late start still serves backlog, so what was due before counts too where backlog is allowed.
    owing = bills.totals(
        problem.tree,
        np.where(
            np.isnan(problem.item["backorder_cost"])[:, None],
            0.0,
            problem.demand.cumsum(axis=1) - problem.demand,
        ),
    )
    return np.maximum(needed + owing, least[:, None]) + step[:, None]
