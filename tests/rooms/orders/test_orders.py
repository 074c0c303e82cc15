"""Orders: facts that foot, months that are the wish's, stock that is the sum of its moves."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einklang.catalog.models import Item, Location
from einklang.crm.models import Account
from einklang.engine.money import cents, share_cents
from einklang.kernel import clock
from einklang.kernel.errors import NotAllowed, NotFound, Refused
from einklang.orders import actions, queries
from einklang.orders.actions import Wish
from einklang.orders.models import StockMove

pytestmark = pytest.mark.django_db


@pytest.fixture
def pump():
    return Item.objects.create(code="P-20", name="Pump 20")


@pytest.fixture
def hall():
    return Location.objects.create(code="hall", name="Hall")


@pytest.fixture
def customer(rolf, north):
    return Account.objects.create(code="A-1", name="Wasserwerk", owner=rolf, territory=north)


def booked(customer, by, *wishes, on=date(2014, 3, 3)):
    with clock.at(datetime(on.year, on.month, on.day, 12, tzinfo=UTC)):
        return actions.book(customer, wishes, currency="EUR", by=by)


def wish(quantity="24", price="450", day=date(2014, 3, 17), item="P-20"):
    return Wish(item, Decimal(quantity), Decimal(price), wished_on=day)


def test_the_order_line_of_the_handbook(pump, customer, sina):
    """24 pumps at 450.00 wished for 17 March."""
    order = booked(customer, sina, wish())

    line = order.lines.get()
    assert (order.subtotal_cents, line.amount_cents, line.period) == (10_800_00, 10_800_00, date(2014, 3, 1))


@given(st.lists(st.decimals("0", "9999", places=6), min_size=1, max_size=20))
def test_lines_foot_to_the_order_for_all_prices(exact):
    total = cents(sum(exact, Decimal(0)))

    assert sum(share_cents(total, exact)) == total or not any(int(amount * 10**6) for amount in exact)


def test_demand_is_what_was_wished_by_month_with_the_months_between(pump, customer, sina):
    booked(customer, sina, wish("24", day=date(2014, 3, 17)))
    booked(customer, sina, wish("6", day=date(2014, 5, 2)))

    assert queries.demand_history(date(2014, 6, 1)).rows() == [
        ("P-20", date(2014, 3, 1), 24.0, True),
        ("P-20", date(2014, 4, 1), 0.0, True),
        ("P-20", date(2014, 5, 1), 6.0, True),
        ("P-20", date(2014, 6, 1), 0.0, True),
    ]


def test_what_is_cancelled_was_not_wished(pump, customer, sina):
    actions.cancel(booked(customer, sina, wish()), "ordered twice", by=sina)

    assert queries.demand_history(date(2014, 6, 1)).is_empty()


def test_shipping_takes_the_oldest_stock_first(pump, hall, customer, sina):
    for day, quantity in ((date(2014, 2, 1), 30), (date(2014, 1, 1), 20)):
        StockMove.objects.create(
            item=pump, location=hall, moved_on=day, received_on=day, quantity=quantity, kind="receipt"
        )
    order = booked(customer, sina, wish("24"))
    with clock.at(datetime(2014, 3, 10, tzinfo=UTC)):
        shipped = actions.ship(order, hall, by=sina)

    assert shipped.state == "shipped"
    assert queries.stock_by_receipt(date(2014, 3, 31)).select("received_on", "quantity").rows() == [
        (date(2014, 2, 1), 26.0)
    ]
    assert queries.on_hand(date(2014, 2, 15)).rows() == [("P-20", "hall", 50.0)]


def test_a_part_shipment_leaves_the_order_open_and_the_rest_waiting(pump, hall, customer, sina):
    order = booked(customer, sina, wish("24"))
    with clock.at(datetime(2014, 3, 10, tzinfo=UTC)):
        actions.ship(order, hall, quantities={1: Decimal(10)}, by=sina)

    assert queries.open_orders(date(2014, 3, 31)).select("item", "quantity").rows() == [("P-20", 14.0)]
    with pytest.raises(Refused, match="14"):
        actions.ship(order, hall, quantities={1: Decimal(15)}, by=sina)


def test_no_more_comes_back_than_went_out(pump, hall, customer, sina):
    order = actions.ship(booked(customer, sina, wish("24")), hall, by=sina)
    line = order.lines.get()
    actions.take_back(line, Decimal(20), "too loud", by=sina)

    with pytest.raises(Refused, match="At most 4"):
        actions.take_back(line, Decimal(5), "too loud", by=sina)


def test_an_unknown_item_books_nothing(pump, customer, sina):
    with pytest.raises(NotFound, match="P-99"):
        booked(customer, sina, wish(), wish(item="P-99"))
    assert queries.orders(seen_by=sina).count() == 0


def test_a_rep_sees_orders_of_the_own_territory_only(pump, customer, sina, rolf, vera, south):
    booked(customer, sina, wish())
    other = Account.objects.create(code="A-2", name="Bad", territory=south)
    hidden = booked(other, sina, wish())

    assert [order.account.code for order in queries.orders(seen_by=rolf)] == ["A-1"]
    assert queries.orders(seen_by=vera).count() == 2
    with pytest.raises(NotFound):
        queries.order(hidden.number, seen_by=rolf)


def test_a_rep_does_not_book(pump, customer, rolf):
    with pytest.raises(NotAllowed):
        booked(customer, rolf, wish())
