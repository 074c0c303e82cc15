"""The schedule as pages: work centres by week, what comes late and why, one work centre's week in bars."""

from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from einklang.kernel.errors import NotFound
from einklang.people.http import UserRequest
from einklang.supply import queries
from einklang.web import formats
from einklang.web.charts import Chart, heat
from einklang.web.paging import paged

QUARTERS = 4
"""A day of the bars has so many parts."""
BARS_A_PAGE = 40
NAMED = 3


def _chosen(request: UserRequest) -> "queries.SupplyRun | None":
    asked = request.GET.get("run", "")
    return queries.run(int(asked)) if asked.isdigit() else queries.latest()


@login_required
def schedule(request: UserRequest) -> HttpResponse:
    """Every work centre by week, and what comes late with its reason and who waits for it."""
    request.user.must("see supply")
    run = _chosen(request)
    if run is None:
        return render(request, "supply/schedule.html", {"run": None})
    shown = queries.scheduled(run, rank=request.GET.get("rank", ""), seen_by=request.user)
    late, kind = shown.late, request.GET.get("kind", "")
    ordered = late.filter(late["what"] == "ordered").height
    if kind in dict(_kinds()):
        late = late.filter(late["what"] == kind)
    page = paged(request, range(late.height), 30)
    rows = late[list(page.object_list)]
    needs = shown.needs.height
    context = {
        "run": run,
        "schedule": shown,
        "chart": _by_week(shown),
        "page": page,
        "late": queries.lates(shown, rows, seen_by=request.user),
        "kind": kind,
        "kinds": _kinds(),
        "ordered_late": ordered,
        "late_count": shown.late.height,
        "on_time": (needs - shown.late.height) / needs if needs else None,
        "needs_text": _("%(count)s deliveries from %(start)s to %(end)s")
        % {
            "count": formats.quantity(needs),
            "start": formats.day(shown.tables.start),
            "end": formats.day(shown.tables.end),
        },
        "fullest": _fullest(shown),
        "fullest_text": _fullest_text(_fullest(shown)),
        "begun": shown.plan.under_way.height,
        "purchases": int((shown.plan.supplies["kind"] == "buy").sum()),
    }
    return render(request, "supply/schedule.html", context)


def _kinds() -> list[tuple[str, str]]:
    return [("ordered", _("Customer orders")), ("plan", _("Forecast")), ("stock", _("Stock of the plan"))]


def _fullest(shown: "queries.Scheduled") -> dict[str, Any] | None:
    """The work centre and week with the highest load."""
    weeks = shown.weeks.filter(shown.weeks["hours"] > 0)
    if weeks.is_empty():
        return None
    shares = weeks.with_columns(share=weeks["load"] / weeks["hours"]).sort("share", descending=True)
    found: dict[str, Any] = shares.row(0, named=True)
    return found


def _fullest_text(fullest: dict[str, Any] | None) -> str:
    """The work centre and week as words."""
    return f"{fullest['name']}, {_week_name(fullest['period'])}" if fullest else ""


def _by_week(shown: "queries.Scheduled") -> Chart:
    """Load against hours by work centre and week; each cell leads to that week in bars."""
    rows = shown.weeks.filter(shown.weeks["hours"] > 0)
    query = "" if shown.rank == "priority" else f"&rank={shown.rank}"
    addresses = [
        reverse("supply-schedule-centre", args=[code]) + f"?run={shown.run.pk}&week={monday}{query}"
        for code, monday in rows.select("resource", "period").iter_rows()
    ]
    rows = rows.with_columns(pl.Series("href", addresses, dtype=pl.String))
    full = rows.filter(rows["load"] > 0.995 * rows["hours"])["name"].unique(maintain_order=True).to_list()
    title = _("Every work centre has hours left in every week")
    if full:
        title = _("%(names)s: full in at least one week") % {"names": ", ".join(full)}
    if len(full) > NAMED:
        title = _("%(count)s of %(all)s work centres are full in at least one week") % {
            "count": len(full),
            "all": rows["name"].n_unique(),
        }
    return heat(
        rows, row="name", load="load", capacity="hours", title=title, href="href", label_of=_week_name
    )


def _week_name(monday: date) -> str:
    """A week by its number: W45."""
    return _("W%(week)s") % {"week": monday.isocalendar().week}


@login_required
def centre(request: UserRequest, code: str) -> HttpResponse:
    """One work centre in one week: its days, and every lot as a bar."""
    request.user.must("see supply")
    run = _chosen(request)
    if run is None:
        raise NotFound(_("There is no supply plan yet."))
    shown = queries.scheduled(run, rank=request.GET.get("rank", ""), seen_by=request.user)
    week = queries.centre_week(shown, code, _day(request.GET.get("week", "")))
    page = paged(request, range(week.work.height), BARS_A_PAGE)
    context = {
        "run": run,
        "schedule": shown,
        "week": week,
        "week_name": _week_name(week.monday),
        "page": page,
        "bars": [_bar(row, week.monday) for row in week.work[list(page.object_list)].iter_rows(named=True)],
        "hours": sum(hours for _day, hours, _load in week.days),
        "load": sum(load for _day, _hours, load in week.days),
        "days": [
            {"day": day, "hours": hours, "load": load, "share": load / hours if hours else None}
            for day, hours, load in week.days
        ],
    }
    return render(request, "supply/schedule_centre.html", context)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as fault:
        raise NotFound(_("%(text)s is not a day.") % {"text": text}) from fault


def _bar(row: dict[str, Any], monday: date) -> dict[str, Any]:
    """A lot as a bar over the quarters of the week's days: how many free before, taken, free after."""
    midnight = datetime.combine(monday, time())
    parts = 7 * QUARTERS
    quarter = timedelta(days=1) / QUARTERS
    first = max(0, int((row["start"] - midnight) / quarter))
    last = min(parts, -int(-(row["end"] - midnight) / quarter // 1))
    last = max(last, first + 1)
    return {
        **row,
        "before": first,
        "length": last - first,
        "after": parts - last,
        "is_late": (row["days_late"] is None and row["order"] is not None) or bool(row["days_late"]),
        "begins_earlier": row["start"] < midnight,
        "goes_on": row["end"] > midnight + timedelta(days=7),
    }


urlpatterns = [
    path("supply/schedule/", schedule, name="supply-schedule"),
    path("supply/schedule/<str:code>/", centre, name="supply-schedule-centre"),
]
