"""One item or family: what came, what is expected and why, what was said, and how right it was."""

from datetime import date
from typing import Any

import polars as pl
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from einklang.demand import actions, queries
from einklang.demand.pages.consensus import steps_chart
from einklang.demand.pages.places import day_named, month_named
from einklang.demand.pages.words import method_name
from einklang.engine.periods import month_end
from einklang.kernel.errors import Refused
from einklang.people.http import UserRequest
from einklang.web import formats
from einklang.web.charts import Chart, forecast_chart, stacked_bars

FEWEST_PARTS = 2
LEAST_SHARE = 0.01
MARKS = {"period": pl.Date, "value": pl.Float64, "mark": pl.String, "text": pl.String}


@login_required
def item(request: UserRequest, code: str) -> HttpResponse:
    """One item or family: history, forecast, voices, and why; also shown within other pages."""
    request.user.must("see demand")
    run = queries.latest_run(day_named(request.GET.get("as_of")))
    shown = queries.item_view(run, code, seen_by=request.user) if run else None
    context: dict[str, Any] = {"item": shown, "run": run, "code": code}
    if run and shown and shown.is_forecast:
        context |= _details(run, shown, request)
    return render(request, "demand/item.html", context)


def _details(run: Any, shown: queries.ItemView, request: UserRequest) -> dict[str, Any]:
    """Everything around the figures of one series."""
    plan = queries.latest_consensus(run.as_of)
    why = queries.steps(plan, shown.series) if plan else queries.steps_now(run, shown.series)
    first, last = shown.actual["period"].min(), shown.forecast["period"].max()
    span = (first, month_end(last)) if isinstance(first, date) and isinstance(last, date) else (None, None)
    happenings = list(queries.events(*span, seen_by=request.user, series=shown.series))
    odd = queries.outliers(run, shown.series)
    facts = queries.series_facts(run, shown.series)
    effects = queries.effects_frame(run, series=shown.series)
    message = queries.headline(shown.name, shown.actual, shown.forecast)
    return {
        "chart": forecast_chart(
            shown.actual,
            shown.forecast,
            shown.plan,
            title=message,
            marks=_marks(happenings, odd, queries.sold_out(run, shown.series)),
        ),
        "why": why,
        "steps": steps_chart(why, shown.name),
        "agreed": plan,
        "lags": queries.by_lag(run.as_of, series=shown.series).to_dicts(),
        "events": happenings,
        "outliers": odd,
        "facts": facts,
        "parts": _parts_chart(facts, shown.forecast["period"].to_list()),
        "weights": _weights(run, facts),
        "effect_names": effects["effect"].unique().sort().to_list(),
        "left_out": run.settings.get("without", []),
        "effects": _effects_chart(effects),
        "month_of_run": f"{run.as_of:%Y-%m}",
        "months": shown.forecast["period"].to_list(),
    }


def _marks(happenings: list[Any], odd: list[Any], sold_out: pl.DataFrame) -> pl.DataFrame:
    """Events at the month in which they begin; odd months, and those without stock, at what was wished."""
    rows = [
        {"period": one.first.replace(day=1), "value": None, "mark": "event", "text": one.name}
        for one in happenings
    ]
    rows += [
        {
            "period": one.period,
            "value": one.quantity,
            "mark": "repaired" if one.is_repaired else "odd",
            "text": _("%(quantity)s ordered, %(usual)s would be usual")
            % {"quantity": formats.quantity(one.quantity), "usual": formats.quantity(round(one.usual))},
        }
        for one in odd
    ]
    rows += [
        {
            "period": period,
            "value": quantity,
            "mark": "sold out",
            "text": _("Sold out for a while: %(quantity)s is the least that was wished")
            % {"quantity": formats.quantity(quantity)},
        }
        for period, quantity in sold_out.iter_rows()
    ]
    return pl.DataFrame(rows, schema=MARKS)


def _parts_chart(facts: queries.SeriesFacts | None, months: list[date]) -> Chart | None:
    """What the forecast is made of, month by month."""
    parts = facts.facts.get("parts", {}) if facts else {}
    labels = {
        "level": _("Level"),
        "trend": _("Trend"),
        "season": _("Season"),
        "effects": _("Events, prices, promotions"),
        "shape": _("Bent by the methods"),
        "together": _("Fit with the families"),
    }
    shown = [name for name in labels if any(round(figure, 1) for figure in parts.get(name, []))]
    if len(shown) < FEWEST_PARTS:
        return None
    frame = pl.concat(
        pl.DataFrame({"period": months[: len(parts[name])], "part": labels[name], "quantity": parts[name]})
        for name in shown
    )
    return stacked_bars(
        frame, y="quantity", by="part", title=_("What the forecast is made of, month by month")
    )


def _weights(run: Any, facts: queries.SeriesFacts | None) -> list[tuple[str, float]]:
    """How much each method counts for histories of this kind, the largest first."""
    shares = run.weights.get(facts.kind, {}) if facts else {}
    found = [(method_name(name), share) for name, share in shares.items() if share >= LEAST_SHARE]
    return sorted(found, key=lambda pair: -pair[1])


def _effects_chart(effects: pl.DataFrame) -> Chart | None:
    """What events, prices and promotions add, month by month."""
    if effects.is_empty():
        return None
    total = float(effects["quantity"].sum())
    title = _("Events, prices and promotions change it by %(change)s in all") % {
        "change": f"{'+' if total > 0 else ''}{formats.quantity(round(total))}"
    }
    return stacked_bars(effects, y="quantity", by="effect", title=title)


@login_required
@require_POST
def judge_outlier(request: UserRequest, code: str, period: str) -> HttpResponse:
    """Say whether the next forecast may put an odd month right, or must leave it."""
    word = request.POST.get("repair")
    if word not in ("yes", "no"):
        raise Refused(_("Say whether the month may be put right."), status=422)
    actions.judge_outlier(
        code,
        month_named(period),
        repair=word == "yes",
        reason=request.POST.get("reason", ""),
        by=request.user,
    )
    if word == "yes":
        messages.success(request, _("The next forecast counts with the usual figure instead."))
    else:
        messages.success(request, _("The month stays as it was ordered."))
    return redirect("item-demand", code)


urlpatterns = [
    path("demand/items/<str:code>/", item, name="item-demand"),
    path("demand/items/<str:code>/odd/<str:period>/", judge_outlier, name="judge-outlier"),
]
