"""Orders, lines, shipments and returns as frames, one row each, with what reports ask of them."""

from datetime import date

import polars as pl
from django.db.models import Q, Sum

from einklang.kernel import tables
from einklang.orders.models import (
    CurrencyRate,
    OrderLine,
    Return,
    SalesOrder,
    Shipment,
)
from einklang.people.models import User


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


def open_orders(as_of: date, *, booked_until: date | None = None) -> pl.DataFrame:
    """What customers still wait for at the end of a day: ``order, line, item, due, period, quantity``.

    With ``booked_until`` also what was ordered after that day, up to the later one.
    """
    waiting = (
        OrderLine.objects.filter(order__ordered_on__lte=booked_until or as_of, is_lost=False)
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
        period="period",
        quantity="quantity",
        gone="gone",
    )
    left = pl.col("quantity") - pl.col("gone").fill_null(0)
    return lines.with_columns(left.alias("quantity")).drop("gone").filter(pl.col("quantity") > 0)


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


def booked_of_deals(deals: list[str]) -> pl.DataFrame:
    """What was booked in all on the orders of some deals, shipped or not: ``deal, item, quantity``."""
    lines = OrderLine.objects.filter(order__deal__code__in=deals, is_lost=False)
    rows = tables.read(
        lines.exclude(order__state=SalesOrder.State.CANCELLED),
        deal="order__deal__code",
        item="item__code",
        quantity="quantity",
    )
    return rows.group_by("deal", "item").agg(pl.col("quantity").sum())
