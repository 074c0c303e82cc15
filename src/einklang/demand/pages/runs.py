"""Forecast runs: all of them, the start of one, and what one rests on."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.demand import queries
from einklang.demand.forms import RunForm
from einklang.kernel import jobs
from einklang.people.http import UserRequest
from einklang.web import formats
from einklang.web.charts import forecast_chart
from einklang.web.paging import paged


@login_required
def run_list(request: UserRequest) -> HttpResponse:
    """All forecast runs, and the form that starts one."""
    form = RunForm(months=queries.months_known())
    found = paged(request, queries.runs(seen_by=request.user))
    return render(request, "demand/runs.html", {"page": found, "form": form})


@login_required
@require_POST
def start_run(request: UserRequest) -> HttpResponse:
    """Start a forecast in the background and show how far it is."""
    request.user.must("run forecast")
    form = RunForm(request.POST, months=queries.months_known())
    if not form.is_valid():
        found = paged(request, queries.runs(seen_by=request.user))
        return render(request, "demand/runs.html", {"page": found, "form": form})
    month = form.cleaned_data["as_of"].replace(day=1)
    job = jobs.enqueue(
        "demand.jobs.forecast",
        about=_("Forecast as of %(month)s") % {"month": formats.month(month)},
        by=request.user,
        as_of=month.isoformat(),
        horizon=form.cleaned_data["horizon"],
        username=request.user.username,
    )
    return redirect("job", job.pk)


@login_required
def run_page(request: UserRequest, run_id: int) -> HttpResponse:
    """One run: what it knew, what it rests on, how well it would have done."""
    request.user.must("see demand")
    run = queries.run(run_id)
    whole = queries.item_view(run, queries.TOTAL, seen_by=request.user)
    chart = forecast_chart(
        whole.actual,
        whole.forecast,
        whole.plan,
        title=queries.headline(whole.name, whole.actual, whole.forecast),
    )
    lags = [(lag, queries.snapshot(run, lag=lag)) for lag in (1, 2, 3)]
    context = {"run": run, "chart": chart, "lags": lags, "whole": whole}
    return render(request, "demand/run.html", context)


urlpatterns = [
    path("demand/runs/", run_list, name="forecast-runs"),
    path("demand/runs/start/", start_run, name="start-forecast"),
    path("demand/runs/<int:run_id>/", run_page, name="forecast-run"),
]
