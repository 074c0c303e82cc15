"""Stock as pages: its health."""

import polars as pl
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from einklang.people.http import UserRequest
from einklang.supply import queries
from einklang.web import formats
from einklang.web.charts import bars
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


urlpatterns = [
    path("supply/stock/", stock, name="stock-health"),
]
