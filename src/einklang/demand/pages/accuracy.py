"""How right the forecast was, and what each voice added to it."""

import polars as pl
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from einklang.demand import queries
from einklang.demand.pages.places import day_named, nothing_yet
from einklang.people.http import UserRequest
from einklang.web import formats
from einklang.web.charts import Chart, lines
from einklang.web.paging import paged


@login_required
def accuracy(request: UserRequest) -> HttpResponse:
    """How right the forecast was: by item or family and by month, error beside bias."""
    request.user.must("see demand")
    run = queries.latest_run(day_named(request.GET.get("as_of")))
    if run is None:
        return nothing_yet(request)
    lag = int(request.GET["lag"]) if request.GET.get("lag") in ("1", "2", "3") else 1
    level = request.GET["level"] if request.GET.get("level") in ("item", "family", "total") else "item"
    by_month = queries.accuracy_by_month(run, lag=lag)
    measured = queries.snapshot(run, lag=lag)
    context = {
        "run": run,
        "lag": lag,
        "level": level,
        "measured": measured,
        "chart": _error_chart(by_month, measured),
        "page": paged(request, queries.accuracy(run, level=level, lag=lag)),
        "added": _named(queries.voices_added(run.as_of)),
    }
    return render(request, "demand/accuracy.html", context)


def _named(added: pl.DataFrame) -> list[dict[str, object]]:
    """What voices added, each kind by its name for people."""
    labels = dict(queries.kinds())
    return [row | {"kind": labels[row["kind"]]} for row in added.iter_rows(named=True)]


def _error_chart(by_month: pl.DataFrame, measured: queries.Measured | None) -> Chart | None:
    """The engine's error by month beside that of no engine at all."""
    if measured is None or measured.wape is None:
        return None
    title = _("The forecast was off by %(wape)s of what came") % {"wape": formats.percent(measured.wape, 1)}
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


urlpatterns = [
    path("demand/accuracy/", accuracy, name="accuracy"),
]
