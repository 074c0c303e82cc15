"""Forecast runs: all of them, the start of one, and what one rests on."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.demand import queries
from einklang.demand.forms import RunForm
from einklang.demand.pages.words import kind_name, method_name, step_name
from einklang.kernel import jobs
from einklang.kernel.errors import Refused
from einklang.people.http import UserRequest
from einklang.web import formats
from einklang.web.charts import forecast_chart
from einklang.web.paging import paged

SHOWN_FAILURES = 100
MOST_DEEP = 2000
LEAST_SHARE = 0.01


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
        without=request.POST.getlist("without"),
    )
    return redirect("job", job.pk)


@login_required
@require_POST
def start_deep(request: UserRequest) -> HttpResponse:
    """Let the slow models look at the most valuable items in the background, then forecast with them."""
    request.user.must("run forecast")
    run = queries.latest_run()
    items = request.POST.get("items", "")
    if run is None or not items.isdigit() or not 1 <= int(items) <= MOST_DEEP:
        raise Refused(
            _("Choose how many items, from 1 to %(most)s, once there is a forecast.") % {"most": MOST_DEEP},
            status=422,
        )
    job = jobs.enqueue(
        "demand.jobs.deep",
        about=_("Slow models for %(count)s items") % {"count": items},
        by=request.user,
        as_of=run.as_of.isoformat(),
        horizon=run.horizon,
        items=int(items),
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
    names = queries.names()
    context = {
        "run": run,
        "chart": chart,
        "lags": lags,
        "whole": whole,
        "kinds": [(kind_name(kind), count) for kind, count in run.kinds.items()],
        "steps": [
            {**step, "kind": kind_name(step["kind"]), "step": step_name(step["step"])} for step in run.steps
        ],
        "weights": [(kind_name(kind), _shares(shares)) for kind, shares in run.weights.items()],
        "failures": [
            {**one, "name": names.get(one.get("series", ""), one.get("series", ""))}
            for one in run.failures[:SHOWN_FAILURES]
        ],
        "failure_count": len(run.failures),
        "left_out": run.settings.get("without", []),
    }
    return render(request, "demand/run.html", context)


def _shares(shares: dict[str, float]) -> list[tuple[str, float]]:
    """What each method counts for, the largest first."""
    found = [(method_name(name), share) for name, share in shares.items() if share >= LEAST_SHARE]
    return sorted(found, key=lambda pair: -pair[1])


urlpatterns = [
    path("demand/runs/", run_list, name="forecast-runs"),
    path("demand/runs/start/", start_run, name="start-forecast"),
    path("demand/runs/deep/", start_deep, name="start-deep"),
    path("demand/runs/<int:run_id>/", run_page, name="forecast-run"),
]
