"""What a plan may do: columns only where a way is allowed, each with its cost."""

import numpy as np

from einklang.engine.errors import BadTable, Fault
from einklang.engine.linear import INFINITE, Model
from einklang.engine.supply.balance.blocks import Blocks, charge, no_columns, some_columns
from einklang.engine.supply.balance.places import Floats, Ints
from einklang.engine.supply.balance.problem import Flags, Problem


def columns(problem: Problem, *, elastic: bool) -> Blocks:
    """All columns of the balance; an elastic one may also be late where that is not allowed."""
    model = Model()
    goods, served, people = _goods(problem, model), _served(problem, model, elastic), _people(problem, model)
    moves = model.columns(
        (len(problem.lanes), len(problem.periods)), "transport", cost=problem.lanes.cost[:, None]
    )
    return Blocks(
        model=model,
        make=goods["make"],
        subcontract=goods["subcontract"],
        stock=goods["stock"],
        expired=goods["expired"],
        short=goods["short"],
        excess=goods["excess"],
        ship=served["ship"],
        backlog=served["backlog"],
        lost=served["lost"],
        overtime=people["overtime"],
        workers=people["workers"],
        hired=people["hired"],
        fired=people["fired"],
        offers=_offers(problem, model),
        moves=moves,
        steps=_steps(problem, model),
        stock_rows=no_columns(problem.shape),
        demand_rows=no_columns(problem.lines.need.shape),
        hour_rows=no_columns(problem.staff.hours.shape),
        bought_rows=no_columns((0, len(problem.periods))),
        setups=no_columns(problem.shape),
        elastic=elastic,
    )


def _wide(problem: Problem, allowed: Flags) -> Flags:
    return np.broadcast_to(allowed[:, None], problem.shape)


def _goods(problem: Problem, model: Model) -> dict[str, Ints]:
    """Making (or buying), subcontracting, storing, throwing away, and missing or passing the targets."""
    item, bought = problem.item, problem.bought
    unit = {name: np.nan_to_num(values)[:, None] for name, values in item.items()}
    made = np.where(bought, 0.0, np.nan_to_num(item["material_cost"]))[:, None]
    stored = ~np.isnan(item["holding_cost"])
    kept = _wide(problem, stored).copy()
    kept[:, -1] |= np.nan_to_num(item["final_stock"]) > 0
    short = (problem.safety > 0) & ~np.isnan(problem.safety_cost)
    excess = np.isfinite(problem.policy) & ~np.isnan(item["excess_cost"])[:, None]
    outside = ~np.isnan(item["subcontract_cost"])
    return {
        "make": some_columns(
            model, _wide(problem, bought | ~np.isnan(item["material_cost"])), "material", cost=made
        ),
        "subcontract": some_columns(
            model, _wide(problem, outside), "subcontract", cost=unit["subcontract_cost"]
        ),
        "stock": some_columns(model, kept, "holding", cost=unit["holding_cost"]),
        "expired": some_columns(
            model, _wide(problem, ~np.isnan(item["shelf_life"])), "expiry", cost=unit["expiry_cost"]
        ),
        "short": some_columns(model, short, "safety stock short", cost=np.nan_to_num(problem.safety_cost)),
        "excess": some_columns(model, excess, "excess stock", cost=unit["excess_cost"]),
    }


def _served(problem: Problem, model: Model, elastic: bool) -> dict[str, Ints]:
    """Shipping, being late, losing: by demand line."""
    lines = problem.lines
    wanted = lines.need.copy()
    wanted[:, 0] += lines.owed
    late = may_be_late(problem)
    if elastic:
        late = late | may_be_late(problem, forbidden=True)
    may_lose = ~np.isnan(lines.lost_cost)[:, None] & (wanted > 0)
    return {
        "ship": model.columns(wanted.shape, "ship"),
        "backlog": some_columns(model, late, "backlog", cost=np.nan_to_num(lines.backorder_cost)[:, None]),
        "lost": some_columns(
            model,
            may_lose,
            "lost sales",
            cost=np.nan_to_num(lines.lost_cost)[:, None],
            upper=lines.lost_share[:, None] * lines.need + (wanted - lines.need),
        ),
    }


def may_be_late(problem: Problem, *, forbidden: bool = False) -> Flags:
    """When a line may be owed at the end of a period; or, forbidden, when it could only be if that gave way.

    What may never be late is not owed at the end either: that would be lost, not late.
    """
    lines = problem.lines
    at_all = np.repeat(~np.isnan(lines.backorder_cost)[:, None], lines.need.shape[1], axis=1)
    at_the_end = np.zeros(lines.need.shape, dtype=bool)
    at_the_end[:, -1:] = True
    if forbidden:
        ends = problem.settings.end_backlog == "forbid"
        return np.where(at_the_end, at_all & ends, ~at_all)
    return at_all & ~(at_the_end & (problem.settings.end_backlog == "forbid"))


