"""A scenario lays changes over the plan as agreed; nothing else is copied, and nothing is lost."""

from datetime import date

import pytest
from django.urls import reverse

from einklang.kernel.errors import NotAllowed, Refused
from einklang.kernel.models import JournalEntry
from einklang.supply import actions, queries
from einklang.supply.actions import Wanted
from einklang.supply.models import Scenario, ScenarioEdit, SupplyRun

JUNE, AUGUST = date(2014, 6, 1), date(2014, 8, 1)


@pytest.fixture
def scenario(too_much, paul):
    return actions.make_scenario(too_much, "Second shift", by=paul)


def shipped(run: SupplyRun) -> float:
    return float(queries.plan_frame(run)["ship"].sum())


def test_a_scenario_holds_nothing_but_its_changes(scenario, paul):
    actions.change_scenario(scenario, Wanted("hours", work_centre="B", factor=2.0), by=paul)

    assert ScenarioEdit.objects.count() == 1
    assert not SupplyRun.objects.exists()
    assert JournalEntry.objects.filter(event="supply.scenario_changed").exists()


def test_a_second_shift_delivers_more_than_the_plan_as_agreed(scenario, too_much, paul):
    actions.change_scenario(scenario, Wanted("hours", work_centre="B", factor=2.0), by=paul)

    base = actions.plan_supply(too_much, by=paul)
    more = actions.plan_supply(too_much, scenario="Second shift", by=paul)

    assert shipped(more) > shipped(base)
    assert more.edits[0]["factor"] == 2.0
    assert queries.latest_run(too_much) == base


def test_the_fast_answer_is_that_of_the_plan_worked_out_in_full(scenario, too_much, paul):
    actions.change_scenario(scenario, Wanted("hours", work_centre="B", factor=1.5), by=paul)

    base, told = queries.quick(too_much, [None, scenario], seen_by=paul)
    full = actions.plan_supply(too_much, scenario="Second shift", by=paul)

    assert told.lost < base.lost
    assert told.ship == pytest.approx(shipped(full), rel=0.02)


def test_an_amount_of_demand_is_shared_by_what_each_item_is_wished(consensus, paul):
    """80 small and 40 large pumps a month: 30 more of all are 20 small and 10 large ones."""
    scenario = actions.make_scenario(consensus, "Fair", by=paul)
    actions.change_scenario(scenario, Wanted("demand", amount=30.0, start=JUNE, end=JUNE), by=paul)

    run = actions.plan_supply(consensus, scenario="Fair", by=paul)

    june = queries.plan_frame(run).filter(period=JUNE)
    assert dict(june.select("item", "demand").iter_rows()) == {"P1": 100.0, "P2": 50.0}


def test_a_supplier_who_gives_less_limits_the_plan(plant, consensus, paul):
    """Each pump takes four screws; 2,000 lie there, and 100 a month are enough for 25 pumps."""
    scenario = actions.make_scenario(consensus, "Strike", by=paul)
    actions.change_scenario(scenario, Wanted("supplier", supplier="S1", amount=100.0), by=paul)

    run = actions.plan_supply(consensus, scenario="Strike", by=paul)

    assert queries.plan_frame(run)["lost"].sum() > 0
    given = run.supplier_points.filter(supplier__code="S1")
    assert max(given.values_list("quantity", flat=True)) <= 100 + 1e-6
    assert max(given.values_list("shadow_price", flat=True)) > 0


def test_a_price_changes_the_revenue_of_its_months_alone(consensus, paul):
    scenario = actions.make_scenario(consensus, "Dearer", by=paul)
    actions.change_scenario(scenario, Wanted("price", item="P1", factor=1.1, start=AUGUST), by=paul)

    base, dearer = queries.quick(consensus, [None, scenario], seen_by=paul)

    assert dearer.revenue_cents - base.revenue_cents == pytest.approx(4 * 80 * 10_00)


def test_a_change_taken_back_leaves_the_plan_as_agreed(scenario, too_much, paul):
    edit = actions.change_scenario(scenario, Wanted("hours", factor=2.0), by=paul)
    actions.undo_edit(edit, by=paul)

    base, told = queries.quick(too_much, [None, scenario], seen_by=paul)

    assert told.ship == pytest.approx(base.ship)
    with pytest.raises(Refused, match="already"):
        actions.undo_edit(edit, by=paul)


def test_a_copy_goes_its_own_way(scenario, paul):
    actions.change_scenario(scenario, Wanted("hours", factor=2.0), by=paul)
    copy = actions.copy_scenario(scenario, "Third shift", by=paul)
    actions.change_scenario(copy, Wanted("overtime", amount=10.0), by=paul)

    assert len(queries.edits(copy)) == 2
    assert len(queries.edits(scenario)) == 1


def test_a_promoted_scenario_is_part_of_the_plan_as_agreed(scenario, too_much, paul):
    actions.change_scenario(scenario, Wanted("hours", work_centre="B", factor=2.0), by=paul)
    before = actions.plan_supply(too_much, by=paul)

    actions.promote_scenario(scenario, by=paul)
    after = actions.plan_supply(too_much, by=paul)

    assert shipped(after) > shipped(before)
    scenario.refresh_from_db()
    assert scenario.state == Scenario.State.PROMOTED
    with pytest.raises(Refused, match="Only a draft"):
        actions.change_scenario(scenario, Wanted("hours", factor=1.0), by=paul)


