"""The pages and the JSON of supply: the same figures, for those who may see them."""

import pytest
from django.urls import reverse

from einklang.supply import actions, queries

UNCHANGED = {"demand_factor": 1, "capacity_factor": 1, "overtime_factor": 1}
PAGES = ("supply", "supply-runs", "compare-supply", "stock-health")


@pytest.fixture
def run(too_much, paul):
    return actions.plan_supply(too_much, by=paul)


@pytest.mark.parametrize("name", PAGES)
def test_an_empty_house_says_what_to_do_next(name, company, paul, client):
    client.force_login(paul)
    page = client.get(reverse(name))
    assert page.status_code == 200
    assert "empty-title" in page.text


def test_the_review_leads_from_the_bottleneck_to_the_items_that_load_it(run, paul, client):
    client.force_login(paul)
    page = client.get(reverse("supply"))
    assert "Bench limits the plan" in page.text
    load = client.get(reverse("supply-load", args=[run.pk, "B", "2014-06"]))
    assert "Large pump" in load.text
    assert "One more hour would save" in load.text


def test_a_rep_sees_the_plan_without_its_costs(run, rolf, client):
    client.force_login(rolf)
    page = client.get(reverse("supply"))
    assert page.status_code == 200
    assert "would save" not in page.text
    assert client.get(f"/api/supply/runs/{run.pk}").json()["objective_cents"] is None
    assert {row["shadow_price"] for row in client.get(f"/api/supply/runs/{run.pk}/loads").json()} == {None}


def test_page_and_json_say_the_same_sentences(run, paul, client):
    client.force_login(paul)
    page = client.get(reverse("supply-exceptions", args=[run.pk]))
    data = client.get(f"/api/supply/runs/{run.pk}/exceptions").json()
    assert data["rows"]
    first = queries.exceptions(run).first()
    said = {row["id"]: row["sentence"] for row in data["rows"]}[first.pk]
    assert said in page.text


def test_handling_by_page_moves_it_to_the_handled(run, paul, client):
    client.force_login(paul)
    one = queries.exceptions(run).first()
    said = {"do": f"{one.pk}:accept", f"reason-{one.pk}": "Overtime agreed."}
    client.post(reverse("mend-exceptions", args=[run.pk]), said)
    handled = client.get(reverse("supply-exceptions", args=[run.pk]), {"state": "handled"})
    assert "Overtime agreed." in handled.text


def test_a_plan_started_from_the_page_is_kept(consensus, paul, client, django_capture_on_commit_callbacks):
    client.force_login(paul)
    given = {
        "consensus": consensus.pk,
        "scenario": "demand-up",
        "demand_factor": 1,
        "capacity_factor": 1,
        "overtime_factor": 1,
    }
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("start-supply"), given)
    assert answer.status_code == 302
    assert queries.latest_run(consensus, scenario="demand-up").settings == {"demand_factor": 1.1}


def test_own_assumptions_need_a_name(consensus, paul, client):
    client.force_login(paul)
    given = {
        "consensus": consensus.pk,
        "scenario": "own",
        "demand_factor": 2,
        "capacity_factor": 1,
        "overtime_factor": 1,
    }
    assert "Name it" in client.post(reverse("start-supply"), given).text


def test_a_rep_cannot_start_a_plan_by_any_door(consensus, rolf, client):
    client.force_login(rolf)
    assert client.post(reverse("start-supply"), {}).status_code == 403
    assert client.post("/api/supply/runs", {}, "application/json").status_code == 403


def test_the_item_s_part_of_other_pages_stands_alone(run, paul, client):
    client.force_login(paul)
    page = client.get(reverse("item-supply", args=["M"]))
    assert 'id="item-supply"' in page.text
    assert "What it is for" in page.text
    assert client.get(reverse("item-supply", args=["nothing"])).status_code == 200


def test_up_to_four_plans_stand_side_by_side(run, too_much, paul, client):
    other = actions.plan_supply(too_much, scenario="half", capacity_factor=0.5, by=paul)
    client.force_login(paul)
    page = client.get(reverse("compare-supply"), {"pick": [f"run:{run.pk}", f"run:{other.pk}"]})
    assert "Where they differ, by family" in page.text
    assert "lost sales" in page.text or "Lost sales" in page.text


def test_lists_cost_the_same_number_of_queries_however_long(run, paul, client, django_assert_max_num_queries):
    client.force_login(paul)
    client.get(reverse("supply-exceptions", args=[run.pk]))
    with django_assert_max_num_queries(28):
        client.get(reverse("supply-exceptions", args=[run.pk]))
    with django_assert_max_num_queries(14):
        client.get(reverse("planned-orders", args=[run.pk]))
