"""How sure a plan is: through the page and the JSON, with money only for those who see it."""

import polars as pl
import pytest
from django.db.models import F
from django.urls import reverse

from einklang.supply import actions, queries


@pytest.fixture
def run(consensus, paul):
    return actions.plan_supply(consensus, by=paul)


def test_demand_without_a_range_comes_as_the_plan_delivers_it(run, paul):
    run.consensus.lines.update(low=F("quantity"), high=F("quantity"))
    sure = queries.uncertainty(run, seen_by=paul)
    rows = sure.months.filter(pl.col("measure") == "delivered").sort("period")
    planned = sure.planned("delivered").rename({"quantity": "as_planned"})
    both = rows.join(planned, on="period")
    assert both["mean"].to_list() == pytest.approx(both["as_planned"].to_list())
    assert both["low"].to_list() == pytest.approx(both["high"].to_list())


def test_a_range_in_the_forecast_is_a_range_in_what_is_delivered(run, paul):
    unsure = queries.uncertainty(run, seen_by=paul)
    service = unsure.of("service")
    assert service["low"] < service["mean"] < service["high"] <= 1
    assert unsure.months["period"].n_unique() == queries.SPANS[0]


def test_page_and_json_say_the_same_share(run, paul, client):
    client.force_login(paul)
    page = client.get(reverse("supply-stress", args=[run.pk]))
    told = client.get(f"/api/supply/runs/{run.pk}/stress").json()
    share = next(row for row in told["whole"] if row["measure"] == "service")
    assert f"{share['mean'] * 100:.1f}%" in page.text


def test_who_sees_no_costs_sees_no_money(run, rolf, client):
    client.force_login(rolf)
    assert "Revenue at list price" not in client.get(reverse("supply-stress", args=[run.pk])).text
    told = client.get(f"/api/supply/runs/{run.pk}/stress").json()
    measures = {row["measure"] for row in told["whole"] + told["months"]}
    assert not measures & {"revenue", "stock_value"}
