"""Demand over JSON gives what the actions and questions give, by the same rules."""

from decimal import Decimal

import pytest
from django.urls import reverse

from einklang.demand import actions, queries
from tests.rooms.demand.conftest import JUNE, MAY

CELL = {"series": "P-20", "period": "2014-06-01", "kind": "sales", "quantity": "140", "reason": "fair"}
EVENT = {"kind": "campaign", "name": "Fair", "first": "2014-07-05", "last": "2014-07-09", "uplift": 0.2}


@pytest.fixture
def api(client, mara):
    client.force_login(mara)

    def ask(address, body=None):
        place = f"/api/demand/{address}"
        return client.get(place) if body is None else client.post(place, body, "application/json")

    return ask


def test_many_voices_are_told_one_by_one_and_taken_back_as_one(run, api):
    wrong = CELL | {"series": "X-1"}
    given, refused = api("voices/batch", {"as_of": "2014-05-01", "voices": [CELL, wrong]}).json()
    assert (given["state"], given["version"], refused["state"]) == ("given", 1, "refused")
    assert Decimal(given["yours"]) == 140
    (batch,) = api("voices/batches?as_of=2014-05-01").json()
    assert (batch["pk"], batch["count"]) == (given["batch"], 1)
    (undone,) = api(f"voices/batches/{batch['pk']}/take-back", {}).json()
    assert (undone["state"], undone["version"]) == ("withdrawn", 0)
    assert api("voices?as_of=2014-05-01").json() == []
    assert api(f"voices/batches/{batch['pk']}/take-back", {}).status_code == 409


def test_a_stale_row_shows_both_figures(run, api, rolf):
    actions.give_voice(MAY, "P-20", JUNE, Decimal(100), kind="sales", reason="tender", by=rolf)
    (stale,) = api("voices/batch", {"as_of": "2014-05-01", "voices": [CELL]}).json()
    assert (stale["state"], Decimal(stale["theirs"]), Decimal(stale["yours"])) == ("stale", 100, 140)


def test_the_grid_is_the_one_of_the_page(run, api):
    shown = api("grid?as_of=2014-05-01&family=family:pumps").json()
    assert shown["series"] == ["P-20", "P-30"]
    assert len(shown["cells"]) == 3 * 6
    assert api("grid?as_of=2014-05-01&family=x").status_code == 404
    assert api("grid?as_of=2013-05-01").status_code == 409


def test_an_event_is_planned_changed_and_withdrawn(run, api):
    planned = api("events", EVENT).json()
    changed = api(f"events/{planned['id']}/change", EVENT | {"name": "Larger fair"}).json()
    assert (changed["number"], changed["version"], changed["name"]) == (planned["number"], 2, "Larger fair")
    assert api(f"events/{planned['id']}/change", EVENT).status_code == 412
    assert api(f"events/{changed['id']}/withdraw", {}).status_code == 204
    assert api("events").json() == []


@pytest.mark.parametrize("wrong", [{"uplift": -2}, {"first": "x"}, {"colour": "red"}, {"name": ""}])
def test_an_event_of_another_form_is_not_understood(run, api, wrong):
    assert api("events", EVENT | wrong).status_code == 422


def test_a_run_says_what_it_rests_on(run, api):
    facts = api(f"runs/{run.pk}/series/P-20").json()
    assert (facts["kind"], facts["level"]) == (queries.series_facts(run, "P-20").kind, "item")
    assert api(f"runs/{run.pk}/series/X-1").status_code == 404
    assert api(f"runs/{run.pk}/effects").json() == []
    assert api(f"runs/{run.pk}/outliers").json() == []
    assert set(api(f"runs/{run.pk}/notes").json()) == {"steps", "failures", "settings"}


def test_the_steps_are_told_for_what_was_agreed_and_for_now(run, api):
    agreed = api("consensus", {"as_of": "2014-05-01"}).json()
    then = api(f"consensus/{agreed['id']}/steps?series=P-20&period=2014-06-01").json()
    now = api(f"runs/{run.pk}/steps?series=P-20&period=2014-06-01").json()
    assert [step["name"] for step in then["steps"]][-1] == "agreed"
    assert then["steps"][-1]["quantity"] == pytest.approx(now["steps"][-1]["quantity"])


def test_how_right_everybody_was(run, api):
    (largest, *_rest) = api("scores?until=2014-05-01").json()
    assert (largest["key"], largest["count"], largest["agreed_wape"]) == ("P-20", 12, None)
    assert {row["lag"] for row in api("lags?until=2014-05-01").json()} == {1, 2, 3}
    assert [row["step"] for row in api("stairs?until=2014-05-01").json()] == ["naive", "statistical"]
    assert api("added?until=2014-05-01").json() == []
    assert api("scores?until=2014-05-01&by=weather").status_code == 422


def test_the_review_list_and_its_limits(run, api, client, rolf):
    listed = api("touchless?as_of=2014-05-01").json()
    assert (len(listed["rows"]), listed["counts"], listed["value_share"]) == (3, {}, None)
    rule = {"error_limit": 0.5, "bias_limit": 0.2, "change_limit": 0.3, "top_share": 0.1}
    assert api("review-rule", rule).status_code == 204
    assert queries.review_rule().error_limit == Decimal("0.5")
    client.force_login(rolf)
    assert client.post("/api/demand/review-rule", rule, "application/json").status_code == 403


def test_an_odd_month_is_judged(run, api):
    word = {"series": "P-20", "period": "2014-02-01", "repair": True, "reason": "one-off"}
    assert api("outliers", word).status_code == 204
    assert queries.repaired("P-20", queries.months_known()[3])
    assert api("outliers", word).status_code == 409


def test_the_door_of_the_page_and_of_json_are_the_same_room(run, client, mara):
    client.force_login(mara)
    assert client.get(reverse("demand")).status_code == 200


def test_without_its_models_the_deep_tier_says_how_to_get_them(
    run, api, monkeypatch, django_capture_on_commit_callbacks
):
    from einklang.engine.forecast import deep
    from einklang.kernel.models import Job

    monkeypatch.setattr(deep.util, "find_spec", lambda name: None)
    with django_capture_on_commit_callbacks(execute=True):
        assert api("deep", {"as_of": "2014-05-01", "horizon": 6, "items": 1}).status_code == 202
    assert "einklang[deep]" in Job.objects.get().error
