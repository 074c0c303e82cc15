"""One item's stock as a page: its course through the zones, its lots and classes, and policies tried out."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.people.http import UserRequest
from einklang.supply import actions, queries
from einklang.supply.forms_stock import KeepForm, TrialForm, law_name
from einklang.supply.holding_charts import course_chart, trial_chart
from einklang.supply.queries import holding
from einklang.web import formats


@login_required
def stock_card(request: UserRequest, code: str) -> HttpResponse:
    """An item's stock: where it came from, where it is heading, and what another policy would give."""
    day = queries.usual_day()
    card = holding.card(code, as_of=day, seen_by=request.user)
    asked = {name: request.GET[name] for name in ("service", "target", "law") if name in request.GET}
    form = TrialForm(asked or None, initial=_usual(card))
    wish = form.wish()
    tried = holding.trial(code, wish, as_of=day, seen_by=request.user) if wish and card.policy else None
    context = {
        "day": day,
        "card": card,
        "chart": course_chart(card),
        "lots": list(card.lots.iter_rows(named=True)),
        "changes": list(card.changes.iter_rows(named=True))[:12],
        "form": form,
        "tried": tried,
        "trial_chart": trial_chart(tried) if tried else None,
        "law_text": _("Law of demand: %(law)s") % {"law": law_name(tried.law)} if tried else "",
        "keep": _kept(tried) if tried else {},
        "rows": [(row, tried.measured(row)) for row in tried.rows] if tried else [],
    }
    return render(request, "supply/stock_card.html", context)


def _usual(card: "holding.Card") -> dict[str, object]:
    held = card.policy
    return {"service": round(held.service * 100, 2), "target": held.target, "law": "auto"} if held else {}


def _kept(tried: "holding.Trial") -> dict[str, str]:
    """What the form that keeps it posts: numbers as machines write them."""
    return {"safety_stock": f"{tried.safety_stock:.0f}", "service": f"{tried.wish.service * 100:g}"}


@login_required
@require_POST
def keep_trial(request: UserRequest, code: str) -> HttpResponse:
    """Keep a safety stock that was tried out, by hand and with its reason."""
    form = KeepForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        actions.set_policy(
            code,
            said["safety_stock"],
            said["reason"],
            service=said["service"] / 100,
            target=said["target"],
            by=request.user,
        )
        kept = formats.quantity(said["safety_stock"])
        messages.success(request, _("%(kept)s are kept from now on; the next plan uses it.") % {"kept": kept})
    else:
        request.user.must("plan supply")
        messages.error(request, _("Say why: a stock set by hand outlives those who remember."))
    return redirect(reverse("stock-card", args=[code]))


urlpatterns = [
    path("supply/items/<str:code>/stock/", stock_card, name="stock-card"),
    path("supply/items/<str:code>/stock/keep/", keep_trial, name="keep-trial"),
]
