"""Orders and their lines, as far as somebody may see them."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from einklang.catalog.models import Item
from einklang.kernel.errors import NotFound
from einklang.orders.models import (
    OrderLine,
    SalesOrder,
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


def line_of(order: SalesOrder, number: int) -> OrderLine:
    """One line of an order."""
    found = order.lines.filter(line_number=number).first()
    if found is None:
        raise NotFound(_("Order %(order)s has no line %(line)s.") % {"order": order, "line": number})
    return found


def waiting_lines(order: SalesOrder) -> list[tuple[OrderLine, Decimal]]:
    """The lines of an order that are not shipped in full, each with what is left of it."""
    if order.state != SalesOrder.State.OPEN:
        return []
    lines = OrderLine.objects.filter(order=order, is_lost=False).select_related("item")
    left = [
        (line, line.quantity - sum((one.quantity for one in line.shipments.all()), Decimal(0)))
        for line in lines.prefetch_related("shipments")
    ]
    return [(line, waiting) for line, waiting in left if waiting > 0]


def latest_lines(item: Item, *, seen_by: User, count: int = 8) -> QuerySet[OrderLine]:
    """The latest order lines of an item that somebody may see."""
    found = order_lines(seen_by=seen_by).filter(item=item).select_related("order__account")
    return found.order_by("-period", "-pk")[:count]


def months() -> tuple[date, date] | None:
    """The first and the last month in which something was sold, or nothing yet."""
    first = SalesOrder.objects.order_by("period").values_list("period", flat=True).first()
    last = SalesOrder.objects.order_by("-period").values_list("period", flat=True).first()
    return (first, last) if first and last else None
