"""Plan versions: the list, one version by family and month, two of them compared, and the pack."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.cycle import actions, queries
from einklang.cycle.forms import CompareForm, SignForm, month_name
from einklang.cycle.pack import KINDS, pack
from einklang.cycle.picture import change_chart, change_grid, picture
from einklang.people.http import UserRequest
from einklang.web.forms import refusals_on
from einklang.web.paging import paged


@login_required
def plans(request: UserRequest) -> HttpResponse:
    """Every plan version, the newest first."""
    found = queries.versions(seen_by=request.user)
    context = {"page": paged(request, found), "sees_cost": request.user.may("see cost")}
    return render(request, "cycle/plans.html", context)


@login_required
def plan(request: UserRequest, pk: int, form: SignForm | None = None) -> HttpResponse:
    """One version: what is wished and what can be delivered, by family and month, in units and money."""
    version = queries.version(pk, seen_by=request.user)
    steps = queries.board(version.cycle, seen_by=request.user, version=version)
    context = {
        "version": version,
        "picture": picture(version, seen_by=request.user),
        "steps": [step for step in steps if step.kind.basis == "version"],
        "before": queries.version_before(version, seen_by=request.user),
        "sees_cost": request.user.may("see cost"),
        "may_export": request.user.may("export data"),
        "form": form or SignForm(),
        "month": month_name(version.cycle.month),
    }
    return render(request, "cycle/plan.html", context)


@login_required
@require_POST
def sign(request: UserRequest, pk: int, code: str) -> HttpResponse:
    """Sign a step for this version."""
    version = queries.version(pk, seen_by=request.user)
    form = SignForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            actions.sign(version, code, comment=form.cleaned_data["comment"], by=request.user)
            return redirect("plan", pk)
    return plan(request, pk, form)


@login_required
def compare(request: UserRequest) -> HttpResponse:
    """What changed from one version to another, in sentences and by family and month."""
    found = queries.versions(seen_by=request.user)
    choices = [(version.pk, str(version)) for version in found[:200]]
    form = CompareForm(request.GET or None, versions=choices)
    difference = None
    if form.is_valid():
        one, other = (queries.version(form.cleaned_data[name], seen_by=request.user) for name in ("a", "b"))
        difference = queries.compare(one, other)
    context: dict[str, Any] = {"form": form, "difference": difference, "enough": len(choices) > 1}
    if difference:
        context |= {**change_grid(difference), "chart": change_chart(difference)}
    return render(request, "cycle/compare.html", context)


@login_required
def download(request: UserRequest, pk: int, kind: str) -> HttpResponse:
    """The pack of a version as PDF, workbook or page, in the reader's language."""
    request.user.must("export data")
    version = queries.version(pk, seen_by=request.user)
    content = pack(version, kind, seen_by=request.user)
    answer = HttpResponse(content, content_type=KINDS[kind])
    name = f"{_('plan')}-{month_name(version.cycle.month)}-v{version.number}.{kind}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


urlpatterns = [
    path("plans/", plans, name="plans"),
    path("plans/compare/", compare, name="plan-compare"),
    path("plans/<int:pk>/", plan, name="plan"),
    path("plans/<int:pk>/<str:code>/sign/", sign, name="plan-sign"),
    path("plans/<int:pk>/pack.<str:kind>", download, name="plan-pack"),
]
