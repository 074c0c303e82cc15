"""The supply review as pages: the plan, its exceptions and loads, its orders, plans side by side."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.demand import queries as demand
from einklang.kernel import jobs
from einklang.kernel.errors import NotFound
from einklang.people.http import UserRequest
from einklang.supply import actions, queries
from einklang.supply.charts import heat_of, ship_chart, stock_chart
from einklang.supply.forms import HandleForm, PlanForm
from einklang.supply.levers import label
from einklang.web import formats
from einklang.web.forms import refusals_on
from einklang.web.paging import paged

EXCEPTIONS_ON_REVIEW = 8


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as fault:
        raise NotFound(_("%(text)s is not a month.") % {"text": text}) from fault


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
    shown = queries.exceptions(run, state="open")[:EXCEPTIONS_ON_REVIEW]
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
        "heat": heat_of(run),
        "stock": stock_chart(run, money=money),
        "ships": ship_chart(run),
        "limits": queries.bottleneck_sentences(run, with_money=money),
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
def load_page(request: UserRequest, run_id: int, code: str, month: str) -> HttpResponse:
    """What loads one work centre in one month."""
    request.user.must("see supply")
    run = queries.run(run_id)
    shown = queries.loading(run, code, _month(month))
    return render(
        request, "supply/load.html", {"run": run, "load": shown, "page": paged(request, shown.rows)}
    )


@login_required
def exception_list(request: UserRequest, run_id: int) -> HttpResponse:
    """What needs attention in a plan, as sentences to work through."""
    request.user.must("see supply")
    run = queries.run(run_id)
    asked = {name: request.GET.get(name, "") for name in ("kind", "item")}
    state = request.GET.get("state", "open")
    found = paged(request, queries.exceptions(run, state=state, **asked), 30)
    money = request.user.may("see cost")
    counts = queries.exception_counts(run)
    context = {
        "run": run,
        "page": found,
        "rows": [(one, queries.exception_sentence(one, with_money=money)) for one in found],
        "kinds": [
            (value, name, counts.get(value, 0)) for value, name in queries.kinds() if counts.get(value)
        ],
        "kind": asked["kind"],
        "item": asked["item"],
        "state": state,
        "form": HandleForm(),
    }
    return render(request, "supply/exceptions.html", context)


@login_required
@require_POST
def handle(request: UserRequest, exception_id: int) -> HttpResponse:
    """Mark an exception as dealt with."""
    one = queries.exception(exception_id)
    form = HandleForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            actions.handle(one, form.cleaned_data["reason"], by=request.user)
    for fault in [text for texts in form.errors.values() for text in texts]:
        messages.error(request, str(fault))
    back = reverse("supply-exceptions", args=[one.run_id])
    return redirect(f"{back}?{request.GET.urlencode()}" if request.GET else back)


@login_required
def order_list(request: UserRequest, run_id: int) -> HttpResponse:
    """The orders a plan asks for."""
    request.user.must("see supply")
    run = queries.run(run_id)
    item, kind = request.GET.get("item", ""), request.GET.get("kind", "")
    found = paged(request, queries.orders(run, item=item, kind=kind))
    return render(request, "supply/orders.html", {"run": run, "page": found, "item": item, "kind": kind})


@login_required
def compare(request: UserRequest) -> HttpResponse:
    """Two plans side by side."""
    request.user.must("see supply")
    asked = [request.GET.get("left", ""), request.GET.get("right", "")]
    choices = [(run, label(run.scenario)) for run in queries.runs(seen_by=request.user)[:50]]
    context: dict[str, object] = {"choices": choices}
    if all(one.isdigit() for one in asked):
        left, right = (queries.run(int(one)) for one in asked)
        found = queries.compare(left, right, seen_by=request.user)
        context |= {"found": found, "left": left, "right": right, "chart": ship_chart(left, right)}
        context |= {"left_label": label(left.scenario), "right_label": label(right.scenario)}
    return render(request, "supply/compare.html", context)


urlpatterns = [
    path("supply/", review, name="supply"),
    path("supply/runs/", run_list, name="supply-runs"),
    path("supply/runs/start/", start_run, name="start-supply"),
    path("supply/runs/<int:run_id>/", review, name="supply-run"),
    path("supply/runs/<int:run_id>/load/<str:code>/<str:month>/", load_page, name="supply-load"),
    path("supply/runs/<int:run_id>/exceptions/", exception_list, name="supply-exceptions"),
    path("supply/runs/<int:run_id>/orders/", order_list, name="planned-orders"),
    path("supply/exceptions/<int:exception_id>/handle/", handle, name="handle-exception"),
    path("supply/compare/", compare, name="compare-supply"),
]
