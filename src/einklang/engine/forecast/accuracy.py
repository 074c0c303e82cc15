"""How good forecasts were: error and bias side by side, against what no engine at all would have said.

    WAPE  = sum |f - y| / sum |y|                  bias = sum (f - y) / sum y     (+ = too much)
    MASE  = mean |f - y| / mean |y_t - y_{t-m}|    over the training periods only
    RMSSE = sqrt(mean (f - y)^2 / mean (y_t - y_{t-1})^2)   training from the first non-zero value
    MSIS  = mean((hi - lo) + 2/a (lo - y)+ + 2/a (y - hi)+) / mean |y_t - y_{t-m}|
    FVA   = WAPE of the naive forecast - WAPE      (+ = the forecast was worth making)
    pinball-q = mean(q (y - f_q)+ + (1 - q) (f_q - y)+)          of the quantile q, in units

A measure whose denominator is zero is blank: not measurable, never 0 %.
"""

from dataclasses import replace

import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.frames import Frame, day, number, text

SAID = Frame(
    "forecasts",
    {"series": text(), "period": day(), "mean": number("units")},
    ("series", "period"),
    "What was said; lo-95 and hi-95 by level where there are intervals, naive where it is known.",
)
INTERVAL = number("units", blank=True)
CAME = Frame(
    "actuals",
    {"series": text(), "period": day(), "quantity": number("units")},
    ("series", "period"),
    "What came, and before it the training periods that scale the errors.",
)


def accuracy(actuals: pl.DataFrame, forecasts: pl.DataFrame, *, season: int = 1) -> pl.DataFrame:
    """Every measure per series, and in total in the last row (``series`` = "total").

    Periods of ``actuals`` before a series' first forecast are its training periods. The naive forecast
    of FVA is the forecasts' column ``naive``, or else the value one season before.
    """
    said = _said(forecasts)
    came = CAME.check(actuals)
    joined = came.join(said, on=["series", "period"], how="inner")
    if joined.is_empty():
        raise Impossible("No forecast has an actual of the same series and period.")
    if said.filter(pl.col("series") == "total").height:
        raise Impossible('A series may not be called "total": that row holds the sum of all series.')
    first = said.group_by("series").agg(pl.col("period").min().alias("from"))
    training = came.join(first, on="series").filter(pl.col("period") < pl.col("from"))
    if "naive" not in joined.columns:
        joined = joined.join(_naive(training, said, season), on=["series", "period"], how="left")
    joined = joined.join(_scales(training, season), on="series", how="left")
    each = joined.group_by("series", maintain_order=True).agg(*_measures(joined.columns)).sort("series")
    return pl.concat([each, _total(joined, each)], how="diagonal_relaxed")


def _said(forecasts: pl.DataFrame) -> pl.DataFrame:
    """The forecasts with their intervals checked as well: each with both ends, blank or a number."""
    levels = _levels(forecasts.columns)
    ends = [f"{end}-{level}" for level in levels for end in ("lo", "hi")]
    naive = ["naive"] if "naive" in forecasts.columns else []
    return replace(SAID, columns={**SAID.columns, **dict.fromkeys(ends + naive, INTERVAL)}).check(forecasts)


def _levels(columns: list[str]) -> list[str]:
    """The levels of the intervals among the columns, as they are written, narrow to wide.

    >>> _levels(["mean", "lo-99.9", "hi-99.9", "lo-80", "hi-80"])
    ['80', '99.9']
    """
    found = {}
    for name in columns:
        if name[:3] not in ("lo-", "hi-"):
            continue
        try:
            level = float(name[3:])
        except ValueError:
            level = 0.0
        if not 0 < level < 100:
            raise Impossible(f"Column {name} names no interval; write its level in percent, like lo-95.")
        other = f"{'hi' if name.startswith('lo') else 'lo'}-{name[3:]}"
        if other not in columns:
            raise Impossible(f"Column {name} stands alone: an interval needs {other} as well.")
        found[name[3:]] = level
    return sorted(found, key=found.__getitem__)


