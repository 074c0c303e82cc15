"""Pages and API give the same numbers, by the same rules."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from einklang.catalog.models import Item
from einklang.demand import actions, queries
from einklang.demand.models import Voice
from tests.rooms.demand.conftest import JUNE, MAY

VOICE = ["2014-05", "P-20", "2014-06"]


@pytest.fixture
def signed_in(client, mara):
    client.force_login(mara)
    return client


def test_before_the_first_forecast_the_page_says_how_to_get_one(ordered, signed_in):
    assert "No forecast yet" in signed_in.get(reverse("demand")).text


def test_without_orders_the_page_says_what_is_missing(company, signed_in):
    assert "No orders yet" in signed_in.get(reverse("demand")).text


@pytest.mark.parametrize(
    "address",
    [
        "/demand/",
        "/demand/?family=family:pumps&month=2014-07&sort=-wape&search=20",
        "/demand/runs/",
        "/demand/items/P-20/",
        "/demand/items/family:pumps/",
        "/demand/accuracy/?level=family&lag=2",
        "/demand/voices/2014-05/P-20/2014-06/",
    ],
)
def test_each_page_opens(run, signed_in, address):
    assert signed_in.get(address).status_code == 200


@pytest.mark.parametrize(
    "address", ["/demand/?family=x", "/demand/?month=x", "/demand/items/x/", "/demand/runs/0/"]
)
def test_an_address_that_leads_nowhere_is_not_found(run, signed_in, address):
    assert signed_in.get(address).status_code == 404


def test_the_review_filters_by_family(run, signed_in):
    page = signed_in.get("/demand/?family=family:valves").text
    assert "V-1" in page
    assert "P-20" not in page


def test_a_voice_given_on_the_page_stands_in_the_api(run, signed_in):
    answer = signed_in.post(
        reverse("voice", args=VOICE), {"kind": "sales", "quantity": "140", "reason": "fair", "seen": ""}
    )
    assert answer.status_code == 302
    (voice,) = signed_in.get("/api/demand/voices?as_of=2014-05-01").json()
    assert (voice["series"], Decimal(voice["quantity"]), voice["author"]) == ("P-20", 140, "mara")


def test_a_conflict_shows_both_figures_on_the_page(run, signed_in, rolf):
    actions.give_voice(MAY, "P-20", JUNE, Decimal(100), kind="sales", reason="tender", by=rolf)
    fields = {"kind": "sales", "quantity": "140", "reason": "fair", "seen": ""}
    page = signed_in.post(reverse("voice", args=VOICE), fields)
    assert "Rolf says 100 by now (tender); you say 140" in page.text
    assert 'name="seen" value="sales:1"' in page.text
    assert Voice.objects.count() == 1


def test_a_conflict_over_the_api_is_412(run, signed_in, rolf):
    actions.give_voice(MAY, "P-20", JUNE, Decimal(100), kind="sales", reason="tender", by=rolf)
    body = {
        "as_of": "2014-05-01",
        "series": "P-20",
        "period": "2014-06-01",
        "kind": "sales",
        "quantity": "140",
        "reason": "fair",
    }
    refused = signed_in.post("/api/demand/voices", body, "application/json")
    assert refused.status_code == 412
    taken = signed_in.post("/api/demand/voices", body | {"seen_version": 1}, "application/json")
    assert (taken.status_code, taken.json()["version"]) == (201, 2)


def test_agreeing_on_the_page_and_over_the_api_is_the_same_consensus(run, signed_in):
    signed_in.post(reverse("agree-demand"), {"as_of": "2014-05"})
    found = signed_in.post("/api/demand/consensus", {"as_of": "2014-05-01"}, "application/json").json()
    assert found["number"] == 1
    lines = signed_in.get(f"/api/demand/consensus/{found['id']}/lines?series=P-20").json()
    assert len(lines) == 6
    assert signed_in.get(reverse("consensus", args=[found["id"]])).status_code == 200


def test_the_points_of_the_api_are_those_of_the_run(run, signed_in):
    points = signed_in.get(f"/api/demand/runs/{run.pk}/points?series=total").json()
    assert [point["mean"] for point in points] == queries.points(run, "total")["mean"].to_list()


def test_a_run_started_over_the_api_is_a_job(ordered, signed_in, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = signed_in.post("/api/demand/runs", {"as_of": "2014-05-01", "horizon": 6}, "application/json")
    assert answer.status_code == 202
    assert queries.latest_run(MAY).horizon == 6


def test_a_rep_sees_demand_and_speaks_but_does_not_run_or_agree(run, client, rolf):
    client.force_login(rolf)
    assert client.get(reverse("demand")).status_code == 200
    assert client.post(reverse("agree-demand"), {"as_of": "2014-05"}).status_code == 403
    assert client.post(reverse("start-forecast"), {"as_of": "2014-05-01", "horizon": 6}).status_code == 403
    assert client.get(reverse("voice", args=VOICE)).status_code == 200


def test_nobody_sees_demand_without_signing_in(run, client):
    assert client.get(reverse("demand")).status_code == 302
    assert client.get("/api/demand/runs").status_code == 401


@pytest.mark.parametrize("month", ["2014-05-12", "2014-13-01", "x"])
def test_a_month_that_is_none_is_not_understood(run, signed_in, month):
    body = {"as_of": month, "horizon": 6}
    assert signed_in.post("/api/demand/runs", body, "application/json").status_code == 422


def test_the_review_asks_the_database_as_often_however_many_items_there_are(run, signed_in, anna, items):
    with CaptureQueriesContext(connection) as few:
        signed_in.get(reverse("demand"))
    Item.objects.bulk_create(
        Item(code=f"N-{n}", name=f"New {n}", family=items["V-1"].family) for n in range(20)
    )
    actions.run_forecast(MAY, horizon=6, by=anna)
    with CaptureQueriesContext(connection) as many:
        page = signed_in.get(reverse("demand"))
    assert "N-19" in page.text
    assert len(many) == len(few)
