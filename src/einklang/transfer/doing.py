"""The steps of an import as a person takes them: each starts a job and notes it with the run."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _

from einklang.kernel import jobs
from einklang.kernel.errors import NotFound, Refused
from einklang.kernel.models import Job
from einklang.people.models import User
from einklang.transfer import actions
from einklang.transfer.models import ImportRun
from einklang.transfer.recipe import load
from einklang.transfer.suggest import recipe_for


def begin(folder: Path, recipe: str, *, by: User) -> ImportRun:
    """Open an import of a folder and start its check; without a recipe the files say which."""
    by.must("import data")
    found = (load(recipe), True) if recipe else recipe_for(folder)
    if found is None:
        raise Refused(
            _("No recipe fits these files: name them like the tables (catalog.items.csv), or add a recipe."),
            status=422,
        )
    chosen, shipped = found
    run = actions.open_run(chosen, str(folder), by=by, shipped=shipped)
    _start(run, "check", _("Check import %(run)s") % {"run": run}, by)
    return run


def answer(run: ImportRun, answers: dict[str, str], *, by: User) -> None:
    """Keep the answers and check again."""
    actions.answer(run, answers, by=by)
    _start(run, "check", _("Check import %(run)s") % {"run": run}, by)


def take_in(run: ImportRun, *, by: User) -> None:
    """Start to take a checked import in, or go on with one that was interrupted."""
    if run.state not in (ImportRun.State.CHECKED, ImportRun.State.RUNNING):
        raise Refused(_("This import must be checked first."))
    _start(run, "take_in", _("Take in import %(run)s") % {"run": run}, by)


def undo(run: ImportRun, *, by: User) -> None:
    """Start to take an import back."""
    _start(run, "undo", _("Undo import %(run)s") % {"run": run}, by)


def job_of(run: ImportRun) -> Job | None:
    """The job that works on an import, or worked on it last."""
    try:
        return jobs.find(str(run.job)) if run.job else None
    except NotFound:
        return None


def _start(run: ImportRun, name: str, about: str, by: User) -> None:
    by.must("import data")
    if (former := job_of(run)) and not former.is_over:
        raise Refused(_("This import is being worked on already."))
    job = jobs.enqueue(f"transfer.jobs.{name}", about=about, by=by, run_id=run.pk, who=by.username)
    actions.note_job(run, str(job.pk), by=by)
