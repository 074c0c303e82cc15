"""Promises as pages: can we deliver it, for any item and for a deal's lines."""

from decimal import Decimal

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.formats import localize_input
from django.utils.http import urlencode

from einklang.people.http import UserRequest
from einklang.supply import queries
from einklang.supply.forms import PromiseForm
from einklang.web.forms import refusals_on


@login_required
def promise(request: UserRequest) -> HttpResponse:
    """Ask what can be promised of an item: the answer in a sentence, and the months it rests on."""
    request.user.must("see supply")
    form = PromiseForm(request.GET if "item" in request.GET else None)
    told, months = None, []
    if form.is_valid():
        with refusals_on(form):
            told = queries.promises([form.asked()], seen_by=request.user)[0]
            months = list(queries.free(told.item, seen_by=request.user).iter_rows(named=True))
    context = {"form": form, "told": told, "months": months, "run": queries.latest()}
    return render(request, "supply/promise.html", context)


@login_required
def deal_promise(request: UserRequest, code: str) -> HttpResponse:
    """What can be promised of a deal's lines; also a part of the deal's own page."""
    request.user.must("see supply")
    told = queries.promises_of_deal(code, seen_by=request.user)
    return render(
        request, "supply/deal_promise.html", {"rows": [(one, _asking(one)) for one in told], "code": code}
    )


def _asking(one: queries.Promise) -> str:
    """The address that asks the same again, written as the reader writes numbers."""
    quantity = localize_input(Decimal(f"{one.quantity.normalize():f}"))
    asked = {"item": one.item, "quantity": quantity, "wished_on": one.wished.isoformat()}
    return f"{reverse('promise')}?{urlencode(asked)}"


urlpatterns = [
    path("supply/promise/", promise, name="promise"),
    path("supply/promise/deals/<str:code>/", deal_promise, name="deal-promise"),
]
