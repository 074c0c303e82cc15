"""Planning what moves demand: promotions, campaigns, prices, closed days. A change is a new version."""

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from einklang.demand import queries
from einklang.demand.models import Event
from einklang.kernel import clock, journal, locks
from einklang.kernel.errors import Refused, Stale
from einklang.people import queries as people
from einklang.people.models import User


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as a person describes it; empty series and territory mean everything and everywhere."""

    kind: str
    name: str
    first: date
    last: date
    series: str = ""
    territory: str = ""
    uplift: Decimal | None = None
    price_change: Decimal | None = None
    note: str = ""


@transaction.atomic
def plan_event(happening: Happening, *, by: User) -> Event:
    """Put an event into the calendar; the next forecast counts with it."""
    by.must("plan events")
    _must_make_sense(happening)
    locks.one_at_a_time("demand.event.number")
    top = Event.objects.aggregate(top=Max("number"))["top"] or 0
    event = _kept(happening, number=top + 1, version=1, by=by)
    journal.record("demand.event_planned", about=event, by=by, **_facts(happening))
    return event


@transaction.atomic
def change_event(event: Event, happening: Happening, *, by: User) -> Event:
    """Describe an event anew; the version before stays on record."""
    by.must("plan events")
    held = _newest(event)
    _must_make_sense(happening)
    changed = _kept(happening, number=held.number, version=held.version + 1, by=by, replaces=held)
    journal.record("demand.event_changed", about=changed, by=by, before=held.pk, **_facts(happening))
    return changed


@transaction.atomic
def withdraw_event(event: Event, *, by: User) -> Event:
    """Take an event out of the calendar; forecasts made with it stay as they are."""
    by.must("plan events")
    held = _newest(event)
    same = Happening(**{name: getattr(held, name) for name in Happening.__dataclass_fields__})
    last = _kept(same, number=held.number, version=held.version + 1, by=by, replaces=held, is_withdrawn=True)
    journal.record("demand.event_withdrawn", about=last, by=by, before=held.pk)
    return last


def _newest(event: Event) -> Event:
    """The event, locked; refuses one that was changed or withdrawn since it was read."""
    held = Event.objects.select_for_update().get(pk=event.pk)
    if held.is_withdrawn:
        raise Refused(_("This event was withdrawn."))
    if Event.objects.filter(replaces=held).exists():
        raise Stale(_("Somebody changed this event meanwhile; look at it again."))
    return held


def _kept(happening: Happening, *, by: User, **more: object) -> Event:
    facts = asdict(happening) | {
        "name": happening.name.strip()[:100],
        "note": happening.note.strip()[:300],
    }
    return Event.objects.create(**facts, **more, author=by, given_at=clock.now())


def _facts(happening: Happening) -> dict[str, object]:
    facts = {name: value for name, value in asdict(happening).items() if value not in (None, "")}
    return {("title" if name == "name" else name): value for name, value in facts.items()}


def _must_make_sense(happening: Happening) -> None:
    if happening.kind not in dict(queries.event_kinds()):
        raise Refused(_("There is no kind of event %(kind)s.") % {"kind": happening.kind}, status=422)
    if not happening.name.strip():
        raise Refused(_("An event has a name: those of one name are learned from together."), status=422)
    if happening.last < happening.first:
        raise Refused(_("An event cannot end before it begins."), status=422)
    if happening.series and happening.series not in queries.names():
        raise Refused(_("There is no item %(code)s.") % {"code": happening.series}, status=422)
    if happening.territory and happening.territory not in people.territories():
        raise Refused(_("There is no territory %(code)s.") % {"code": happening.territory}, status=422)
    for share in (happening.uplift, happening.price_change):
        if share is not None and (not share.is_finite() or not -1 <= share < 100):
            raise Refused(_("A change is a share above -1, like 0.2 for a fifth more."), status=422)
    if happening.price_change is not None and happening.price_change <= -1:
        raise Refused(_("A price stays above zero."), status=422)
