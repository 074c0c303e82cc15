"""Items as pages: the list, and one item with everything the house knows of it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from einklang.catalog import actions, queries
from einklang.catalog.forms import AmountForm, ItemForm
from einklang.catalog.structure import made_of
from einklang.kernel import clock
from einklang.people.http import UserRequest
from einklang.web import formats
from einklang.web.forms import refusals_on
from einklang.web.paging import paged

SORTS = ("code", "name", "family__name", "lead_time_days", "safety_stock")
FACTS = ("name", "lead_time_days", "safety_stock", "reorder_point", "lot_min", "lot_multiple", "version")


@login_required
def items(request: UserRequest) -> HttpResponse:
    """All items, narrowed by family, kind and words."""
    asked = {name: request.GET.get(name, "") for name in ("search", "family", "kind", "state")}
    found = queries.items(search=asked["search"], family=asked["family"], sold_only=asked["state"] == "sold")
    if asked["kind"]:
        found = found.filter(kind=asked["kind"])
    if asked["state"] == "ended":
        found = found.filter(ended_on__lte=clock.today())
    sort = request.GET.get("sort", "code")
    found = found.order_by(sort if sort.lstrip("-") in SORTS else "code")
    context = {
        "page": paged(request, found),
        "asked": asked,
        "families": queries.families(),
        "today": clock.today(),
        "filtered": any(asked.values()),
    }
    return render(request, "catalog/items.html", context)


@login_required
def item(request: UserRequest, code: str) -> HttpResponse:
    """One item: facts, prices, structure, routing, suppliers; demand, stock and plan come from above."""
    found, today = queries.item(code), clock.today()
    sees_cost = request.user.may("see cost")
    context = {
        "item": found,
        "prices": queries.prices(found),
        "costs": queries.costs(found) if sees_cost else [],
        "parts": made_of(found, today),
        "where_used": queries.where_used(found, today),
        "routing": queries.routing(found),
        "terms": queries.supply_terms(found) if sees_cost else [],
        "sees_cost": sees_cost,
        "edits": request.user.may("edit catalog"),
        "today": today,
    }
    return render(request, "catalog/item.html", context)


@login_required
def edit_item(request: UserRequest, code: str) -> HttpResponse:
    """Change an item's facts."""
    request.user.must("edit catalog")
    found = queries.item(code)
    form = ItemForm(request.POST or None, initial={name: getattr(found, name) for name in FACTS})
    if form.is_valid():
        facts: dict[str, Any] = dict(form.cleaned_data)
        with refusals_on(form):
            actions.change_item(found, version=facts.pop("version"), by=request.user, **facts)
            messages.success(request, _("%(item)s was changed.") % {"item": found})
            return redirect("item", code)
    context = {"item": found, "form": form, "heading": _("Change facts")}
    return render(request, "catalog/edit.html", context, status=422 if form.errors else 200)


@login_required
def price(request: UserRequest, code: str) -> HttpResponse:
    """Set what an item is sold for from a day on."""
    return set_amount(request, code, "price")


@login_required
def cost(request: UserRequest, code: str) -> HttpResponse:
    """Set what an item costs from a day on."""
    request.user.must("see cost")
    return set_amount(request, code, "cost")


def set_amount(request: UserRequest, code: str, kind: str) -> HttpResponse:
    """The form for a price or a cost from a day on."""
    request.user.must("edit catalog")
    found = queries.item(code)
    form = AmountForm(request.POST or None, initial={"valid_from": clock.today()})
    deed = actions.set_price if kind == "price" else actions.set_cost
    if form.is_valid():
        with refusals_on(form):
            deed(
                found, form.cents(), formats.home_currency(), form.cleaned_data["valid_from"], by=request.user
            )
            messages.success(
                request,
                _("It holds from %(day)s on.") % {"day": formats.day(form.cleaned_data["valid_from"])},
            )
            return redirect("item", code)
    heading = _("New price") if kind == "price" else _("New cost")
    context = {"item": found, "form": form, "heading": heading}
    return render(request, "catalog/edit.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("items/", items, name="items"),
    path("items/<str:code>/", item, name="item"),
    path("items/<str:code>/edit/", edit_item, name="edit-item"),
    path("items/<str:code>/price/", price, name="set-price"),
    path("items/<str:code>/cost/", cost, name="set-cost"),
]
