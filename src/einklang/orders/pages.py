"""Orders as pages: the list with its totals, one order with what became of it, and an item's stock."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.catalog import queries as catalog
from einklang.engine.errors import Impossible
from einklang.engine.periods import parse_month
from einklang.kernel import clock
from einklang.orders import actions, queries
from einklang.people import queries as people
from einklang.people.http import UserRequest
from einklang.web.paging import paged

FILTERS = ("month", "territory", "seller", "account", "channel", "state", "search")
SORTS = ("number", "ordered_on", "account__name", "subtotal_cents", "period")


@login_required
def orders(request: UserRequest) -> HttpResponse:
    """The orders one may see, what they add up to, and the filters that narrow both."""
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    where: dict[str, Any] = {name: value for name, value in asked.items() if name != "month"}
    found = queries.orders(seen_by=request.user, period=month_asked(asked["month"]), **where)
    sort = request.GET.get("sort", "-ordered_on")
    sort = sort if sort.lstrip("-") in SORTS else "-ordered_on"
    context = {
        "page": paged(request, found.order_by(sort, "-number")),
        "totals": queries.totals(found),
        "asked": asked,
        "filtered": any(asked.values()),
        "territories": people.territories().values(),
        "sellers": people.sellers(),
        "span": queries.months(),
    }
    return render(request, "orders/orders.html", context)


def month_asked(text: str) -> date | None:
    """The month in an address; one that is none narrows nothing."""
    try:
        return parse_month(text) if text else None
    except Impossible:
        return None


@login_required
def order(request: UserRequest, number: str) -> HttpResponse:
    """One order: who, when, its lines, what was shipped and what came back."""
    found = queries.order(number, seen_by=request.user)
    lines = list(found.lines.all())
    context = {
        "order": found,
        "lines": lines,
        "shipments": [(line, shipment) for line in lines for shipment in line.shipments.all()],
        "returns": [(line, back) for line in lines for back in line.returns.all()],
        "may_cancel": request.user.may("book orders") and found.state == "open",
    }
    return render(request, "orders/order.html", context)


@login_required
@require_POST
def cancel(request: UserRequest, number: str) -> HttpResponse:
    """Cancel an order of which nothing has left the house."""
    found = queries.order(number, seen_by=request.user)
    actions.cancel(found, request.POST.get("reason", ""), by=request.user)
    messages.success(request, _("Order %(number)s was cancelled.") % {"number": number})
    return redirect("order", number)


@login_required
def item_stock(request: UserRequest, code: str) -> HttpResponse:
    """A part of the item page: what lies where since when, what is on its way, who ordered last."""
    item, today = catalog.item(code), clock.today()
    stock = queries.stock_of(item, today)
    coming = [
        row for row in queries.open_supply(today).sort("due").iter_rows(named=True) if row["item"] == code
    ]
    context = {
        "item": item,
        "stock": stock,
        "total": sum(row["quantity"] for row in stock),
        "coming": coming[:12],
        "lines": queries.latest_lines(item, seen_by=request.user),
    }
    return render(request, "orders/item_stock.html", context)


urlpatterns = [
    path("orders/", orders, name="orders"),
    path("orders/items/<str:code>/", item_stock, name="item-stock"),
    path("orders/<str:number>/", order, name="order"),
    path("orders/<str:number>/cancel/", cancel, name="cancel-order"),
]
