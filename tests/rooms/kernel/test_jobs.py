"""Jobs: kept progress, a sentence when they fail, run again after a kill, never twice when done."""

import pytest

from einklang.engine.errors import Impossible
from einklang.kernel import jobs
from einklang.kernel.models import Job, JobState

pytestmark = pytest.mark.django_db
NAME = "kernel.trial.work"


@pytest.fixture(autouse=True)
def trial(monkeypatch):
    """A job function that counts its runs and does as it is told."""
    runs = []

    def work(job, *, steps=2, fail=""):
        runs.append(job.pk)
        for step in range(steps):
            job.progress(step, steps, "working")
        if fail:
            raise Impossible(fail)
        return {"steps": steps}

    monkeypatch.setattr(jobs, "_function", lambda name: work)
    return runs


def test_a_job_runs_once_its_transaction_is_kept(vera, trial, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.enqueue(NAME, about="A trial", by=vera, steps=3)
        assert trial == []

    job.refresh_from_db()
    assert (job.state, job.result, job.by_name) == (JobState.DONE, {"steps": 3}, "Vera")


def test_a_job_that_is_over_is_not_run_again(vera, trial):
    job = jobs.run_now(NAME, about="A trial", by=vera)
    jobs.work(str(job.pk))

    assert len(trial) == 1


def test_a_job_killed_half_way_is_run_again(vera, trial):
    job = jobs.run_now(NAME, about="A trial", by=vera)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING)
    jobs.work(str(job.pk))

    job.refresh_from_db()
    assert (len(trial), job.state) == (2, JobState.DONE)


def test_a_refusal_is_kept_as_its_sentence(vera, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = jobs.enqueue(NAME, about="A trial", by=vera, fail="There is nothing to plan.")

    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, "There is nothing to plan.")


def test_a_job_stops_at_its_next_report_when_asked(vera, trial):
    job = jobs.run_now(NAME, about="A trial", by=vera)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING)
    jobs.cancel(str(job.pk))
    jobs.work(str(job.pk))

    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
