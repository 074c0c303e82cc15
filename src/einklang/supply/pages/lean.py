"""Lean as pages: takt against capacity, kanban loops and their cards, the levelled month, buffers."""

from datetime import date
from typing import Any

import polars as pl
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.kernel.errors import NotFound
from einklang.people.http import UserRequest
from einklang.supply import queries
from einklang.web import formats
from einklang.web.paging import paged

SAFETY = 10
"""Percent that a kanban loop holds beyond what its time asks for, unless another is chosen."""
MOST_CARDS = 240
ROWS_A_PAGE = 30
BAR_WIDTH = 100.0


def _frame(request: UserRequest) -> dict[str, Any]:
    """What every lean page has: the plan, the family and the month that are chosen, and the choices."""
    run = queries.latest()
    family = request.GET.get("family", "")
    shown: dict[str, Any] = {"run": run, "family": family, "families": list(catalog.families())}
    if run is None:
        return shown
    months = queries.lean_months(run)
    return {
        **shown,
        "floor": queries.floor(run, family=family, seen_by=request.user),
        "months": months,
        "month": _month(request.GET.get("month", ""), months),
    }


def _month(text: str, months: list[date]) -> date:
    if not text:
        return months[0]
    found = next((month for month in months if f"{month:%Y-%m}" == text), None)
    if found is None:
        raise NotFound(_("%(text)s is not a month of the plan.") % {"text": text})
    return found


def _safety(request: UserRequest) -> int:
    """The safety asked for in percent, within reason."""
    text = request.GET.get("safety", "")
    return min(300, int(text)) if text.isdigit() else SAFETY


def _named(table: pl.DataFrame, search: str) -> pl.DataFrame:
    """The rows whose item or name holds a word."""
    word = search.strip().lower()
    if not word:
        return table
    found = pl.col("item").str.to_lowercase().str.contains(word, literal=True)
    return table.filter(found | pl.col("name").str.to_lowercase().str.contains(word, literal=True))


@login_required
def lean(request: UserRequest) -> HttpResponse:
    """Takt against capacity by work centre, and the kanban loops."""
    request.user.must("see supply")
    context = _frame(request)
    if context["run"] is None:
        return render(request, "supply/lean.html", context)
    safety, search = _safety(request), request.GET.get("search", "")
    loops = _named(queries.loops(context["floor"], safety / 100), search)
    page = paged(request, range(loops.height), ROWS_A_PAGE)
    takts = list(queries.takts(context["floor"], context["month"]).iter_rows(named=True))
    context |= {
        "takts": takts,
        "slowest": takts[0] if takts else None,
        "page": page,
        "loops": list(loops[list(page.object_list)].iter_rows(named=True)),
        "cards": int(loops["cards"].sum()),
        "loops_text": _("%(count)s loops") % {"count": formats.quantity(loops.height)},
        "safety": safety,
        "search": search,
    }
    return render(request, "supply/lean.html", context)


@login_required
def cards(request: UserRequest) -> HttpResponse:
    """Kanban cards to print: one card a kanban, with item, quantity, from and to."""
    request.user.must("see supply")
    context = _frame(request)
    if context["run"] is None:
        return render(request, "supply/lean_cards.html", context)
    item = request.GET.get("item", "")
    loops = _named(queries.loops(context["floor"], _safety(request) / 100), request.GET.get("search", ""))
    chosen = loops.filter(pl.col("item") == item) if item else loops
    if item and chosen.is_empty():
        raise NotFound(_("There is no kanban loop of %(item)s.") % {"item": item})
    every = (
        {**row, "number": number}
        for row in chosen.iter_rows(named=True)
        for number in range(1, row["cards"] + 1)
    )
    whole = int(chosen["cards"].sum())
    shown = [card for card, _turn in zip(every, range(MOST_CARDS), strict=False)]
    return render(
        request, "supply/lean_cards.html", {**context, "cards": shown, "whole": whole, "item": item}
    )


@login_required
def levelled(request: UserRequest) -> HttpResponse:
    """The heijunka board of a month: what is finished of each item on each day."""
    request.user.must("see supply")
    context = _frame(request)
    if context["run"] is None:
        return render(request, "supply/lean_levelled.html", context)
    board = queries.board(context["floor"], context["month"])
    page = paged(request, range(len(board.rows)), ROWS_A_PAGE)
    context |= {"board": board, "page": page, "rows": [board.rows[number] for number in page.object_list]}
    return render(request, "supply/lean_levelled.html", context)


@login_required
def buffers(request: UserRequest) -> HttpResponse:
    """DDMRP buffers in their colours, with the net flow and the order it proposes."""
    request.user.must("see supply")
    context = _frame(request)
    if context["run"] is None:
        return render(request, "supply/lean_buffers.html", context)
    search, zone = request.GET.get("search", ""), request.GET.get("zone", "")
    every = queries.buffered(context["floor"])
    counts = dict(every.group_by("zone").len().iter_rows())
    found = _named(every, search)
    found = found.filter(pl.col("zone") == zone) if zone in dict(_zones()) else found
    page = paged(request, range(found.height), ROWS_A_PAGE)
    context |= {
        "page": page,
        "rows": [_drawn(row) for row in found[list(page.object_list)].iter_rows(named=True)],
        "red": counts.get("red", 0),
        "yellow": counts.get("yellow", 0),
        "green": counts.get("green", 0),
        "to_order": int((every["order"] > 0).sum()),
        "zones": _zones(),
        "zone": zone,
        "search": search,
    }
    return render(request, "supply/lean_buffers.html", context)


def _zones() -> list[tuple[str, str]]:
    return [("red", _("Red")), ("yellow", _("Yellow")), ("green", _("Green"))]


def _drawn(row: dict[str, Any]) -> dict[str, Any]:
    """A buffer as a bar: where each colour begins and how wide it is, and where the net flow stands."""
    top = row["top_of_green"] or 1.0
    red, yellow, green = (BAR_WIDTH * row[name] / top for name in ("red", "yellow", "green"))
    return {
        **row,
        "red_width": f"{red:.2f}",
        "yellow_from": f"{red:.2f}",
        "yellow_width": f"{yellow:.2f}",
        "green_from": f"{red + yellow:.2f}",
        "green_width": f"{green:.2f}",
        "now": f"{min(BAR_WIDTH - 1, max(0.0, BAR_WIDTH * row['net_flow'] / top)):.2f}",
    }


urlpatterns = [
    path("supply/lean/", lean, name="lean"),
    path("supply/lean/cards/", cards, name="lean-cards"),
    path("supply/lean/levelled/", levelled, name="lean-levelled"),
    path("supply/lean/buffers/", buffers, name="lean-buffers"),
]
