"""What must hold of orders and stock: lines foot to their order, nothing leaves that was not there."""

from collections.abc import Iterator

from django.db.models import F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from einklang.orders.models import OrderLine, SalesOrder, StockMove

NAMED = 20  # as many of a kind are named; the rest is counted


def footings() -> Iterator[str]:
    """Every order whose lines do not add up to it, and every line more of which left than was ordered."""
    sold = SalesOrder.objects.order_by("number").annotate(
        of_lines=Sum("lines__amount_cents", filter=Q(lines__is_lost=False))
    )
    yield from _named(
        sold.filter(of_lines__isnull=False).exclude(of_lines=F("subtotal_cents")),
        "number",
        _("The lines of order %(name)s do not add up to its subtotal."),
    )
    shipped = OrderLine.objects.order_by("pk").annotate(out=Sum("shipments__quantity"))
    yield from _named(
        shipped.filter(out__gt=F("quantity")),
        "order__number",
        _("More was shipped of order %(name)s than was ordered."),
    )


def gaps() -> Iterator[tuple[int, str]]:
    """What is missing in the facts that plans rest on: how many, and what to do."""
    orphans = SalesOrder.objects.filter(territory=None)
    yield orphans.count(), _("orders lie in no territory: they count in no territory's figures.")
    empty = SalesOrder.objects.filter(lines=None)
    yield empty.count(), _("orders have no lines.")
    below = (
        StockMove.objects.order_by()
        .values("item", "location")
        .annotate(left=Sum("quantity"))
        .filter(left__lt=0)
    )
    yield below.count(), _("items have a stock below zero in a location: count them.")


def _named(found: QuerySet[SalesOrder] | QuerySet[OrderLine], name: str, sentence: str) -> Iterator[str]:
    names = list(found.values_list(name, flat=True)[: NAMED + 1])
    yield from (sentence % {"name": one} for one in names[:NAMED])
    if len(names) > NAMED:
        yield _("... and %(count)s in all.") % {"count": found.count()}
