"""Forecasts as tables: rows of series and period, with intervals and the methods behind them."""

import numpy as np
import polars as pl

from einklang.engine.forecast.classify import MIXES
from einklang.engine.forecast.panel import Matrix, Panel, Whole
from einklang.engine.forecast.tell import Means, Weights
from einklang.engine.periods import step

LEAST_SHARE = 0.005
LONGEST_LABEL = 110


def forecast_table(known: Panel, made: Means, bounds: dict[str, Matrix], weights: Weights) -> pl.DataFrame:
    """series, period, mean, lo-80, hi-80 ... by level, method."""
    horizon = made.mean.shape[1]
    calendar = {
        end: [step(end, known.frequency, ahead + 1) for ahead in range(horizon)] for end in set(known.ends)
    }
    labels = {kind: label(kind, weights) for kind in MIXES}
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


def series_table(known: Panel, made: Means) -> pl.DataFrame:
    """series, kind, scale (its usual one-step miss, in units), known (periods of history)."""
    return pl.DataFrame(
        {"series": known.names, "kind": made.kinds.tolist(), "scale": made.scale, "known": known.lengths}
    )


def failure_table(known: Panel, made: Means) -> pl.DataFrame:
    """series, step, sentence: what could not be used, and what was done instead."""
    rows = [(known.names[row], step, sentence) for row, step, sentence in made.failures]
    schema = {"series": pl.String, "step": pl.String, "sentence": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def label(kind: str, weights: Weights) -> str:
    """A kind and its methods, with weights where they are not equal.

    >>> label("seasonal", {"seasonal": {"theta": 0.5, "damped": 0.5}})
    'seasonal: theta + damped'
    >>> label("seasonal", {"seasonal": {"theta": 0.75, "damped": 0.25}})
    'seasonal: theta 75 % + damped 25 %'
    """
    mix = {name: weight for name, weight in weights[kind].items() if weight >= LEAST_SHARE}
    if len({round(weight, 6) for weight in mix.values()}) == 1:
        words = list(mix)
    else:
        ordered = sorted(mix.items(), key=lambda pair: -pair[1])
        words = [f"{name} {weight:.0%}".replace("%", " %") for name, weight in ordered]
    told = words[:1]
    for word in words[1:]:
        if len(f"{kind}: {' + '.join([*told, word])} + 99 more") > LONGEST_LABEL:
            return f"{kind}: {' + '.join(told)} + {len(words) - len(told)} more"
        told.append(word)
    return f"{kind}: {' + '.join(told)}"


def walk_table(known: Panel, made: Means, alive: Whole, back: int, season: int) -> pl.DataFrame:
    """Forecasts made some periods back, beside what came and the seasonal naive forecast."""
    width = known.values.shape[1]
    first, steps = width - back, min(back, made.mean.shape[1])
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
