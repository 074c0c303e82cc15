"""What the room of facts takes in from files: booked once, afterwards only their progress may change."""

import polars as pl

from einklang.kernel import tables
from einklang.kernel.intake import Target
from einklang.kernel.intake.check import cents
from einklang.orders.models import (
    CurrencyRate,
    OrderLine,
    PurchaseOrder,
    PurchaseOrderLine,
    Return,
    SalesOrder,
    Shipment,
    StockMove,
    WorkOrder,
    WorkOrderStep,
)


def order_cents(rows: pl.DataFrame) -> pl.DataFrame:
    """An order's totals in whole cents, from the exact amounts as booked."""
    parts = [part for part in ("subtotal", "tax", "freight") if f"{part}_exact" in rows.columns]
    return rows.with_columns(
        cents(pl.col(f"{part}_exact")).fill_null(0).alias(f"{part}_cents") for part in parts
    )


def line_cents(rows: pl.DataFrame) -> pl.DataFrame:
    """Lines' cents as shares of their order's cents (largest remainder), so that lines foot to the order.

    Where an order's lines did not all come, or do not add up to it, they foot to their own exact sum.
    Rows must hold whole orders: ``order_id``, ``amount_exact``.
    """
    numbers = rows["order_id"].unique().to_list()
    booked = pl.concat(
        [
            tables.read(SalesOrder.objects.filter(pk__in=part), order_id="pk", booked="subtotal_cents")
            for part in (numbers[start : start + 900] for start in range(0, len(numbers), 900))
        ]
    )
    rows = rows.join(booked, on="order_id", how="left", maintain_order="left")
    exact = (pl.col("amount_exact") * 1_000_000).cast(pl.Int64)
    own_sum = cents(pl.col("amount_exact").sum().over("order_id"))
    whole = (own_sum - pl.col("booked")).abs() <= 1
    total = pl.when(whole).then("booked").otherwise(own_sum)
    floor = exact // 10_000
    rows = rows.with_columns(
        floor.alias("_floor"), (exact - floor * 10_000).alias("_rest"), total.alias("_total")
    )
    left = pl.col("_total") - pl.col("_floor").sum().over("order_id")
    place = pl.struct(-pl.col("_rest"), "line_number").rank("ordinal").over("order_id").cast(pl.Int64)
    lines = pl.len().over("order_id").cast(pl.Int64)
    # Usually 0 <= left < lines. Where the source's own sum is off by up to a cent, left may be -1 or
    # equal lines: dividing once more keeps the total exact.
    extra = left // lines + (place <= left % lines).cast(pl.Int64)
    return rows.with_columns((pl.col("_floor") + extra).alias("amount_cents")).drop(
        "_floor", "_rest", "_total", "booked"
    )


TARGETS = (
    Target("orders.currency_rates", CurrencyRate, ("base", "quote", "day"), may_change=()),
    Target(
        "orders.sales_orders",
        SalesOrder,
        ("number",),
        may_change=("state", "shipped_on", "due_on"),
        complete=order_cents,
    ),
    Target(
        "orders.order_lines",
        OrderLine,
        ("order", "line_number"),
        may_change=("promised_on",),
        complete=line_cents,
    ),
    Target("orders.shipments", Shipment, ("line", "shipped_on"), may_change=()),
    Target("orders.returns", Return, ("line", "returned_on"), may_change=()),
    Target(
        "orders.stock_moves",
        StockMove,
        ("item", "location", "moved_on", "kind", "received_on", "reference"),
        may_change=(),
    ),
    Target(
        "orders.work_orders",
        WorkOrder,
        ("number",),
        may_change=("stocked", "scrapped", "scrap_reason", "ended_on", "due_on"),
    ),
    Target(
        "orders.work_order_steps",
        WorkOrderStep,
        ("work_order", "sequence"),
        may_change=("started_on", "ended_on", "hours", "cost", "planned_start", "planned_end"),
    ),
    Target("orders.purchase_orders", PurchaseOrder, ("number",), may_change=("state", "shipped_on")),
    Target(
        "orders.purchase_order_lines",
        PurchaseOrderLine,
        ("order", "line_number"),
        may_change=("received", "rejected", "received_on", "due_on"),
    ),
)
