"""Can we deliver: stock and plan less what is booked, at every door the same answer."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from einklang.crm import actions as crm
from einklang.crm.models import Account
from einklang.kernel import clock
from einklang.orders import actions as orders
from einklang.supply import actions, queries
from tests.conftest import person

JUNE, JULY = date(2014, 6, 10), date(2014, 7, 10)


@pytest.fixture
def today():
    with clock.at(datetime(2014, 6, 3, 9, tzinfo=UTC)):
        yield


@pytest.fixture
def run(consensus, today, paul):
    return actions.plan_supply(consensus, by=paul)


@pytest.fixture
def mill(company, rolf):
    return Account.objects.create(code="A1", name="Mill", owner=rolf)


def booked(account, quantity, on, by):
    """An order of some day for June."""
    with clock.at(on):
        wish = orders.Wish("P1", Decimal(quantity), Decimal(1), wished_on=JUNE)
        orders.book(account, [wish], currency="EUR", by=by)


def asked(quantity, wished_on=JUNE, item="P1"):
    return [queries.Asked(item, Decimal(quantity), wished_on)]


def test_what_is_planned_for_the_forecast_may_be_promised(run, paul):
    free = queries.free("P1", seen_by=paul)["free"].to_list()
    [told] = queries.promises(asked(int(free[0])), seen_by=paul)
    assert free[0] >= 80
    assert told.state == "in_time"


def test_an_order_takes_its_units_from_what_is_free(run, mill, paul, sina):
    before = queries.free("P1", seen_by=paul)["free"][0]
    booked(mill, 30, datetime(2014, 5, 20, 9, tzinfo=UTC), sina)
    assert queries.free("P1", seen_by=paul)["free"][0] == before - 30


def test_an_order_booked_since_the_plan_counts_as_well(run, mill, paul, sina):
    before = queries.free("P1", seen_by=paul)["free"][0]
    booked(mill, 25, datetime(2014, 6, 3, 8, tzinfo=UTC), sina)
    assert queries.free("P1", seen_by=paul)["free"][0] == before - 25


def test_two_lines_of_one_item_are_not_promised_the_same_units(run, paul):
    free = int(queries.free("P1", seen_by=paul)["free"][0])
    first, second = queries.promises(asked(free) + asked(free), seen_by=paul)
    assert first.state == "in_time"
    assert (second.in_time, second.state) == (pytest.approx(0, abs=1), "later")


def test_what_exceeds_the_whole_plan_is_said_with_what_there_is(run, paul):
    [told] = queries.promises(asked(1_000_000), seen_by=paul)
    assert told.state == "never"
    assert "free by Nov 2014" in told.sentence


def test_what_the_plan_does_not_make_could_be_made_in_addition(run, paul):
    free = int(queries.free("P1", seen_by=paul)["free"][1])
    [told] = queries.promises(asked(free + 20, JULY), seen_by=paul)
    assert told.state == "later"
    assert (told.could, told.made) == (date(2014, 7, 1), pytest.approx(20, abs=1))
    assert "beyond the plan, all" in told.in_addition


def test_parts_that_must_be_bought_first_are_named(run, paul):
    free = int(queries.free("P1", seen_by=paul)["free"][0])
    [told] = queries.promises(asked(free + 20), seen_by=paul)
    assert (told.obstacle, told.at) == ("time", "S")


def test_where_the_bench_has_no_hours_left_it_is_named(too_much, today, paul):
    actions.plan_supply(too_much, by=paul)
    [told] = queries.promises(asked(1_000_000), seen_by=paul)
    assert (told.could, told.obstacle, told.at) == (None, "hours", "B")
    assert "B has no hours left" in told.in_addition


def test_an_item_nobody_plans_is_not_answered_with_a_number(run, paul):
    [told] = queries.promises(asked(5, item="X"), seen_by=paul)
    assert told.state == "unknown"


def test_without_a_plan_the_page_says_what_to_do(company, paul, client):
    client.force_login(paul)
    asking = {"item": "P1", "quantity": "5", "wished_on": "2030-01-01"}
    assert "No supply plan yet" in client.get(reverse("promise")).text
    assert "have supply planned first" in client.get(reverse("promise"), asking).text


def test_page_and_json_give_the_same_answer(run, paul, client):
    client.force_login(paul)
    page = client.get(
        reverse("promise"), {"item": "P1 Small pump", "quantity": "5", "wished_on": "2014-07-10"}
    )
    wanted = [{"item": "P1", "quantity": "5", "wished_on": "2014-07-10"}]
    data = client.post("/api/supply/promises", wanted, "application/json").json()
    assert data[0]["state"] == "in_time"
    assert data[0]["sentence"] in page.text


@pytest.fixture
def deal(run, plant, mill, rolf):
    made = crm.add_deal(mill, "Pumps", expected_on=JULY, by=rolf)
    return crm.set_lines(made, [crm.NewLine(plant["P1"], Decimal(10), 1_00)], version=made.version, by=rolf)


def test_a_deals_lines_are_answered_for_its_owner(deal, rolf, client):
    client.force_login(rolf)
    page = client.get(reverse("deal-promise", args=[deal.code]))
    assert "All 10 pcs can be delivered in Jul 2014." in page.text
    data = client.get(f"/api/supply/promises/deals/{deal.code}").json()
    assert [one["wished"] for one in data] == ["2014-07-01"]


def test_a_deal_one_may_not_see_is_not_answered(deal, north, client):
    stranger = person("Rita", "rep")
    client.force_login(stranger)
    assert client.get(reverse("deal-promise", args=[deal.code])).status_code == 404
