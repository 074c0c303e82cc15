"""A plan by family spread over its items, with the bills and the stock of the items themselves.

A family's deliveries serve its items' needs in the order in which they fall due, so that each item keeps
the family's timing: with C(t) delivered by then and N(d) needed by then, period t serves of the need of d
the overlap of C(t-1) .. C(t) and N(d-1) .. N(d). Where a family's average made less than its items turn
out to need, the items' need wins: material suffices, and it is the hours that have to be looked at.
"""

import numpy as np
import polars as pl

from einklang.engine.supply.balance.answer import Plan
from einklang.engine.supply.balance.flow import opening
from einklang.engine.supply.balance.jit import SENT, levels, pass_on, ways
from einklang.engine.supply.balance.places import Floats, Ints
from einklang.engine.supply.balance.problem import Problem

NOTHING = 1e-9


def spread(problem: Problem, row: Ints, plan: Plan) -> pl.DataFrame:
    """Item[, site], period, make, subcontract, ship, stock, backlog, lost; ``row`` is each place's family."""
    periods = len(problem.periods)
    family = {
        name: plan.plan[name].to_numpy().reshape(-1, periods)
        for name in ("make", "subcontract", "ship", "lost")
    }
    wanted = _wanted(problem, row, plan)
    share = _share(wanted, row)
    lost = np.minimum(wanted.cumsum(axis=1), share * family["lost"][row])
    ship = _served(family["ship"], np.maximum(0.0, wanted - lost), row)
    started, arrived, used = _started(problem, row, family["make"] + family["subcontract"], ship)
    both = family["make"] + family["subcontract"]
    own = np.divide(family["make"], both, out=np.ones_like(both), where=both > NOTHING)[row]
    stock = (opening(problem) + arrived - used).cumsum(axis=1)
    columns = {
        "make": started * own,
        "subcontract": started * (1 - own),
        "ship": ship,
        "stock": stock,
        "backlog": (wanted - lost - ship).cumsum(axis=1),
        "lost": lost,
    }
    place = np.repeat(np.arange(len(row)), periods)
    names = {"item": pl.Series(problem.places.items, dtype=pl.String).gather(place)}
    if problem.places.sited:
        names["site"] = pl.Series(problem.places.sites, dtype=pl.String).gather(place)
    names["period"] = pl.Series(problem.periods, dtype=pl.String).gather(
        np.tile(np.arange(periods), len(row))
    )
    return pl.DataFrame(
        {**names, **{name: np.where(np.abs(v) < 1e-6, 0.0, v).ravel() for name, v in columns.items()}}
    )


def _wanted(problem: Problem, row: Ints, plan: Plan) -> Floats:
    """Demand by place: the family's, also where a scenario changed it, by the items' shares."""
    asked = np.zeros(problem.shape)
    np.add.at(asked, problem.lines.place, problem.lines.need)
    np.add.at(asked[:, 0], problem.lines.place, problem.lines.owed)
    keys = [name for name in ("item", "site", "period") if name in plan.plan.columns]
    total = plan.demand.group_by(keys).agg(pl.col("quantity").sum())
    joined = plan.plan.select(keys).join(total, on=keys, how="left", maintain_order="left")
    quantity = joined["quantity"].fill_null(0.0).to_numpy().reshape(-1, problem.shape[1]).copy()
    owed = np.zeros(quantity.shape[0])
    np.add.at(owed, row[problem.lines.place], problem.lines.owed)
    quantity[:, 0] += owed
    return np.asarray(_share(asked, row) * quantity[row], dtype=np.float64)


def _share(values: Floats, row: Ints) -> Floats:
    """Each place's share of its family by period; where the family has none, its share over all periods."""
    # A trace of the total keeps periods without any demand shareable.
    weight = values + 1e-9 * values.sum(axis=1, keepdims=True) + 1e-15
    return np.asarray(weight / _by_row(weight, row)[row], dtype=np.float64)


def _by_row(values: Floats, row: Ints) -> Floats:
    total = np.zeros((int(row.max(initial=-1)) + 1, *values.shape[1:]))
    np.add.at(total, row, values)
    return total


def _served(given: Floats, need: Floats, row: Ints) -> Floats:
    """By place and period what of its need is served then; what no need takes goes by the places' shares."""
    whole = _by_row(need, row)
    before = np.zeros((len(whole), 1))
    by_then = np.concatenate([before, given.cumsum(axis=1)], axis=1)
    due = np.concatenate([before, whole.cumsum(axis=1)], axis=1)
    upper = np.minimum(by_then[:, 1:, None], due[:, None, 1:])
    lower = np.maximum(by_then[:, :-1, None], due[:, None, :-1])
    overlap = np.maximum(0.0, upper - lower)
    part = np.divide(
        overlap, whole[:, None, :], out=np.zeros_like(overlap), where=whole[:, None, :] > NOTHING
    )
    served = np.einsum("itd,id->it", part[row], need)
    rest = np.maximum(0.0, given - overlap.sum(axis=2))
    total = need.sum(axis=1, keepdims=True) + 1e-12
    return np.asarray(served + total / _by_row(total, row)[row] * rest[row], dtype=np.float64)


def _started(problem: Problem, row: Ints, made: Floats, ship: Floats) -> tuple[Floats, Floats, Floats]:
    """Level by level: what is started, what arrives, and what leaves the stock of each place."""
    way, lane, lead, share = ways(problem)
    need, given = ship.copy(), opening(problem)
    started, arrived = np.zeros(problem.shape), np.zeros(problem.shape)
    for places in levels(problem, way, lane):
        for late in np.unique(np.minimum(lead[places], problem.shape[1])).tolist():
            mine = places[np.minimum(lead[places], problem.shape[1]) == late]
            heads, local = np.unique(row[mine], return_inverse=True)
            delivered = np.zeros((heads.size, problem.shape[1]))
            delivered[:, late:] = made[heads][:, : problem.shape[1] - late]
            delivered *= (_by_row(share[mine], local) / np.bincount(local))[:, None]
            net = _net(given[mine], need[mine])
            due = _by_row(net, local)
            enough = np.diff(np.maximum(delivered.cumsum(axis=1), due.cumsum(axis=1)), axis=1, prepend=0.0)
            # What another site sends comes when it is needed: the sending site keeps the timing.
            sent = _by_row((way[mine] == SENT).astype(np.float64), local)[:, None] > 0
            arrives = _served(np.where(sent, due, enough), net, local)
            # What would have to arrive before it can comes as soon as it can.
            arrives[:, late : late + 1] += arrives[:, :late].sum(axis=1, keepdims=True)
            arrives[:, :late] = 0.0
            arrived[mine] = arrives
            started[mine, : problem.shape[1] - late] = arrives[:, late:] / share[mine, None]
        pass_on(problem, way, lane, places, started, need)
    return started, arrived, need


def _net(given: Floats, need: Floats) -> Floats:
    """What the stock does not cover, by period."""
    short = np.maximum.accumulate(np.maximum(0.0, (need - given).cumsum(axis=1)), axis=1)
    return np.diff(short, axis=1, prepend=0.0)
