"""How sure a plan is, as a page: ranges of what it delivers, holds and earns, and what would fail first."""

import polars as pl
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from einklang.people.http import UserRequest
from einklang.supply import queries
from einklang.supply.levers import label
from einklang.web import formats
from einklang.web.charts import Chart, forecast_chart
from einklang.web.charts.grammar import Unit

SHOWN = 25


@login_required
def stress(request: UserRequest, run_id: int) -> HttpResponse:
    """One plan before many possible demands."""
    request.user.must("see supply")
    run = queries.run(run_id)
    asked = request.GET.get("months", "")
    span = int(asked) if asked in {str(months) for months in queries.SPANS} else queries.SPANS[0]
    told = queries.uncertainty(run, seen_by=request.user, span=span)
    money = request.user.may("see cost")
    context = {
        "run": run,
        "scenario": label(run.scenario),
        "told": told,
        "spans": queries.SPANS,
        "span": span,
        "service": told.of("service"),
        "lost": told.of("owed"),
        "revenue_cents": _cents(told.of("revenue")) if money else None,
        "stock_cents": _cents(told.of("stock_value")) if money else None,
        "delivered": _chart(told, "delivered", _delivered_title(told)),
        "stock_chart": _chart(
            told,
            "stock_value" if money else "stock",
            _("What stays in stock"),
            unit="money" if money else "quantity",
        ),
        "items": list(told.items.head(SHOWN).iter_rows(named=True)),
        "failing": told.items.height,
    }
    return render(request, "supply/stress.html", context)


def _cents(told: dict[str, float | None]) -> dict[str, int | None]:
    return {name: None if value is None else round(value * 100) for name, value in told.items()}


def _chart(told: queries.Uncertainty, measure: str, title: str, unit: Unit = "quantity") -> Chart:
    """A measure by month: what the plan expects, and where four futures in five lie."""
    factor = 100 if unit == "money" else 1
    rows = told.months.filter(pl.col("measure") == measure).select(
        "period",
        mean=pl.col("mean") * factor,
        **{"lo-80": pl.col("low") * factor, "hi-80": pl.col("high") * factor},
    )
    planned = told.planned(measure).with_columns(pl.col("quantity") * factor)
    names = (_("As planned"), _("Four futures of five"), "")
    return forecast_chart(planned, rows, title=title, unit=unit, names=names)


def _delivered_title(told: queries.Uncertainty) -> str:
    share = told.of("service")
    return _("In four futures of five, %(low)s to %(high)s of what is wished comes in time") % {
        "low": formats.percent(share["low"], 1),
        "high": formats.percent(share["high"], 1),
    }


urlpatterns = [path("supply/runs/<int:run_id>/stress/", stress, name="supply-stress")]
