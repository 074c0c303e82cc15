"""Questions about what was ordered, shipped, made, bought and what lies in stock."""

from einklang.orders.queries.demand import demand_by_territory, demand_history, sales_frame
from einklang.orders.queries.found import latest_lines, line_of, months, order, order_lines, orders, totals
from einklang.orders.queries.keyed import lines_with_ids, orders_with_ids, shipments_with_ids
from einklang.orders.queries.rows import (
    lines_frame,
    open_orders,
    orders_frame,
    rates_frame,
    returns_frame,
    shipments_frame,
)
from einklang.orders.queries.supply import (
    on_hand,
    open_supply,
    purchase_lines_frame,
    stock_by_receipt,
    stock_moves_frame,
    stock_of,
    work_orders_frame,
    worked_hours_frame,
)

__all__ = [
    "demand_by_territory",
    "demand_history",
    "latest_lines",
    "line_of",
    "lines_frame",
    "lines_with_ids",
    "months",
    "on_hand",
    "open_orders",
    "open_supply",
    "order",
    "order_lines",
    "orders",
    "orders_frame",
    "orders_with_ids",
    "purchase_lines_frame",
    "rates_frame",
    "returns_frame",
    "sales_frame",
    "shipments_frame",
    "shipments_with_ids",
    "stock_by_receipt",
    "stock_moves_frame",
    "stock_of",
    "totals",
    "work_orders_frame",
    "worked_hours_frame",
]
