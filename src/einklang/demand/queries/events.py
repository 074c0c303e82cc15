"""The calendar of what moves demand, and whose word stands on odd months."""

from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from einklang.demand.models import Event, Repair
from einklang.kernel.errors import NotFound
from einklang.people.models import User


def event_kinds() -> list[tuple[str, str]]:
    """The kinds of events, as data and for people."""
    return [(value, str(label)) for value, label in Event.Kind.choices]


def events(
    first: date | None = None, last: date | None = None, *, seen_by: User, series: str = ""
) -> QuerySet[Event]:
    """Events that touch a span of days, as they hold now; about a series also those about everything."""
    seen_by.must("see demand")
    found = Event.objects.current().select_related("author")
    if first is not None:
        found = found.filter(last__gte=first)
    if last is not None:
        found = found.filter(first__lte=last)
    return found.filter(Q(series=series) | Q(series="")) if series else found


def event(event_id: int) -> Event:
    """One version of an event by its number."""
    found = Event.objects.select_related("author").filter(pk=event_id).first()
    if found is None:
        raise NotFound(_("There is no such event."))
    return found


def event_versions(number: int) -> QuerySet[Event]:
    """Everything that was ever said about one event, newest first."""
    return Event.objects.filter(number=number).select_related("author").order_by("-version")


def repaired(series: str, period: date) -> bool:
    """Whether somebody's newest word lets the forecast put a month right."""
    word = Repair.objects.filter(series=series, period=period).first()
    return word is not None and word.is_agreed


def repairs() -> list[tuple[str, date]]:
    """All months that may be put right."""
    newest = {(word.series, word.period): word.is_agreed for word in Repair.objects.order_by("pk")}
    return sorted(place for place, agreed in newest.items() if agreed)
