"""What can be done about demand: forecast it, speak about it, agree it."""

import hashlib
import json
from datetime import date
from decimal import Decimal

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from einklang.demand import queries
from einklang.demand.models import (
    Consensus,
    ConsensusLine,
    ForecastPoint,
    ForecastRun,
    Voice,
    WalkBackPoint,
    Withdrawal,
)
from einklang.demand.queries.tree import hierarchy, level_column
from einklang.engine import consensus as engine
from einklang.engine.forecast import VERSION
from einklang.kernel import clock, journal, tables
from einklang.kernel.errors import NotAllowed, Refused, Stale
from einklang.people.models import User


@transaction.atomic
def run_forecast(
    as_of: date,
    *,
    horizon: int = queries.HORIZON,
    by: User,
    worked_out: queries.WorkedOut | None = None,
) -> ForecastRun:
    """Forecast everything that is sold from the orders up to and including the month ``as_of``.

    The same orders, tree and settings give the run that exists already. ``worked_out`` hands in a
    forecast that was computed beforehand (a job computes without keeping others from writing).
    """
    by.must("run forecast")
    name = (
        worked_out.fingerprint
        if worked_out
        else queries.fingerprint_of(as_of, horizon, queries.WALKED_BACK)[0]
    )
    if kept := ForecastRun.objects.filter(as_of=as_of, fingerprint=name).first():
        return kept
    told = worked_out or queries.work_out(as_of, horizon=horizon)
    facts = {
        "horizon": told.horizon,
        "engine": VERSION,
        "settings": {"levels": [80, 95], "season": 12, "lags": 3},
        "weights": told.weights,
        "kinds": told.kinds,
        "walked_back": told.walk_back["origin"].n_unique(),
        "made_at": clock.now(),
        "made_by": by,
    }
    run, is_new = ForecastRun.objects.get_or_create(as_of=as_of, fingerprint=told.fingerprint, defaults=facts)
    if not is_new:
        return run
    bands = {"lo-80": "low_80", "hi-80": "high_80", "lo-95": "low_95", "hi-95": "high_95"}
    tables.insert(ForecastPoint, _of(run, told.points.rename(bands)))
    tables.insert(WalkBackPoint, _of(run, told.walk_back))
    journal.record(
        "demand.forecast_run", about=run, by=by, as_of=as_of, series=told.kinds, fingerprint=told.fingerprint
    )
    return run


@transaction.atomic
def give_voice(
    as_of: date,
    series: str,
    period: date,
    quantity: Decimal,
    *,
    kind: str,
    reason: str,
    by: User,
    seen_version: int = 0,
) -> Voice:
    """Say what you expect of an item or a family in one month, and why.

    Each kind of voice has one standing figure a month. ``seen_version`` is the version you saw (0: none);
    if somebody spoke since, both figures come back and nothing is overwritten.
    """
    by.must("give voice")
    point = queries.place(as_of, series, period)
    _must_say_something(kind, quantity, reason)
    # Whoever speaks about the same month at the same time waits here, then sees what was said.
    ForecastPoint.objects.select_for_update().get(pk=point.pk)
    versions = list(queries.chain(as_of, series, period, kind))
    standing = queries.standing_voice(as_of, series, period, kind)
    if (standing.version if standing else 0) != seen_version:
        raise _somebody_spoke(standing, quantity)
    voice = Voice.objects.create(
        as_of=as_of,
        series=series,
        level=point.level,
        period=period,
        kind=kind,
        quantity=quantity,
        reason=reason.strip()[:300],
        author=by,
        given_at=clock.now(),
        version=versions[0].version + 1 if versions else 1,
        replaces=standing,
    )
    journal.record(
        "demand.voice_given",
        about=voice,
        by=by,
        quantity=quantity,
        before=standing.quantity if standing else None,
        statistical=point.mean,
        reason=voice.reason,
    )
    return voice


@transaction.atomic
def withdraw_voice(voice: Voice, *, by: User) -> Withdrawal:
    """Take a voice back: your own, or, if you agree the demand, anyone's."""
    by.must("give voice")
    held = Voice.objects.select_for_update().get(pk=voice.pk)
    if held.author_id != by.pk and not by.may("agree demand"):
        raise NotAllowed(_("Only its author, or somebody who agrees the demand, may withdraw this voice."))
    if not Voice.objects.standing().filter(pk=held.pk).exists():
        raise Refused(_("This voice does not stand any more: it was replaced or withdrawn."))
    withdrawal = Withdrawal.objects.create(voice=held, by=by, at=clock.now())
    journal.record("demand.voice_withdrawn", about=held, by=by, quantity=held.quantity)
    return withdrawal


@transaction.atomic
def agree(as_of: date, *, by: User) -> Consensus:
    """Make one number a month and item of the newest forecast and all standing voices, and lock it.

    Agreeing again without anything new gives the consensus that exists; otherwise the next number.
    """
    by.must("agree demand")
    run = ForecastRun.objects.select_for_update().get(pk=queries.run_of(as_of).pk)
    voices, trust = queries.voices_frame(as_of), queries.trust(as_of)
    name = _fingerprint(run, voices, trust)
    latest = Consensus.objects.filter(as_of=as_of).order_by("-number").first()
    if latest and latest.fingerprint == name:
        return latest
    stated = queries.forecast_frame(run)
    lines = engine.agree(
        stated, voices, hierarchy=hierarchy(stated["series"].unique().to_list()), trust=trust
    )
    agreed = Consensus.objects.create(
        as_of=as_of,
        number=latest.number + 1 if latest else 1,
        run=run,
        trust=trust,
        voices=voices.height,
        fingerprint=name,
        agreed_at=clock.now(),
        agreed_by=by,
    )
    rows = lines.with_columns(
        pl.lit(agreed.pk).alias("consensus_id"),
        pl.col("quantity").clip(0),
    )
    tables.insert(ConsensusLine, rows)
    journal.record("demand.agreed", about=agreed, by=by, run=run.pk, voices=voices.height, trust=trust)
    return agreed


def _of(run: ForecastRun, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.lit(run.pk).alias("run_id"), level_column())


def _fingerprint(run: ForecastRun, voices: pl.DataFrame, trust: dict[str, float]) -> str:
    text = json.dumps([run.fingerprint, voices.write_csv(), trust], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _must_say_something(kind: str, quantity: Decimal, reason: str) -> None:
    if kind not in dict(queries.kinds()):
        raise Refused(_("There is no kind of voice %(kind)s.") % {"kind": kind}, status=422)
    if not quantity.is_finite() or quantity < 0:
        raise Refused(_("A quantity is zero or more."), status=422)
    if not reason.strip():
        raise Refused(_("Say why: a figure without a reason cannot be weighed."), status=422)


def _somebody_spoke(standing: Voice | None, quantity: Decimal) -> Stale:
    if standing is None:
        return Stale(_("The voice you saw was withdrawn meanwhile; look again."), yours=quantity, theirs=None)
    return Stale(
        _("%(who)s says %(theirs)s by now (%(reason)s); you say %(yours)s. Look at both, then say it again.")
        % {
            "who": standing.author,
            "theirs": f"{standing.quantity.normalize():f}",
            "yours": f"{quantity.normalize():f}",
            "reason": standing.reason,
        },
        yours=quantity,
        theirs=standing.quantity,
    )