def by(table: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """WAPE, bias and FVA of forecasts beside actuals, by any columns of the table.

    ``table``: mean, actual, naive and the key columns; ``count`` says how many comparisons it rests on.

    >>> rows = pl.DataFrame(
    ...     {"lag": [1, 1], "mean": [11.0, 8.0], "actual": [10.0, 10.0], "naive": [15.0, 10.0]}
    ... )
    >>> by(rows, "lag").select("count", "wape", "bias", "naive_wape").row(0)
    (2, 0.15, -0.05, 0.25)
    """
    renamed = table.rename({"actual": "quantity"})
    wanted = [
        measure
        for measure in _measures(["quantity", "mean", "naive"])
        if measure.meta.output_name() in ("count", "wape", "bias", "naive_wape", "fva")
    ]
    sums = [pl.col("quantity").sum().alias("actual"), pl.col("mean").sum().alias("forecast")]
    if not keys:
        return renamed.select(*sums, *wanted)
    return renamed.group_by(*keys).agg(*sums, *wanted).sort(*keys)


def _measures(columns: list[str]) -> list[pl.Expr]:
    """The formulas, for a group of forecasts beside actuals."""
    y, f = pl.col("quantity"), pl.col("mean")
    error = f - y
    wape = _share(error.abs().sum(), y.abs().sum())
    found = [
        pl.len().alias("count"),
        wape.alias("wape"),
        _share(error.sum(), y.sum()).alias("bias"),
        error.sum().alias("bias_units"),
        error.abs().mean().alias("mae"),
        (error**2).mean().sqrt().alias("rmse"),
        pl.when((y != 0).all()).then((error / y).abs().mean()).alias("mape"),
        (2 * error.abs() / pl.when(y.abs() + f.abs() > 0).then(y.abs() + f.abs()).otherwise(1.0))
        .mean()
        .alias("smape"),
        _share(error.sum(), error.abs().mean()).alias("tracking_signal"),
    ]
    if "mae_scale" in columns:
        found += [
            _share(error.abs().mean(), pl.col("mae_scale").first()).alias("mase"),
            _share((error**2).mean(), pl.col("mse_scale").first()).sqrt().alias("rmsse"),
        ]
    if "naive" in columns:
        known = pl.col("naive").is_not_null() & pl.col("naive").is_not_nan()
        naive_wape = _share((pl.col("naive") - y).abs().filter(known).sum(), y.abs().filter(known).sum())
        same = _share(error.abs().filter(known).sum(), y.abs().filter(known).sum())
        found += [naive_wape.alias("naive_wape"), (naive_wape - same).alias("fva")]
    for level in _levels(columns):
        found += _interval_measures(level, scaled="mae_scale" in columns)
    return found


def _interval_measures(level: str, *, scaled: bool) -> list[pl.Expr]:
    """Coverage and MSIS of one interval, and the pinball loss of both its ends."""
    y, low, high = pl.col("quantity"), pl.col(f"lo-{level}"), pl.col(f"hi-{level}")
    tail = (100 - float(level)) / 200
    found = [((y >= low) & (y <= high)).mean().alias(f"coverage-{level}")]
    for chance, said in ((tail, low), (1 - tail, high)):
        loss = chance * (y - said).clip(0) + (1 - chance) * (said - y).clip(0)
        found.append(loss.mean().alias(f"pinball-{chance:.6g}"))
    if scaled:
        score = (high - low) + (low - y).clip(0) / tail + (y - high).clip(0) / tail
        found.append(_share(score.mean(), pl.col("mae_scale").first()).alias(f"msis-{level}"))
    return found


def _share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """A ratio that is blank where it cannot be measured."""
    return pl.when(whole != 0).then(part / whole)


def _scales(training: pl.DataFrame, season: int) -> pl.DataFrame:
    """How much each series moves by itself: by season (MASE, MSIS) and by period (RMSSE)."""
    ordered = training.sort("series", "period")
    quantity = pl.col("quantity")
    began = (quantity != 0).cum_sum() > 0
    return ordered.group_by("series").agg(
        quantity.diff(season).abs().mean().alias("mae_scale"),
        (quantity.filter(began).diff(1) ** 2).mean().alias("mse_scale"),
    )


def _naive(training: pl.DataFrame, said: pl.DataFrame, season: int) -> pl.DataFrame:
    """The last known season, repeated over the forecast periods."""
    last = (
        training.sort("series", "period")
        .group_by("series", maintain_order=True)
        .agg(pl.col("quantity").tail(season).alias("season"))
    )
    ahead = pl.int_range(pl.len()).over("series")
    return (
        said.sort("series", "period")
        .select("series", "period", ahead.alias("ahead"))
        .join(last, on="series", how="left")
        .select(
            "series",
            "period",
            pl.col("season")
            .list.get(pl.col("ahead") % pl.col("season").list.len().clip(1), null_on_oob=True)
            .alias("naive"),
        )
    )


def _total(joined: pl.DataFrame, each: pl.DataFrame) -> pl.DataFrame:
    """All series together: sums over all rows; scaled measures as the mean of the series'."""
    scaled = [name for name in each.columns if name in ("mase", "rmsse") or name.startswith("msis-")]
    total = joined.select(pl.lit("total").alias("series"), *_measures(joined.columns))
    means = each.select(pl.col(scaled).mean()).row(0, named=True)
    return total.with_columns(pl.lit(value, dtype=pl.Float64).alias(name) for name, value in means.items())
