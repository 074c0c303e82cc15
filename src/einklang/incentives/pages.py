"""Quotas as pages: share a target, see what is uncovered and why, and who reached what."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from einklang.cycle import queries as cycle
from einklang.engine.periods import parse_month
from einklang.incentives import actions, picture, queries
from einklang.incentives.forms import TargetForm
from einklang.people.http import UserRequest
from einklang.web.forms import refusals_on
from einklang.web.paging import paged


@login_required
def quotas(request: UserRequest) -> HttpResponse:
    """The quotas of the newest signed plan, or what is missing for them."""
    plan = cycle.signed_versions(seen_by=request.user).first()
    if plan is not None:
        return plan_quotas(request, plan.pk)
    context = {"rounds": queries.rounds(), "has_plans": cycle.versions(seen_by=request.user).exists()}
    return render(request, "incentives/none.html", context)


@login_required
def plan_quotas(request: UserRequest, plan_id: int) -> HttpResponse:
    """One plan's month: share a target, see the shares, what is uncovered and what stands behind it."""
    plan = cycle.version(plan_id, seen_by=request.user)
    month = parse_month(request.GET["month"]) if request.GET.get("month") else plan.start
    usual = {
        "target": f"{queries.usual_target(plan, month) / 100:.2f}",
        "weights": queries.usual_weights(plan) or "potential",
    }
    form = TargetForm(
        request.POST or request.GET if "target" in request.GET or request.POST else None, initial=usual
    )
    proposal = None
    if form.is_valid():
        with refusals_on(form):
            chosen = form.cleaned_data["weights"]
            if request.method == "POST":
                actions.set_quotas(plan, form.cents(), month=month, weights=chosen, by=request.user)
                messages.success(request, _("The quotas are set."))
                return redirect(f"{reverse('plan-quotas', args=[plan.pk])}?month={month:%Y-%m}")
            proposal = queries.propose(plan, form.cents(), month=month, weights_by=chosen)
    return render(request, "incentives/quotas.html", _context(request, plan, month, form, proposal))


def _context(
    request: UserRequest, plan: Any, month: date, form: TargetForm, proposal: queries.Proposal | None
) -> dict[str, Any]:
    held = queries.round_of(month)
    attained = queries.territory_attainment(month, seen_by=request.user)
    limits = cycle.bottlenecks_in(plan, month)
    return {
        "plan": plan,
        "plans": cycle.signed_versions(seen_by=request.user)[:24],
        "month": month,
        "months": [(period, f"{period:%Y-%m}") for period in cycle.months(plan)],
        "sellable_cents": cycle.sellable_cents(plan, month),
        "demand_cents": cycle.demand_cents(plan, month),
        "form": form,
        "proposal": proposal,
        "shares": picture.shares(proposal) if proposal else [],
        "round": held,
        "attained": attained,
        "total": picture.total(attained),
        "chart": picture.attainment_chart(attained),
        "obstacles": [queries.obstacle(row, plan.currency) for row in limits[:3]],
        "may_set": request.user.may("set quotas"),
    }


@login_required
def sellers(request: UserRequest) -> HttpResponse:
    """Each seller's quotas over time, and how much of each was sold."""
    rows = queries.seller_attainment(seen_by=request.user, seller=request.GET.get("seller", ""))
    names = [(one.username, one.name) for one in queries.sellers_with_quota(seen_by=request.user)]
    context = {
        "page": paged(request, rows),
        "names": names,
        "chosen": request.GET.get("seller", ""),
        "chart": picture.seller_chart(rows) if request.GET.get("seller") else None,
    }
    return render(request, "incentives/sellers.html", context)


@login_required
def history(request: UserRequest) -> HttpResponse:
    """Every round of quotas there was; a later one of the same month took the place of the earlier."""
    request.user.must("see demand")
    return render(request, "incentives/history.html", {"page": paged(request, queries.rounds())})


urlpatterns = [
    path("quotas/", quotas, name="quotas"),
    path("quotas/sellers/", sellers, name="seller-quotas"),
    path("quotas/history/", history, name="quota-history"),
    path("plans/<int:plan_id>/quotas/", plan_quotas, name="plan-quotas"),
]
