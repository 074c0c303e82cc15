"""What is kept for deals and order lines: who sees which, and one of them."""

from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from einklang.crm import queries as crm
from einklang.kernel.errors import NotFound
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply.models import Reservation
from einklang.supply.queries.claims import live_reservations


def reservations(*, seen_by: User, item: str = "", day: date | None = None) -> QuerySet[Reservation]:
    """What is kept for deals and orders that somebody may see, the first to expire before the others."""
    seen_by.must("see supply")
    found = live_reservations(day).order_by("until", "pk")
    found = found.filter(item__code=item) if item else found
    if seen_by.sees_all:
        return found
    of_deals = crm.deals(seen_by=seen_by).order_by().values("pk")
    of_orders = orders.orders(seen_by=seen_by).order_by().values("pk")
    return found.filter(Q(deal__in=of_deals) | Q(order_line__order__in=of_orders))


def reservation(reservation_id: int, *, seen_by: User) -> Reservation:
    """One of them, if it may be seen."""
    found = reservations(seen_by=seen_by).filter(pk=reservation_id).first()
    if found is None:
        raise NotFound(_("Nothing is kept under this number, or you may not see it."))
    return found


def kept_for_deal(code: str) -> dict[str, Reservation]:
    """What is kept for a deal, by item."""
    return {one.item.code: one for one in live_reservations().filter(deal__code=code)}


def kept_for_order(number: str) -> dict[int, Reservation]:
    """What is kept for an order, by the number of the line."""
    found = live_reservations().filter(order_line__order__number=number)
    return {one.order_line.line_number: one for one in found if one.order_line}
