"""Forecast runs: finding them, reading them as frames, and working one out before it is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.demand.models import ForecastPoint, ForecastRun, Level
from einklang.demand.queries import tree as trees
from einklang.engine.forecast import Forecast, fingerprint, forecast, walk_back
from einklang.engine.periods import add_months, month_of, month_range, months_between
from einklang.kernel import clock, tables
from einklang.kernel.errors import NotFound, Refused
from einklang.orders import queries as orders
from einklang.people.models import User

HORIZON = 18
WALKED_BACK = 12
LAGS = 3
LEVELS = (80, 95)
BANDS = ("lo-80", "hi-80", "lo-95", "hi-95")


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a forecast rests on."""

    history: pl.DataFrame
    tree: pl.DataFrame
    items: pl.DataFrame


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """A forecast that is not kept yet: points of all levels, and the walk back."""

    as_of: date
    horizon: int
    fingerprint: str
    points: pl.DataFrame
    kinds: dict[str, int]
    weights: dict[str, dict[str, float]]
    walk_back: pl.DataFrame


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


def fingerprint_of(as_of: date, horizon: int, walked_back: int) -> tuple[str, Inputs]:
    """The name of a run's inputs, and the inputs themselves."""
    history = orders.demand_history(as_of)
    if history.is_empty():
        raise Refused(
            _("There are no orders up to %(month)s to forecast from.") % {"month": f"{as_of:%Y-%m}"}
        )
    tree = trees.hierarchy(history["series"].unique().to_list())
    items = catalog.items_frame().filter("is_sold").select("item", "launched_on", "ended_on").sort("item")
    name = fingerprint(
        history,
        as_of=as_of,
        horizon=horizon,
        walked_back=walked_back,
        levels=LEVELS,
        tree=sorted(tree.rows()),
        items=items.rows(),
    )
    return name, Inputs(history, tree, items)


def work_out(
    as_of: date,
    *,
    horizon: int = HORIZON,
    walked_back: int = WALKED_BACK,
    progress: Callable[[int, str], None] = lambda done, sentence: None,
) -> WorkedOut:
    """Forecast every item sold, its families and the total, and walk back through the past months.

    ``progress`` hears how many of four steps are done, and what comes next.
    """
    progress(0, _("Reading the orders"))
    name, given = fingerprint_of(as_of, horizon, walked_back)
    leaves = given.history["series"].n_unique()
    used = given.tree.filter(pl.col("series").is_in(trees.ancestors(given.tree)["above"].unique().to_list()))
    progress(1, _("Forecasting %(count)s items and their families") % {"count": leaves})
    told = forecast(given.history, horizon=horizon, levels=LEVELS, hierarchy=used)
    progress(2, _("Trying the forecast on the last %(count)s months") % {"count": walked_back})
    back = _walked_back(given, used, walked_back)
    progress(3, _("Keeping the forecast"))
    table = _with_planned_ends(told, given, used)
    table = pl.concat([table, _without_history(given, as_of, horizon)])
    kinds = dict(told.series.group_by("kind").len().sort("kind").iter_rows())
    return WorkedOut(as_of, horizon, name, table, kinds, told.weights, back)


def _walked_back(given: Inputs, tree: pl.DataFrame, months: int) -> pl.DataFrame:
    """The walk back, as far as there are enough months; its columns are known even without rows."""
    known = given.history["period"].n_unique()
    months = min(months, known - 1)
    if months < 1:
        schema = {"origin": pl.Date, "series": pl.String, "period": pl.Date, "lag": pl.Int64}
        return pl.DataFrame(schema={**schema, "mean": pl.Float64, "actual": pl.Float64, "naive": pl.Float64})
    return walk_back(given.history, origins=months, horizon=LAGS, hierarchy=tree)


def _with_planned_ends(told: Forecast, given: Inputs, tree: pl.DataFrame) -> pl.DataFrame:
    """The forecast with nothing after an item's planned end; families and the total lose as much."""
    ends = given.items.filter(pl.col("ended_on").is_not_null()).select(
        pl.col("item").alias("series"), "ended_on"
    )
    table = told.table.join(ends, on="series", how="left", maintain_order="left")
    over = (pl.col("ended_on") < pl.col("period")).fill_null(value=False)
    gone = (
        table.filter(over)
        .select("series", "period", pl.col("mean").alias("lost"))
        .join(trees.ancestors(tree), on="series")
        .group_by(pl.col("above").alias("series"), "period")
        .agg(pl.col("lost").sum())
    )
    lost = pl.col("lost").fill_null(0.0)
    shifted = [(pl.col(name) - lost).clip(0).alias(name) for name in ("mean", *BANDS)]
    cut = [pl.when(over).then(0.0).otherwise(pl.col(name)).alias(name) for name in ("mean", *BANDS)]
    method = pl.when(over).then(pl.lit("ended: planned end")).otherwise("method").alias("method")
    return (
        table.join(gone, on=["series", "period"], how="left", maintain_order="left")
        .with_columns(shifted)
        .with_columns(*cut, method)
        .select("series", "period", "mean", *BANDS, "method")
    )


def _without_history(given: Inputs, as_of: date, horizon: int) -> pl.DataFrame:
    """Items that are sold but were never ordered: nothing is known of them, so that people can speak."""
    known = given.history["series"].unique().to_list()
    still = pl.col("ended_on").is_null() | (pl.col("ended_on") > as_of)
    new = given.items.filter(~pl.col("item").is_in(known) & still)["item"].to_list()
    months = month_range(add_months(as_of, 1), horizon)
    frame = pl.DataFrame(
        {"series": [name for name in new for _month in months], "period": months * len(new)},
        schema={"series": pl.String, "period": pl.Date},
    )
    zeros = [pl.lit(0.0).alias(name) for name in ("mean", *BANDS)]
    return frame.with_columns(*zeros, pl.lit("new: no orders yet").alias("method"))


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