def test_demand_is_agreed_in_the_demand_review_not_promoted_here(scenario, paul):
    actions.change_scenario(scenario, Wanted("demand", factor=1.2), by=paul)

    with pytest.raises(Refused, match="demand review"):
        actions.promote_scenario(scenario, by=paul)


def test_hours_allowed_in_the_review_are_in_the_next_plan_and_can_be_taken_back(too_much, paul):
    before = actions.plan_supply(too_much, by=paul)
    edit = actions.allow_hours("B", JUNE, 40.0, "Saturday shifts agreed.", by=paul)
    allowed = actions.plan_supply(too_much, by=paul)
    actions.undo_edit(edit, by=paul)
    again = actions.plan_supply(too_much, by=paul)

    def limit(run: SupplyRun) -> float:
        return float(run.loads.get(period=JUNE).overtime_limit)

    assert limit(allowed) == pytest.approx(limit(before) + 40)
    assert limit(again) == pytest.approx(limit(before))


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (Wanted("hours", factor=2.0, amount=3.0), "one of them"),
        (Wanted("hours", item="P1", factor=2.0), "hours of work centres"),
        (Wanted("price", amount=-1.0), "zero or more"),
        (Wanted("supplier", amount=5.0), "Name the supplier"),
        (Wanted("demand", factor=11.0), "between 0 and 10"),
        (Wanted("demand", factor=1.1, start=AUGUST, end=JUNE), "before the first"),
        (Wanted("weather", factor=1.1), "cannot change"),
    ],
)
def test_what_no_plan_can_mean_is_refused_in_a_sentence(wanted, sentence, scenario, paul):
    with pytest.raises(Refused, match=sentence):
        actions.change_scenario(scenario, wanted, by=paul)


def test_two_scenarios_of_a_month_have_two_names(scenario, too_much, paul):
    with pytest.raises(Refused, match="another name"):
        actions.make_scenario(too_much, "Second shift", by=paul)
    with pytest.raises(Refused, match="of the house"):
        actions.make_scenario(too_much, "base", by=paul)


def test_a_rep_makes_no_scenario(too_much, rolf):
    with pytest.raises(NotAllowed, match="plan supply"):
        actions.make_scenario(too_much, "Mine", by=rolf)


def test_the_page_shows_what_a_change_would_bring_at_once(scenario, paul, client):
    client.force_login(paul)
    address = reverse("supply-scenario", args=[scenario.pk])
    given = {"kind": "hours", "work_centre": "B", "start": "2014-06-01", "end": "", "factor": "2"}

    answer = client.post(address, given)
    page = client.get(address)

    assert answer.status_code == 302
    assert "Bench" in page.text
    assert "Where they differ, by family" in page.text


def test_a_scenario_is_worked_out_in_full_from_its_page(
    scenario, too_much, paul, client, django_capture_on_commit_callbacks
):
    actions.change_scenario(scenario, Wanted("overtime", factor=2.0), by=paul)
    client.force_login(paul)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("work-out-supply-scenario", args=[scenario.pk]))

    run = queries.worked_out(scenario)
    assert run.scenario == "Second shift"
    assert queries.is_up_to_date(scenario, run)
    assert f"plan {run.number}" in client.get(reverse("supply-scenario", args=[scenario.pk])).text


def test_the_api_makes_changes_answers_and_promotes(too_much, paul, client):
    client.force_login(paul)

    def post(address: str, **body: object) -> object:
        return client.post(f"/api/supply/{address}", body, "application/json")

    made = post("scenarios", name="Second shift").json()
    changed = post(f"scenarios/{made['id']}/changes", kind="hours", work_centre="B", factor=2)
    refused = post(f"scenarios/{made['id']}/changes", kind="hours", factor=2, amount=1)
    base, told = client.get(f"/api/supply/scenarios/{made['id']}/answer").json()
    promoted = post(f"scenarios/{made['id']}/promote").json()

    assert (changed.status_code, refused.status_code) == (201, 422)
    assert told["lost"] < base["lost"]
    assert promoted["state"] == "promoted"
    assert promoted["changes"][0]["of"] == "Bench"


def test_the_api_fixes_and_undoes_quantities(consensus, paul, client):
    run = actions.plan_supply(consensus, by=paul)
    client.force_login(paul)
    cell = {"item": "P1", "period": "2014-07-01", "quantity": 95, "seen": 0}
    body = {"reason": "Trade fair.", "cells": [cell]}
    fixed = client.post("/api/supply/fixed", body, "application/json").json()
    undone = client.post(f"/api/supply/fixed/{fixed['batch']}/undo", {}, "application/json").json()
    approved = client.post(f"/api/supply/runs/{run.pk}/approve", {}, "application/json").json()
    side = client.get("/api/supply/compare", {"run": [run.pk, run.pk]}).json()

    assert (fixed["outcomes"][0]["state"], undone["outcomes"][0]["state"]) == ("given", "withdrawn")
    assert approved["run"] == run.pk
    assert len(side) == 2
