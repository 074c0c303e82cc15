"""The journal, the jobs and the home page through the doors."""

import pytest

from einklang.kernel import clock, journal
from einklang.kernel.models import Job, JournalEntry


def a_job(by, **facts):
    return Job.objects.create(
        name="x.jobs.y", about="Forecast", by_id=by.pk, by_name=str(by), created_at=clock.now(), **facts
    )


def test_the_journal_is_read_by_those_who_may(rolf, adam, client):
    client.force_login(rolf)
    assert client.get("/journal/").status_code == 403
    client.force_login(adam)
    assert client.get("/journal/").status_code == 200


def test_the_journal_is_narrowed_by_event_person_and_record(rolf, adam, client):
    journal.record("people.user_added", about=rolf, by=adam)
    journal.record("people.signed_in", about=adam, by=adam)
    client.force_login(adam)
    page = client.get("/journal/?event=people.user_added&by=Adam&about=Rolf").context["page"]
    assert [line.about_name for line in page] == ["Rolf"]


def test_a_changed_line_breaks_the_chain_and_is_named(adam, client):
    line = journal.record("people.signed_in", about=adam, by=adam)
    JournalEntry.objects.filter(pk=line.pk).update(event="people.signed_out")
    client.force_login(adam)
    assert "The chain is broken" in client.post("/journal/check/").text


def test_a_job_is_seen_by_who_started_it_and_by_who_runs_jobs(rolf, sina, vera, client):
    job = a_job(rolf, state="running", done=40, total=100, sentence="Fitting 40 of 100")
    answers = []
    for user in (rolf, sina, vera):
        client.force_login(user)
        answers.append(client.get(f"/jobs/{job.pk}/").status_code)
    assert answers == [200, 404, 200]


def test_a_running_job_asks_for_itself_again_and_one_that_is_over_does_not(rolf, client):
    client.force_login(rolf)
    running, over = a_job(rolf, state="running"), a_job(rolf, state="done")
    assert 'hx-trigger="every 1s"' in client.get(f"/jobs/{running.pk}/").text
    assert 'hx-trigger="every 1s"' not in client.get(f"/jobs/{over.pk}/").text


def test_a_job_can_be_asked_to_stop(rolf, client):
    client.force_login(rolf)
    job = a_job(rolf, state="running")
    client.post(f"/jobs/{job.pk}/cancel/")
    assert Job.objects.get(pk=job.pk).cancel_asked


@pytest.mark.parametrize("who", ["vera", "mara", "rolf", "sina", "anna", "paul", "fina", "adam"])
def test_every_role_has_a_home_even_in_an_empty_house(who, request, client):
    client.force_login(request.getfixturevalue(who))
    answer = client.get("/")
    assert answer.status_code == 200
    assert "still empty" in answer.text


def test_a_part_of_the_home_page_belongs_to_its_roles(rolf, vera, client):
    client.force_login(rolf)
    assert client.get("/start/money/").status_code == 404
    client.force_login(vera)
    assert client.get("/start/money/").status_code == 200
