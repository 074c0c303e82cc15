"""The pipeline outlook: what open deals will bring and when, how sure that is, and one deal's card."""

from typing import Any

import polars as pl
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from einklang.crm import queries as crm
from einklang.crm.stages import STAGE_NAMES
from einklang.demand import queries
from einklang.demand.pages import pipeline_words as words
from einklang.demand.queries import Outlook
from einklang.people.http import UserRequest
from einklang.web import formats
from einklang.web.charts import Chart, stacked_bars
from einklang.web.paging import paged


@login_required
def outlook(request: UserRequest) -> HttpResponse:
    """Months and open deals; worked out while the reader waits only if the address says so."""
    request.user.must("see demand")
    patient = request.GET.get("now") == "1"
    found = queries.pipeline_outlook(seen_by=request.user, patient=patient)
    if found is None:
        return render(request, "demand/pipeline.html", {"worked_out": patient})
    asked = {name: request.GET.get(name, "").strip() for name in ("search", "sort")}
    rows = queries.sorted_deals(found, asked["sort"], asked["search"])
    stages = _stage_names()
    context = {
        "found": found,
        "asked": asked,
        "cards": _cards(found),
        "chart": _chart(found) if found.deals.height or found.is_whole else None,
        "months": found.months.rename({"lo-80": "low", "hi-80": "high"}).to_dicts(),
        "page": paged(request, [written(row, stages) for row in rows.iter_rows(named=True)], 25),
        "rests_on": words.rests_on(found),
        "bands": found.calibration.to_dicts(),
        "worked_out": True,
    }
    return render(request, "demand/pipeline.html", context)


@login_required
def tested(request: UserRequest) -> HttpResponse:
    """How good the outlook would have been on earlier days, and columns that know the outcome."""
    request.user.must("see demand")
    found = queries.pipeline_tested()
    context: dict[str, Any] = {"found": found}
    if found:
        context |= {
            "rows": found.summary.rename({"covered-80": "within_80", "covered-90": "within_90"}).to_dicts(),
            "alarms": [words.alarm(row) for row in found.leaks.iter_rows(named=True)],
        }
    return render(request, "demand/pipeline_tested.html", context)


@login_required
def deal(request: UserRequest, code: str) -> HttpResponse:
    """One deal's chance, likely day and why; also shown within the deal's page."""
    request.user.must("see demand")
    about = crm.deal(code, seen_by=request.user)
    row = queries.deal_outlook(code, seen_by=request.user)
    one = written(row, _stage_names()) if row else None
    return render(request, "demand/deal.html", {"deal": about, "one": one})


def written(row: dict[str, Any], stages: dict[str, str]) -> dict[str, Any]:
    """A deal as it is shown."""
    names = {"low": row["lo-80"], "high": row["hi-80"]}
    return {**row, **names, "stage_name": stages.get(row["stage"], row["stage"]), "why": words.why(row)}


def _stage_names() -> dict[str, str]:
    """Stages in the reader's language, by code."""
    return {stage.code: str(STAGE_NAMES.get(stage.name, stage.name)) for stage in crm.stages()}


def _chart(found: Outlook) -> Chart:
    """What the months bring from open deals and from those to come, under the plain roll-up."""
    parts = [("open", _("Deals that are open"))]
    parts += [("inflow", _("Deals not yet created"))] if found.is_whole else []
    table = pl.concat(
        [
            found.months.select("period", pl.lit(name).alias("kind"), pl.col(column).alias("value"))
            for column, name in parts
        ]
    )
    return stacked_bars(
        table,
        y="value",
        by="kind",
        title=words.headline(found),
        unit="money",
        limit=found.months.select("period", pl.col("roll_up").alias("limit")),
        limit_label=_("Roll-up by stage odds"),
    )


def _cards(found: Outlook) -> list[dict[str, str]]:
    """The sums over everything the reader sees."""
    deals, months = found.deals, found.months
    expected, rolled = (
        float(deals["expected"].sum()),
        float((deals["amount"] * deals["odds"].cast(pl.Float64)).sum()),
    )
    cards = [
        {
            "label": _("Open deals"),
            "value": formats.quantity(deals.height),
            "hint": _("together %(amount)s") % {"amount": words.short(deals["amount"].sum())},
        },
        {
            "label": _("Expected from these"),
            "value": words.short(expected),
            "hint": _("Amount × chance, over all deals"),
        },
        {
            "label": _("Roll-up by stage odds"),
            "value": words.short(rolled),
            "hint": _("Says nothing of when, and overstates old deals"),
        },
    ]
    if found.is_whole:
        cards.append(
            {
                "label": _("From deals not yet created"),
                "value": words.short(months["inflow"].sum()),
                "hint": _("In twelve months, as they came so far"),
            }
        )
    return cards


urlpatterns = [
    path("demand/pipeline/", outlook, name="pipeline-outlook"),
    path("demand/pipeline/tested/", tested, name="pipeline-tested"),
    path("demand/deals/<str:code>/", deal, name="deal-outlook"),
]
