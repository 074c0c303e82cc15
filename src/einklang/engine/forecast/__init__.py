"""Statistical forecasts: what will be asked for, by series and period, with intervals that hold.

``forecast`` reads histories and writes the table FORECAST; ``walk_back`` says what it would have
written at earlier dates; ``fingerprint`` tells whether two runs rest on the same data and settings.
"""

import hashlib
import json
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.forecast.classify import MIXES
from einklang.engine.forecast.combine import FEWEST_SERIES, Means, Weights, learned, means, remixed
from einklang.engine.forecast.intervals import spreads
from einklang.engine.forecast.panel import HISTORY, Matrix, Panel, Whole, panel
from einklang.engine.forecast.reconcile import Tree, reconciled, shapes, tree, with_parents
from einklang.engine.periods import SEASON, Frequency, step

VERSION = "light-2"
"""Changes with every change that can change a forecast."""
KEPT_SEASONS, KEPT_PERIODS = 8, 200
CALIBRATED = 250
"""At each earlier date, intervals and weights are learned from at most so many series."""
FEWEST_KNOWN = 6


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast table, the kind of each series, and the weights that were used.

    ``table``: series, period, mean, lo-80, hi-80 ... by level, method.
    ``series``: series, kind, scale (its usual one-step miss, in units), known (periods of history).
    """

    table: pl.DataFrame
    series: pl.DataFrame
    weights: Weights


def forecast(
    history: pl.DataFrame,
    *,
    horizon: int,
    frequency: Frequency = "M",
    season: int | None = None,
    levels: tuple[int, ...] = (80, 95),
    hierarchy: pl.DataFrame | None = None,
) -> Forecast:
    """What is expected in each of the next ``horizon`` periods, for every series of a history.

    ``history``: series, period (date that starts the bucket), quantity, optionally available.
    ``hierarchy``: series, parent; then parents are forecast too and everything adds up.
    Every series gets a forecast: never NaN, and never below zero unless its history is.
    """
    season = _asked(horizon, frequency, season, levels)
    known, nodes = _panel(history, frequency, hierarchy, season)
    made, origins, weights = _told(known, nodes, season, horizon, tried=True)
    floor = _floor(known)
    bounds = {}
    for spread in spreads(origins, horizon, levels):
        bounds[f"lo-{spread.level}"], bounds[f"hi-{spread.level}"] = spread.around(made, floor)
    about = pl.DataFrame(
        {"series": known.names, "kind": made.kinds.tolist(), "scale": made.scale, "known": known.lengths}
    )
    return Forecast(_table(known, made, bounds, weights, horizon), about, weights)


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
            made = _told(then, nodes, season, horizon, tried=False)[0]
            parts.append(_compared(known, made, alive, back, season, horizon))
    if not parts:
        raise Impossible("The history is too short to walk back in.")
    return pl.concat(parts)


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


def _asked(horizon: int, frequency: str, season: int | None, levels: tuple[int, ...]) -> int:
    """The season to use, after checking what was asked for."""
    if horizon < 1:
        raise Impossible("A forecast needs a horizon of at least one period.")
    if frequency not in SEASON:
        raise Impossible(f"Frequency {frequency} is not one of {', '.join(SEASON)}.")
    if any(not 0 < level < 100 for level in levels):
        raise Impossible("An interval's level lies between 1 and 99 percent.")
    if season is not None and season < 1:
        raise Impossible("A season has at least one period.")
    return season or SEASON[frequency]


def _panel(
    history: pl.DataFrame, frequency: Frequency, hierarchy: pl.DataFrame | None, season: int
) -> tuple[Panel, Tree | None]:
    """The histories as a panel, with the sums of the hierarchy if there is one."""
    known = panel(history, frequency, common_end=hierarchy is not None)
    kept = max(KEPT_SEASONS * season, KEPT_PERIODS)
    if hierarchy is None:
        return known.last(kept), None
    nodes = tree(hierarchy, known.names)
    return with_parents(known, nodes).last(kept), nodes


def _told(
    known: Panel, nodes: Tree | None, season: int, horizon: int, *, tried: bool
) -> tuple[Means, list[tuple[Means, Matrix]], Weights]:
    """The engine's whole answer at the end of a panel, and the earlier dates it learned from.

    Without ``tried`` the earlier dates are looked at only where weights can be learned from them.
    """
    enough = len(known.names) >= FEWEST_SERIES
    origins = _origins(known, nodes, season, horizon) if tried or enough else []
    weights = learned(origins)
    origins = [(remixed(made, weights), came) for made, came in origins]
    made = means(known, season, horizon, weights, _shapes(known, nodes, season))
    if nodes is not None:
        made = replace(made, mean=reconciled(made.mean, made.scale**2, nodes, _floor(known)))
    return made, origins, weights


def _shapes(known: Panel, nodes: Tree | None, season: int) -> Matrix | None:
    """The seasonal shapes that series inherit, where there is a tree to inherit from."""
    return None if nodes is None else shapes(known, nodes, season)


def _origins(known: Panel, nodes: Tree | None, season: int, horizon: int) -> list[tuple[Means, Matrix]]:
    """Forecasts as they would have been made at a few earlier dates, with what came (NaN: not yet)."""
    fewest = min(3 * season + 2, max(int(np.median(known.lengths)) - horizon, FEWEST_KNOWN))
    found = []
    for back in _dates_back(horizon):
        then = known.before(back)
        rows = np.flatnonzero(then.lengths >= fewest)
        if not len(rows):
            rows = np.flatnonzero(then.lengths >= FEWEST_KNOWN)
        rows = rows[:: -(-len(rows) // CALIBRATED)] if len(rows) else rows
        if len(rows):
            came = np.full((len(rows), horizon), np.nan)
            steps = min(back, horizon)
            first = known.values.shape[1] - back
            came[:, :steps] = known.values[rows, first : first + steps]
            inherited = _shapes(then, nodes, season)
            inherited = None if inherited is None else inherited[rows]
            found.append((means(then.take(rows), season, horizon, None, inherited), came))
    return found


def _dates_back(horizon: int) -> list[int]:
    """How many periods before the end the engine is asked what it would have said."""
    return sorted({max(horizon // 3, 1), horizon, horizon + -(-horizon // 2), 2 * horizon})


def _floor(known: Panel) -> Matrix:
    """Zero for series that never fell below it."""
    lowest = np.where(np.isfinite(known.values), known.values, 0.0).min(1, initial=0.0)
    floor: Matrix = np.where(lowest >= 0, 0.0, -np.inf)
    return floor


def _table(
    known: Panel, made: Means, bounds: dict[str, Matrix], weights: Weights, horizon: int
) -> pl.DataFrame:
    """The forecast as rows of series and period."""
    calendar = {
        end: [step(end, known.frequency, ahead + 1) for ahead in range(horizon)] for end in set(known.ends)
    }
    labels = {kind: _label(kind, weights) for kind in MIXES}
    return pl.DataFrame(
        {
            "series": np.repeat(np.array(known.names, dtype=object), horizon),
            "period": [period for end in known.ends for period in calendar[end]],
            "mean": made.mean.ravel(),
            **{name: bound.ravel() for name, bound in bounds.items()},
            "method": [labels[kind] for kind in made.kinds for _ in range(horizon)],
        },
        schema_overrides={"series": pl.String, "period": pl.Date, "method": pl.String},
    )


def _label(kind: str, weights: Weights) -> str:
    """A kind and its methods, with weights where they are not equal.

    >>> _label("seasonal", {"seasonal": {"theta": 0.5, "damped": 0.5}})
    'seasonal: theta + damped'
    >>> _label("seasonal", {"seasonal": {"theta": 0.75, "damped": 0.25}})
    'seasonal: theta 75 % + damped 25 %'
    """
    mix = weights[kind]
    if len({round(weight, 6) for weight in mix.values()}) == 1:
        return f"{kind}: {' + '.join(mix)}"
    return f"{kind}: " + " + ".join(f"{name} {weight:.0%}".replace("%", " %") for name, weight in mix.items())


def _compared(known: Panel, made: Means, alive: Whole, back: int, season: int, horizon: int) -> pl.DataFrame:
    """Forecasts made some periods back, beside what came and the seasonal naive forecast."""
    width = known.values.shape[1]
    first, steps = width - back, min(back, horizon)
    then = known.values[alive, :first]
    ago = first - season + np.arange(steps) % season
    naive = then[:, ago] if first >= season else np.full((len(alive), steps), np.nan)
    naive = np.where(np.isfinite(naive), naive, then[:, -1:])
    dates = [known.ends[row] for row in alive]
    offsets = {
        end: [step(end, known.frequency, ahead - back) for ahead in range(steps + 1)] for end in set(dates)
    }
    return pl.DataFrame(
        {
            "origin": [offsets[end][0] for end in dates for _ in range(steps)],
            "series": [known.names[row] for row in alive for _ in range(steps)],
            "period": [period for end in dates for period in offsets[end][1:]],
            "lag": np.tile(np.arange(1, steps + 1), len(alive)),
            "mean": made.mean[alive, :steps].ravel(),
            "actual": known.values[alive, first : first + steps].ravel(),
            "naive": naive.ravel(),
        },
        schema_overrides={"origin": pl.Date, "period": pl.Date, "series": pl.String},
    )
