"""Supply orders on their way, as pages: the list, one order with its story, and taking a decision back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.orders import actions as order_actions
from einklang.orders import queries as orders
from einklang.people.http import UserRequest
from einklang.supply import queries
from einklang.supply.forms import CancelForm, MoveForm
from einklang.web.forms import refusals_on
from einklang.web.paging import paged

FILTERS = ("kind", "supplier", "item")
LATEST = 8


@login_required
def open_orders(request: UserRequest) -> HttpResponse:
    """What is on its way, the overdue first, and what was decided about it lately."""
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    late = bool(request.GET.get("late"))
    found = queries.on_its_way(seen_by=request.user, late=late, **asked)
    whole = queries.on_its_way(seen_by=request.user)
    sellers = whole.select("supplier", "supplier_name").drop_nulls().unique().sort("supplier_name")
    context = {
        "page": paged(request, list(found.iter_rows(named=True))),
        "asked": asked,
        "late": late,
        "late_count": whole.filter(whole["days_late"] > 0).height,
        "suppliers": sellers.rows(),
        "decisions": [(one, queries.decision_sentence(one)) for one in orders.decisions()[:LATEST]],
    }
    return render(request, "supply/open_orders.html", context)


@login_required
def open_order(request: UserRequest, reference: str, item: str) -> HttpResponse:
    """One order: how it stands, what was decided, what it is for, and what can be done."""
    return _order_page(request, reference, item, MoveForm(), CancelForm())


def _order_page(
    request: UserRequest, reference: str, item: str, move: MoveForm, cancel: CancelForm
) -> HttpResponse:
    shown = queries.open_order(reference, item, seen_by=request.user)
    context = {
        "shown": shown,
        "decisions": [(one, queries.decision_sentence(one)) for one in shown.decisions],
        "move": move,
        "cancel": cancel,
    }
    return render(request, "supply/open_order.html", context)


@login_required
@require_POST
def move(request: UserRequest, reference: str, item: str) -> HttpResponse:
    """Agree another due day."""
    request.user.must("release orders")
    order, form = orders.supply_order(reference, item), MoveForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        with refusals_on(form):
            order_actions.reschedule(order, given["due_on"], given["reason"], by=request.user)
            messages.success(request, _("Moved; the next plan counts on the new day."))
            return redirect("open-order", reference, item)
    return _order_page(request, reference, item, form, CancelForm())


@login_required
@require_POST
def cancel(request: UserRequest, reference: str, item: str) -> HttpResponse:
    """Cancel what has not come yet."""
    request.user.must("release orders")
    order, form = orders.supply_order(reference, item), CancelForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            order_actions.cancel_supply(order, form.cleaned_data["reason"], by=request.user)
            messages.success(request, _("Cancelled; the next plan does without it."))
            return redirect("open-order", reference, item)
    return _order_page(request, reference, item, MoveForm(), form)


@login_required
def decision(request: UserRequest, decision_id: int) -> HttpResponse:
    """One decision: which orders it concerns, and taking it back."""
    request.user.must("see supply")
    found = orders.decision(decision_id)
    context = {
        "decision": found,
        "sentence": queries.decision_sentence(found),
        "lines": queries.decided_lines(found),
    }
    return render(request, "supply/decision.html", context)


@login_required
@require_POST
def undo(request: UserRequest, decision_id: int) -> HttpResponse:
    """Take a decision back, as long as nothing came of it."""
    request.user.must("release orders")
    order_actions.undo(orders.decision(decision_id), by=request.user)
    messages.success(request, _("Taken back."))
    return redirect("supply-decision", decision_id)


urlpatterns = [
    path("supply/open/", open_orders, name="open-supply"),
    path("supply/open/<str:reference>/<str:item>/", open_order, name="open-order"),
    path("supply/open/<str:reference>/<str:item>/move/", move, name="move-supply"),
    path("supply/open/<str:reference>/<str:item>/cancel/", cancel, name="cancel-supply"),
    path("supply/decisions/<int:decision_id>/", decision, name="supply-decision"),
    path("supply/decisions/<int:decision_id>/undo/", undo, name="undo-decision"),
]
