"""Working a forecast out before it is kept: the engine asked, uplifts and ends put in, all added up."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from einklang.demand.models import DeepTier, ForecastMemory, ForecastRun, Outlier
from einklang.demand.queries import explaining, inputs
from einklang.demand.queries import tree as trees
from einklang.demand.queries.inputs import LEVELS, Inputs
from einklang.engine.errors import Impossible
from einklang.engine.forecast import Forecast, forecast, walk_back
from einklang.engine.forecast import deep_tier as modelled
from einklang.engine.forecast.deep import Deep, most_valuable
from einklang.engine.forecast.learned import VERSION
from einklang.engine.forecast.renewal import Former
from einklang.engine.periods import add_months, month_range
from einklang.kernel import tables

HORIZON = 18
WALKED_BACK = 12
LAGS = 3
BANDS = ("lo-80", "hi-80", "lo-95", "hi-95")
LINES = {"series": pl.String, "period": pl.Date, "effect": pl.String, "quantity": pl.Float64}
WALK = {
    "origin": pl.Date,
    "series": pl.String,
    "period": pl.Date,
    "lag": pl.Int64,
    "mean": pl.Float64,
    "actual": pl.Float64,
    "naive": pl.Float64,
}
LEAST_PART = 1e-9
LONGEST = 120
"""So long may a method or an effect be called."""


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """A forecast that is not kept yet: points of all levels, the walk back, and all that explains it.

    ``effects``: series, period, effect, quantity, at every level; ``series``: kind, scale, known, facts;
    ``outliers``: series, period, quantity, usual, is_repaired; ``memory``: what the next run can use again.
    """

    as_of: date
    horizon: int
    fingerprint: str
    points: pl.DataFrame
    kinds: dict[str, int]
    weights: dict[str, dict[str, float]]
    walk_back: pl.DataFrame
    effects: pl.DataFrame
    series: pl.DataFrame
    outliers: pl.DataFrame
    failures: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    memory: bytes | None = None
    former: ForecastRun | None = None
    refitted: int | None = None


def fingerprint_of(
    as_of: date, horizon: int, walked_back: int, without: tuple[str, ...] = ()
) -> tuple[str, Inputs]:
    """The name of a run's inputs, and the inputs themselves."""
    given = inputs.read(as_of, horizon, without)
    name = inputs.named(given, as_of, horizon, walked_back)
    deep = DeepTier.objects.filter(as_of=as_of, horizon=horizon).first()
    if deep is None:
        return name, given
    return f"{name}-{hashlib.sha256(bytes(deep.content)).hexdigest()[:8]}", given


def is_made(as_of: date, *, horizon: int = HORIZON, without: tuple[str, ...] = ()) -> bool:
    """Whether there is a run from exactly these inputs already, so that nothing need be worked out."""
    name = fingerprint_of(as_of, horizon, WALKED_BACK, without)[0]
    return ForecastRun.objects.filter(as_of=as_of, fingerprint=name).exists()


