"""Forecast runs: finding them, and reading them as frames."""

from datetime import date

import polars as pl
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from einklang.demand.models import ForecastPoint, ForecastRun, Level
from einklang.engine.periods import add_months, month_of, month_range, months_between
from einklang.kernel import clock, tables
from einklang.kernel.errors import NotFound, Refused
from einklang.orders import queries as orders
from einklang.people.models import User


def runs(*, seen_by: User) -> QuerySet[ForecastRun]:
    """All runs, newest first, with how many series each has."""
    seen_by.must("see demand")
    found = ForecastRun.objects.select_related("made_by").annotate(agreed=Count("consensuses"))
    return found.order_by("-as_of", "-made_at", "-pk")


def run(run_id: int) -> ForecastRun:
    """One run by its number."""
    found = ForecastRun.objects.select_related("made_by").filter(pk=run_id).first()
    if found is None:
        raise NotFound(_("There is no such forecast."))
    return found


def latest_run(as_of: date | None = None) -> ForecastRun | None:
    """The newest run; of one month, or of all."""
    found = ForecastRun.objects.select_related("made_by")
    return (found.filter(as_of=as_of) if as_of else found).first()


def latest_runs(months: list[date]) -> dict[date, ForecastRun]:
    """The newest run of each of some months, where there is one."""
    found = ForecastRun.objects.filter(as_of__in=months).order_by("made_at", "pk")
    return {run.as_of: run for run in found}


def run_of(as_of: date) -> ForecastRun:
    """The newest run of a month; refuses where there is none."""
    found = latest_run(as_of)
    if found is None:
        raise Refused(
            _("There is no forecast of %(month)s yet: run one first.") % {"month": f"{as_of:%Y-%m}"}
        )
    return found


def months_known() -> list[date]:
    """The months with orders that are over, newest first: a forecast can be made as of each."""
    known = orders.months()
    if known is None:
        return []
    first, last = known
    closed = add_months(month_of(clock.today()), -1)
    return month_range(first, months_between(first, min(last, closed)) + 1)[::-1]


def forecast_frame(
    run: ForecastRun, series: list[str] | None = None, period: date | None = None
) -> pl.DataFrame:
    """A run's items (frame FORECAST): series, period, mean, lo-80, hi-80, lo-95, hi-95, method."""
    found = run.points.filter(level=Level.ITEM)
    found = found if series is None else found.filter(series__in=series)
    return _points(found if period is None else found.filter(period=period))


def family_frame(run: ForecastRun) -> pl.DataFrame:
    """A run's families and total, in the same columns."""
    return _points(run.points.exclude(level=Level.ITEM))


def points(run: ForecastRun, series: str) -> pl.DataFrame:
    """A run's months of one item, family or the total."""
    return _points(run.points.filter(series=series))


def effects_frame(run: ForecastRun, level: str = "", series: str = "") -> pl.DataFrame:
    """What events, prices and promotions are in the mean: series, period, effect, quantity."""
    found = run.effects.all()
    found = found.filter(level=level) if level else found
    found = found.filter(series=series) if series else found
    columns = ("series", "period", "effect", "quantity")
    return tables.read(found.order_by(*columns[:3]), **{name: name for name in columns})


def walk_back_frame(run: ForecastRun, level: str = Level.ITEM, lag: int | None = None) -> pl.DataFrame:
    """What the engine would have said, beside what came: origin, series, period, lag, mean, actual, naive."""
    found = run.walk_back.filter(level=level)
    found = found if lag is None else found.filter(lag=lag)
    columns = ("origin", "series", "period", "lag", "mean", "actual", "naive")
    return tables.read(found.order_by("series", "period", "lag"), **{name: name for name in columns})


def _points(found: QuerySet[ForecastPoint]) -> pl.DataFrame:
    columns = {
        "series": "series",
        "period": "period",
        "mean": "mean",
        "lo-80": "low_80",
        "hi-80": "high_80",
        "lo-95": "low_95",
        "hi-95": "high_95",
        "method": "method",
    }
    return tables.read(found.order_by("series", "period"), **columns)
