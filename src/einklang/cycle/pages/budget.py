"""The budget the plan is held against: its figures, a new one, and one from last year's sales."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from einklang.cycle import actions, queries
from einklang.cycle.forms import BudgetForm, LastYearForm, month_name
from einklang.cycle.picture import budget_table
from einklang.engine.money import cents
from einklang.engine.periods import add_months
from einklang.people.http import UserRequest
from einklang.web.forms import refusals_on


@login_required
def budget(request: UserRequest) -> HttpResponse:
    """The budget that stands, by family and month, and the form that sets one figure."""
    request.user.must("see demand")
    form = BudgetForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        family = queries.family_records().get(given["family"])
        with refusals_on(form):
            actions.set_budget(
                [(family, given["month"], cents(given["amount"]), given["quantity"])], by=request.user
            )
            return redirect("budget")
    return _page(request, form, LastYearForm(initial={"start": _next_month()}))


@login_required
@require_POST
def from_last_year(request: UserRequest) -> HttpResponse:
    """Set a budget of last year's sales, raised by a growth rate."""
    form = LastYearForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            count = actions.budget_from_last_year(
                given["start"], given["months"], form.rate(), by=request.user
            )
            messages.success(
                request,
                ngettext("%(count)s figure was set.", "%(count)s figures were set.", count)
                % {"count": count},
            )
            return redirect("budget")
    return _page(request, BudgetForm(), form)


def _page(request: UserRequest, form: BudgetForm, last_year: LastYearForm) -> HttpResponse:
    context = {
        "table": budget_table(),
        "form": form,
        "last_year": last_year,
        "may_set": request.user.may("set budget"),
    }
    return render(request, "cycle/budget.html", context)


def _next_month() -> str:
    newest = queries.latest_cycle()
    return month_name(add_months(newest.month, 1) if newest else queries.month_to_open())


urlpatterns = [
    path("budget/", budget, name="budget"),
    path("budget/last-year/", from_last_year, name="budget-from-last-year"),
]
