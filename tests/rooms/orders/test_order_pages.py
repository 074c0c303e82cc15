"""Orders through the doors: every list, sum and page says only what the reader may see."""

from datetime import date

import pytest

from einklang.catalog.models import Item
from einklang.crm.models import Account
from einklang.orders.models import OrderLine, SalesOrder

MARCH = date(2014, 3, 1)


def an_order(number, territory, cents, currency="EUR", **facts):
    account, _ = Account.objects.get_or_create(
        code=f"A-{territory.code}", name=f"{territory} Works", territory=territory
    )
    order = SalesOrder.objects.create(
        number=number,
        account=account,
        territory=territory,
        ordered_on=date(2014, 3, 3),
        period=MARCH,
        currency=currency,
        subtotal_cents=cents,
        subtotal_exact=cents / 100,
        **facts,
    )
    item, _ = Item.objects.get_or_create(code="P-20", name="Pump")
    OrderLine.objects.create(
        order=order,
        line_number=1,
        item=item,
        quantity=2,
        unit_price_exact=cents / 200,
        amount_cents=cents,
        amount_exact=cents / 100,
        period=MARCH,
    )
    return order


@pytest.fixture
def two_orders(north, south):
    """One order of the north over 100.00 and one of the south over 40.00."""
    return an_order("SO-1", north, 100_00), an_order("SO-2", south, 40_00)


def test_list_sum_page_and_api_show_a_rep_the_own_territory_only(two_orders, rolf, client):
    client.force_login(rolf)
    listed = client.get("/orders/")
    assert [order.number for order in listed.context["page"]] == ["SO-1"]
    assert [total["subtotal_cents"] for total in listed.context["totals"]] == [100_00]
    assert client.get("/orders/SO-2/").status_code == 404
    assert [order["number"] for order in client.get("/api/orders").json()["orders"]] == ["SO-1"]
    assert client.get("/api/orders/totals").json()[0]["subtotal_cents"] == 100_00
    assert client.get("/api/orders/SO-2").status_code == 404
    assert [row["label"] for row in found(client, "SO-")] == ["SO-1 North Works"]


def found(client, words):
    return [
        row
        for row in client.get(f"/find/?q={words}", headers={"Accept": "application/json"}).json()["found"]
        if "/orders/" in row["href"]
    ]


def test_an_items_page_tells_a_rep_of_no_order_elsewhere(two_orders, rolf, client):
    client.force_login(rolf)
    page = client.get("/orders/items/P-20/").text
    assert "SO-1" in page
    assert "SO-2" not in page


def test_sums_are_told_by_currency_and_never_mixed(north, vera, client):
    an_order("SO-1", north, 100_00)
    an_order("SO-2", north, 100_00, currency="CHF")
    client.force_login(vera)
    assert [total["currency"] for total in client.get("/orders/").context["totals"]] == ["CHF", "EUR"]


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("territory=south", ["SO-2"]),
        ("month=2014-03", ["SO-2", "SO-1"]),
        ("month=2014-04", []),
        ("month=nonsense", ["SO-2", "SO-1"]),
        ("search=North", ["SO-1"]),
        ("state=shipped", []),
        ("channel=online", []),
        ("sort=subtotal_cents", ["SO-2", "SO-1"]),
        ("sort=account__owner__password", ["SO-2", "SO-1"]),
    ],
)
def test_a_list_is_narrowed_and_sorted_by_what_is_offered_and_nothing_else(
    asked, numbers, two_orders, vera, client
):
    client.force_login(vera)
    assert [order.number for order in client.get(f"/orders/?{asked}").context["page"]] == numbers


def test_an_order_is_cancelled_with_a_reason_by_those_who_book(two_orders, sina, rolf, client):
    client.force_login(rolf)
    assert client.post("/orders/SO-1/cancel/", {"reason": "no"}).status_code == 403
    client.force_login(sina)
    assert client.post("/orders/SO-1/cancel/", {"reason": " "}).status_code == 409
    client.post("/orders/SO-1/cancel/", {"reason": "Twice entered"})
    assert SalesOrder.objects.get(number="SO-1").state == "cancelled"


def test_a_list_of_orders_costs_the_same_however_many_there_are(
    north, vera, client, django_assert_max_num_queries
):
    for number in range(60):
        an_order(f"SO-{number}", north, 100)
    client.force_login(vera)
    with django_assert_max_num_queries(14):
        client.get("/orders/")


def test_cursors_walk_all_orders_once(two_orders, vera, client):
    client.force_login(vera)
    first = client.get("/api/orders?limit=1").json()
    second = client.get(f"/api/orders?limit=1&after={first['next']}").json()
    assert [page["orders"][0]["number"] for page in (first, second)] == ["SO-1", "SO-2"]
    assert second["next"] is None
