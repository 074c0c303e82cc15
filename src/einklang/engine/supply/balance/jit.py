"""Everything just in time, as if hours were free: what is started when, and what stock it leaves."""

from dataclasses import dataclass

import numpy as np

from einklang.engine.supply.balance.flow import opening
from einklang.engine.supply.balance.places import Floats, Ints
from einklang.engine.supply.balance.problem import Problem

NOTHING = 1e-9
STOCK, MAKE, SUBCONTRACT, SENT = range(4)


@dataclass(frozen=True, slots=True)
class JustInTime:
    """By place and period: gross ``need``, what is ``started`` for it, what stock is ``used`` up.

    ``way`` tells how a place is supplied: it makes, subcontracts, or is sent to by ``lane``. ``starts`` is
    the period in which that what settles a period begins, -1 where stock settles it.
    """

    need: Floats
    started: Floats
    used: Floats
    starts: Ints
    way: Ints
    lane: Ints


def just_in_time(problem: Problem, *, keep: Floats | None = None) -> JustInTime:
    """Each need is met by stock above ``keep``, then by starting its place's cheapest way in time."""
    way, lane, lead, share = ways(problem)
    need, used = np.zeros(problem.shape), np.zeros(problem.shape)
    wanted = problem.lines.need.copy()
    wanted[:, 0] += problem.lines.owed
    np.add.at(need, problem.lines.place, wanted)
    given, started = opening(problem), np.zeros(problem.shape)
    if keep is not None:
        given[:, 0] -= np.minimum(keep, np.nan_to_num(problem.item["initial_stock"]))
    starts = np.full(problem.shape, -1)
    for places in levels(problem, way, lane):
        left = np.zeros(len(places))
        for period in range(problem.shape[1]):
            before = left + given[places, period]
            used[places, period] = np.minimum(np.maximum(before, 0.0), need[places, period])
            left = before - need[places, period]
            makes = (left <= NOTHING) & (period >= lead[places]) & (way[places] != STOCK)
            mine = places[makes]
            begin = period - lead[mine]
            started[mine, begin] = -left[makes] / share[mine]
            starts[mine, period] = begin
            left = np.where(makes, 0.0, left)
        pass_on(problem, way, lane, places, started, need)
    return JustInTime(need, started, used, starts, way, lane)


def ways(problem: Problem) -> tuple[Ints, Ints, Ints, Floats]:
    """The cheapest own way of each place, else the cheapest lane to it; its lead time and its yield."""
    item = problem.item
    make = np.where(problem.bought, 0.0, item["material_cost"])
    make, outside = (np.where(np.isnan(cost), np.inf, cost) for cost in (make, item["subcontract_cost"]))
    way = np.where(np.minimum(make, outside) == np.inf, STOCK, np.where(make <= outside, MAKE, SUBCONTRACT))
    share = np.where(np.isnan(item["yield"]), 1.0, item["yield"])
    lead, lane = problem.lead.copy(), np.full(len(problem.places), -1)
    for offer in range(len(problem.offers)):
        lead[problem.offers.place[offer]] = problem.offers.lead[offer]
    lanes = problem.lanes
    for number in np.argsort(lanes.cost, kind="stable").tolist():
        place = int(lanes.target[number])
        if way[place] == STOCK:
            way[place], lane[place], lead[place], share[place] = SENT, number, lanes.lead[number], 1.0
    return way, lane, lead, share


def pass_on(problem: Problem, way: Ints, lane: Ints, places: Ints, started: Floats, need: Floats) -> None:
    """What was started needs components, or leaves the place it is sent from."""
    sent = places[way[places] == SENT]
    np.add.at(need, problem.lanes.source[lane[sent]], started[sent])
    inside = np.zeros(len(problem.places), dtype=bool)
    inside[places[way[places] != SENT]] = True
    draws = problem.draws
    lines = np.flatnonzero(inside[draws.parent])
    np.add.at(need, draws.component[lines], started[draws.parent[lines]] * draws.quantity[lines])


def levels(problem: Problem, way: Ints, lane: Ints) -> list[Ints]:
    """Places in an order in which all that draws on a place stands before it; a ring of lanes is left out."""
    count = len(problem.places)
    sent = np.flatnonzero(way == SENT)
    above = np.concatenate([problem.draws.parent, sent])
    below = np.concatenate([problem.draws.component, problem.lanes.source[lane[sent]]])
    waiting = np.bincount(below, minlength=count)
    found: list[Ints] = []
    ready, done = np.flatnonzero(waiting == 0), np.zeros(count, dtype=bool)
    while ready.size:
        found.append(ready)
        done[ready] = True
        now = np.zeros(count, dtype=bool)
        now[ready] = True
        waiting = waiting - np.bincount(below[now[above]], minlength=count)
        ready = np.flatnonzero((waiting == 0) & ~done)
    return found
