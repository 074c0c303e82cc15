"""Work that takes longer than a page may: queued, worked by any process, seen while it runs.

A job function lives in a room's ``jobs.py``; it takes the job and plain values, may be run again
after a process was killed, and returns what the page shows when it is done.
"""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import connection, connections, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from einklang.engine.errors import Impossible
from einklang.kernel import clock
from einklang.kernel.errors import NotFound, Refused
from einklang.kernel.journal import Person
from einklang.kernel.models import Job, JobState


class Cancelled(Exception):
    """Somebody asked for the job to stop."""


def enqueue(name: str, *, about: str, by: Person | None, **arguments: Any) -> Job:
    """Queue ``room.jobs.function``; it starts once the caller's transaction is kept."""
    job = Job.objects.create(
        name=name,
        about=about[:300],
        arguments=arguments,
        by_id=by.pk if by else None,
        by_name=str(by)[:150] if by else "",
        created_at=clock.now(),
    )
    if settings.Q_CLUSTER.get("sync"):
        transaction.on_commit(lambda: work(str(job.pk)))
    else:
        async_task("einklang.kernel.jobs.work", str(job.pk), q_options={"task_name": name[:100]})
    return job


def work(job_id: str) -> None:
    """Run a queued job; a job that was killed half-way is run again, one that is over is left alone."""
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job_id)
        if job.is_over:
            return
        job.state, job.started_at, job.attempts = JobState.RUNNING, clock.now(), job.attempts + 1
        job.save(update_fields=["state", "started_at", "attempts"])
    try:
        result = _function(job.name)(job, **job.arguments)
    except Cancelled:
        _finish(job, JobState.CANCELLED, error=_("Stopped on request."))
    except (Refused, Impossible) as no:
        _finish(job, JobState.FAILED, error=str(no))
    except BaseException as fault:
        _finish(job, JobState.FAILED, error=f"{type(fault).__name__}: {fault}")
        raise
    else:
        _finish(job, JobState.DONE, result=result)


def run_now(name: str, *, about: str, by: Person | None, **arguments: Any) -> Job:
    """Run a job here and now, for a terminal; its refusals are raised to the caller."""
    job = Job.objects.create(
        name=name,
        about=about[:300],
        arguments=arguments,
        state=JobState.RUNNING,
        by_id=by.pk if by else None,
        by_name=str(by)[:150] if by else "",
        created_at=clock.now(),
        started_at=clock.now(),
        attempts=1,
    )
    try:
        result = _function(name)(job, **arguments)
    except BaseException as fault:
        _finish(job, JobState.FAILED, error=str(fault))
        raise
    return _finish(job, JobState.DONE, result=result)


def report(job: Job, done: int, total: int, sentence: str) -> None:
    """Keep a job's progress where others see it; stop the work if somebody asked for that."""
    job.done, job.total, job.sentence = done, total, sentence[:300]
    Job.objects.filter(pk=job.pk).update(done=done, total=total, sentence=job.sentence)
    if Job.objects.filter(pk=job.pk, cancel_asked=True).exists():
        raise Cancelled


def cancel(job_id: str) -> None:
    """Ask a job to stop at its next report."""
    with transaction.atomic():
        job = find(job_id)
        Job.objects.filter(pk=job.pk).update(cancel_asked=True)
        Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(
            state=JobState.CANCELLED, finished_at=clock.now()
        )


def listed(*, by: Person | None) -> QuerySet[Job]:
    """Jobs, newest first: those of one person, or of everybody."""
    found = Job.objects.all()
    return found.filter(by_id=by.pk) if by else found


def find(job_id: str) -> Job:
    """One job by its number."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        raise NotFound(_("There is no such job."))
    return job


def _function(name: str) -> Any:
    module, function = name.rsplit(".", 1)
    return getattr(import_module(f"einklang.{module}"), function)


def _finish(job: Job, state: JobState, *, result: Any = None, error: str = "") -> Job:
    if connection.needs_rollback and not connection.in_atomic_block:
        connections.close_all()
    job.state, job.result, job.error, job.finished_at = state, result, error, clock.now()
    if state == JobState.DONE:
        job.done = job.total = max(job.total, 1)
    job.save(update_fields=["state", "result", "error", "finished_at", "done", "total"])
    return job
