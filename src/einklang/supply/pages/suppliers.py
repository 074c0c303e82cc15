"""Suppliers as pages: the list, one supplier's outlook, and the table to send."""

import polars as pl
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from einklang.people.http import UserRequest
from einklang.supply import queries
from einklang.web import formats
from einklang.web.charts import Chart, bars
from einklang.web.files import table_file

AHEAD = 2  # months of proposals that are offered to be ordered together


@login_required
def suppliers(request: UserRequest) -> HttpResponse:
    """Every supplier: what it will be asked for, what is overdue, and how it kept to its days."""
    return render(request, "supply/suppliers.html", {"rows": queries.suppliers(seen_by=request.user)})


@login_required
def supplier(request: UserRequest, code: str) -> HttpResponse:
    """One supplier: planned orders by month against its limits, open orders, terms and record."""
    shown = queries.outlook(code, seen_by=request.user)
    months = shown.proposals["release"].unique().sort().to_list()
    near = shown.proposals.filter(pl.col("release").is_in(months[:AHEAD]))
    context = {
        "shown": shown,
        "chart": _chart(shown),
        "limits": list(shown.limits.iter_rows(named=True)),
        "near": list(near.iter_rows(named=True)),
        "later": shown.proposals.height - near.height,
        "first": months[0] if months else None,
        "open": list(shown.open.iter_rows(named=True)),
        "terms": list(shown.terms.iter_rows(named=True)),
    }
    return render(request, "supply/supplier.html", context)


def _chart(shown: queries.Outlook) -> Chart | None:
    """Planned purchases by the month they are placed; in money for those who see it."""
    if shown.months.is_empty():
        return None
    money = "value_cents" in shown.months.columns
    named = shown.months.with_columns(
        name=pl.Series([formats.month(month) for month in shown.months["period"]])
    )
    title = _("Planned to be ordered, by month")
    if money:
        return bars(named, x="name", y="value_cents", title=title, unit="money")
    return bars(named, x="name", y="quantity", title=title)


@login_required
def supplier_file(request: UserRequest, code: str, ending: str) -> HttpResponse:
    """What the supplier is told: orders that stand, and what is planned to follow."""
    request.user.must("export data")
    shown = queries.outlook(code, seen_by=request.user)
    return table_file(queries.outlook_table(shown), f"outlook-{shown.supplier.pk}", ending)


urlpatterns = [
    path("supply/suppliers/", suppliers, name="suppliers"),
    path("supply/suppliers/<str:code>/", supplier, name="supplier-outlook"),
    path("supply/suppliers/<str:code>/file/<str:ending>/", supplier_file, name="supplier-file"),
]
