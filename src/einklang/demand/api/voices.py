"""Voices over JSON: one, many at once, taken back; and the grid they stand in."""

from datetime import date
from decimal import Decimal
from typing import Any

from ninja import Field, Router, Schema

from einklang.demand import actions, queries
from einklang.people.http import UserRequest
from einklang.web.api import REFUSALS, Strict
from einklang.web.values import Month, Units

router = Router(tags=["demand"])


class VoiceOut(Schema):
    """One standing voice; an empty territory means everywhere."""

    id: int
    as_of: date
    series: str
    level: str
    territory: str
    period: date
    kind: str
    quantity: Decimal
    reason: str
    expires: date | None
    author: str = Field(alias="author.username")
    version: int
    batch: int | None = Field(None, alias="batch_id")


class SaidIn(Strict):
    """What somebody expects in one place; ``seen_version`` is the version they saw (0: none)."""

    series: str
    territory: str = Field("", max_length=60)
    period: Month
    kind: str
    quantity: Units
    reason: str = Field(min_length=1, max_length=300)
    seen_version: int = Field(0, ge=0)
    expires: Month | None = Field(None, description="The last review in which it is heard; null: this one.")


class VoiceIn(SaidIn):
    """What somebody expects, and of which month's forecast."""

    as_of: Month


class CellIn(SaidIn):
    """One of many figures; without a quantity the voice that stands there is taken back."""

    quantity: Units | None = None  # type: ignore[assignment]
    reason: str = Field("", max_length=300)


class VoicesIn(Strict):
    """Many figures at once."""

    as_of: Month
    voices: list[CellIn] = Field(min_length=1, max_length=5000)


class OutcomeOut(Schema):
    """What became of one figure: given, unchanged, withdrawn, stale or refused; and who else spoke."""

    series: str
    territory: str
    period: date
    kind: str
    state: str
    yours: Decimal | None
    theirs: Decimal | None
    version: int
    sentence: str | None
    batch: int | None


class BatchOut(Schema):
    """Voices that were given together."""

    pk: int
    author: str
    count: int
    kinds: list[str]
    reason: str
    taken_back: bool
    undoes: int | None


class GridOut(Schema):
    """The grid: its months, items in order, families that sum them, and a row for each series and month."""

    run: int
    kind: str
    months: list[date]
    series: list[str]
    branches: list[str]
    editable: bool
    cells: list[dict[str, Any]]


@router.get("/demand/voices", response={200: list[VoiceOut], **REFUSALS})
def list_voices(request: UserRequest, as_of: Month, series: str = "") -> object:
    """The voices heard in a month's review, those carried on from earlier reviews included."""
    return queries.voices(as_of, seen_by=request.user, series=series)


@router.post("/demand/voices", response={201: VoiceOut, **REFUSALS})
def give_voice(request: UserRequest, body: VoiceIn) -> object:
    """Say what you expect of an item, a family or everything in one month, and why."""
    voice = actions.give_voice(
        body.as_of,
        body.series,
        body.period,
        body.quantity,
        kind=body.kind,
        reason=body.reason,
        seen_version=body.seen_version,
        expires=body.expires,
        territory=body.territory,
        by=request.user,
    )
    return 201, voice


@router.post("/demand/voices/batch", response={200: list[OutcomeOut], **REFUSALS})
def give_voices(request: UserRequest, body: VoicesIn) -> object:
    """Say many figures at once; each is taken or refused by itself, and all taken can be undone as one."""
    rows = [actions.Said(**cell.model_dump()) for cell in body.voices]
    return [_told(outcome) for outcome in actions.give_voices(body.as_of, rows, by=request.user)]


@router.get("/demand/voices/batches", response={200: list[BatchOut], **REFUSALS})
def list_batches(request: UserRequest, as_of: Month) -> object:
    """Voices that were given together in a review, newest first."""
    return queries.batches(as_of, seen_by=request.user)


@router.post("/demand/voices/batches/{batch_id}/take-back", response={200: list[OutcomeOut], **REFUSALS})
def take_back(request: UserRequest, batch_id: int) -> object:
    """Undo a batch: what stood before stands again; what was said since is kept."""
    return [_told(outcome) for outcome in actions.take_back(batch_id, by=request.user)]


@router.post("/demand/voices/{voice_id}/withdraw", response={204: None, **REFUSALS})
def withdraw_voice(request: UserRequest, voice_id: int, as_of: Month | None = None) -> object:
    """Take a voice back; one carried on from an earlier review from the review ``as_of`` on."""
    actions.withdraw_voice(queries.voice(voice_id), by=request.user, as_of=as_of)
    return 204, None


@router.get("/demand/grid", response={200: GridOut, **REFUSALS})
def grid(
    request: UserRequest,
    as_of: Month,
    family: str = queries.TOTAL,
    territory: str = "",
    kind: str = "sales",
    search: str = "",
    sort: str = "",
) -> object:
    """The demand review as a grid: items and families by month, with forecasts, voices and what is agreed."""
    request.user.must("see demand")
    shown = queries.grid(
        queries.run_of(as_of),
        seen_by=request.user,
        family=family,
        territory=territory,
        kind=kind,
        search=search,
        sort=sort,
    )
    return {
        "run": shown.run.pk,
        "kind": shown.kind,
        "months": shown.months,
        "series": shown.series,
        "branches": shown.branches,
        "editable": shown.editable,
        "cells": shown.frame.to_dicts(),
    }


def _told(outcome: actions.Outcome) -> dict[str, object]:
    """An outcome as the contract names it."""
    standing = outcome.voice or outcome.standing
    series, territory, period, kind = outcome.place
    return {
        "series": series,
        "territory": territory,
        "period": period,
        "kind": kind,
        "state": outcome.state,
        "yours": outcome.said.quantity,
        "theirs": outcome.standing.quantity if outcome.standing else None,
        "version": standing.version if standing and outcome.state != "withdrawn" else 0,
        "sentence": outcome.sentence,
        "batch": outcome.batch,
    }
