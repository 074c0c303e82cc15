"""Pages, API and pack: the same numbers at each door, and nothing a role may not see."""

import json

import pytest
from django.urls import reverse

from einklang.cycle.pack import pack
from einklang.kernel.models import Job


def pages(version):
    month = "2014-05"
    return [
        reverse("cycle"),
        reverse("cycle-month", args=[month]),
        reverse("scenarios", args=[month]),
        reverse("decisions"),
        reverse("plans"),
        reverse("plan", args=[version.pk]),
        reverse("plan-lines", args=[version.pk]) + "?family=pumps&month=2014-06",
        reverse("plan-number", args=[version.pk, "P-20", "2014-06"]),
        reverse("plan-compare") + f"?a={version.pk}&b={version.pk}",
        reverse("budget"),
    ]


@pytest.mark.parametrize("name", ["vera", "mara", "rolf", "sina", "anna", "paul", "fina", "adam"])
def test_every_role_reads_the_plan(version, client, request, name):
    client.force_login(request.getfixturevalue(name))
    for address in pages(version):
        assert client.get(address).status_code == 200, address


def test_nobody_reads_it_without_signing_in(version, client):
    for address in pages(version):
        assert client.get(address).status_code == 302


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_page_speaks_both_languages(version, client, vera, language):
    client.force_login(vera)
    client.cookies["django_language"] = language
    for address in pages(version):
        assert client.get(address).status_code == 200, address


def test_a_page_shows_the_figures_of_the_version(version, client, vera):
    client.force_login(vera)
    page = client.get(reverse("plan", args=[version.pk])).text
    assert f"€{round(version.revenue_cents / 100):,}" in page


def test_margins_are_hidden_from_those_who_may_not_see_cost(version, client, rolf):
    client.force_login(rolf)
    page = client.get(reverse("plan", args=[version.pk])).text
    told = client.get(f"/api/plans/{version.pk}").json()
    lines = client.get(f"/api/plans/{version.pk}/lines").json()
    assert "Margin" not in page
    assert (told["margin_cents"], told["cost_cents"], told["stock_cents"]) == (None, None, None)
    assert not {"cost_cents", "margin_cents", "stock_cents", "unit_cost_cents"} & set(lines[0])


def test_an_empty_house_says_how_to_begin(company, client, vera):
    client.force_login(vera)
    assert "No month is open yet" in client.get(reverse("cycle")).text
    assert "No plan is frozen yet" in client.get(reverse("plans")).text
    assert "No budget is set" in client.get(reverse("budget")).text


def test_a_month_that_is_not_open_is_not_found(company, client, vera):
    client.force_login(vera)
    assert client.get(reverse("cycle-month", args=["2020-01"])).status_code == 404
    assert client.get(reverse("cycle-month", args=["soon"])).status_code == 422


def test_signing_on_the_board_and_a_refusal_beside_the_form(planned, client, paul, fina):
    client.force_login(paul)
    signed = client.post(reverse("cycle-sign", args=["2014-05", "data"]), {"comment": ""}, follow=True)
    assert "Data is signed." in signed.text
    client.force_login(fina)
    refused = client.post(reverse("cycle-sign", args=["2014-05", "reconciliation"]), {"comment": ""})
    assert "waits for what comes before" in refused.text or refused.status_code == 200


def test_planning_a_month_runs_in_the_background(cycle, client, paul, django_capture_on_commit_callbacks):
    client.force_login(paul)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("cycle-run", args=["2014-05"]))
    job = Job.objects.get()
    assert answer.url == reverse("job", args=[job.pk])
    assert (job.state, job.error) == ("done", "")
    assert client.get(job.result["address"]).status_code == 200


def test_a_representative_neither_plans_nor_signs(planned, client, rolf):
    client.force_login(rolf)
    assert client.post(reverse("cycle-run", args=["2014-05"])).status_code == 403
    assert client.post(reverse("cycle-sign", args=["2014-05", "data"]), {"comment": "x"}).status_code == 403
    assert client.post(reverse("cycle-open"), {"month": "2014-06"}).status_code == 403


def post(client, address, body):
    return client.post(address, json.dumps(body), content_type="application/json")


def test_the_api_signs_and_tells_the_steps(planned, client, paul):
    client.force_login(paul)
    answer = post(client, "/api/cycles/2014-05/steps/data/sign", {"comment": "Complete."})
    steps = client.get("/api/cycles/2014-05/steps").json()
    assert answer.json()["state"] == "done"
    assert [step["state"] for step in steps[:3]] == ["done", "ready", "waits"]
    assert steps[0]["comment"] == "Complete."


def test_the_api_refuses_in_sentences(planned, client, rolf, vera):
    client.force_login(rolf)
    assert post(client, "/api/cycles", {"month": "2014-06"}).status_code == 403
    client.force_login(vera)
    waiting = post(client, "/api/cycles/2014-05/steps/executive/sign", {})
    assert waiting.status_code == 409
    assert "waits for what comes before" in waiting.json()["detail"]
    assert post(client, "/api/cycles/2014-05/steps/lunch/sign", {}).status_code == 404
    assert post(client, "/api/cycles", {"month": "May"}).status_code == 422


def test_the_api_lists_versions_by_cursor(version, client, vera):
    client.force_login(vera)
    page = client.get("/api/plans?limit=1").json()
    assert page["rows"][0]["fingerprint"] == version.fingerprint
    assert page["after"] is None


def test_the_api_compares(version, client, vera):
    client.force_login(vera)
    told = client.get(f"/api/plans/compare?a={version.pk}&b={version.pk}").json()
    assert told["sentences"][-1] == "They plan the same, item by item and month by month."


@pytest.mark.parametrize("kind", ["pdf", "xlsx", "html"])
def test_the_pack_is_downloaded_in_each_kind(version, client, vera, kind):
    client.force_login(vera)
    answer = client.get(reverse("plan-pack", args=[version.pk, kind]))
    assert answer.status_code == 200
    assert f"plan-2014-05-v1.{kind}" in answer["Content-Disposition"]
    starts = {"pdf": b"%PDF", "xlsx": b"PK", "html": b"<!doctype html>"}
    assert answer.content.startswith(starts[kind])


def test_the_same_version_gives_the_same_pdf(version, vera):
    assert pack(version, "pdf", seen_by=vera) == pack(version, "pdf", seen_by=vera)


def test_a_pack_for_those_who_may_not_see_cost_has_no_margin(version, sina):
    assert b"Margin" not in pack(version, "html", seen_by=sina)


def test_an_unknown_kind_of_pack_is_not_found(version, client, vera):
    client.force_login(vera)
    assert client.get(reverse("plan-pack", args=[version.pk, "docx"])).status_code == 404
