"""Statistical forecasts: what will be asked for, by series and period, with intervals that hold.

``forecast`` reads histories and writes the table FORECAST; ``walk_back`` says what it would have
written at earlier dates; ``fingerprint`` tells whether two runs rest on the same data and settings.

    history -> panel -> LEARN from earlier dates of a sample -> TELL every batch -> reconcile -> table
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.forecast.deep import Deep, modelled, signed, taken
from einklang.engine.forecast.intervals import bounds
from einklang.engine.forecast.learn import dates_back, learn
from einklang.engine.forecast.learned import VERSION, Learned
from einklang.engine.forecast.panel import HISTORY, Matrix, Panel, panel
from einklang.engine.forecast.reconcile import Nodes, reconciled, shapes, tree, with_parents
from einklang.engine.forecast.renewal import EFFECTS, Base, Former, kept_base, renewed, reused
from einklang.engine.forecast.tell import Means, Run, Weights, in_turn, tell_all
from einklang.engine.forecast.unconstrain import unconstrained
from einklang.engine.forecast.written import failure_table, forecast_table, series_table, walk_table
from einklang.engine.periods import SEASON, Frequency

KEPT_SEASONS, KEPT_PERIODS = 8, 200


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast table, the kind of each series, and what the engine has learned.

    ``table``: series, period, mean, lo-80, hi-80 ... by level, method.
    ``series``: series, kind, scale (its usual one-step miss, in units), known (periods of history).
    ``failures``: series, step, sentence: what could not be used, and what was done instead.
    ``effects``: series, period, effect, quantity: what prices, promotions and events add.
    """

    table: pl.DataFrame
    series: pl.DataFrame
    failures: pl.DataFrame
    learned: Learned
    base: Base = field(repr=False)
    effects: pl.DataFrame = field(default_factory=EFFECTS.empty)

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
    deep: pl.DataFrame | None = None,
    former: Former | None = None,
    run: Run = in_turn,
) -> Forecast:
    """What is expected in each of the next ``horizon`` periods, for every series of a history.

    ``history``: series, period (date that starts the bucket), quantity, optionally available.
    ``hierarchy``: series, parent; then parents are forecast too and everything adds up.
    ``deep``: what :func:`deep_tier` said of the series of most value; it takes part as far as it has won.
    ``former``: what an earlier run has kept; its learning is used, and only changed series are new.
    ``run``: where the work is done (:mod:`scale`).
    Every series gets a forecast: never NaN, and never below zero unless its history is.
    """
    season = _asked(horizon, frequency, season, levels)
    known, nodes = _panel(history, frequency, hierarchy, season)
    learned = reused(former, season, horizon, frequency) if former else learn(known, nodes, season, horizon)
    base = _told(known, nodes, learned, run, former)
    made, deeply = base.made, list[str]()
    if deep is not None:
        made, learned, deeply = taken(made, known, learned, deep, nodes)
    made = _added_up(made, known, nodes)
    limits = bounds(made, learned.missed, levels, _floor(known))
    table = signed(forecast_table(known, made, limits, learned.weights), deeply, learned)
    return Forecast(table, series_table(known, made), failure_table(known, made), learned, base)


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
    known, nodes = _panel(history, frequency, hierarchy, season)
    parts = []
    for back in range(origins, 0, -1):
        then = known.before(back)
        alive = np.flatnonzero(then.lengths >= 1)
        if len(alive):
            base = _told(then, nodes, learn(then, nodes, season, horizon), in_turn)
            made = _added_up(base.made, then, nodes)
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
    run: Run = in_turn,
) -> Deep:
    """What slow models say of the named series, now and at the dates ``forecast`` learns from.

    The table goes into ``forecast(deep=...)``. Seconds a series: for a night, or for a cluster.
    """
    season = _asked(horizon, frequency, season, ())
    known, _ = _panel(history, frequency, hierarchy, season)
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


def _panel(
    history: pl.DataFrame, frequency: Frequency, hierarchy: pl.DataFrame | None, season: int
) -> tuple[Panel, Nodes | None]:
    """The histories as a panel, with the sums of the hierarchy if there is one."""
    sold = panel(history, frequency, common_end=hierarchy is not None)
    known = unconstrained(sold, season)
    kept = max(KEPT_SEASONS * season, KEPT_PERIODS)
    if hierarchy is None:
        return known.last(kept), None
    nodes = tree(hierarchy, known.names)
    return with_parents(known, nodes).last(kept), nodes


def _told(
    known: Panel, nodes: Nodes | None, learned: Learned, run: Run, former: Former | None = None
) -> Base:
    """Every series' forecast, each by itself; those that have not changed from the former run."""
    if nodes is not None:
        known = replace(known, shapes=shapes(known, nodes, learned.season))
    told = partial(tell_all, weights=learned.weights, season=learned.season, horizon=learned.horizon, run=run)
    return Base(known, *renewed(known, told, former), nodes)


def _added_up(made: Means, known: Panel, nodes: Nodes | None) -> Means:
    """The forecasts, adding up where there is a tree."""
    if nodes is None:
        return made
    return replace(made, mean=reconciled(made.mean, made.scale**2, nodes, _floor(known)))


def _floor(known: Panel) -> Matrix:
    """Zero for series that never fell below it."""
    lowest = np.where(np.isfinite(known.values), known.values, 0.0).min(1, initial=0.0)
    floor: Matrix = np.where(lowest >= 0, 0.0, -np.inf)
    return floor
