"""What was wished for and what was sold, by item, place and month."""

from datetime import date

import polars as pl
from django.db.models import Q, Sum

from einklang.engine.frames import DEMAND
from einklang.kernel import tables
from einklang.orders.models import (
    OrderLine,
    SalesOrder,
)
from einklang.people.models import User


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
