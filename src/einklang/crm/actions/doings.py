"""What can be done beside deals: note what happened, and keep tasks."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from einklang.crm import queries
from einklang.crm.models import Account, Activity, Deal, Task
from einklang.kernel import clock, journal
from einklang.kernel.errors import Refused, Stale
from einklang.people.models import User


@transaction.atomic
def log_activity(
    about: Account | Deal, kind: str, text: str, *, by: User, at: datetime | None = None
) -> Activity:
    """Note a call, a meeting, a mail or a thought on an account or a deal; the deal is touched by it."""
    by.must("edit deals")
    if kind not in Activity.Kind.values:
        raise Refused(_("Note a call, a meeting, a mail or a note."), status=422)
    if not text.strip():
        raise Refused(_("Say what happened."), status=422)
    if at and at > clock.now():
        raise Refused(_("What lies ahead is a task, not something that happened."), status=422)
    account, deal = _records(about, by)
    activity = Activity.objects.create(
        account=account, deal=deal, kind=kind, text=text.strip(), at=at or clock.now(), by=by
    )
    if deal and activity.at > deal.touched_at:
        Deal.objects.filter(pk=deal.pk).update(touched_at=activity.at)
    journal.record("crm.activity_logged", about=about, by=by, kind=kind)
    return activity


@transaction.atomic
def add_task(
    title: str,
    *,
    by: User,
    about: Account | Deal | None = None,
    owner: User | None = None,
    due_on: date | None = None,
) -> Task:
    """Set a task, for oneself or for somebody else, about a record or about nothing in particular."""
    by.must("edit deals")
    if not title.strip():
        raise Refused(_("Say what is to be done."), status=422)
    account, deal = _records(about, by) if about else (None, None)
    task = Task.objects.create(
        title=title.strip(), owner=owner or by, account=account, deal=deal, due_on=due_on
    )
    journal.record("crm.task_added", about=task, by=by, owner=str(task.owner), due_on=due_on)
    return task


@transaction.atomic
def finish_task(task: Task, *, version: int, by: User) -> Task:
    """Tick a task off."""
    by.must("edit deals")
    task = _held(task, version, by)
    task.done_at = clock.now()
    task.save()
    journal.record("crm.task_finished", about=task, by=by)
    return task


@transaction.atomic
def reopen_task(task: Task, *, version: int, by: User) -> Task:
    """Take a finished task up again."""
    by.must("edit deals")
    task = _held(task, version, by)
    task.done_at = None
    task.save()
    journal.record("crm.task_reopened", about=task, by=by)
    return task


def _held(task: Task, version: int, by: User) -> Task:
    queries.task(task.pk, seen_by=by)
    task = Task.objects.select_for_update(of=("self",)).get(pk=task.pk)
    if task.version != version:
        raise Stale(_("Somebody changed this task meanwhile; look at it again."))
    task.version += 1
    return task


def _records(about: Account | Deal, by: User) -> tuple[Account, Deal | None]:
    if isinstance(about, Deal):
        deal = queries.locked(about, by=by)
        return deal.account, deal
    return queries.account(about.code, seen_by=by), None