def _people(problem: Problem, model: Model) -> dict[str, Ints]:
    """Overtime, and a workforce that may grow and shrink."""
    staff, whole = problem.staff, "workers" in problem.settings.integer
    crew = np.broadcast_to(staff.has_crew[:, None], staff.hours.shape)
    own = {name: values[:, None] for name, values in staff.crew.items()}
    paid = np.nan_to_num(own["hours_per_worker_day"]) * problem.days[None, :]
    most = np.where(np.isnan(own["max_workers"]), INFINITE, own["max_workers"])

    def people(kind: str, cost: Floats, upper: Floats | float = INFINITE) -> Ints:
        allowed = crew & ~np.isnan(cost)
        return some_columns(model, allowed, kind, cost=np.nan_to_num(cost), upper=upper, whole=whole)

    return {
        "overtime": some_columns(
            model,
            ~np.isnan(staff.overtime_cost) & (crew | (staff.overtime > 0)),
            "overtime",
            cost=np.nan_to_num(staff.overtime_cost),
            upper=np.where(crew, INFINITE, staff.overtime),
        ),
        "workers": people("regular wages", np.nan_to_num(own["wage_per_hour"]) * paid, most),
        "hired": people("hiring", own["hire_cost"]),
        "fired": people("firing", own["fire_cost"]),
    }


def _offers(problem: Problem, model: Model) -> Ints:
    """What suppliers sell costs the supplier's price."""
    return some_columns(
        model, np.ones(problem.offers.price.shape, dtype=bool), "material", cost=problem.offers.price
    )


def _steps(problem: Problem, model: Model) -> Ints:
    """One price step a period: 1 if it is the price, or its share where prices may be mixed."""
    steps = problem.steps
    period = np.arange(len(problem.periods))[None, :]
    open_ = period >= steps.first[:, None]
    whole = "prices" in problem.settings.integer
    return some_columns(model, open_, "price step", upper=1.0, whole=whole)


def money(problem: Problem, blocks: Blocks) -> None:
    """Revenue, what is owed at the end at full value, the worth of what is left, disposal."""
    model, lines = blocks.model, problem.lines
    charge(model, blocks.stock[:, -1], -np.nan_to_num(problem.item["end_value"]), "worth of end stock")
    profit = problem.settings.objective == "profit"
    if profit:
        _revenue(problem, blocks)
    if problem.settings.end_backlog == "allow" and len(lines):
        full = np.maximum(lines.price.max(axis=1), _unit_cost(problem)[lines.place])
        owing = ~np.isnan(lines.backorder_cost)
        worthless = np.flatnonzero(owing & (full <= 0))
        if worthless.size:
            got = f"neither a price nor a cost for {problem.places.label(int(lines.place[worthless[0]]))}"
            expected = "a price, so that what is owed at the end has a value"
            raise BadTable([Fault("demand", None, "price", got, expected)])
        charge(
            model, np.where(owing, blocks.backlog[:, -1], -1), full, "revenue" if profit else "end backlog"
        )


def _revenue(problem: Problem, blocks: Blocks) -> None:
    """Revenue is of the demand's own price: what is lost, or still owed at the end, does not earn it."""
    lines, model = problem.lines, blocks.model
    plain = lines.step < 0
    sold = float((lines.need[plain] * lines.price[plain]).sum())
    blocks.constant["revenue"] = -sold - float((lines.owed * lines.price[:, 0]).sum())
    charge(model, blocks.steps[lines.step[~plain]], -(lines.need * lines.price)[~plain], "revenue")
    charge(model, blocks.lost, lines.price, "revenue")


def _unit_cost(problem: Problem) -> Floats:
    """What a unit costs with all that goes into it, by place: materials and purchases alone."""
    own = np.nan_to_num(problem.item["material_cost"])
    offers = problem.offers
    if len(offers):
        np.maximum.at(own, offers.place, offers.price.max(axis=1))
    outside = np.nan_to_num(problem.item["subcontract_cost"])
    total, layer = np.maximum(own, outside), own
    drawn = problem.draws.quantity.max(axis=1, initial=0.0)
    while layer.any():
        above = np.zeros(len(own))
        np.add.at(above, problem.draws.parent, layer[problem.draws.component] * drawn)
        total, layer = total + above, above
    return total
