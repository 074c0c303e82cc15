"""Decisions with their figures and results, and assumptions, as pages."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from einklang.cycle import actions, queries
from einklang.cycle.forms import AssumptionForm, DecisionForm, ResultForm, month_name
from einklang.engine.periods import parse_month
from einklang.people import queries as people
from einklang.people.http import UserRequest
from einklang.web.forms import refusals_on


@login_required
def decisions(request: UserRequest) -> HttpResponse:
    """Every decision there was, with the figures then and how it turned out."""
    request.user.must("see demand")
    context = {"decisions": queries.decisions(), "may_decide": request.user.may("decide")}
    return render(request, "cycle/decisions.html", context)


@login_required
def decide(request: UserRequest, month: str) -> HttpResponse:
    """Record a decision of a month."""
    request.user.must("decide")
    cycle = queries.cycle(parse_month(month))
    form = DecisionForm(request.POST or None, seen_by=request.user)
    if form.is_valid():
        given = form.cleaned_data
        owner = people.user(given["owner"]) if given["owner"] else None
        with refusals_on(form):
            actions.record_decision(
                cycle,
                given["title"],
                reason=given["reason"],
                owner=owner,
                due_on=given["due_on"],
                by=request.user,
            )
            return redirect("cycle-month", month)
    context = {"cycle": cycle, "form": form, "version": queries.in_force(cycle)}
    return render(request, "cycle/decide.html", context)


@login_required
def result(request: UserRequest, pk: int) -> HttpResponse:
    """Add how a decision turned out."""
    request.user.must("decide")
    decision = queries.decision(pk)
    form = ResultForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            actions.note_result(decision, form.cleaned_data["text"], by=request.user)
            return redirect("cycle-month", month_name(decision.cycle.month))
    return render(request, "cycle/result.html", {"decision": decision, "form": form})


@login_required
def assume(request: UserRequest, month: str) -> HttpResponse:
    """Note an assumption, a risk or a chance of a month."""
    request.user.must("give voice")
    cycle = queries.cycle(parse_month(month))
    form = AssumptionForm(request.POST or None)
    if form.is_valid():
        with refusals_on(form):
            actions.note_assumption(cycle, form.cleaned_data["text"], **form.facts(), by=request.user)
            return redirect("cycle-month", month)
    return render(request, "cycle/assume.html", {"cycle": cycle, "form": form})


urlpatterns = [
    path("decisions/", decisions, name="decisions"),
    path("decisions/<int:pk>/result/", result, name="decision-result"),
    path("cycle/<str:month>/decide/", decide, name="cycle-decide"),
    path("cycle/<str:month>/assume/", assume, name="cycle-assume"),
]
