"""How stock flowed: what left each place, and how one item's stock rose and fell."""

from datetime import date

import polars as pl
from django.db.models import Sum

from einklang.kernel import tables
from einklang.orders.models import StockMove


def used_by_location(since: date, until: date) -> pl.DataFrame:
    """What left each place for customers or into other items, in a span of days: item, location, quantity."""
    gone = StockMove.objects.filter(
        moved_on__gte=since,
        moved_on__lte=until,
        kind__in=[StockMove.Kind.SHIPPED, StockMove.Kind.USED],
        quantity__lt=0,
    )
    return tables.read(
        gone.order_by().values("item", "location").annotate(total=Sum("quantity")),
        item="item__code",
        location="location__code",
        quantity="total",
    ).with_columns(-pl.col("quantity").cast(pl.Float64))


def stock_of_item(code: str, until: date) -> pl.DataFrame:
    """What one item's stock changed by, day by day: moved_on, quantity."""
    moves = StockMove.objects.filter(item__code=code, moved_on__lte=until).order_by()
    return tables.read(
        moves.values("moved_on").annotate(total=Sum("quantity")).order_by("moved_on"),
        moved_on="moved_on",
        quantity="total",
    ).with_columns(pl.col("quantity").cast(pl.Float64))
