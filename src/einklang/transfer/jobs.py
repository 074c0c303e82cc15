"""Imports in the background: checking, taking in, undoing; a job that was killed goes on where it was."""

from typing import Any

from einklang.kernel.models import Job
from einklang.people import queries as people
from einklang.transfer import actions, queries, running, uploads


def check(job: Job, *, run_id: int, who: str) -> dict[str, Any]:
    """Read and check a run's files; what was found is kept with the run."""
    by = people.user(who)
    plan = running.check(queries.run(run_id, seen_by=by), by=by, progress=job.progress)
    return {"import": run_id, "rejected": plan.rejected if plan else None}


def take_in(job: Job, *, run_id: int, who: str) -> dict[str, Any]:
    """Take a checked run in; its uploaded files are deleted afterwards."""
    by = people.user(who)
    run = queries.run(run_id, seen_by=by)
    plan = running.check_again(run, by=by, progress=job.progress)
    run = running.take_in(run, plan, by=by, progress=job.progress)
    uploads.discard(run.folder)
    return {
        "import": run_id,
        **{name: run.total(name) for name in ("created", "updated", "unchanged", "rejected")},
    }


def undo(job: Job, *, run_id: int, who: str) -> dict[str, Any]:
    """Take a whole import back."""
    by = people.user(who)
    job.progress(0, 1)
    return {"import": run_id, **actions.undo(queries.run(run_id, seen_by=by), by=by)}
