"""Promises as pages: can we deliver it, whom would it hit, and keeping units for a deal or an order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.formats import localize_input
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.crm import queries as crm
from einklang.kernel import clock
from einklang.kernel.errors import Refused
from einklang.orders import queries as orders
from einklang.people.http import UserRequest
from einklang.supply import actions, queries
from einklang.supply.forms import KeepForm, PromiseForm
from einklang.web import formats
from einklang.web.forms import refusals_on
from einklang.web.paging import paged

USUAL_DAYS = 14


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a card: the answer, where to ask again, whom it hits, and what is kept for it."""

    promise: queries.Promise
    address: str
    displaces: queries.Displacement | None
    kept: queries.Reservation | None
    line: int = 0


@login_required
def promise(request: UserRequest) -> HttpResponse:
    """Ask what can be promised of an item: the answer in a sentence, whom it hits, and the months behind."""
    request.user.must("see supply")
    form = PromiseForm(request.GET if "item" in request.GET else None)
    context: dict[str, object] = {"form": form, "run": queries.latest()}
    if form.is_valid():
        with refusals_on(form):
            told = queries.promises([form.asked()], seen_by=request.user)
            [hits] = queries.displacements(told, seen_by=request.user)
            [insisted] = (
                queries.displacements(told, seen_by=request.user, at_wish=True)
                if told[0].state in ("later", "never")
                else [None]
            )
            months = queries.free(told[0].item, seen_by=request.user)
            context |= {
                "told": told[0],
                "displaces": hits,
                "insisted": insisted,
                "hour": _hour(request, told[0]),
                "months": list(months.iter_rows(named=True)),
                "kept": queries.reservations(seen_by=request.user, item=told[0].item),
            }
    return render(request, "supply/promise.html", context)


def _hour(request: UserRequest, told: queries.Promise) -> str:
    """What one more hour of the work centre that stands in the way would save, for those who see costs."""
    if told.obstacle != "hours" or not request.user.may("see cost"):
        return ""
    cents = queries.hour_price(queries.plan_in_force(), told.at, told.wished)
    if not cents:
        return ""
    said = {"at": told.at, "month": formats.month(told.wished), "money": formats.money(cents)}
    return _("One more hour of %(at)s in %(month)s would save %(money)s.") % said


@login_required
def deal_promise(request: UserRequest, code: str) -> HttpResponse:
    """What can be promised of a deal's lines; also a part of the deal's own page."""
    request.user.must("see supply")
    told = queries.promises_of_deal(code, seen_by=request.user)
    hits = queries.displacements(told, seen_by=request.user, whom=queries.Whom(deal=code))
    kept = queries.kept_for_deal(code)
    rows = [Row(one, _asking(one), hit, kept.get(one.item)) for one, hit in zip(told, hits, strict=True)]
    may_keep = request.user.may("edit deals") and crm.deal(code, seen_by=request.user).stage.ends == "open"
    context = {"code": code, "post_to": reverse("keep-for-deal", args=[code]), "may_keep": may_keep}
    return render(request, "supply/deal_promise.html", context | _card(rows))


@login_required
def order_promise(request: UserRequest, number: str) -> HttpResponse:
    """What can be promised of an order's open lines; also a part of the order's own page."""
    request.user.must("see supply")
    lines = queries.promises_of_order(number, seen_by=request.user)
    told = [one for _line, one in lines]
    hits = queries.displacements(told, seen_by=request.user, whom=queries.Whom(order=number))
    kept = queries.kept_for_order(number)
    rows = [
        Row(one, _asking(one), hit, kept.get(line), line)
        for (line, one), hit in zip(lines, hits, strict=True)
    ]
    context = {
        "number": number,
        "post_to": reverse("keep-for-order", args=[number]),
        "may_keep": request.user.may("book orders"),
    }
    return render(request, "supply/order_promise.html", context | _card(rows))


def _card(rows: Sequence[Row]) -> dict[str, object]:
    return {
        "rows": rows,
        "together": queries.together([row.promise for row in rows]),
        "until": (clock.today() + timedelta(days=USUAL_DAYS)).isoformat(),
        "from": clock.today().isoformat(),
    }


def _asking(one: queries.Promise) -> str:
    """The address that asks the same again, written as the reader writes numbers."""
    quantity = localize_input(Decimal(f"{one.quantity.normalize():f}"))
    asked = {"item": one.item, "quantity": quantity, "wished_on": one.wished.isoformat()}
    return f"{reverse('promise')}?{urlencode(asked)}"


@login_required
@require_POST
def keep_for_deal(request: UserRequest, code: str) -> HttpResponse:
    """Keep the units of one line of a deal."""
    request.user.must("edit deals")
    deal, form = crm.deal(code, seen_by=request.user), KeepForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            given = form.cleaned_data
            kept = actions.reserve_for_deal(deal, given["item"], given["until"], by=request.user)
            _kept(request, kept)
    _faults(request, form)
    return redirect("deal", code)


@login_required
@require_POST
def keep_for_order(request: UserRequest, number: str) -> HttpResponse:
    """Keep the units of one line of an order."""
    request.user.must("book orders")
    order, form = orders.order(number, seen_by=request.user), KeepForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            line = orders.line_of(order, form.cleaned_data["line"] or 0)
            _kept(request, actions.reserve_for_order(line, form.cleaned_data["until"], by=request.user))
    _faults(request, form)
    return redirect("order", number)


def _kept(request: UserRequest, kept: queries.Reservation) -> None:
    said = {
        "units": formats.quantity(kept.quantity),
        "item": kept.item.code,
        "month": formats.month(kept.period),
        "until": formats.day(kept.until),
    }
    messages.success(request, _("%(units)s %(item)s for %(month)s are kept until %(until)s.") % said)


def _faults(request: UserRequest, form: KeepForm) -> None:
    for fault in [text for texts in form.errors.values() for text in texts]:
        messages.error(request, str(fault))


@login_required
def reservations(request: UserRequest) -> HttpResponse:
    """What is kept for whom, the first to expire before the others."""
    found = queries.reservations(seen_by=request.user)
    return render(request, "supply/reservations.html", {"page": paged(request, found)})


@login_required
@require_POST
def let_go(request: UserRequest, reservation_id: int) -> HttpResponse:
    """Let go what is kept."""
    held = queries.reservation(reservation_id, seen_by=request.user)
    try:
        actions.free_reservation(held, request.POST.get("reason", ""), by=request.user)
        messages.success(request, _("Free again for others."))
    except Refused as refusal:
        if refusal.status == 403:
            raise
        messages.error(request, str(refusal))
    return redirect("reservations")


urlpatterns = [
    path("supply/promise/", promise, name="promise"),
    path("supply/promise/deals/<str:code>/", deal_promise, name="deal-promise"),
    path("supply/promise/deals/<str:code>/keep/", keep_for_deal, name="keep-for-deal"),
    path("supply/promise/orders/<str:number>/", order_promise, name="order-promise"),
    path("supply/promise/orders/<str:number>/keep/", keep_for_order, name="keep-for-order"),
    path("supply/reservations/", reservations, name="reservations"),
    path("supply/reservations/<int:reservation_id>/free/", let_go, name="free-reservation"),
]
