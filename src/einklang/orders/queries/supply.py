"""What lies in stock, what is on its way, and how it was made and bought."""

from datetime import date
from typing import Any

import polars as pl
from django.db.models import F, Q, Sum

from einklang.catalog.models import Item
from einklang.kernel import tables
from einklang.orders.models import PurchaseOrder, PurchaseOrderLine, StockMove, WorkOrder, WorkOrderStep
from einklang.orders.queries.decided import WAITING, decided


def on_hand(as_of: date) -> pl.DataFrame:
    """What lies where at the end of a day: ``item, location, quantity``."""
    return tables.read(
        StockMove.objects.filter(moved_on__lte=as_of)
        .order_by()
        .values("item", "location")
        .annotate(total=Sum("quantity")),
        item="item__code",
        location="location__code",
        quantity="total",
    )


def stock_by_receipt(as_of: date) -> pl.DataFrame:
    """What lies where by day of receipt: ``item, location, received_on, quantity``."""
    moves = StockMove.objects.filter(moved_on__lte=as_of).order_by()
    return tables.read(
        moves.values("item", "location", "received_on").annotate(total=Sum("quantity")).exclude(total=0),
        item="item__code",
        location="location__code",
        received_on="received_on",
        quantity="total",
    )


def stock_moves_frame(since: date, until: date) -> pl.DataFrame:
    """Stock moves in a span of days: ``item, moved_on, kind, quantity``."""
    return tables.read(
        StockMove.objects.filter(moved_on__gte=since, moved_on__lte=until),
        item="item__code",
        moved_on="moved_on",
        kind="kind",
        quantity="quantity",
    )


def stock_of(item: Item, as_of: date) -> list[dict[str, Any]]:
    """An item's stock by location and day of receipt."""
    moves = StockMove.objects.filter(item=item, moved_on__lte=as_of).order_by()
    rows = moves.values("location__code", "location__name", "received_on").annotate(quantity=Sum("quantity"))
    found = rows.exclude(quantity=0).order_by("location__code", "received_on")
    return [dict(row) for row in found]


def open_supply(as_of: date, *, decided_until: date | None = None) -> pl.DataFrame:
    """What is on its way at the end of a day: ``item, due, quantity, reference, kind`` (made or bought).

    Orders are read with what was decided about them until that day: moved ones are due on their new day,
    cancelled ones do not come. With ``decided_until`` also decisions made after it, up to the later day:
    orders released meanwhile are on their way too.
    """
    found = on_its_way(as_of, decided_until=decided_until)
    return found.select("item", "due", "quantity", "reference", "kind")


def on_its_way(as_of: date, *, decided_until: date | None = None) -> pl.DataFrame:
    """As ``open_supply``, with ``name, unit, placed_due, since, supplier, supplier_name, released_on``."""
    said = decided(max(as_of, decided_until or as_of))
    here = said.filter(pl.col("released_on").is_not_null())
    made = WorkOrder.objects.filter(
        Q(starts_on__lte=as_of) | Q(pk__in=here.filter(pl.col("kind") == "make")["order_id"].to_list())
    ).filter(Q(ended_on__isnull=True) | Q(ended_on__gt=as_of))
    bought = PurchaseOrderLine.objects.filter(
        Q(order__ordered_on__lte=as_of)
        | Q(pk__in=here.filter(pl.col("kind") == "buy")["order_id"].to_list()),
        order__state__in=WAITING,
    ).filter(Q(received_on__isnull=True) | Q(received_on__gt=as_of))
    of_item = {"item": "item__code", "name": "item__name", "unit": "item__unit"}
    nobody = pl.lit(None, dtype=pl.String)
    parts = [
        tables.read(
            made.annotate(missing=F("quantity") - F("scrapped")),
            order_id="pk",
            **of_item,
            placed_due="due_on",
            quantity="missing",
            reference="number",
            since="starts_on",
        ).with_columns(pl.lit("make").alias("kind"), supplier=nobody, supplier_name=nobody),
        tables.read(
            bought.annotate(missing=F("quantity") - F("received")),
            order_id="pk",
            **of_item,
            placed_due="due_on",
            quantity="missing",
            reference="order__number",
            since="order__ordered_on",
            supplier="order__supplier__code",
            supplier_name="order__supplier__name",
        ).with_columns(pl.lit("buy").alias("kind")),
    ]
    return (
        pl.concat(parts, how="diagonal")
        .join(said, on=["kind", "order_id"], how="left", maintain_order="left")
        .filter((pl.col("quantity") > 0) & ~pl.col("gone").fill_null(value=False))
        .with_columns(pl.coalesce("due", "placed_due").alias("due"))
        .drop("gone", "order_id")
    )


def steps_to_do(as_of: date) -> pl.DataFrame:
    """Where open work orders stand: ``reference, step``, the first step not done by the end of a day.

    An order whose steps are all done has the number after its last.
    """
    of_open = WorkOrderStep.objects.filter(
        Q(work_order__ended_on__isnull=True) | Q(work_order__ended_on__gt=as_of)
    )
    steps = tables.read(of_open, reference="work_order__number", step="sequence", ended_on="ended_on")
    to_do = pl.col("step").filter(pl.col("ended_on").is_null() | (pl.col("ended_on") > as_of)).min()
    return steps.group_by("reference").agg(pl.coalesce(to_do, pl.col("step").max() + 1).alias("step"))


def work_orders_frame(since: date, until: date) -> pl.DataFrame:
    """Work orders due in a span of days, one row each, with quantities and dates."""
    return tables.read(
        WorkOrder.objects.filter(due_on__gte=since, due_on__lte=until),
        number="number",
        item="item__code",
        family="item__family__code",
        quantity="quantity",
        stocked="stocked",
        scrapped="scrapped",
        starts_on="starts_on",
        ended_on="ended_on",
        due_on="due_on",
    )


def worked_hours_frame(since: date, until: date) -> pl.DataFrame:
    """Hours worked by work centre and month of the step's end: ``resource, period, hours``."""
    steps = tables.read(
        WorkOrderStep.objects.filter(ended_on__gte=since, ended_on__lte=until, hours__isnull=False),
        resource="work_centre__code",
        ended_on="ended_on",
        hours="hours",
    )
    return (
        steps.with_columns(pl.col("ended_on").dt.truncate("1mo").alias("period"))
        .group_by("resource", "period")
        .agg(pl.col("hours").sum())
        .sort("resource", "period")
    )


def purchase_lines_frame(since: date, until: date) -> pl.DataFrame:
    """Purchase order lines due in a span of days, as agreed last: for suppliers' reliability.

    What was cancelled is left out; a line that was moved is due on its new day.
    """
    said = decided(until).filter(kind="buy").select("order_id", "gone", "due")
    in_span = Q(due_on__gte=since, due_on__lte=until) | Q(pk__in=said["order_id"].to_list())
    lines = tables.read(
        PurchaseOrderLine.objects.filter(in_span).exclude(order__state=PurchaseOrder.State.REJECTED),
        order_id="pk",
        order="order__number",
        supplier="order__supplier__code",
        item="item__code",
        quantity="quantity",
        received="received",
        rejected="rejected",
        ordered_on="order__ordered_on",
        placed_due="due_on",
        received_on="received_on",
        price_cents="price_cents",
        currency="order__currency",
    )
    return (
        lines.join(said, on="order_id", how="left", maintain_order="left")
        .filter(~pl.col("gone").fill_null(value=False))
        .with_columns(due_on=pl.coalesce("due", "placed_due"))
        .filter(pl.col("due_on").is_between(since, until))
        .drop("order_id", "gone", "due", "placed_due")
    )
