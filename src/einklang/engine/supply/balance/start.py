"""Where the solver begins: the plan that makes everything just in time, as if hours were free.

Each stock row is settled by the stock it leaves, or, where none is left, by what is made, subcontracted
or sent from another site for it; each demand row by shipping in full. Without limits on hours this is
already the cheapest plan, since making earlier only costs storage; where hours are short, the solver
mends only what exceeds them. It changes nothing but the time: a balance of 10,000 items needs some
thousand steps from here instead of hundreds of thousands from nothing.
"""

from dataclasses import dataclass

import numpy as np

from einklang.engine.linear import Start
from einklang.engine.supply.balance.blocks import Blocks
from einklang.engine.supply.balance.flow import opening
from einklang.engine.supply.balance.places import Floats, Ints
from einklang.engine.supply.balance.problem import Flags, Problem

NOTHING = 1e-9


@dataclass(slots=True)
class _Way:
    """How each place is supplied: the columns, what of them arrives, how late, and from which place."""

    columns: Ints
    share: Floats
    lead: Ints
    sent_from: Ints


def begin(problem: Problem, blocks: Blocks) -> Start:
    """The basis of the just-in-time plan; what it does not settle the solver settles."""
    way = _ways(problem, blocks)
    settled = _settled(problem, blocks, way)
    columns = np.zeros(blocks.model.width, dtype=bool)
    rows = np.ones(blocks.model.height, dtype=bool)
    for row, column in ((blocks.stock_rows, settled), (blocks.demand_rows, blocks.ship)):
        there = (row >= 0) & (column >= 0)
        columns[column[there]] = True
        rows[row[there]] = False
    _from_suppliers(problem, blocks, columns, rows)
    return Start(columns=columns, rows=rows)


def _from_suppliers(problem: Problem, blocks: Blocks, columns: Flags, rows: Flags) -> None:
    """What is bought comes from its cheapest supplier."""
    offers = problem.offers
    if not len(offers):
        return
    bought = np.flatnonzero(problem.bought)
    at = np.searchsorted(bought, offers.place)
    cheapest = np.full((bought.size, problem.shape[1]), np.inf)
    np.minimum.at(cheapest, at, np.where(blocks.offers >= 0, offers.price, np.inf))
    for offer in range(len(offers)):
        row = blocks.bought_rows[at[offer]]
        chosen = (blocks.offers[offer] >= 0) & (offers.price[offer] <= cheapest[at[offer]]) & rows[row]
        columns[blocks.offers[offer][chosen]] = True
        rows[row[chosen]] = False


def _ways(problem: Problem, blocks: Blocks) -> _Way:
    """The cheapest own way of each place; a place without one is sent to from the cheapest site."""
    item = problem.item
    make = np.where(problem.bought, 0.0, item["material_cost"])
    outside = np.where(np.isnan(item["subcontract_cost"]), np.inf, item["subcontract_cost"])
    own = blocks.make[:, 0] >= 0
    better = ~own | (np.where(np.isnan(make), np.inf, make) > outside)
    columns = np.where(better[:, None], blocks.subcontract, blocks.make)
    good = np.where(np.isnan(item["yield"]), 1.0, item["yield"])
    lead, sent = problem.lead.copy(), np.full(len(problem.places), -1)
    lanes = problem.lanes
    for lane in np.argsort(lanes.cost, kind="stable").tolist():
        place = int(lanes.target[lane])
        if columns[place, 0] < 0:
            columns[place], good[place] = blocks.moves[lane], 1.0
            lead[place], sent[place] = lanes.lead[lane], lanes.source[lane]
    return _Way(columns, good, lead, sent)


def _settled(problem: Problem, blocks: Blocks, way: _Way) -> Ints:
    """The column that settles each stock row, level by level from what is sold downwards."""
    periods = problem.shape[1]
    need = np.zeros(problem.shape)
    wanted = problem.lines.need.copy()
    wanted[:, 0] += problem.lines.owed
    np.add.at(need, problem.lines.place, wanted)
    given, settled = opening(problem), blocks.stock.copy()
    for places in _levels(problem, way):
        left = np.zeros(len(places))
        started = np.zeros((len(places), periods))
        lead = way.lead[places]
        for period in range(periods):
            left = left + given[places, period] - need[places, period]
            may = (period >= lead) & (way.columns[places, 0] >= 0)
            makes = may & (left <= NOTHING)
            begun = np.maximum(0, period - lead)
            mine = np.flatnonzero(makes)
            started[mine, begun[mine]] = -left[mine] / way.share[places[mine]]
            settled[places[mine], period] = way.columns[places[mine], begun[mine]]
            left = np.where(makes, 0.0, left)
        _pass_on(problem, way, places, started, need)
    return settled


def _pass_on(problem: Problem, way: _Way, places: Ints, started: Floats, need: Floats) -> None:
    """What was started needs components, or leaves the place it is sent from."""
    every = np.zeros(problem.shape)
    every[places] = started
    draws = problem.draws
    sent = way.sent_from[places] >= 0
    np.add.at(need, way.sent_from[places[sent]], started[sent])
    inside = np.zeros(len(problem.places), dtype=bool)
    inside[places[~sent]] = True
    lines = np.flatnonzero(inside[draws.parent])
    np.add.at(need, draws.component[lines], every[draws.parent[lines]] * draws.quantity[lines])


def _levels(problem: Problem, way: _Way) -> list[Ints]:
    """Places in an order in which all that draws on a place stands before it; a ring of lanes is left out."""
    count = len(problem.places)
    sent = np.flatnonzero(way.sent_from >= 0)
    above = np.concatenate([problem.draws.parent, sent])
    below = np.concatenate([problem.draws.component, way.sent_from[sent]])
    waiting = np.bincount(below, minlength=count)
    levels, ready = [], np.flatnonzero(waiting == 0)
    done = np.zeros(count, dtype=bool)
    while ready.size:
        levels.append(ready)
        done[ready] = True
        now = np.zeros(count, dtype=bool)
        now[ready] = True
        waiting = waiting - np.bincount(below[now[above]], minlength=count)
        ready = np.flatnonzero((waiting == 0) & ~done)
    return levels
