"""Orders, lines and shipments as lean frames for figures: each table read once, joined by number."""

from datetime import date

import polars as pl

from einklang.kernel import tables
from einklang.orders.models import OrderLine, SalesOrder, Shipment
from einklang.people.models import User


def orders_with_ids(until: date, *, seen_by: User | None) -> pl.DataFrame:
    """The orders somebody may see up to a day, without the cancelled ones; ``order_id`` joins the lines.

    Without a reader they are those of the whole house: for what is learned of all and shown to nobody.
    """
    seen = SalesOrder.objects.visible_to(seen_by) if seen_by else SalesOrder.objects.all()
    found = seen.filter(ordered_on__lte=until)
    return tables.read(
        found.exclude(state=SalesOrder.State.CANCELLED),
        order_id="pk",
        order="number",
        customer="account__code",
        rep="seller__username",
        team="seller__team__code",
        territory="territory__code",
        ordered_on="ordered_on",
        shipped_on="shipped_on",
        currency="currency",
        subtotal_cents="subtotal_cents",
    )


def lines_with_ids(since: date, until: date) -> pl.DataFrame:
    """The order lines of a span of months, of everybody; join them to orders that may be seen."""
    return tables.read(
        OrderLine.objects.filter(period__gte=since, period__lte=until),
        line_id="pk",
        order_id="order_id",
        line="line_number",
        item="item__code",
        family="item__family__code",
        quantity="quantity",
        amount_cents="amount_cents",
        period="period",
        wished_on="wished_on",
        promised_on="promised_on",
        lost="is_lost",
    )


def shipments_with_ids(since: date, until: date) -> pl.DataFrame:
    """What left the house in a span of days: ``line_id, shipped_on, shipped``."""
    return tables.read(
        Shipment.objects.filter(shipped_on__gte=since, shipped_on__lte=until),
        line_id="line_id",
        shipped_on="shipped_on",
        shipped="quantity",
    )
