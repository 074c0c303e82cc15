"""What can happen to customers' orders: booked, shipped, returned, cancelled; stock that moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.catalog.models import Item, Location
from einklang.crm.models import Account, Deal
from einklang.engine.money import cents, share_cents
from einklang.engine.periods import month_of
from einklang.kernel import clock, journal, locks
from einklang.kernel.errors import NotFound, Refused
from einklang.orders.models import OrderLine, Return, SalesOrder, Shipment, StockMove
from einklang.people.models import User


@dataclass(frozen=True, slots=True)
class Wish:
    """One line as the customer asks for it; the price is for one unit, before the discount."""

    item: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = Decimal(0)
    wished_on: date | None = None


@transaction.atomic
def book(
    account: Account,
    wishes: Sequence[Wish],
    *,
    currency: str,
    by: User,
    number: str = "",
    deal: Deal | None = None,
) -> SalesOrder:
    """Book an order: the month it belongs to is that of the wish, the lines' cents foot to the order's."""
    by.must("book orders")
    exact, found = _priced(wishes), _items_of(wishes)
    subtotal = sum(exact, Decimal(0))
    today = clock.today()
    order = SalesOrder.objects.create(
        number=number or _next_number(),
        account=account,
        seller=account.owner or by,
        territory=account.territory,
        deal=deal,
        ordered_on=today,
        due_on=max(wish.wished_on or today for wish in wishes),
        period=month_of(max(wish.wished_on or today for wish in wishes)),
        currency=currency,
        subtotal_cents=cents(subtotal),
        subtotal_exact=subtotal,
    )
    shares = share_cents(cents(subtotal), exact)
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            line_number=place,
            item_id=found[wish.item],
            quantity=wish.quantity,
            unit_price_exact=wish.unit_price,
            discount=wish.discount,
            amount_cents=share,
            amount_exact=amount,
            wished_on=wish.wished_on or today,
            period=month_of(wish.wished_on or today),
        )
        for place, (wish, amount, share) in enumerate(zip(wishes, exact, shares, strict=True), start=1)
    )
    journal.record(
        "orders.booked", about=order, by=by, subtotal_cents=order.subtotal_cents, currency=currency
    )
    return order


@transaction.atomic
def ship(
    order: SalesOrder, location: Location, *, by: User, quantities: dict[int, Decimal] | None = None
) -> SalesOrder:
    """Ship what is left of an order, or the given quantities by line number, from one location."""
    by.must("book orders")
    order = SalesOrder.objects.select_for_update().get(pk=order.pk)
    if order.state != SalesOrder.State.OPEN:
        raise Refused(_("Order %(number)s is not open.") % {"number": order.number})
    today, left_over = clock.today(), False
    lines = order.lines.filter(is_lost=False).prefetch_related("shipments").select_related("item")
    locks.one_at_a_time(*(f"stock:{line.item_id}" for line in lines))
    for line in lines:
        waiting = line.quantity - sum((one.quantity for one in line.shipments.all()), Decimal(0))
        leaving = waiting if quantities is None else quantities.get(line.line_number, Decimal(0))
        if leaving < 0 or leaving > waiting:
            raise Refused(
                _("Line %(line)s waits for %(waiting)s; ship no more than that.")
                % {"line": line.line_number, "waiting": waiting.normalize()}
            )
        left_over = left_over or leaving < waiting
        if leaving:
            Shipment.objects.create(line=line, shipped_on=today, quantity=leaving, location=location)
            _take_from_stock(line.item, location, leaving, today, order.number)
    if not left_over:
        order.state, order.shipped_on = SalesOrder.State.SHIPPED, today
        order.save(update_fields=["state", "shipped_on"])
    journal.record("orders.shipped", about=order, by=by, whole=not left_over, location=location.code)
    return order


@transaction.atomic
def take_back(line: OrderLine, quantity: Decimal, reason: str, *, by: User) -> Return:
    """Take goods back; the order line stays as booked."""
    by.must("book orders")
    line = OrderLine.objects.select_for_update().select_related("order").get(pk=line.pk)
    shipped = sum((one.quantity for one in line.shipments.all()), Decimal(0))
    back = sum((one.quantity for one in line.returns.all()), Decimal(0))
    if not 0 < quantity <= shipped - back:
        raise Refused(
            _("At most %(most)s of this line can come back.") % {"most": (shipped - back).normalize()}
        )
    found = Return.objects.create(line=line, returned_on=clock.today(), quantity=quantity, reason=reason)
    journal.record(
        "orders.returned", about=line.order, by=by, line=line.line_number, quantity=quantity, reason=reason
    )
    return found


@transaction.atomic
def cancel(order: SalesOrder, reason: str, *, by: User) -> SalesOrder:
    """Cancel an order of which nothing has left the house; it stays, and says so."""
    by.must("book orders")
    order = SalesOrder.objects.select_for_update().get(pk=order.pk)
    if not reason.strip():
        raise Refused(_("Say why the order is cancelled."))
    if order.state != SalesOrder.State.OPEN or Shipment.objects.filter(line__order=order).exists():
        raise Refused(
            _("Only an open order of which nothing was shipped can be cancelled; take goods back instead.")
        )
    order.state = SalesOrder.State.CANCELLED
    order.save(update_fields=["state"])
    journal.record("orders.cancelled", about=order, by=by, reason=reason)
    return order


@transaction.atomic
def count_stock(item: Item, location: Location, counted: Decimal, *, by: User) -> StockMove | None:
    """Book the difference between what was counted and what should lie there."""
    by.must("book orders")
    if counted < 0:
        raise Refused(_("Nobody can count less than nothing."))
    locks.one_at_a_time(f"stock:{item.pk}")
    moves = StockMove.objects.filter(item=item, location=location)
    expected = sum(moves.values_list("quantity", flat=True), Decimal(0))
    if counted == expected:
        return None
    today = clock.today()
    move = StockMove.objects.create(
        item=item,
        location=location,
        moved_on=today,
        quantity=counted - expected,
        kind=StockMove.Kind.COUNT,
        received_on=today,
    )
    journal.record(
        "orders.stock_counted", about=item, by=by, location=location.code, expected=expected, counted=counted
    )
    return move


def _priced(wishes: Sequence[Wish]) -> list[Decimal]:
    """What each line comes to, exactly."""
    if not wishes:
        raise Refused(_("An order needs at least one line."))
    exact = [wish.quantity * wish.unit_price * (1 - wish.discount) for wish in wishes]
    if min(exact) < 0 or min(wish.quantity for wish in wishes) <= 0:
        raise Refused(
            _("Quantities are above zero and prices not below it; goods that come back are a return.")
        )
    return exact


def _items_of(wishes: Sequence[Wish]) -> dict[str, int]:
    """The row numbers of the items wished for; every one must be known."""
    found = catalog.item_ids([wish.item for wish in wishes])
    for wish in wishes:
        if wish.item not in found:
            raise NotFound(_("There is no item %(code)s.") % {"code": wish.item})
    return found


def _take_from_stock(item: Item, location: Location, quantity: Decimal, day: date, reference: str) -> None:
    """Goods leave in the order in which they came; stock that is not booked leaves as of today."""
    moves = StockMove.objects.filter(item=item, location=location).order_by("received_on")
    lots: dict[date, Decimal] = {}
    for received_on, amount in moves.values_list("received_on", "quantity"):
        lots[received_on] = lots.get(received_on, Decimal(0)) + amount
    for received_on, lies in lots.items():
        leaving = min(max(lies, Decimal(0)), quantity)
        if leaving:
            _leave(item, location, leaving, day, received_on, reference)
            quantity -= leaving
    if quantity:
        _leave(item, location, quantity, day, day, reference)


def _leave(
    item: Item, location: Location, quantity: Decimal, day: date, received_on: date, reference: str
) -> None:
    StockMove.objects.create(
        item=item,
        location=location,
        moved_on=day,
        quantity=-quantity,
        kind=StockMove.Kind.SHIPPED,
        received_on=received_on,
        reference=reference,
    )


def _next_number() -> str:
    locks.one_at_a_time("orders.number")
    last = (
        SalesOrder.objects.filter(number__startswith="E-")
        .order_by("-pk")
        .values_list("number", flat=True)
        .first()
    )
    return f"E-{int(last[2:]) + 1 if last else 100001}"
