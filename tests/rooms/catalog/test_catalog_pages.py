"""Items through the doors: what each role sees, and that page and API say the same."""

from datetime import date
from decimal import Decimal

import pytest

from einklang.catalog import actions, queries
from einklang.catalog.models import BomLine, Cost, Item
from einklang.catalog.structure import made_of

MARCH = date(2014, 3, 1)


@pytest.fixture
def pump(company):
    """A pump of two housings, each of three castings of which a quarter is lost."""
    pump = Item.objects.create(code="P-20", name="Pump")
    housing = Item.objects.create(code="H-1", name="Housing", is_sold=False)
    casting = Item.objects.create(code="C-1", name="Casting", kind="buy", is_sold=False)
    BomLine.objects.create(parent=pump, component=housing, quantity=2)
    BomLine.objects.create(parent=housing, component=casting, quantity=3, scrap=Decimal("0.25"))
    return pump


def test_the_tree_says_what_one_unit_takes_all_the_way_down(pump):
    (housing,) = made_of(pump, MARCH)
    (casting,) = housing.parts
    assert (housing.in_all, casting.in_all) == (2.0, 8.0)


def test_cost_is_shown_to_those_who_may_see_it_and_to_nobody_else(pump, rolf, fina, client):
    Cost.objects.create(item=pump, currency="EUR", amount_cents=123_45, valid_from=MARCH)
    client.force_login(rolf)
    assert "123.45" not in client.get("/items/P-20/").text
    client.force_login(fina)
    assert "123.45" in client.get("/items/P-20/").text


def test_an_item_nobody_knows_is_not_found_and_says_so(rolf, client):
    client.force_login(rolf)
    answer = client.get("/items/NOPE/")
    assert answer.status_code == 404
    assert "There is no item NOPE" in answer.text


def test_a_new_price_ends_the_one_before(pump, sina, client):
    actions.set_price(pump, 100_00, "EUR", MARCH, by=sina)
    client.force_login(sina)
    client.post("/items/P-20/price/", {"amount": "110.00", "valid_from": "2014-06-01"})
    new, old = queries.prices(pump)
    assert (new.amount_cents, old.valid_to) == (110_00, date(2014, 5, 31))


def test_a_refused_price_stands_on_its_form(pump, sina, client):
    actions.set_price(pump, 100_00, "EUR", MARCH, by=sina)
    client.force_login(sina)
    answer = client.post("/items/P-20/price/", {"amount": "110.00", "valid_from": "2014-01-01"})
    assert answer.status_code == 422
    assert "choose a later day" in answer.text


def test_a_rep_changes_no_item(pump, rolf, client):
    client.force_login(rolf)
    assert client.get("/items/P-20/edit/").status_code == 403
    assert (
        client.patch(
            "/api/items/P-20", {"name": "x"}, "application/json", headers={"If-Match": "1"}
        ).status_code
        == 403
    )


def test_whoever_read_an_older_version_changes_nothing(pump, sina, client):
    client.force_login(sina)
    first = client.patch("/api/items/P-20", {"name": "New"}, "application/json", headers={"If-Match": "1"})
    second = client.patch("/api/items/P-20", {"name": "Newer"}, "application/json", headers={"If-Match": "1"})
    assert (first.status_code, second.status_code) == (200, 412)
    assert client.patch("/api/items/P-20", {"name": "x"}, "application/json").status_code == 428
    assert Item.objects.get(code="P-20").name == "New"


def test_an_item_may_not_be_given_what_the_api_does_not_offer(pump, sina, client):
    client.force_login(sina)
    answer = client.patch("/api/items/P-20", {"code": "X"}, "application/json", headers={"If-Match": "1"})
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"


def test_the_list_is_narrowed_by_what_is_asked_and_survives_nonsense(pump, rolf, client):
    client.force_login(rolf)
    page = client.get("/items/?kind=buy&state=&sort=-name&page=x").context["page"]
    assert [item.code for item in page] == ["C-1"]


def test_a_list_of_items_costs_the_same_however_many_there_are(
    company, rolf, client, django_assert_max_num_queries
):
    Item.objects.bulk_create(Item(code=f"I{n}", name=f"Item {n}") for n in range(200))
    client.force_login(rolf)
    with django_assert_max_num_queries(10):
        client.get("/items/")
