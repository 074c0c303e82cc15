"""What a work centre's hours go into in a month, and who waits for them, as a page."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from einklang.engine.periods import add_months
from einklang.people.http import UserRequest
from einklang.supply import queries
from einklang.supply.pages.months import month_of_address
from einklang.web import formats

EARNERS = 12
LEVELS = (0.7, 0.9, 1.0001)  # of the regular hours: busy, nearly full, beyond
DEAR = 0.005  # money an hour is worth, from which it is said


@login_required
def load_page(request: UserRequest, run_id: int, code: str, month: str) -> HttpResponse:
    """One cell of the heat: items and orders that take its hours, and the deals and orders behind them."""
    request.user.must("see supply")
    run, period = queries.run(run_id), month_of_address(month)
    shown = queries.loading(run, code, period, seen_by=request.user)
    money = request.user.may("see cost")
    first, last = add_months(run.as_of, 1), add_months(run.as_of, run.months)
    context = {
        "run": run,
        "load": shown,
        "sentence": _sentence(shown, money=money),
        "limit_text": _("of %(limit)s that may be worked")
        % {"limit": formats.quantity(shown.overtime_limit, 0)},
        "parts": bar_of(shown.behind),
        "before": add_months(period, -1) if period > first else None,
        "after": add_months(period, 1) if period < last else None,
        "earners": _earners(run, code, request) if money else [],
    }
    return render(request, "supply/load.html", context)


def _sentence(shown: queries.Loading, *, money: bool) -> str:
    """Whether the month is full, and what another hour would be worth."""
    if shown.shadow_price < DEAR:
        left = max(0.0, shown.capacity + shown.overtime_limit - shown.load)
        return _("%(hours)s hours are left, with overtime.") % {"hours": formats.quantity(left, 0)}
    if not money:
        return _("Every hour is used, with all the overtime there is.")
    return _("Every hour is used: one more would save %(value)s.") % {
        "value": formats.money(shown.shadow_cents)
    }


def _earners(run: queries.SupplyRun, code: str, request: UserRequest) -> list[dict[str, Any]]:
    """What an hour earns with each item; the best and the worst where there are many."""
    rows = list(queries.throughput(run, seen_by=request.user, resource=code).iter_rows(named=True))
    ranked = [
        {**row, "rank": place, "hour_cents": row["per_hour"] * 100, "unit_cents": row["throughput"] * 100}
        for place, row in enumerate(rows, start=1)
    ]
    half = EARNERS // 2
    return ranked if len(ranked) <= EARNERS else ranked[:half] + ranked[-half:]


@dataclass(frozen=True, slots=True)
class Cell:
    """One work centre in one month of the heat: how full, and what it says when one rests on it."""

    period: date
    share: float
    level: int
    hint: str


@dataclass(frozen=True, slots=True)
class Heat:
    """Load against capacity: the months, and each work centre with its code, name and cells."""

    months: list[date]
    rows: list[tuple[str, str, list[Cell]]]


def heat_of(run: queries.SupplyRun, *, money: bool) -> Heat:
    """Load against capacity by work centre and month; each cell leads to who waits for its hours."""
    found = queries.load_frame(run).filter(pl.col("capacity") > 0).sort("name", "period")
    rows = [
        (part["resource"][0], part["name"][0], [_cell(row, money) for row in part.iter_rows(named=True)])
        for part in found.partition_by("resource", maintain_order=True)
    ]
    return Heat(found["period"].unique().sort().to_list(), rows)


def _cell(row: dict[str, Any], money: bool) -> Cell:
    share = row["load"] / row["capacity"]
    hint = _("%(load)s of %(hours)s hours") % {
        "load": formats.quantity(row["load"], 0),
        "hours": formats.quantity(row["capacity"], 0),
    }
    if money and row["shadow_price"] >= DEAR:
        worth = {"value": formats.money(round(row["shadow_price"] * 100))}
        hint += "; " + _("one more hour would save %(value)s") % worth
    return Cell(row["period"], share, sum(share > limit for limit in LEVELS), hint)


def bar_of(behind: queries.Behind) -> list[dict[str, Any]]:
    """The kinds behind an amount as parts of a bar a hundred wide, in the order they are told."""
    labels = {
        "order": _("Booked orders"),
        "deal": _("Open deals"),
        "forecast": _("Forecast"),
        "stock": _("Stays in stock"),
    }
    parts, at = [], 0.0
    for kind, amount, share in behind.shares:
        parts.append(
            {
                "kind": kind,
                "label": labels[kind],
                "amount": amount,
                "share": share,
                "x": f"{100 * at:.3f}",
                "width": f"{100 * share:.3f}",
            }
        )
        at += share
    return parts


urlpatterns = [path("supply/runs/<int:run_id>/load/<str:code>/<str:month>/", load_page, name="supply-load")]
