"""What was done and what is to be done: the timeline of an account or a deal, and tasks."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from einklang.crm.models import Account, Activity, Deal, Stage, StageEntry, Task
from einklang.kernel.errors import NotFound
from einklang.people.models import User

TIMELINE = 100


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a timeline: something somebody did, or the deal's coming into a stage."""

    at: datetime
    kind: str  # call, meeting, mail, note or stage
    by: User | None
    text: str
    deal: Deal | None
    stage: Stage | None = None


def timeline(of: Account | Deal, *, kind: str = "") -> list[Happening]:
    """What happened, newest first; of one kind where ``kind`` names it. The caller may see the record."""
    where = {"deal": of} if isinstance(of, Deal) else {"account": of}
    found: list[Happening] = []
    if kind != "stage":
        done = Activity.objects.filter(**where).select_related("by", "deal")
        done = done.filter(kind=kind) if kind else done
        found += [Happening(one.at, one.kind, one.by, one.text, one.deal) for one in done[:TIMELINE]]
    if kind in ("", "stage"):
        path = {"deal": of} if isinstance(of, Deal) else {"deal__account": of}
        log = StageEntry.objects.filter(**path).select_related("by", "deal", "stage").order_by("-at", "-id")
        found += [Happening(one.at, "stage", one.by, "", one.deal, one.stage) for one in log[:TIMELINE]]
    return sorted(found, key=lambda one: one.at, reverse=True)[:TIMELINE]


def tasks(*, seen_by: User, owner: str = "", state: str = "open") -> QuerySet[Task]:
    """The tasks somebody may see: open, done or all."""
    found = Task.objects.visible_to(seen_by).select_related("owner", "account", "deal")
    if owner:
        found = found.filter(owner__username=owner)
    if state in ("open", "done"):
        found = found.filter(done_at__isnull=state == "open")
    return found


def open_tasks(of: Account | Deal) -> QuerySet[Task]:
    """What is still to be done about a record; the caller may see the record."""
    where = {"deal": of} if isinstance(of, Deal) else {"account": of}
    return Task.objects.filter(**where, done_at__isnull=True).select_related("owner", "deal")


def task(number: int, *, seen_by: User) -> Task:
    """One task, if it may be seen: its owner's, or one about a deal or an account that may be seen."""
    found = Task.objects.filter(pk=number).select_related("owner", "deal", "account").first()
    if found is None or not (
        Task.objects.visible_to(seen_by).filter(pk=number).exists()
        or (found.deal_id and Deal.objects.visible_to(seen_by).filter(pk=found.deal_id).exists())
        or (found.account_id and Account.objects.visible_to(seen_by).filter(pk=found.account_id).exists())
    ):
        raise NotFound(_("There is no such task, or you may not see it."))
    return found
