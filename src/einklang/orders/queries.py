"""Questions about what was ordered, shipped, made, bought and what lies in stock."""

from datetime import date
from typing import Any

import polars as pl
from django.db.models import F, Prefetch, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from einklang.catalog.models import Item
from einklang.engine.frames import DEMAND
from einklang.kernel import tables
from einklang.kernel.errors import NotFound
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
from einklang.people.models import User


def orders(*, seen_by: User, **where: Any) -> QuerySet[SalesOrder]:
    """The orders somebody may see, narrowed by the names in ``paths`` and by ``search``."""
    found = SalesOrder.objects.visible_to(seen_by).select_related("account", "seller", "territory")
    paths = {
        "period": "period",
        "territory": "territory__code",
        "seller": "seller__username",
        "account": "account__code",
        "channel": "channel",
        "state": "state",
    }
    found = found.filter(**{paths[name]: value for name, value in where.items() if name in paths and value})
    if search := where.get("search"):
        found = found.filter(Q(number__icontains=search) | Q(account__name__icontains=search))
    return found


def order(number: str, *, seen_by: User) -> SalesOrder:
    """One order with its lines, shipments and returns, if it may be seen."""
    lines = OrderLine.objects.select_related("item", "promotion").prefetch_related(
        "shipments__location", "returns"
    )
    found = (
        SalesOrder.objects.visible_to(seen_by)
        .select_related("account", "seller", "territory", "deal")
        .prefetch_related(Prefetch("lines", lines))
        .filter(number=number)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no order %(number)s, or you may not see it.") % {"number": number})
    return found


def order_lines(*, seen_by: User) -> QuerySet[OrderLine]:
    """The order lines somebody may see."""
    return (
        OrderLine.objects.filter(order__in=SalesOrder.objects.visible_to(seen_by))
        if not seen_by.sees_all
        else OrderLine.objects.all()
    )


def totals(found: QuerySet[SalesOrder]) -> list[dict[str, Any]]:
    """What orders add up to, one row per currency: never a sum across currencies."""
    sums = (
        found.order_by()
        .values("currency")
        .annotate(
            subtotal_cents=Sum("subtotal_cents"),
            tax_cents=Sum("tax_cents"),
            freight_cents=Sum("freight_cents"),
        )
    )
    return [dict(row) for row in sums.order_by("currency")]


def demand_history(until: date, since: date | None = None, items: list[str] | None = None) -> pl.DataFrame:
    """What was wished for by item and month, delivered or not, up to ``until`` (frame DEMAND).

    Every item has every month from its first sale on; a month without a sale is 0. ``available`` is false
    in months in which something was lost for want of stock, so that the engine can put it right.
    """
    lines = OrderLine.objects.filter(period__lte=until).exclude(order__state=SalesOrder.State.CANCELLED)
    if items is not None:
        lines = lines.filter(item__code__in=items)
    if since:
        lines = lines.filter(period__gte=since)
    sums = tables.read(
        lines.order_by()
        .values("item", "period")
        .annotate(total=Sum("quantity"), lost=Sum("quantity", filter=Q(is_lost=True))),
        series="item__code",
        period="period",
        quantity="total",
        lost="lost",
    )
    if sums.is_empty():
        return DEMAND.empty()
    filled = _every_month(sums.drop("lost"), until)
    lost = sums.select("series", "period", (pl.col("lost").fill_null(0) <= 0).alias("available"))
    return DEMAND.check(
        filled.join(lost, on=["series", "period"], how="left").with_columns(
            pl.col("available").fill_null(True)
        )
    )


def demand_by_territory(until: date, since: date | None = None) -> pl.DataFrame:
    """Quantity and money by territory, item, month and currency."""
    lines = OrderLine.objects.filter(period__lte=until).exclude(order__state=SalesOrder.State.CANCELLED)
    if since:
        lines = lines.filter(period__gte=since)
    return tables.read(
        lines.order_by()
        .values("order__territory", "item", "period", "order__currency")
        .annotate(total=Sum("quantity"), amount=Sum("amount_cents")),
        territory="order__territory__code",
        series="item__code",
        period="period",
        currency="order__currency",
        quantity="total",
        amount_cents="amount",
    )


def sales_frame(
    since: date,
    until: date,
    *,
    by: tuple[str, ...] = ("territory", "seller", "item"),
    seen_by: User | None = None,
) -> pl.DataFrame:
    """What was sold (neither lost nor cancelled) by month and currency, and by what ``by`` names."""
    paths = {
        "territory": "order__territory__code",
        "seller": "order__seller__username",
        "item": "item__code",
        "period": "period",
        "currency": "order__currency",
    }
    groups = {name: paths[name] for name in (*by, "period", "currency")}
    lines = OrderLine.objects.filter(period__gte=since, period__lte=until, is_lost=False).exclude(
        order__state=SalesOrder.State.CANCELLED
    )
    if seen_by is not None and not seen_by.sees_all:
        lines = lines.filter(order__in=SalesOrder.objects.visible_to(seen_by))
    sums = (
        lines.order_by().values(*groups.values()).annotate(total=Sum("quantity"), amount=Sum("amount_cents"))
    )
    return tables.read(sums, **groups, quantity="total", amount_cents="amount")


def lines_frame(since: date, until: date, *, seen_by: User | None = None) -> pl.DataFrame:
    """Order lines whose month lies in a span, one row each, with what reports ask of them."""
    lines = OrderLine.objects.filter(period__gte=since, period__lte=until)
    if seen_by is not None and not seen_by.sees_all:
        lines = lines.filter(order__in=SalesOrder.objects.visible_to(seen_by))
    return tables.read(
        lines,
        order="order__number",
        line="line_number",
        item="item__code",
        family="item__family__code",
        account="order__account__code",
        seller="order__seller__username",
        territory="order__territory__code",
        team="order__seller__team__code",
        channel="order__channel",
        state="order__state",
        ordered_on="order__ordered_on",
        period="period",
        wished_on="wished_on",
        promised_on="promised_on",
        shipped_on="order__shipped_on",
        quantity="quantity",
        amount_cents="amount_cents",
        currency="order__currency",
        is_lost="is_lost",
    )


def orders_frame(until: date, *, seen_by: User | None = None, since: date | None = None) -> pl.DataFrame:
    """Orders up to a day, one row each, with what reports ask of them."""
    found = SalesOrder.objects.filter(ordered_on__lte=until).exclude(state=SalesOrder.State.CANCELLED)
    if since:
        found = found.filter(ordered_on__gte=since)
    if seen_by is not None and not seen_by.sees_all:
        found = found.filter(pk__in=SalesOrder.objects.visible_to(seen_by).values("pk"))
    return tables.read(
        found,
        order="number",
        account="account__code",
        account_kind="account__kind",
        seller="seller__username",
        territory="territory__code",
        team="seller__team__code",
        channel="channel",
        ordered_on="ordered_on",
        due_on="due_on",
        shipped_on="shipped_on",
        period="period",
        currency="currency",
        subtotal_cents="subtotal_cents",
    )


def shipments_frame(since: date, until: date, *, seen_by: User | None = None) -> pl.DataFrame:
    """What left the house in a span of days, with what it was promised for: for on-time delivery."""
    found = Shipment.objects.filter(shipped_on__gte=since, shipped_on__lte=until)
    if seen_by is not None and not seen_by.sees_all:
        found = found.filter(line__order__in=SalesOrder.objects.visible_to(seen_by))
    return tables.read(
        found,
        order="line__order__number",
        line="line__line_number",
        item="line__item__code",
        territory="line__order__territory__code",
        seller="line__order__seller__username",
        team="line__order__seller__team__code",
        family="line__item__family__code",
        ordered="line__quantity",
        shipped="quantity",
        ordered_on="line__order__ordered_on",
        wished_on="line__wished_on",
        promised_on="line__promised_on",
        shipped_on="shipped_on",
    )


def returns_frame(since: date, until: date) -> pl.DataFrame:
    """What came back in a span of days: ``order, line, item, quantity, returned_on, reason``."""
    return tables.read(
        Return.objects.filter(returned_on__gte=since, returned_on__lte=until),
        order="line__order__number",
        line="line__line_number",
        item="line__item__code",
        quantity="quantity",
        returned_on="returned_on",
        reason="reason",
    )


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


def line_of(order: SalesOrder, number: int) -> OrderLine:
    """One line of an order."""
    found = order.lines.filter(line_number=number).first()
    if found is None:
        raise NotFound(_("Order %(order)s has no line %(line)s.") % {"order": order, "line": number})
    return found


def latest_lines(item: Item, *, seen_by: User, count: int = 8) -> QuerySet[OrderLine]:
    """The latest order lines of an item that somebody may see."""
    found = order_lines(seen_by=seen_by).filter(item=item).select_related("order__account")
    return found.order_by("-period", "-pk")[:count]


def open_supply(as_of: date) -> pl.DataFrame:
    """What is on its way at the end of a day: ``item, due, quantity, reference, kind`` (made or bought)."""
    made = WorkOrder.objects.filter(starts_on__lte=as_of).filter(
        Q(ended_on__isnull=True) | Q(ended_on__gt=as_of)
    )
    bought = PurchaseOrderLine.objects.filter(
        order__ordered_on__lte=as_of,
        order__state__in=[PurchaseOrder.State.PENDING, PurchaseOrder.State.APPROVED],
    ).filter(Q(received_on__isnull=True) | Q(received_on__gt=as_of))
    parts = [
        tables.read(
            made.annotate(missing=F("quantity") - F("scrapped")),
            item="item__code",
            due="due_on",
            quantity="missing",
            reference="number",
        ).with_columns(pl.lit("make").alias("kind")),
        tables.read(
            bought.annotate(missing=F("quantity") - F("received")),
            item="item__code",
            due="due_on",
            quantity="missing",
            reference="order__number",
        ).with_columns(pl.lit("buy").alias("kind")),
    ]
    return pl.concat(parts).filter(pl.col("quantity") > 0)


def open_orders(as_of: date) -> pl.DataFrame:
    """What customers still wait for at the end of a day: ``order, line, item, due, quantity``."""
    waiting = (
        OrderLine.objects.filter(order__ordered_on__lte=as_of, is_lost=False)
        .exclude(order__state=SalesOrder.State.CANCELLED)
        .filter(Q(order__shipped_on__isnull=True) | Q(order__shipped_on__gt=as_of))
        .annotate(gone=Sum("shipments__quantity", filter=Q(shipments__shipped_on__lte=as_of)))
    )
    lines = tables.read(
        waiting,
        order="order__number",
        line="line_number",
        item="item__code",
        due="wished_on",
        quantity="quantity",
        gone="gone",
    )
    left = pl.col("quantity") - pl.col("gone").fill_null(0)
    return lines.with_columns(left.alias("quantity")).drop("gone").filter(pl.col("quantity") > 0)


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
    """Purchase order lines due in a span of days: for suppliers' reliability."""
    return tables.read(
        PurchaseOrderLine.objects.filter(due_on__gte=since, due_on__lte=until),
        order="order__number",
        supplier="order__supplier__code",
        item="item__code",
        quantity="quantity",
        received="received",
        rejected="rejected",
        ordered_on="order__ordered_on",
        due_on="due_on",
        received_on="received_on",
        price_cents="price_cents",
        currency="order__currency",
    )


def rates_frame(since: date, until: date, home: str) -> pl.DataFrame:
    """What one unit of each currency was worth in the home currency by day: ``currency, day, rate``."""
    rows = tables.read(
        CurrencyRate.objects.filter(day__gte=since, day__lte=until).filter(Q(base=home) | Q(quote=home)),
        day="day",
        base="base",
        quote="quote",
        closing="closing",
    )
    is_base = pl.col("base") == home
    return rows.select(
        pl.when(is_base).then("quote").otherwise("base").alias("currency"),
        "day",
        pl.when(is_base).then(1 / pl.col("closing")).otherwise("closing").alias("rate"),
    ).sort("currency", "day")


def months() -> tuple[date, date] | None:
    """The first and the last month in which something was sold, or nothing yet."""
    first = SalesOrder.objects.order_by("period").values_list("period", flat=True).first()
    last = SalesOrder.objects.order_by("-period").values_list("period", flat=True).first()
    return (first, last) if first and last else None


def _every_month(sums: pl.DataFrame, until: date) -> pl.DataFrame:
    """Each series with all months from its first sale to ``until``; months without a sale are 0."""
    starts = sums.group_by("series").agg(pl.col("period").min().alias("start"))
    calendar = starts.select(
        "series", pl.date_ranges("start", pl.lit(until), interval="1mo").alias("period")
    ).explode("period")
    return (
        calendar.join(sums, on=["series", "period"], how="left")
        .with_columns(pl.col("quantity").fill_null(0.0))
        .sort("series", "period")
    )
