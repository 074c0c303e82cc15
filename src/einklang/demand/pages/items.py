"""One item or family: what came, what is expected and why, what was said of it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

from einklang.demand import queries
from einklang.demand.pages.places import day_named
from einklang.people.http import UserRequest
from einklang.web.charts import forecast_chart


@login_required
def item(request: UserRequest, code: str) -> HttpResponse:
    """One item or family: history, forecast, voices, and why; also shown within other pages."""
    request.user.must("see demand")
    run = queries.latest_run(day_named(request.GET.get("as_of")))
    shown = queries.item_view(run, code, seen_by=request.user) if run else None
    chart = None
    if shown:
        message = queries.headline(shown.name, shown.actual, shown.forecast)
        chart = forecast_chart(shown.actual, shown.forecast, shown.plan, title=message)
    return render(request, "demand/item.html", {"item": shown, "run": run, "chart": chart, "code": code})


urlpatterns = [
    path("demand/items/<str:code>/", item, name="item-demand"),
]
