"""Statistical forecasts: what will be asked for, by series and period, with intervals that hold.

``forecast`` reads histories and writes the table FORECAST; ``walk_back`` says what it would have
written at earlier dates; ``fingerprint`` tells whether two runs rest on the same data and settings.

    history -> prepare -> LEARN from earlier dates of a sample -> TELL every batch -> finish -> table
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.forecast.aggregates import aggregate
from einklang.engine.forecast.counting import learn_counts
from einklang.engine.forecast.deep import Deep, modelled, signed, taken
from einklang.engine.forecast.finish import added_up, bounded, effect_table, faded, lived, with_effects
from einklang.engine.forecast.intervals import bounds, reach
from einklang.engine.forecast.learn import dates_back, learn
from einklang.engine.forecast.learned import VERSION, Learned
from einklang.engine.forecast.outliers import pairs
from einklang.engine.forecast.panel import HISTORY, Matrix, Panel, panel
from einklang.engine.forecast.prepare import Plans, Prepared, prepared, summed
from einklang.engine.forecast.reconcile import Nodes, shapes, tree
from einklang.engine.forecast.reconcile.choice import Adding, best_way
from einklang.engine.forecast.renewal import EFFECTS, Base, Former, kept_base, renewed, reused
from einklang.engine.forecast.tell import Means, Run, Weights, in_turn, tell_all
from einklang.engine.forecast.written import failure_table, forecast_table, series_table, walk_table
from einklang.engine.periods import SEASON, Frequency

RELEARNED = 6
"""A walk back learns anew at every sixth date: always from what was known by then."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast table, the kind of each series, and what the engine has learned.

    ``table``: series, period, mean, lo-80, hi-80 ... by level, method.
    ``series``: series, kind, scale (its usual one-step miss, in units), known (periods of history).
    ``failures``: series, step, sentence: what could not be used, and what was done instead.
    ``effects``: series, period, effect, quantity: what prices, promotions and events add.
    ``notes``: series, step, sentence: what was done to a history before (gaps, stock-outs, hand-overs).
    """

    table: pl.DataFrame
    series: pl.DataFrame
    failures: pl.DataFrame
    learned: Learned
    base: Base = field(repr=False)
    prepared: Prepared = field(repr=False)
    effects: pl.DataFrame = field(default_factory=EFFECTS.empty)

    @property
    def notes(self) -> pl.DataFrame:
        """What was done to histories before they were forecast, in sentences."""
        return self.prepared.notes

    def outliers(self) -> pl.DataFrame:
        """Quantities that stand apart: series, period, quantity, expected, times; nothing is repaired."""
        return self.prepared.outliers()

    def aggregate(self, series: str | Sequence[str], levels: Sequence[float] = (80, 95)) -> pl.DataFrame:
        """The sum of some nodes by period, and over all periods in the last row, with joint intervals."""
        return aggregate(self.table, self.base, series, levels, partial(_alone, learned=self.learned))

    @property
    def weights(self) -> Weights:
        """The weight of each method, by kind of history."""
        return self.learned.weights

    def kept(self, history: pl.DataFrame) -> Former:
        """What a later run needs, to forecast only what has changed and to say what changed."""
        base, known = kept_base(self.base), HISTORY.check(history)
        return Former(self.learned, base, self.table, known, self.effects)


def forecast(
    history: pl.DataFrame,
    *,
    horizon: int,
    frequency: Frequency = "M",
    season: int | None = None,
    levels: Sequence[float] = (80, 95),
    hierarchy: pl.DataFrame | None = None,
    drivers: pl.DataFrame | None = None,
    events: pl.DataFrame | None = None,
    lifecycle: pl.DataFrame | None = None,
    overrides: pl.DataFrame | None = None,
    repair: pl.DataFrame | Sequence[tuple[str, date]] = (),
    without: Sequence[str] = (),
    deep: pl.DataFrame | None = None,
    former: Former | None = None,
    run: Run = in_turn,
) -> Forecast:
    """What is expected in each of the next ``horizon`` periods, for every series of a history.

    ``history``: series, period (date that starts the bucket), quantity[, available, price, promotion].
    ``hierarchy``: series, parent; then parents are forecast too and everything adds up, along several trees
    where a series has several parents.
    ``drivers``: prices and promotions planned (DRIVERS); ``events``: the calendar, past and to come (EVENTS).
    ``lifecycle``: what begins after, or in place of, something else, and what ends (LIFECYCLE).
    ``overrides``: what people know better, at any node (OVERRIDES). ``repair``: series and period of outliers
    that may be replaced by what is usual. ``without``: effects, by name, that are switched off.
    ``deep``: what :func:`deep_tier` said of the series of most value; it takes part as far as it has won.
    ``former``: what an earlier run has kept; its learning is used, and only changed series are new.
    ``run``: where the work is done (:mod:`scale`).
    Every series gets a forecast: never NaN, and never below zero unless its history is.
    """
    season = _asked(horizon, frequency, season, levels)
    plans = Plans(drivers, events, lifecycle, pairs(repair), tuple(without))
    ready = prepared(history, frequency, hierarchy, season, horizon, plans)
    known, nodes, asked = ready.known, ready.nodes, (season, horizon, frequency)
    learned = reused(former, *asked) if former else _learned(known, nodes, season, horizon)
    base = _told(known, nodes, learned, run, former)
    made, deeply = base.made, list[str]()
    if deep is not None:
        made, learned, deeply = taken(made, known, learned, deep, nodes)
    adding, learned = _adding(ready, learned)
    made, lines = _planned(made, ready, base, learned, plans.without)
    made = added_up(made, ready, adding, overrides, _floor(known))
    limits = bounds(made, learned.missed, levels, _floor(known), reach(known, made, season))
    limits = bounded(limits, made, ready, learned.counts, levels)
    table = signed(forecast_table(known, made, limits, learned.blend.spoken), deeply, learned)
    about, failed = series_table(known, made), failure_table(known, made)
    return Forecast(table, about, failed, learned, base, ready, effect_table(lines, known))


def walk_back(
    history: pl.DataFrame,
    *,
    origins: int,
    horizon: int,
    frequency: Frequency = "M",
    season: int | None = None,
    hierarchy: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """What the engine would have said at each of the last ``origins`` periods, beside what came.

    Nothing later than an origin is known to the forecast made at it. Columns: origin (the last period
    known then), series, period, lag (periods ahead), mean, actual, naive (the same period a season
    before, as far as it was known: what no engine at all would have said).
    """
    season = _asked(horizon, frequency, season, ())
    if origins < 1:
        raise Impossible("A walk back needs at least one earlier period.")
    sold = panel(history, frequency, common_end=hierarchy is not None)
    nodes = None if hierarchy is None else tree(hierarchy, sold.names)
    known, parts, learned = summed(sold, nodes, season), [], None
    for back in range(min(origins, known.values.shape[1]), 0, -1):
        # Stock-outs are filled from what was known then, so that nothing later shows through.
        then = summed(sold.before(back), nodes, season)
        alive = np.flatnonzero(then.lengths >= 1)
        if len(alive):
            if learned is None or (origins - back) % RELEARNED == 0:
                learned = _learned(then, nodes, season, horizon)
            base = _told(then, nodes, learned, in_turn)
            made = faded(base.made, then, learned.counts, len(sold.names))
            if nodes is not None:
                made = replace(made, mean=Adding().added_up(made.mean, made.scale, nodes, _floor(then)))
            parts.append(walk_table(known, made, alive, back, season))
    if not parts:
        raise Impossible("The history is too short to walk back in.")
    return pl.concat(parts)


def deep_tier(
    history: pl.DataFrame,
    names: Sequence[str],
    *,
    horizon: int,
    frequency: Frequency = "M",
    season: int | None = None,
    hierarchy: pl.DataFrame | None = None,
    drivers: pl.DataFrame | None = None,
    events: pl.DataFrame | None = None,
    lifecycle: pl.DataFrame | None = None,
    repair: pl.DataFrame | Sequence[tuple[str, date]] = (),
    run: Run = in_turn,
) -> Deep:
    """What slow models say of the named series, now and at the dates ``forecast`` learns from.

    The table goes into ``forecast(deep=...)``, which is given the same tables beside the history.
    Seconds a series: for a night, or for a cluster.
    """
    season = _asked(horizon, frequency, season, ())
    plans = Plans(drivers, events, lifecycle, pairs(repair))
    known = prepared(history, frequency, hierarchy, season, horizon, plans).known
    return modelled(known, names, season=season, horizon=horizon, backs=dates_back(horizon), run=run)


def fingerprint(history: pl.DataFrame, **settings: object) -> str:
    """A short name for the data and settings of a run: the same inputs in any order, the same name.

    >>> from datetime import date
    >>> rows = pl.DataFrame({"series": ["a"], "period": [date(2024, 1, 1)], "quantity": [3.0]})
    >>> fingerprint(rows, horizon=12) == fingerprint(rows, horizon=12) != fingerprint(rows, horizon=6)
    True
    """
    table = HISTORY.check(history).sort("series", "period")
    digest = hashlib.sha256(
        json.dumps({"version": VERSION, **settings}, sort_keys=True, default=str).encode()
    )
    digest.update(table.write_csv().encode())
    return digest.hexdigest()[:16]


def _asked(horizon: int, frequency: str, season: int | None, levels: Sequence[float]) -> int:
    """The season to use, after checking what was asked for."""
    if horizon < 1:
        raise Impossible("A forecast needs a horizon of at least one period.")
    if frequency not in SEASON:
        raise Impossible(f"Frequency {frequency} is not one of {', '.join(SEASON)}.")
    if any(not 0 < level < 100 for level in levels):
        raise Impossible("An interval's level lies between 0 and 100 percent.")
    if season is not None and season < 1:
        raise Impossible("A season has at least one period.")
    return season or SEASON[frequency]


def _learned(known: Panel, nodes: Nodes | None, season: int, horizon: int) -> Learned:
    """What the histories teach about weights, intervals, and items that sell now and then."""
    found = learn(known, nodes, season, horizon)
    rows = np.arange(len(known.names)) if nodes is None else np.flatnonzero(nodes.leaves)
    counts, step = learn_counts(known.take(rows), found.blend, season, horizon)
    return replace(found, counts=counts, steps=(*found.steps, *([step] if step else [])))


def _planned(
    made: Means, ready: Prepared, base: Base, learned: Learned, without: tuple[str, ...]
) -> tuple[Means, dict[str, Matrix]]:
    """Forecasts with fades, launches, ends and effects, and what each effect adds."""
    made = faded(made, ready.known, learned.counts, ready.leaves)
    made = lived(made, ready, base.known.shapes, partial(_alone, learned=learned))
    return with_effects(made, ready, without)


def _alone(known: Panel, learned: Learned) -> Means:
    """Forecasts of histories as they are, each by itself."""
    return tell_all(known, learned.blend, learned.season, learned.horizon)


def _adding(ready: Prepared, learned: Learned) -> tuple[Adding, Learned]:
    """The way of adding up that has been best; its trial and those of the effects join what was learned."""
    steps = (*(step for step in learned.steps if step.kind not in ("effects", "sums")), *ready.steps)
    if ready.nodes is None:
        return Adding(), replace(learned, steps=steps)
    told = partial(_alone, learned=learned)
    adding, step = best_way(ready.known, ready.nodes, told, learned.horizon)
    return adding, replace(learned, steps=(*steps, *([step] if step else [])))


def _told(
    known: Panel, nodes: Nodes | None, learned: Learned, run: Run, former: Former | None = None
) -> Base:
    """Every series' forecast, each by itself; those that have not changed from the former run."""
    if nodes is not None:
        known = replace(known, shapes=shapes(known, nodes, learned.season))
    told = partial(tell_all, blend=learned.blend, season=learned.season, horizon=learned.horizon, run=run)
    return Base(known, *renewed(known, told, former), nodes)


def _floor(known: Panel) -> Matrix:
    """Zero for series that never fell below it."""
    lowest = np.where(np.isfinite(known.values), known.values, 0.0).min(1, initial=0.0)
    floor: Matrix = np.where(lowest >= 0, 0.0, -np.inf)
    return floor
