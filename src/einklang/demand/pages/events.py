"""The calendar of what moves demand: month by month, with a form to plan, change and withdraw."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.catalog import queries as catalog
from einklang.demand import actions, queries
from einklang.demand.forms import EventForm
from einklang.demand.pages.places import day_named, territory_choices
from einklang.engine.periods import add_months, month_end, month_of
from einklang.kernel import clock
from einklang.people.http import UserRequest
from einklang.web.forms import refusals_on

BEHIND, SHOWN = 1, 12


@dataclass(slots=True)
class Month:
    """One month of the calendar and what touches it."""

    first: date
    events: list[Any] = field(default_factory=list)
    promotions: list[Any] = field(default_factory=list)


@login_required
def calendar(request: UserRequest) -> HttpResponse:
    """A year of events, month by month; promotions of the catalogue stand among them."""
    request.user.must("see demand")
    since = day_named(request.GET.get("from")) or add_months(month_of(clock.today()), -BEHIND)
    months = [Month(add_months(since, number)) for number in range(SHOWN)]
    last = month_end(months[-1].first)
    planned = list(queries.events(since, last, seen_by=request.user))
    promotions = list(catalog.promotions(since, last))
    called = queries.names()
    for month in months:
        first, end = month.first, month_end(month.first)
        touching = [one for one in planned if one.first <= end and one.last >= first]
        month.events = [(one, called.get(one.series, one.series)) for one in touching]
        month.promotions = [one for one in promotions if one.start <= end and one.end >= first]
    context = {
        "months": months,
        "count": len(planned) + len(promotions),
        "before": f"{add_months(since, -SHOWN):%Y-%m}",
        "after": f"{add_months(since, SHOWN):%Y-%m}",
    }
    return render(request, "demand/events.html", context)


@login_required
def new_event(request: UserRequest) -> HttpResponse:
    """Put something into the calendar."""
    request.user.must("plan events")
    start = {"first": day_named(request.GET.get("month")), "series": request.GET.get("series", "")}
    form = _form(request, {name: value for name, value in start.items() if value})
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            event = actions.plan_event(form.happening(), by=request.user)
            messages.success(
                request, _("%(event)s is planned; the next forecast counts with it.") % {"event": event.name}
            )
            return redirect("event", event.pk)
    return render(request, "demand/event.html", {"form": form}, status=422 if form.errors else 200)


@login_required
def event_page(request: UserRequest, event_id: int) -> HttpResponse:
    """One event: what was said of it, and the form to say it anew."""
    request.user.must("see demand")
    event = queries.event(event_id)
    form = _form(request, EventForm.start_of(event))
    if request.method == "POST":
        request.user.must("plan events")
        if form.is_valid():
            with refusals_on(form):
                changed = actions.change_event(event, form.happening(), by=request.user)
                messages.success(request, _("%(event)s is changed.") % {"event": changed.name})
                return redirect("event", changed.pk)
    versions = list(queries.event_versions(event.number))
    context = {"form": form, "event": event, "versions": versions, "newest": versions[0]}
    return render(request, "demand/event.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def withdraw_event(request: UserRequest, event_id: int) -> HttpResponse:
    """Take an event out of the calendar."""
    event = queries.event(event_id)
    actions.withdraw_event(event, by=request.user)
    messages.success(request, _("%(event)s is out of the calendar.") % {"event": event.name})
    return redirect("events")


def _form(request: UserRequest, start: dict[str, object]) -> EventForm:
    return EventForm(
        request.POST or None, initial=start, series=queries.names(), territories=territory_choices()
    )


urlpatterns = [
    path("demand/events/", calendar, name="events"),
    path("demand/events/new/", new_event, name="new-event"),
    path("demand/events/<int:event_id>/", event_page, name="event"),
    path("demand/events/<int:event_id>/withdraw/", withdraw_event, name="withdraw-event"),
]
