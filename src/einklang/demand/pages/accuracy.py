"""How right the forecast was: by item, family, territory and person, by lag, and what each voice added."""

from typing import Any

import polars as pl
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from einklang.demand import queries
from einklang.demand.pages.places import day_named, nothing_yet
from einklang.people.http import UserRequest
from einklang.web import formats
from einklang.web.charts import Chart, bars, lines
from einklang.web.paging import paged

LAGS = ("1", "2", "3", "4", "5", "6")


def groups() -> dict[str, str]:
    """By what accuracy can be looked at."""
    return {
        "item": _("Item"),
        "family": _("Family"),
        "total": _("Total"),
        "territory": _("Territory"),
        "person": _("Person"),
    }


@login_required
def accuracy(request: UserRequest) -> HttpResponse:
    """Error beside bias and the naive error, each with how many comparisons it rests on."""
    request.user.must("see demand")
    run = queries.latest_run(day_named(request.GET.get("as_of")))
    if run is None:
        return nothing_yet(request)
    lag = int(request.GET["lag"]) if request.GET.get("lag") in LAGS else 1
    level = request.GET["level"] if request.GET.get("level") in groups() else "item"
    lags = queries.by_lag(run.as_of).to_dicts()
    scores = queries.scores(run.as_of, by_what=level, lag=lag)
    measured = next((row for row in lags if row["lag"] == lag), None)
    context = {
        "run": run,
        "lag": lag,
        "lags": lags,
        "choices": LAGS,
        "level": level,
        "groups": groups(),
        "measured": measured,
        "chart": _error_chart(queries.accuracy_by_month(run, lag=lag), measured),
        "stairs": _stairs_chart(queries.stairs(run.as_of, lag=lag)),
        "page": paged(request, [_linked(row, level) for row in scores]),
        "added": _named(queries.voices_added(run.as_of)),
    }
    return render(request, "demand/accuracy.html", context)


def _linked(row: queries.Scored, level: str) -> tuple[queries.Scored, str]:
    """A line with the address of what lies behind it."""
    if level == "person":
        return row, ""
    if level == "territory":
        return row, f"{reverse('demand-grid')}?{urlencode({'territory': row.key})}"
    return row, reverse("item-demand", args=[row.key])


def _named(added: pl.DataFrame) -> list[dict[str, Any]]:
    """What voices added, each kind by its name for people."""
    labels = dict(queries.kinds())
    return [row | {"kind": labels[row["kind"]]} for row in added.iter_rows(named=True)]


def _error_chart(by_month: pl.DataFrame, measured: dict[str, Any] | None) -> Chart | None:
    """The engine's error by month beside that of no engine at all."""
    if measured is None or measured["wape"] is None or by_month.is_empty():
        return None
    title = _("The forecast was off by %(wape)s of what came") % {
        "wape": formats.percent(measured["wape"], 1)
    }
    both = pl.concat(
        [
            by_month.select("period", pl.lit(_("Forecast")).alias("who"), pl.col("wape").alias("error")),
            by_month.select(
                "period",
                pl.lit(_("Same month a year before")).alias("who"),
                pl.col("naive_wape").alias("error"),
            ),
        ]
    ).filter(pl.col("error").is_not_null())
    return lines(both, y="error", by="who", title=title, unit="percent")


def _stairs_chart(stairs: list[tuple[str, float]]) -> Chart | None:
    """The error after each step of the process, over the same months."""
    if not stairs:
        return None
    labels = {
        "naive": _("Same month a year before"),
        "statistical": _("Statistical forecast"),
        "agreed": _("Agreed"),
    }
    frame = pl.DataFrame(
        {"step": [labels[name] for name, _wape in stairs], "error": [wape for _name, wape in stairs]}
    )
    first, last = stairs[0][1], stairs[-1][1]
    facts = {"first": formats.percent(first, 1), "last": formats.percent(last, 1)}
    title = (
        _("Each step should make the error smaller: from %(first)s to %(last)s")
        if last <= first
        else _("The process made the error larger: from %(first)s to %(last)s")
    ) % facts
    return bars(frame, x="step", y="error", title=title, unit="percent", lying=True)


urlpatterns = [path("demand/accuracy/", accuracy, name="accuracy")]
