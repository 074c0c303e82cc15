"""Where the solver begins: the plan that makes everything just in time, as if hours were free.

Each stock row is settled by the stock it leaves, or, where none is left, by what is made, subcontracted
or sent from another site for it; each demand row by shipping in full. Without limits on hours this is
already the cheapest plan, since making earlier only costs storage; where hours are short, the solver
mends only what exceeds them. It changes nothing but the time: a balance of 10,000 items needs some
thousand steps from here instead of hundreds of thousands from nothing.
"""

import numpy as np

from einklang.engine.linear import Start
from einklang.engine.supply.balance.blocks import Blocks
from einklang.engine.supply.balance.jit import MAKE, SENT, SUBCONTRACT, JustInTime, just_in_time
from einklang.engine.supply.balance.places import Ints
from einklang.engine.supply.balance.problem import Flags, Problem


def begin(problem: Problem, blocks: Blocks) -> Start:
    """The basis of the just-in-time plan; what it does not settle the solver settles."""
    columns = np.zeros(blocks.model.width, dtype=bool)
    rows = np.ones(blocks.model.height, dtype=bool)
    settled = _settled(blocks, just_in_time(problem))
    for row, column in ((blocks.stock_rows, settled), (blocks.demand_rows, blocks.ship)):
        there = (row >= 0) & (column >= 0)
        columns[column[there]] = True
        rows[row[there]] = False
    _from_suppliers(problem, blocks, columns, rows)
    return Start(columns=columns, rows=rows)


def _settled(blocks: Blocks, plan: JustInTime) -> Ints:
    """The column that settles each stock row."""
    column = blocks.stock.copy()
    for way, block in ((MAKE, blocks.make), (SUBCONTRACT, blocks.subcontract)):
        place, period = np.nonzero((plan.starts >= 0) & (plan.way == way)[:, None])
        column[place, period] = block[place, plan.starts[place, period]]
    place, period = np.nonzero((plan.starts >= 0) & (plan.way == SENT)[:, None])
    column[place, period] = blocks.moves[plan.lane[place], plan.starts[place, period]]
    return column


def _from_suppliers(problem: Problem, blocks: Blocks, columns: Flags, rows: Flags) -> None:
    """What is bought comes from its cheapest supplier."""
    offers = problem.offers
    if not len(offers):
        return
    bought = np.flatnonzero(problem.bought)
    at = np.searchsorted(bought, offers.place)
    price = np.where(blocks.offers >= 0, offers.price, np.inf)
    cheapest = np.full((bought.size, problem.shape[1]), np.inf)
    np.minimum.at(cheapest, at, price)
    for offer in range(len(offers)):
        row = blocks.bought_rows[at[offer]]
        chosen = np.isfinite(price[offer]) & (price[offer] <= cheapest[at[offer]]) & rows[row]
        columns[blocks.offers[offer][chosen]] = True
        rows[row[chosen]] = False
