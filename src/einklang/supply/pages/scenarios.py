"""Scenarios as pages: make one, change it, see at once what it would bring, hold up to four side by side."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from einklang.demand import queries as demand
from einklang.kernel import jobs
from einklang.kernel.errors import NotFound, Refused
from einklang.people.http import UserRequest
from einklang.supply import actions, queries
from einklang.supply.charts import outcome_chart
from einklang.supply.forms import ChangeForm, ScenarioForm
from einklang.supply.levers import label
from einklang.web.forms import refusals_on

# The balance's kinds of cost for a reader.
COSTS = {
    "material": _lazy("Material and purchases"),
    "holding": _lazy("Holding stock"),
    "backlog": _lazy("Late deliveries"),
    "lost sales": _lazy("Lost sales"),
    "safety stock short": _lazy("Below safety stock"),
    "overtime": _lazy("Overtime"),
    "worth of end stock": _lazy("Worth of the stock at the end"),
    "expired": _lazy("Past shelf life"),
    "purchases": _lazy("Purchases"),
}


@login_required
def scenario_list(request: UserRequest) -> HttpResponse:
    """The scenarios people made, each with its newest plan, and the form that begins one."""
    agreed = demand.latest_consensus()
    form = ScenarioForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            made = actions.make_scenario(queries.agreed_now(), **form.cleaned_data, by=request.user)
            return redirect("supply-scenario", made.pk)
    rows = queries.draft_rows(seen_by=request.user)
    added = (
        [(edit, queries.change_words(edit)) for edit in queries.base_edits(agreed.as_of)] if agreed else []
    )
    context = {"rows": rows, "form": form, "agreed": agreed, "added": added}
    return render(request, "supply/scenarios.html", context)


@login_required
def scenario(request: UserRequest, pk: int) -> HttpResponse:
    """One scenario: what it changes, the form that adds a change, and what it would bring."""
    request.user.must("see supply")
    one = queries.scenario(pk)
    form = ChangeForm(request.POST or None, months=queries.plan_months(one.consensus))
    if form.is_valid():
        with refusals_on(form):
            actions.change_scenario(one, form.wanted(), by=request.user)
            return redirect("supply-scenario", one.pk)
    run = queries.worked_out(one)
    context = {
        "scenario": one,
        "form": form,
        "edits": [(edit, queries.change_words(edit)) for edit in queries.edits(one)],
        **_told(queries.quick(one.consensus, [None, one], seen_by=request.user)),
        "run": run,
        "is_current": run is not None and queries.is_up_to_date(one, run),
        "is_draft": one.state == one.State.DRAFT,
        "copy_form": ScenarioForm(prefix="copy"),
    }
    return render(request, "supply/scenario.html", context)


@login_required
@require_POST
def undo_change(request: UserRequest, pk: int) -> HttpResponse:
    """Take one change back."""
    edit = queries.edit(pk)
    actions.undo_edit(edit, by=request.user)
    messages.success(request, _("The change was taken back."))
    if edit.scenario.name == queries.BASE:
        return redirect("supply-scenarios")
    return redirect("supply-scenario", edit.scenario_id)


@login_required
@require_POST
def copy_scenario(request: UserRequest, pk: int) -> HttpResponse:
    """Begin another scenario with the same changes."""
    form = ScenarioForm(request.POST, prefix="copy")
    if form.is_valid():
        with refusals_on(form):
            made = actions.copy_scenario(queries.scenario(pk), **form.cleaned_data, by=request.user)
            return redirect("supply-scenario", made.pk)
    for fault in [text for texts in form.errors.values() for text in texts]:
        messages.error(request, str(fault))
    return redirect("supply-scenario", pk)


@login_required
@require_POST
def promote_scenario(request: UserRequest, pk: int) -> HttpResponse:
    """Let the plan as agreed rest on it, and plan anew."""
    request.user.must("plan supply")
    one = queries.scenario(pk)
    try:
        actions.promote_scenario(one, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("supply-scenario", pk)
    return work_out(request, one.consensus_id, queries.BASE)


@login_required
@require_POST
def discard_scenario(request: UserRequest, pk: int) -> HttpResponse:
    """Put a draft away."""
    actions.discard_scenario(queries.scenario(pk), by=request.user)
    messages.success(request, _("The scenario was put away."))
    return redirect("supply-scenarios")


@login_required
@require_POST
def work_out_scenario(request: UserRequest, pk: int) -> HttpResponse:
    """Work a scenario out in full, in the background."""
    request.user.must("plan supply")
    one = queries.scenario(pk)
    return work_out(request, one.consensus_id, one.name)


def work_out(request: UserRequest, consensus: int, name: str) -> HttpResponse:
    """Start a plan under a scenario in the background, and show how far it is."""
    job = jobs.enqueue(
        "supply.jobs.plan",
        about=_("Supply plan: %(scenario)s") % {"scenario": label(name)},
        by=request.user,
        consensus=consensus,
        scenario=name,
        levers={},
        username=request.user.username,
    )
    return redirect("job", job.pk)


@login_required
def compare(request: UserRequest) -> HttpResponse:
    """Up to four plans and scenarios side by side: figures, money, and where they differ."""
    request.user.must("see supply")
    picked = [name for name in request.GET.getlist("pick") if name][: queries.MOST]
    runs = queries.runs(seen_by=request.user)[:50]
    drafts = queries.drafts(seen_by=request.user)[:30]
    choices = [(f"run:{run.pk}", f"{run.as_of:%Y-%m} · {label(run.scenario)} · {run.number}") for run in runs]
    quick = [(f"scenario:{one.pk}", f"{one.as_of:%Y-%m} · {one.name}") for one in drafts]
    context: dict[str, Any] = {
        "choices": choices,
        "quick": quick,
        "picked": [*picked, *[""] * (queries.MOST - len(picked))],
    }
    if len(picked) > 1:
        context |= _told([_picked(name, request) for name in picked])
    return render(request, "supply/compare.html", context)


def _picked(name: str, request: UserRequest) -> queries.Outcome:
    """One column of the comparison: a plan worked out in full, or a scenario answered at once."""
    kind, _colon, number = name.partition(":")
    if not number.isdigit() or kind not in ("run", "scenario"):
        raise NotFound(_("There is no such supply plan."))
    if kind == "run":
        run = queries.run(int(number))
        return queries.outcome_of(run, f"{label(run.scenario)} · {run.number}", seen_by=request.user)
    one = queries.scenario(int(number))
    return queries.quick(one.consensus, [one], seen_by=request.user)[0]


def _told(outcomes: Sequence[queries.Outcome]) -> dict[str, object]:
    """What the tables and the chart of a comparison show."""
    told = queries.side_by_side(outcomes)
    measures = {
        "ship": _("Units delivered: in the first plan, and how many more or fewer in the others."),
        "overtime": _("They deliver the same. Hours of overtime: in the first plan, and more or fewer."),
        "stock_cents": _("They deliver the same. Stock at cost: in the first plan, and more or less."),
        "stock": _("They deliver the same. Stock in units: in the first plan, and more or less."),
    }
    return {
        "told": told,
        "measure": measures.get(told.measure, ""),
        "in_money": told.measure == "stock_cents",
        "cost_rows": _cost_rows(outcomes),
        "chart": outcome_chart(told),
    }


def _cost_rows(outcomes: Sequence[queries.Outcome]) -> list[tuple[str, list[int]]]:
    """Each kind of cost with its amount in every plan, the largest first."""
    told = [dict(one.costs or []) for one in outcomes]
    kinds = sorted({kind for costs in told for kind in costs}, key=lambda kind: -abs(told[0].get(kind, 0)))
    return [(str(COSTS.get(kind, kind)), [costs.get(kind, 0) for costs in told]) for kind in kinds]


urlpatterns = [
    path("supply/scenarios/", scenario_list, name="supply-scenarios"),
    path("supply/scenarios/<int:pk>/", scenario, name="supply-scenario"),
    path("supply/scenarios/<int:pk>/copy/", copy_scenario, name="copy-supply-scenario"),
    path("supply/scenarios/<int:pk>/promote/", promote_scenario, name="promote-supply-scenario"),
    path("supply/scenarios/<int:pk>/discard/", discard_scenario, name="discard-supply-scenario"),
    path("supply/scenarios/<int:pk>/work-out/", work_out_scenario, name="work-out-supply-scenario"),
    path("supply/changes/<int:pk>/undo/", undo_change, name="undo-supply-change"),
    path("supply/compare/", compare, name="compare-supply"),
]
