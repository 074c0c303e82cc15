"""The balance as columns and rows, block by block; every block is placed without a loop over items."""

from einklang.engine.supply.balance.blocks import Blocks
from einklang.engine.supply.balance.columns import columns, money
from einklang.engine.supply.balance.flow import (
    demand_rows,
    lane_rows,
    price_rows,
    shelf_life_rows,
    stock_rows,
    supplier_rows,
)
from einklang.engine.supply.balance.limits import fence_rows, hour_rows, target_rows
from einklang.engine.supply.balance.lots import lot_rows
from einklang.engine.supply.balance.problem import Problem

ROWS = (
    stock_rows,
    demand_rows,
    price_rows,
    hour_rows,
    supplier_rows,
    lane_rows,
    target_rows,
    shelf_life_rows,
    fence_rows,
    lot_rows,
)


def build(problem: Problem, *, elastic: bool = False) -> Blocks:
    """All columns, then the rows that tie them; an elastic model may be late where that is forbidden."""
    blocks = columns(problem, elastic=elastic)
    money(problem, blocks)
    for tie in ROWS:
        tie(problem, blocks)
    return blocks
