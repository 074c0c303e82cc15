"""Customers: what they are worth and which may be gone, as each reader may see it."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from einklang.crm.models import Account
from einklang.insight import queries, told
from einklang.orders.models import Return

pytestmark = pytest.mark.django_db
LAST = date(2014, 5, 2)


@pytest.fixture
def customers(house):
    """Twenty customers in the north, each with an own rhythm, one in four silent for the last ten months.

    The customer of the south orders every month.
    """
    for number in range(20):
        account = Account.objects.create(
            code=f"C{number:02d}",
            name=f"Customer {number:02d}",
            territory=house.places["north"],
            owner=house.sellers["north"],
        )
        day = date(2012, 1, 10) + timedelta(days=number)
        until = LAST - timedelta(days=300) if number % 4 == 0 else LAST
        while day <= until:
            house.order(day, (10 + number) * 100_00, account=account)
            day += timedelta(days=25 + 3 * (number % 7))
    for month in range(1, 6):
        house.order(date(2014, month, 5), 50_00, "south")
    return house


def state_of(found, code):
    return found.table.filter(found.table["account"] == code)["state"].item()


def test_who_fell_silent_is_told_from_who_still_orders(customers, vera):
    found = queries.customer_list(seen_by=vera)
    assert state_of(found, "C00") == "gone"
    assert state_of(found, "C01") == "active"


def test_revenue_at_stake_is_revenue_times_the_chance_to_be_gone(customers, vera):
    for row in queries.customer_list(seen_by=vera).table.iter_rows(named=True):
        assert row["at_stake"] == pytest.approx(row["revenue"] * (1 - row["active"]), abs=1)


def test_what_came_back_is_taken_from_the_revenue(customers, vera, said):
    before = queries.customer(code := "C01", seen_by=vera)[1]["revenue"]
    line = Account.objects.get(code=code).orders.order_by("-ordered_on").first().lines.get()
    Return.objects.create(line=line, returned_on=LAST, quantity=1)
    said("orders.returned")
    assert queries.customer(code, seen_by=vera)[1]["revenue"] == before - 11 * 100_00


def test_the_expected_value_stands_within_its_range(customers, vera):
    table = queries.customer_list(seen_by=vera).table
    assert (table["low"] <= table["high"]).all()
    found = queries.customer_list(seen_by=vera)
    value, low, high = found.total
    assert low < value < high


def test_a_rep_sees_the_own_customers_only(customers, rolf):
    codes = set(queries.customer_list(seen_by=rolf).table["account"])
    assert "SOUTH" not in codes
    assert "C00" in codes


def test_what_is_told_of_a_customer_does_not_depend_on_who_else_is_seen(customers, vera, rolf):
    mine, all_ = (queries.customer("C01", seen_by=one)[1] for one in (rolf, vera))
    assert (mine["value"], mine["revenue"]) == (all_["value"], all_["revenue"])


def test_an_account_that_may_not_be_seen_is_not_found(customers, rolf, client):
    client.force_login(rolf)
    assert client.get(reverse("customer", args=["SOUTH"])).status_code == 404
    assert client.get("/api/customers/SOUTH").status_code == 404


def test_the_page_and_the_api_give_the_same_answer(customers, vera, client):
    client.force_login(vera)
    page = client.get(reverse("customers"), {"search": "Customer 00", "now": "1"}).text
    data = client.get("/api/customers", {"search": "Customer 00"}).json()
    assert data["count"] == 1
    assert data["customers"][0]["state"] == "gone"
    assert "Probably gone" in page
    assert data["customers"][0]["reasons"][0]["sentence"].split(";")[0] in page


def test_customers_are_narrowed_and_sorted_by_the_address(customers, vera):
    found = queries.customer_list(seen_by=vera)
    gone = queries.chosen_customers(found, state="gone", sort="-revenue")
    assert set(gone["state"]) == {"gone"}
    assert gone["revenue"].to_list() == sorted(gone["revenue"], reverse=True)
    assert queries.chosen_customers(found, sort="nonsense")["at_stake"].is_sorted(descending=True)


def test_the_account_shows_value_risk_and_reasons(customers, vera, client):
    client.force_login(vera)
    page = client.get(reverse("customer", args=["C00"])).text
    assert 'id="account-value"' in page
    assert "No order for" in page
    assert "/customers/C00/" in client.get(reverse("account", args=["C00"])).text


def test_without_orders_the_page_says_what_will_stand_there(house, vera, client):
    client.force_login(vera)
    assert "Nobody has ordered yet" in client.get(reverse("customers"), {"now": "1"}).text
    assert "No order yet" in client.get(reverse("customer", args=["NORTH"])).text
    assert client.get("/api/customers").json()["count"] == 0
    assert client.get("/api/customers/NORTH").status_code == 404


def test_with_few_orders_the_rule_of_the_rhythm_answers_and_says_so(house, vera, client):
    for month in range(1, 6):
        house.order(date(2014, month, 5), 50_00, "south")
    client.force_login(vera)
    page = client.get(reverse("customers"), {"now": "1"}).text
    assert "the plain rule answers" in page
    assert "too few repeat orders" in page


def test_figures_are_kept_until_something_is_done(customers, vera, said):
    said("orders.booked")
    queries.customer_list(seen_by=vera)
    with CaptureQueriesContext(connection) as kept:
        queries.customer_list(seen_by=vera)
    customers.order(LAST, 999_00, account=Account.objects.get(code="C00"))
    said("orders.booked")
    assert len(kept) <= 6
    assert queries.customer("C00", seen_by=vera)[1]["last_on"] == LAST


def test_reasons_are_sentences_with_numbers_in_the_readers_way():
    row = {"reason": "spend", "now": 12_300_00.0, "usual": 0.0, "effect": 0.2}
    assert told.reason(row, 91) == "Bought in the last 91 days: €12,300; in the 91 before: €0."
    assert told.effect(row) == "+20 points"


def test_the_page_does_not_keep_the_reader_waiting(customers, vera, client, said):
    said("orders.booked")
    client.force_login(vera)
    assert "being worked out" in client.get(reverse("customers")).text
    assert "Customer 00" in client.get(reverse("customers"), {"now": "1"}).text
    assert "Customer 00" in client.get(reverse("customers")).text
