"""The home page: what each role comes for, on one page, from the rooms' own questions."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

from einklang.kernel import clock, jobs, journal
from einklang.orders import queries as orders
from einklang.people.http import UserRequest


@login_required
def home(request: UserRequest) -> HttpResponse:
    """What the reader's role comes for."""
    user, today = request.user, clock.today()
    context = {
        "today": today,
        "span": orders.months(),
        "jobs": jobs.listed(by=None if user.may("run jobs") else user)[:5],
        "journal": journal.search()[:8] if user.may("see journal") else [],
    }
    return render(request, "config/home.html", context)


urlpatterns = [path("", home, name="home")]
