"""Forecasting everything that is sold, and judging the odd months in its history."""

import io
from datetime import date

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from einklang.demand import queries
from einklang.demand.models import (
    DeepTier,
    ForecastEffect,
    ForecastMemory,
    ForecastPoint,
    ForecastRun,
    ForecastSeries,
    Outlier,
    Repair,
    WalkBackPoint,
)
from einklang.demand.queries.tree import level_column
from einklang.engine.forecast.learned import VERSION
from einklang.kernel import clock, journal, tables
from einklang.kernel.errors import Refused
from einklang.people.models import User


@transaction.atomic
def run_forecast(
    as_of: date,
    *,
    horizon: int = queries.HORIZON,
    without: tuple[str, ...] = (),
    by: User,
    worked_out: queries.WorkedOut | None = None,
) -> ForecastRun:
    """Forecast everything that is sold from the orders up to and including the month ``as_of``.

    The same orders, tree and settings give the run that exists already. ``without`` names effects that
    are switched off. ``worked_out`` hands in a forecast that was computed beforehand (a job computes
    without keeping others from writing).
    """
    by.must("run forecast")
    name = (
        worked_out.fingerprint
        if worked_out
        else queries.fingerprint_of(as_of, horizon, queries.WALKED_BACK, without)[0]
    )
    if kept := ForecastRun.objects.filter(as_of=as_of, fingerprint=name).first():
        return kept
    told = worked_out or queries.work_out(as_of, horizon=horizon, without=without)
    run, is_new = ForecastRun.objects.get_or_create(
        as_of=as_of, fingerprint=told.fingerprint, defaults=_heading(told, by)
    )
    if is_new:
        _keep(run, told)
        journal.record(
            "demand.forecast_run",
            about=run,
            by=by,
            as_of=as_of,
            series=told.kinds,
            fingerprint=told.fingerprint,
            failures=len(told.failures),
        )
    return run


def _heading(told: queries.WorkedOut, by: User) -> dict[str, object]:
    """What a run says of itself."""
    return {
        "horizon": told.horizon,
        "engine": VERSION,
        "settings": told.settings,
        "weights": told.weights,
        "kinds": told.kinds,
        "walked_back": told.walk_back["origin"].n_unique(),
        "steps": told.steps,
        "failures": told.failures,
        "former": told.former,
        "refitted": told.refitted,
        "made_at": clock.now(),
        "made_by": by,
    }


def _keep(run: ForecastRun, told: queries.WorkedOut) -> None:
    """Write everything that belongs to a run, whole tables at a time."""
    bands = {"lo-80": "low_80", "hi-80": "high_80", "lo-95": "low_95", "hi-95": "high_95"}
    tables.insert(ForecastPoint, _of(run, told.points.rename(bands)))
    tables.insert(WalkBackPoint, _of(run, told.walk_back))
    tables.insert(ForecastEffect, _of(run, told.effects))
    tables.insert(Outlier, told.outliers.with_columns(pl.lit(run.pk).alias("run_id")))
    if told.series.height:
        tables.insert(ForecastSeries, _of(run, told.series))
    if told.memory is not None:
        ForecastMemory.objects.create(run=run, packed=told.memory)


@transaction.atomic
def keep_deep_tier(
    as_of: date, *, horizon: int, table: pl.DataFrame, failures: list[dict[str, str]], by: User
) -> DeepTier:
    """Keep what the slow models said as of a month, for the next forecast of it."""
    by.must("run forecast")
    packed = io.BytesIO()
    table.write_parquet(packed)
    kept = DeepTier.objects.create(
        as_of=as_of,
        horizon=horizon,
        content=packed.getvalue(),
        series=table["series"].n_unique(),
        failures=failures,
        made_at=clock.now(),
        made_by=by,
    )
    journal.record("demand.deep_tier_kept", about=kept, by=by, series=kept.series, failures=len(failures))
    return kept


@transaction.atomic
def judge_outlier(series: str, period: date, *, repair: bool, reason: str, by: User) -> Repair:
    """Say whether the forecast may put an odd month right; without anybody's word it is left as it is.

    The newest word holds for the next forecast; runs already made stay as they are.
    """
    by.must("run forecast")
    if not reason.strip():
        raise Refused(_("Say why: history is put right only for a reason."), status=422)
    if queries.repaired(series, period) == repair:
        raise Refused(_("That is how it stands already."))
    word = Repair.objects.create(
        series=series,
        period=period,
        is_agreed=repair,
        reason=reason.strip()[:300],
        author=by,
        given_at=clock.now(),
    )
    journal.record(
        "demand.outlier_judged", about=word, by=by, month=period, repair=repair, reason=word.reason
    )
    return word


def _of(run: ForecastRun, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.lit(run.pk).alias("run_id"), level_column())