def work_out(
    as_of: date,
    *,
    horizon: int = HORIZON,
    walked_back: int = WALKED_BACK,
    without: tuple[str, ...] = (),
    progress: Callable[[int, str], None] = lambda done, sentence: None,
) -> WorkedOut:
    """Forecast every item sold, its families and the total, and walk back through the past months.

    ``without`` names effects that are switched off. ``progress`` hears how many of four steps are done,
    and what comes next. Of a month that was forecast before, only changed series are forecast anew.
    """
    progress(0, _("Reading the orders"))
    name, given = fingerprint_of(as_of, horizon, walked_back, without)
    leaves = given.history["series"].n_unique()
    used = given.tree.filter(pl.col("series").is_in(trees.ancestors(given.tree)["above"].unique().implode()))
    progress(1, _("Forecasting %(count)s items and their families") % {"count": leaves})
    before, kept = _remembered(as_of, horizon)
    told = _told(given, used, horizon, deep_tier(as_of, horizon), kept)
    progress(2, _("Trying the forecast on the last %(count)s months") % {"count": walked_back})
    back = _walked_back(given, used, walked_back)
    progress(3, _("Keeping the forecast"))
    planned = _planned(told, given, used)
    table = _moved(told.table, planned)
    table = pl.concat([_with_planned_ends(table, given, used), _without_history(given, told, as_of, horizon)])
    table = table.with_columns(pl.col("method").str.head(LONGEST))
    return WorkedOut(
        as_of=as_of, horizon=horizon, fingerprint=name, points=table,
        kinds=dict(told.series.group_by("kind").len().sort("kind").iter_rows()),
        weights=told.weights, walk_back=back,
        effects=_effects(told, planned),
        series=explaining.facts_of(told, table, kept or _remembered(add_months(as_of, -1), horizon)[1]),
        outliers=_outliers(told, given), failures=told.failures.to_dicts(),
        steps=[asdict(step) for step in told.learned.steps],
        settings={"levels": list(LEVELS), "season": 12, "lags": LAGS, "without": list(without)},
        memory=told.kept(given.history).to_bytes(), former=before,
        refitted=len(told.base.fresh),
    )  # fmt: skip


def deep_tier(as_of: date, horizon: int) -> pl.DataFrame | None:
    """What the slow models of the nightly deep tier said as of a month, if they have."""
    found = DeepTier.objects.filter(as_of=as_of, horizon=horizon).first()
    return None if found is None else pl.read_parquet(io.BytesIO(bytes(found.content)))


def look_deep(as_of: date, *, horizon: int = HORIZON, items: int = 100) -> Deep:
    """What the slow models say of the most valuable items, now and at the dates forecasts learn from.

    About a second an item and date: work for a night.
    """
    given = inputs.read(as_of, horizon)
    used = given.tree.filter(pl.col("series").is_in(trees.ancestors(given.tree)["above"].unique().implode()))
    return modelled(
        given.history,
        most_valuable(given.history, items),
        horizon=horizon,
        hierarchy=used,
        drivers=given.drivers,
        events=given.events if given.events.height else None,
        lifecycle=given.lifecycle if given.lifecycle.height else None,
        repair=given.repair,
    )


def _told(
    given: Inputs, tree: pl.DataFrame, horizon: int, deep: pl.DataFrame | None, kept: Former | None
) -> Forecast:
    """The engine's forecast of everything."""
    return forecast(
        given.history,
        horizon=horizon,
        levels=LEVELS,
        hierarchy=tree,
        drivers=given.drivers,
        events=given.events if given.events.height else None,
        lifecycle=given.lifecycle if given.lifecycle.height else None,
        repair=given.repair,
        without=given.without,
        deep=deep,
        former=kept,
    )


def _remembered(as_of: date, horizon: int) -> tuple[ForecastRun | None, Former | None]:
    """What the newest run of a month has kept, if it was made by the same engine."""
    found = (
        ForecastMemory.objects.filter(run__as_of=as_of, run__horizon=horizon, run__engine=VERSION)
        .select_related("run")
        .order_by("-run__made_at", "-run__pk")
        .first()
    )
    if found is None:
        return None, None
    try:
        return found.run, Former.from_bytes(bytes(found.packed))
    except Impossible:  # what another version has kept says nothing to this one
        return None, None


def _walked_back(given: Inputs, tree: pl.DataFrame, months: int) -> pl.DataFrame:
    """The walk back, as far as there are enough months; its columns are known even without rows."""
    known = given.history["period"].n_unique()
    months = min(months, known - 1)
    if months < 1:
        return pl.DataFrame(schema=WALK)
    return walk_back(given.history, origins=months, horizon=LAGS, hierarchy=tree)


