"""The supply review as pages: the plan at a glance, its orders, plans side by side."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.demand import queries as demand
from einklang.kernel import jobs
from einklang.people.http import UserRequest
from einklang.supply import queries
from einklang.supply.charts import heat_title, ship_chart, stock_chart
from einklang.supply.forms import PlanForm
from einklang.supply.levers import label
from einklang.supply.pages.loading import heat_of
from einklang.web import formats
from einklang.web.paging import paged

EXCEPTIONS_ON_REVIEW = 8


def _plan_form(data: object = None) -> PlanForm | None:
    """The form that starts a plan, for the newest agreed demand; none while nothing is agreed."""
    agreed = demand.latest_consensus()
    return PlanForm(data, initial={"consensus": agreed.pk}) if agreed else None


@login_required
def review(request: UserRequest, run_id: int | None = None) -> HttpResponse:
    """The supply review: what the plan delivers, what limits it, what needs attention."""
    request.user.must("see supply")
    asked = request.GET.get("run", "")
    chosen = run_id or (int(asked) if asked.isdigit() else None)
    run = queries.run(chosen) if chosen else queries.latest()
    if run is None:
        return render(
            request, "supply/start.html", {"form": _plan_form(), "agreed": demand.latest_consensus()}
        )
    money = request.user.may("see cost")
    # Bottlenecks stand under the heat already.
    pressing = queries.exceptions(run, state="open").filter(item__isnull=False)
    shown = pressing[:EXCEPTIONS_ON_REVIEW]
    told = queries.review(run, seen_by=request.user)
    to_exceptions = reverse("supply-exceptions", args=[run.pk])
    context = {
        "run": run,
        "scenario": label(run.scenario),
        "review": told,
        "lost_text": _lost(told),
        "hours_text": _("%(hours)s hours of overtime")
        % {"hours": formats.quantity(round(told.overtime_hours))},
        "exceptions_address": to_exceptions,
        "exceptions_lost": f"{to_exceptions}?kind=lost",
        "others": [(other, label(other.scenario)) for other in queries.runs(seen_by=request.user)[:30]],
        "heat": heat_of(run, money=money),
        "heat_title": heat_title(run),
        "stock": stock_chart(run, money=money),
        "ships": ship_chart(run),
        "limits": queries.bottlenecks(run, seen_by=request.user),
        "assumed": queries.assumed_sentences(run),
        "exceptions": [(one, queries.exception_sentence(one, with_money=money)) for one in shown],
        "form": _plan_form(),
        "is_outdated": demand.latest_consensus() not in (None, run.consensus),
    }
    return render(request, "supply/review.html", context)


def _lost(told: queries.Review) -> str:
    count = formats.quantity(round(told.lost))
    if told.lost_cents is None:
        return _("%(count)s units cannot be delivered") % {"count": count}
    return _("%(count)s units cannot be delivered (%(value)s)") % {
        "count": count,
        "value": formats.money_short(told.lost_cents),
    }


@login_required
def run_list(request: UserRequest) -> HttpResponse:
    """All supply plans, and the form that makes one."""
    found = paged(request, queries.runs(seen_by=request.user))
    rows = [(run, label(run.scenario)) for run in found]
    return render(request, "supply/runs.html", {"page": found, "rows": rows, "form": _plan_form()})


@login_required
@require_POST
def start_run(request: UserRequest) -> HttpResponse:
    """Start a plan in the background and show how far it is."""
    request.user.must("plan supply")
    form = PlanForm(request.POST)
    if not form.is_valid():
        found = paged(request, queries.runs(seen_by=request.user))
        rows = [(run, label(run.scenario)) for run in found]
        return render(request, "supply/runs.html", {"page": found, "rows": rows, "form": form})
    scenario, levers = form.levers()
    job = jobs.enqueue(
        "supply.jobs.plan",
        about=_("Supply plan: %(scenario)s") % {"scenario": label(scenario)},
        by=request.user,
        consensus=form.cleaned_data["consensus"],
        scenario=scenario,
        levers=levers.changed(),
        username=request.user.username,
    )
    return redirect("job", job.pk)


@login_required
def order_list(request: UserRequest, run_id: int) -> HttpResponse:
    """The orders a plan asks for."""
    request.user.must("see supply")
    run = queries.run(run_id)
    item, kind = request.GET.get("item", ""), request.GET.get("kind", "")
    found = paged(request, queries.orders(run, item=item, kind=kind))
    return render(request, "supply/orders.html", {"run": run, "page": found, "item": item, "kind": kind})


urlpatterns = [
    path("supply/", review, name="supply"),
    path("supply/runs/", run_list, name="supply-runs"),
    path("supply/runs/start/", start_run, name="start-supply"),
    path("supply/runs/<int:run_id>/", review, name="supply-run"),
    path("supply/runs/<int:run_id>/orders/", order_list, name="planned-orders"),
]
