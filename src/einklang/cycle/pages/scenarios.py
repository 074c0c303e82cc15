"""A month's scenarios side by side: what each asks, and what it would bring."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from einklang.cycle import actions, queries
from einklang.cycle.forms import ScenarioForm, month_name
from einklang.cycle.picture import lever_rows, scenario_chart
from einklang.engine.periods import parse_month
from einklang.people.http import UserRequest
from einklang.web.forms import refusals_on


@login_required
def scenarios(request: UserRequest, month: str) -> HttpResponse:
    """The scenarios with their newest versions, and the form that copies one."""
    request.user.must("see demand")
    cycle = queries.cycle(parse_month(month))
    source = queries.scenario(cycle, request.GET.get("copy") or queries.BASE)
    form = ScenarioForm(request.POST or None, initial=source.settings)
    if form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            actions.copy_scenario(
                source, given["name"], settings=form.settings(), note=given["note"], by=request.user
            )
            return redirect("scenarios", month_name(cycle.month))
    planned = queries.side_by_side(cycle, seen_by=request.user)
    context = {
        "cycle": cycle,
        "source": source,
        "rows": [(one, version, lever_rows(one.settings)) for one, version in planned],
        "chart": scenario_chart(planned),
        "waiting": queries.waiting_scenarios(cycle, seen_by=request.user),
        "form": form,
        "may_plan": request.user.may("plan supply"),
        "may_run": request.user.may("freeze plan") and request.user.may("plan supply"),
        "sees_cost": request.user.may("see cost"),
    }
    return render(request, "cycle/scenarios.html", context)


urlpatterns = [path("cycle/<str:month>/scenarios/", scenarios, name="scenarios")]
