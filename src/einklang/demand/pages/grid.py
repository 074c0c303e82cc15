"""The demand review as a grid: the page, its figures, and the one way in which many voices come at once."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any

import polars as pl
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST

from einklang.demand import actions, queries
from einklang.demand.actions import Outcome, Said
from einklang.demand.pages.places import (
    day_named,
    expiries,
    family_choices,
    kind_named,
    month_named,
    nothing_yet,
    territory_choices,
)
from einklang.demand.pages.words import grid_words, layers
from einklang.kernel.errors import Refused
from einklang.people.http import UserRequest
from einklang.web import formats
from einklang.web.paging import paged

COLUMNS = ("statistical", "low", "high", "pipeline", "agreed", "outlook", "year_ago")
NAMES = {"statistical": "forecast"}
SHOWN_BATCHES = 10


@login_required
def grid_page(request: UserRequest) -> HttpResponse:
    """The grid and what it can be narrowed by; on a phone and without JavaScript a list of one month."""
    request.user.must("see demand")
    run = queries.latest_run(day_named(request.GET.get("as_of")))
    if run is None:
        return nothing_yet(request)
    asked = request.GET
    family, month = asked.get("family", queries.TOTAL), day_named(asked.get("month"))
    shown = queries.review(run, seen_by=request.user, node=family, month=month)
    context = {
        "run": run,
        "review": shown,
        "page": paged(request, shown.rows, 20),
        "month_of_run": f"{run.as_of:%Y-%m}",
        "month_shown": f"{shown.month:%Y-%m}",
        "families": family_choices(),
        "territories": territory_choices(),
        "kinds": queries.kinds(),
        "kind": kind_named(asked.get("kind")),
        "layers": layers(),
        "words": grid_words(),
        "until": [(f"{day:%Y-%m-%d}", formats.month(day)) for day in expiries(run.as_of)],
        "figures": f"{reverse('grid-figures')}?{request.GET.urlencode()}",
        "batches": queries.batches(run.as_of, seen_by=request.user, limit=SHOWN_BATCHES),
    }
    return render(request, "demand/grid.html", context)


@login_required
@gzip_page
def grid_figures(request: UserRequest) -> JsonResponse:
    """All figures of a family and territory, column by column, as the grid reads them."""
    request.user.must("see demand")
    run = queries.latest_run(day_named(request.GET.get("as_of")))
    if run is None:
        return JsonResponse({"items": [], "months": []})
    kind = kind_named(request.GET.get("kind"))
    told = queries.grid(
        run,
        seen_by=request.user,
        family=request.GET.get("family", queries.TOTAL),
        territory=request.GET.get("territory", ""),
        kind=kind,
    )
    return JsonResponse(
        {
            "asOf": run.as_of.isoformat(),
            "kind": kind,
            "kinds": dict(queries.kinds()),
            "territory": told.territory,
            "maySpeak": told.editable,
            "months": [{"key": day.isoformat(), "label": formats.month(day)} for day in told.months],
            "items": _items(told, kind),
        }
    )


def _items(told: queries.Grid, kind: str) -> list[dict[str, Any]]:
    """One entry a line of the grid, each figure a list along the months."""
    others = [name for name, _label in queries.kinds() if name != kind]
    rounded = [pl.col(name).cast(pl.Float64).round(2) for name in (*COLUMNS, *others)]
    spoken = pl.struct("quantity", "version", "reason", "author", "expires").alias("voice")
    lists = (
        told.frame.with_columns(*rounded, pl.col("quantity").cast(pl.Float64))
        .with_columns(spoken)
        .group_by("series", maintain_order=True)
        .agg(*COLUMNS, *others, "voice")
    )
    by_series = {row["series"]: row for row in lists.iter_rows(named=True)}
    return [
        {
            "series": row["series"],
            "name": told.names.get(row["series"], row["series"]),
            "level": queries.level_of(row["series"]).value,
            "href": reverse("item-demand", args=[row["series"]]),
            **{NAMES.get(name, name): row[name] for name in COLUMNS},
            "others": {name: row[name] for name in others if any(row[name])},
            "voice": [_voice_told(voice) for voice in row["voice"]],
        }
        for row in (by_series[series] for series in (*told.branches, *told.series))
    ]


def _voice_told(voice: dict[str, Any]) -> dict[str, Any] | None:
    """A standing voice as the grid shows it; none where nothing was said."""
    if not voice["version"]:
        return None
    return {**voice, "expires": formats.month(voice["expires"]) if voice["expires"] else ""}


def answers_json(view: Callable[[UserRequest], JsonResponse]) -> Callable[[UserRequest], HttpResponse]:
    """A refusal comes back as JSON with its sentence, for the grid to show where the person is."""

    @wraps(view)
    def answer(request: UserRequest) -> HttpResponse:
        try:
            return view(request)
        except Refused as refusal:
            return JsonResponse({"detail": str(refusal)}, status=refusal.status)

    return answer


@login_required
@require_POST
@answers_json
def grid_voices(request: UserRequest) -> JsonResponse:
    """Take many figures at once: each is taken or refused by itself, and nothing is overwritten."""
    request.user.must("give voice")
    told = _body(request)
    as_of, kind, reason = _day(told.get("as_of")), str(told.get("kind", "")), str(told.get("reason", ""))
    common = Said("", as_of, kind, None, reason, territory=str(told.get("territory") or ""))
    if told.get("expires"):
        common = replace(common, expires=_day(told["expires"]))
    cells = told.get("cells")
    if not isinstance(cells, list) or not cells:
        raise Refused(_("There is nothing to say."), status=422)
    outcomes = actions.give_voices(as_of, [_said(common, cell) for cell in cells], by=request.user)
    return _answer(request, as_of, outcomes)


@login_required
@require_POST
@answers_json
def grid_undo(request: UserRequest) -> JsonResponse:
    """Take a batch back; what somebody said since stays."""
    request.user.must("give voice")
    told = _body(request)
    batch = told.get("batch")
    if not isinstance(batch, int):
        raise Refused(_("There is no such batch of voices."), status=422)
    outcomes = actions.take_back(batch, by=request.user)
    return _answer(request, _day(told.get("as_of")), outcomes, undone=True)


def _answer(
    request: UserRequest, as_of: date, outcomes: Sequence[Outcome], *, undone: bool = False
) -> JsonResponse:
    """What became of each cell, a sentence for all of them, and the history as it stands now."""
    taken = sum(outcome.state in ("given", "withdrawn") for outcome in outcomes)
    left = sum(outcome.state in ("stale", "refused") for outcome in outcomes)
    history = {"batches": queries.batches(as_of, seen_by=request.user, limit=SHOWN_BATCHES)}
    return JsonResponse(
        {
            "batch": next((outcome.batch for outcome in outcomes if outcome.batch), None),
            "sentence": _sentence(taken, left, undone=undone),
            "open": left,
            "outcomes": [_outcome_told(outcome) for outcome in outcomes],
            "history": render_to_string("demand/_batches.html", history, request),
        }
    )


def _sentence(taken: int, left: int, *, undone: bool) -> str:
    said = (
        ngettext("%(count)s figure taken back.", "%(count)s figures taken back.", taken)
        if undone
        else ngettext("%(count)s figure noted.", "%(count)s figures noted.", taken)
    ) % {"count": taken}
    more = ngettext(
        "%(count)s needs your look: it was not taken.", "%(count)s need your look: they were not taken.", left
    ) % {"count": left}
    return f"{said} {more}" if left else said


def _outcome_told(outcome: Outcome) -> dict[str, Any]:
    """One outcome; ``standing`` is what stands in the cell from now on."""
    standing = {"given": outcome.voice, "withdrawn": None}.get(outcome.state, outcome.standing)
    return {
        "series": outcome.said.series,
        "period": outcome.said.period.isoformat(),
        "state": outcome.state,
        "sentence": outcome.sentence or "",
        "standing": standing
        and {
            "quantity": float(standing.quantity),
            "version": standing.version,
            "reason": standing.reason,
            "author": standing.author.name,
            "expires": formats.month(standing.expires) if standing.expires else "",
        },
    }


def _said(common: Said, cell: object) -> Said:
    """One cell as it was sent."""
    if not isinstance(cell, dict):
        raise Refused(_("A cell names its item, month and figure."), status=422)
    quantity, seen = cell.get("quantity"), cell.get("seen")
    try:
        figure = None if quantity is None else Decimal(str(quantity))
    except InvalidOperation as fault:
        raise Refused(_("%(text)s is not a number.") % {"text": quantity}, status=422) from fault
    return replace(
        common,
        series=str(cell.get("series", "")),
        period=_day(cell.get("period")),
        quantity=figure,
        seen_version=seen if isinstance(seen, int) else 0,
    )


def _body(request: UserRequest) -> dict[str, Any]:
    try:
        told = json.loads(request.body)
    except ValueError as fault:
        raise Refused(_("This is not understood."), status=422) from fault
    if not isinstance(told, dict):
        raise Refused(_("This is not understood."), status=422)
    return told


def _day(text: object) -> date:
    return month_named(text if isinstance(text, str) else "")


urlpatterns = [
    path("demand/grid/", grid_page, name="demand-grid"),
    path("demand/grid/figures/", grid_figures, name="grid-figures"),
    path("demand/grid/voices/", grid_voices, name="grid-voices"),
    path("demand/grid/undo/", grid_undo, name="grid-undo"),
]
