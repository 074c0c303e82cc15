"""Stock as pages: its health, one item in the plan, and its policy."""

import polars as pl
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.people.http import UserRequest
from einklang.supply import actions, queries
from einklang.supply.charts import item_chart
from einklang.supply.forms import PolicyForm
from einklang.web import formats
from einklang.web.charts import bars
from einklang.web.forms import refusals_on
from einklang.web.paging import paged


@login_required
def stock(request: UserRequest) -> HttpResponse:
    """Stock health: classes, cover, overstock and age, each figure with its rows."""
    day = queries.usual_day()
    asked = {name: request.GET.get(name, "") for name in ("search", "state", "abc")}
    lines = queries.health(day, seen_by=request.user, **asked)
    whole = lines if not any(asked.values()) else queries.health(day, seen_by=request.user)
    money = request.user.may("see cost")
    ages = queries.ageing(day).with_columns(
        pl.Series("name", [_age(least, below) for least, below in queries.AGES], dtype=pl.String)
    )
    chart = bars(
        ages,
        x="name",
        y="value_cents" if money else "quantity",
        title=_age_title(ages),
        unit="money" if money else "quantity",
    )
    context = {
        "day": day,
        "page": paged(request, lines),
        "chart": chart,
        "asked": asked,
        "totals": queries.totals(whole),
        "counted_text": _("%(count)s items") % {"count": formats.quantity(len(whole))},
        "states": [
            ("out", _("Out of stock")),
            ("low", _("Low")),
            ("over", _("Overstock")),
            ("old", _("Old")),
            ("fine", _("Fine")),
        ],
    }
    return render(request, "supply/stock.html", context)


def _age(least: int, below: int | None) -> str:
    if below is None:
        return _("over %(days)s days") % {"days": least}
    return _("%(least)s to %(below)s days") % {"least": least, "below": below}


def _age_title(ages: pl.DataFrame) -> str:
    whole = float(ages["quantity"].sum())
    if not whole:
        return _("Nothing lies in stock")
    share = round(100 * float(ages["quantity"][-1]) / whole)
    return _("%(share)s %% of all units have lain for more than a year") % {"share": share}


@login_required
def item(request: UserRequest, code: str) -> HttpResponse:
    """One item in the plan: stock by month, orders, what they are for; also a part of the item's own page."""
    request.user.must("see supply")
    asked = request.GET.get("run", "")
    run = queries.run(int(asked)) if asked.isdigit() else queries.latest()
    shown = queries.item_view(run, code, seen_by=request.user) if run else None
    return _item_page(request, code, run, shown, PolicyForm())


def _item_page(
    request: UserRequest, code: str, run: object, shown: queries.ItemView | None, form: PolicyForm
) -> HttpResponse:
    money = request.user.may("see cost")
    context = {
        "code": code,
        "run": run,
        "item": shown,
        "chart": item_chart(shown) if shown else None,
        "months": list(shown.months.iter_rows(named=True)) if shown else [],
        "exceptions": [
            (one, queries.exception_sentence(one, with_money=money))
            for one in (shown.exceptions if shown else [])
        ],
        "history": list(queries.history(code)[1:6]),
        "form": form,
    }
    return render(request, "supply/item.html", context)


@login_required
@require_POST
def set_policy(request: UserRequest, code: str) -> HttpResponse:
    """Set a safety stock by hand."""
    form = PolicyForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            actions.set_policy(
                code, form.cleaned_data["safety_stock"], form.cleaned_data["reason"], by=request.user
            )
            messages.success(request, _("Kept by hand from now on; the next plan uses it."))
            return redirect("item-supply", code)
    run = queries.latest()
    shown = queries.item_view(run, code, seen_by=request.user) if run else None
    return _item_page(request, code, run, shown, form)


@login_required
@require_POST
def release_policy(request: UserRequest, code: str) -> HttpResponse:
    """Let a safety stock be computed again."""
    actions.release_policy(code, by=request.user)
    messages.success(request, _("The next plan computes it again."))
    return redirect("item-supply", code)


urlpatterns = [
    path("supply/stock/", stock, name="stock-health"),
    path("supply/items/<str:code>/", item, name="item-supply"),
    path("supply/items/<str:code>/policy/", set_policy, name="set-policy"),
    path("supply/items/<str:code>/policy/release/", release_policy, name="release-policy"),
]
