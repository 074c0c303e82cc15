"""The facts: order lines, shipments, returns, stock moves, work orders and purchase orders."""
