"""From a number of the plan back to where it came from: lines, agreed demand, forecast, order lines."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

from einklang.cycle import queries
from einklang.cycle.forms import month_name
from einklang.cycle.picture import number_chart
from einklang.engine.periods import parse_month
from einklang.people.http import UserRequest
from einklang.web.paging import paged


@login_required
def lines(request: UserRequest, pk: int) -> HttpResponse:
    """The lines behind a figure: of a family and a month, or all."""
    version = queries.version(pk, seen_by=request.user)
    family, month = request.GET.get("family", ""), request.GET.get("month", "")
    found = queries.line_rows(version, family=family, period=parse_month(month) if month else None)
    context = {
        "version": version,
        "page": paged(request, found),
        "sums": queries.line_sums(found),
        "family": queries.family_records().get(family),
        "period": parse_month(month) if month else None,
        "months": [(period, month_name(period)) for period in queries.months(version)],
        "families": queries.top_families(),
        "sees_cost": request.user.may("see cost"),
    }
    return render(request, "cycle/lines.html", context)


@login_required
def number(request: UserRequest, pk: int, item: str, month: str) -> HttpResponse:
    """One number of the plan, walked back step by step to the order lines it grew from."""
    version = queries.version(pk, seen_by=request.user)
    found = queries.walk_back(version, item, parse_month(month), seen_by=request.user)
    context = {
        "version": version,
        "walk": found,
        "chart": number_chart(found),
        "page": paged(request, found.order_lines),
        "sees_cost": request.user.may("see cost"),
    }
    return render(request, "cycle/walk.html", context)


urlpatterns = [
    path("plans/<int:pk>/lines/", lines, name="plan-lines"),
    path("plans/<int:pk>/lines/<str:item>/<str:month>/", number, name="plan-number"),
]
