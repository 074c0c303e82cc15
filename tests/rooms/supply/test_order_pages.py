"""Proposals, open orders, suppliers and kept units through the doors: pages, files and JSON say the same."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from einklang.kernel import clock
from einklang.orders import queries as orders
from einklang.orders.models import PurchaseOrderLine
from einklang.supply import actions, queries

PAGES = ("order-proposals", "open-supply", "suppliers", "reservations")


@pytest.fixture
def today():
    with clock.at(datetime(2014, 6, 3, 9, tzinfo=UTC)):
        yield


@pytest.fixture
def run(today, consensus, paul):
    return actions.plan_supply(consensus, by=paul)


@pytest.fixture
def screws(run, paul):
    """The first order of screws, released."""
    name = queries.proposals(run, seen_by=paul, kind="buy")["order"][0]
    (told,) = actions.release(run, [name], by=paul)
    return told


@pytest.mark.parametrize("name", PAGES)
def test_an_empty_house_says_what_to_do_next(name, company, paul, client):
    client.force_login(paul)
    page = client.get(reverse(name))
    assert page.status_code == 200
    assert "empty-title" in page.text


def test_chosen_proposals_are_released_shown_and_taken_back(run, paul, client):
    client.force_login(paul)
    names = queries.proposals(run, seen_by=paul, kind="make")["order"].to_list()[:2]
    page = client.post(reverse("release-orders"), {"run": run.pk, "order": names}, follow=True)
    assert "2 orders were released." in page.text
    [decision] = orders.decisions()
    assert page.redirect_chain[-1][0] == reverse("supply-decision", args=[decision.pk])
    client.post(reverse("undo-decision", args=[decision.pk]))
    assert orders.open_supply(clock.today()).is_empty()
    assert "took this back" in client.get(reverse("supply-decision", args=[decision.pk])).text


def test_all_that_fit_are_released_at_once(run, paul, client):
    client.force_login(paul)
    client.post(reverse("release-orders") + "?kind=buy&until=any", {"run": run.pk, "all": "1"})
    left = queries.proposals(run, seen_by=paul, state="open")
    assert set(left["kind"]) == {"make"}


def test_without_a_wish_the_first_month_is_proposed(run, paul, client):
    client.force_login(paul)
    rows = queries.proposals(run, seen_by=paul, until=date(2014, 6, 30))
    assert 0 < rows.height < queries.proposals(run, seen_by=paul).height
    client.post(reverse("release-orders"), {"run": run.pk, "all": "1"})
    assert set(queries.proposals(run, seen_by=paul, state="released")["release"]) == {date(2014, 6, 1)}


def test_a_refused_release_is_said_where_one_came_from(run, screws, paul, client):
    client.force_login(paul)
    again = client.post(
        reverse("release-orders"),
        {"run": run.pk, "order": [screws.name], "back": "/supply/proposals/?kind=buy"},
        follow=True,
    )
    assert "released already, with P-100001" in again.text
    assert again.redirect_chain[-1][0] == "/supply/proposals/?kind=buy"


def test_nobody_is_sent_to_another_site(run, paul, client):
    client.force_login(paul)
    answer = client.post(reverse("release-orders"), {"run": run.pk, "back": "https://evil.example/"})
    assert answer["Location"] == reverse("order-proposals")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_file_holds_what_the_page_shows(ending, run, paul, client):
    client.force_login(paul)
    answer = client.get(reverse("proposals-file", args=[ending]) + "?kind=buy&until=any")
    assert f"order-proposals.{ending}" in answer["Content-Disposition"]
    if ending == "csv":
        rows = answer.content.decode().splitlines()
        assert len(rows) == 1 + queries.proposals(run, seen_by=paul, kind="buy").height


def test_an_order_tells_its_story_and_its_plan(run, screws, paul, client):
    client.force_login(paul)
    here = reverse("open-order", args=[screws.reference, "S"])
    client.post(
        reverse("move-supply", args=[screws.reference, "S"]), {"due_on": "2014-12-01", "reason": "Full."}
    )
    page = client.get(here)
    assert "Dec 1, 2014" in page.text
    assert screws.name in page.text
    assert "Moved to Dec 1, 2014" in page.text
    client.post(reverse("cancel-supply", args=[screws.reference, "S"]), {"reason": "Not needed."})
    assert "Not open" in client.get(here).text


def test_a_refusal_stands_on_the_form(run, screws, paul, client):
    client.force_login(paul)
    page = client.post(reverse("move-supply", args=[screws.reference, "S"]), {"due_on": "2013-12-01"})
    assert "cannot be moved into the past" in page.text


def test_a_rep_sees_orders_but_no_buttons_and_no_prices(run, screws, rolf, client):
    client.force_login(rolf)
    for name in PAGES:
        assert client.get(reverse(name)).status_code == 200
    page = client.get(reverse("order-proposals"))
    assert "Release" not in page.text.replace("Released", "").replace("To release", "")
    assert "€" not in page.text
    assert "€" not in client.get(reverse("supplier-outlook", args=["S1"])).text
    assert client.get(f"/api/supply/runs/{run.pk}/proposals").json()[0]["value_cents"] is None


def test_a_supplier_shows_what_comes_and_how_it_kept_its_days(run, screws, paul, client):
    line = PurchaseOrderLine.objects.get()
    for number, (due, came) in enumerate(
        (("2014-03-01", "2014-03-01"), ("2014-04-01", "2014-04-05")), start=2
    ):
        PurchaseOrderLine.objects.create(
            order=line.order, line_number=number, item=line.item, quantity=10, received=10, rejected=1,
            due_on=due, received_on=came, price_cents=10, amount_cents=100,
        )  # fmt: skip
    record = queries.outlook("S1", seen_by=paul).record
    assert (record.judged, record.in_time, record.days_late) == (2, 1, 2.0)
    assert record.rejected_share == 0.1
    client.force_login(paul)
    page = client.get(reverse("supplier-outlook", args=["S1"]))
    assert "1 of 2 lines" in page.text
    told = client.get(reverse("supplier-file", args=["S1", "csv"])).content.decode()
    assert "P-100001" in told
    assert "planned" in told


def test_json_releases_moves_and_undoes(run, paul, client):
    client.force_login(paul)
    name = queries.proposals(run, seen_by=paul, kind="buy")["order"][0]
    body = {"orders": [name, "nothing"]}
    told = client.post(f"/api/supply/runs/{run.pk}/release", body, "application/json").json()
    assert [one["ok"] for one in told] == [True, False]
    [open_] = client.get("/api/supply/open").json()
    place = f"/api/supply/open/{open_['reference']}/{open_['item']}"
    moved = client.post(f"{place}/move", {"due_on": "2014-12-01"}, "application/json").json()
    assert moved["sentence"] == "Moved to Dec 1, 2014: P-100001 S."
    assert client.post(f"/api/supply/decisions/{moved['id']}/undo").json()["kind"] == "undone"
    gone = client.post(f"{place}/cancel", {"reason": "x"}, "application/json").json()
    assert gone["kind"] == "cancelled"
    assert client.get("/api/supply/open").json() == []
    assert client.get("/api/supply/suppliers").json()[0]["code"] == "S1"


def test_the_list_costs_the_same_questions_however_long(run, paul, client, django_assert_max_num_queries):
    client.force_login(paul)
    with django_assert_max_num_queries(25):
        client.get(reverse("order-proposals"))
    with django_assert_max_num_queries(25):
        client.get(reverse("suppliers"))
