"""Units are kept for somebody until a day, and let go; what is past its day is free by itself."""

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.crm.models import Deal
from einklang.kernel import clock, journal, locks
from einklang.kernel.errors import Refused
from einklang.orders import queries as orders
from einklang.orders.models import OrderLine
from einklang.people.models import User
from einklang.supply import queries
from einklang.supply.models import Reservation, ReservationEnd

LONGEST_DAYS = 90


@transaction.atomic
def reserve_for_deal(
    deal: Deal, item: str, until: date, *, by: User, quantity: Decimal | None = None
) -> Reservation:
    """Keep the units of one item of a deal until a day; keeping them again replaces what was kept before."""
    by.must("edit deals")
    line = deal.lines.select_related("item").filter(item__code=item).first()
    if line is None:
        raise Refused(_("This deal is not about %(item)s.") % {"item": item}, status=422)
    if deal.stage.ends != "open":
        raise Refused(_("This deal is closed: its order claims its units."))
    wished = max(line.wished_on or deal.expected_on or clock.today(), clock.today())
    asked = queries.Asked(item, quantity or line.quantity, wished)
    kept = _keep(asked, until, queries.Whom(deal=deal.code), by, deal=deal)
    journal.record(
        "supply.reserved", about=kept, by=by, deal=deal.code, item=item, quantity=kept.quantity, until=until
    )
    return kept


@transaction.atomic
def reserve_for_order(
    line: OrderLine, until: date, *, by: User, quantity: Decimal | None = None
) -> Reservation:
    """Keep the units of an order line until a day, for the month that can be promised."""
    by.must("book orders")
    left = dict(orders.waiting_lines(line.order)).get(line)
    if left is None:
        raise Refused(_("This line waits for nothing."))
    wished = max(line.wished_on or clock.today(), clock.today())
    asked = queries.Asked(line.item.code, quantity or left, wished)
    whom = queries.Whom(order=line.order.number, lines=(line.line_number,))
    kept = _keep(asked, until, whom, by, order_line=line)
    journal.record(
        "supply.reserved",
        about=kept,
        by=by,
        order=line.order.number,
        line=line.line_number,
        item=asked.item,
        quantity=kept.quantity,
        until=until,
    )
    return kept


@transaction.atomic
def free_reservation(reservation: Reservation, reason: str = "", *, by: User) -> ReservationEnd:
    """Let go what was kept, before its day comes."""
    by.must("book orders" if reservation.order_line_id else "edit deals")
    held = Reservation.objects.select_for_update().get(pk=reservation.pk)
    if not queries.live_reservations().filter(pk=held.pk).exists():
        raise Refused(_("This is not kept any more."))
    end = _end(held, reason, by)
    journal.record("supply.reservation_freed", about=held, by=by, reason=end.reason)
    return end


def _keep(
    asked: queries.Asked,
    until: date,
    whom: queries.Whom,
    by: User,
    *,
    deal: Deal | None = None,
    order_line: OrderLine | None = None,
) -> Reservation:
    """Promise once more with the item held, so that nobody else takes the same units, and keep them."""
    today = clock.today()
    if not today <= until <= today + timedelta(days=LONGEST_DAYS):
        raise Refused(
            _("Units are kept from today for at most %(days)s days.") % {"days": LONGEST_DAYS}, status=422
        )
    locks.one_at_a_time(f"promise:{asked.item}")
    told = queries.promises([asked], seen_by=by, whom=whom)[0]
    if told.promised is None:
        raise Refused(told.sentence)
    former = queries.live_reservations().filter(item__code=asked.item, deal=deal, order_line=order_line)
    for one in former:
        _end(one, _("Kept anew."), by)
    return Reservation.objects.create(
        item=catalog.item(asked.item),
        deal=deal,
        order_line=order_line,
        quantity=asked.quantity,
        period=told.promised,
        until=until,
        run=queries.plan_in_force(),
        made_on=today,
        made_at=clock.now(),
        made_by=by,
    )


def _end(reservation: Reservation, reason: str, by: User) -> ReservationEnd:
    return ReservationEnd.objects.create(
        reservation=reservation,
        ended_on=clock.today(),
        reason=reason.strip()[:300],
        at=clock.now(),
        by=by,
    )