def _planned(told: Forecast, given: Inputs, tree: pl.DataFrame) -> pl.DataFrame:
    """The uplifts people expect of events from which nothing could be learned, at every level: lines."""
    expected = given.uplifts.filter(~pl.col("event").is_in(list(given.without)))
    learned = told.effects.select("series", pl.col("effect").alias("event")).unique()
    expected = expected.join(learned, on=["series", "event"], how="anti")
    means = told.table.select("series", "period", "mean")
    return (
        expected.join(means, on=["series", "period"])
        .join(trees.ancestors(tree), on="series")
        .group_by(pl.col("above").alias("series"), "period", pl.col("event").alias("effect"))
        .agg((pl.col("mean") * pl.col("share")).sum().alias("quantity"))
        .sort("series", "period", "effect")
    )


def _effects(told: Forecast, planned: pl.DataFrame) -> pl.DataFrame:
    """All effects of the run, those too small to matter left out."""
    both = pl.concat([told.effects.select(list(LINES)), planned.select(list(LINES))])
    return both.filter(pl.col("quantity").abs() > LEAST_PART).with_columns(pl.col("effect").str.head(LONGEST))


def _outliers(told: Forecast, given: Inputs) -> pl.DataFrame:
    """The odd months of the items, with what would have been usual; those put right are among them."""
    columns = ["series", "period", "quantity", "usual", "is_repaired"]
    items = given.history["series"].unique().implode()
    found = told.outliers().filter(pl.col("series").is_in(items))
    open_ones = found.select(*columns[:3], usual="expected", is_repaired=pl.lit(value=False))
    agreed = pl.DataFrame(list(given.repair), schema={"series": pl.String, "period": pl.Date}, orient="row")
    places = Outlier.objects.filter(series__in=agreed["series"].to_list())
    known = tables.read(places.order_by("pk"), series="series", period="period", usual="usual")
    repaired = (
        agreed.join(given.history, on=["series", "period"])
        .join(known.unique(["series", "period"], keep="last"), on=["series", "period"], how="left")
        .with_columns(pl.col("usual").fill_null(pl.col("quantity")), is_repaired=pl.lit(value=True))
    )
    both = pl.concat([repaired.select(columns), open_ones])
    return both.unique(["series", "period"], keep="first", maintain_order=True)


def _moved(table: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """The forecast with planned uplifts put in; the intervals move along."""
    if lines.is_empty():
        return table
    sums = lines.group_by("series", "period").agg(pl.col("quantity").sum().alias("moves"))
    shift = pl.col("moves").fill_null(0.0)
    return (
        table.join(sums, on=["series", "period"], how="left", maintain_order="left")
        .with_columns((pl.col(name) + shift).clip(0) for name in ("mean", *BANDS))
        .drop("moves")
    )


def _with_planned_ends(table: pl.DataFrame, given: Inputs, tree: pl.DataFrame) -> pl.DataFrame:
    """The forecast with nothing after an item's planned end; families and the total lose as much."""
    ends = given.items.filter(pl.col("ended_on").is_not_null()).select(
        pl.col("item").alias("series"), "ended_on"
    )
    joined = table.join(ends, on="series", how="left", maintain_order="left")
    over = (pl.col("ended_on") < pl.col("period")).fill_null(value=False)
    gone = (
        joined.filter(over)
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
        joined.join(gone, on=["series", "period"], how="left", maintain_order="left")
        .with_columns(shifted)
        .with_columns(*cut, method)
        .select("series", "period", "mean", *BANDS, "method")
    )


def _without_history(given: Inputs, told: Forecast, as_of: date, horizon: int) -> pl.DataFrame:
    """Items that are sold but were never ordered: nothing is known of them, so that people can speak."""
    known = told.table["series"].unique().implode()
    still = pl.col("ended_on").is_null() | (pl.col("ended_on") > as_of)
    new = given.items.filter(~pl.col("item").is_in(known) & still)["item"].to_list()
    months = month_range(add_months(as_of, 1), horizon)
    frame = pl.DataFrame(
        {"series": [name for name in new for _month in months], "period": months * len(new)},
        schema={"series": pl.String, "period": pl.Date},
    )
    zeros = [pl.lit(0.0).alias(name) for name in ("mean", *BANDS)]
    return frame.with_columns(*zeros, pl.lit("new: no orders yet").alias("method"))
