"""Forecasting everything that is sold, and judging the odd months in its history."""

from datetime import date

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from einklang.demand import queries
from einklang.demand.models import ForecastPoint, ForecastRun, Repair, WalkBackPoint
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
