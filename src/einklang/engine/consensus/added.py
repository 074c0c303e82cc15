"""What each voice was worth: forecast value added, how sure that is, and the weight that follows from it."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import polars as pl

LEAST, MOST = 0.25, 4.0
"""How little and how much a voice may weigh, beside 1 for the statistical forecast."""
DRAWS = 2_000
FEWEST_PAIRS = 8
"""With fewer comparisons than this nothing is said about how sure a value is."""
MOST_DRAWN = 4_000_000


def weights(record: pl.DataFrame) -> dict[str, float]:
    """How much each kind of voice should weigh, from what it said before.

    ``record``: kind, quantity (what the voice said), statistical (what the forecast said then), actual.

    >>> past = pl.DataFrame(
    ...     {"kind": ["sales"], "quantity": [120.0], "statistical": [110.0], "actual": [100.0]}
    ... )
    >>> weights(past)
    {'sales': 0.25}
    """
    return {
        row["kind"]: min(MOST, max(LEAST, (row["statistical_wape"] / row["wape"]) ** 2))
        if row["wape"]
        else MOST
        for row in value_added(record).iter_rows(named=True)
        if row["wape"] is not None
    }


def value_added(record: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Forecast value added by voice: how many points of WAPE it took off (or put on).

    Columns: the keys (``kind`` unless others are named), count, wape, statistical_wape, value_added, bias.

    >>> past = pl.DataFrame(
    ...     {"kind": ["sales"], "quantity": [120.0], "statistical": [110.0], "actual": [100.0]}
    ... )
    >>> value_added(past).select("wape", "statistical_wape", "value_added").row(0)
    (0.2, 0.1, -0.1)
    """
    actual = pl.col("actual").abs().sum()
    errors = {
        "wape": (pl.col("quantity") - pl.col("actual")).abs().sum(),
        "statistical_wape": (pl.col("statistical") - pl.col("actual")).abs().sum(),
        "bias": (pl.col("quantity") - pl.col("actual")).sum(),
    }
    shares = [pl.when(actual != 0).then(error / actual).alias(name) for name, error in errors.items()]
    by = keys or ("kind",)
    return (
        record.group_by(*by)
        .agg(pl.len().alias("count"), *shares)
        .with_columns((pl.col("statistical_wape") - pl.col("wape")).alias("value_added"))
        .sort(*by)
    )


def confidence(
    record: pl.DataFrame, *keys: str, level: int = 90, seed: int = 1, draws: int = DRAWS
) -> pl.DataFrame:
    """:func:`value_added` with an interval: ``low``, ``high`` and ``verdict`` (better, worse, unsure, few).

    Paired bootstrap: whole comparisons (voice and forecast of one place and month) are drawn again and
    again, so that what both got wrong together stays together. Voices about one month share its luck, so
    months are drawn where the record covers at least eight of them (column ``period``). The same record
    and seed give the same interval; below eight comparisons none is given (``few``).
    """
    by = keys or ("kind",)
    measured = value_added(record, *by)
    lows: list[float | None] = []
    highs: list[float | None] = []
    for row in measured.iter_rows(named=True):
        own = record.filter(*[pl.col(key).eq_missing(row[key]) for key in by])
        low, high = _interval(own, level, seed, draws)
        lows.append(low)
        highs.append(high)
    verdict = (
        pl.when(pl.col("low").is_null())
        .then(pl.lit("few"))
        .when(pl.col("low") > 0)
        .then(pl.lit("better"))
        .when(pl.col("high") < 0)
        .then(pl.lit("worse"))
        .otherwise(pl.lit("unsure"))
    )
    return measured.with_columns(
        pl.Series("low", lows, pl.Float64), pl.Series("high", highs, pl.Float64)
    ).with_columns(verdict.alias("verdict"))


def _interval(own: pl.DataFrame, level: int, seed: int, draws: int) -> tuple[float | None, float | None]:
    """The middle of many redrawn values added."""
    pairs = own.select(
        pl.col("period") if "period" in own.columns else pl.lit(None, pl.Date).alias("period"),
        (
            (pl.col("statistical") - pl.col("actual")).abs() - (pl.col("quantity") - pl.col("actual")).abs()
        ).alias("gain"),
        pl.col("actual").abs().alias("size"),
    )
    if pairs.height < FEWEST_PAIRS or not pairs["size"].sum():
        return None, None
    if pairs["period"].n_unique() >= FEWEST_PAIRS:
        pairs = pairs.group_by("period", maintain_order=True).agg(pl.col("gain", "size").sum())
    gain, size = pairs["gain"].to_numpy(), pairs["size"].to_numpy()
    draws = max(200, min(draws, MOST_DRAWN // len(gain)))
    drawn = np.random.default_rng(seed).integers(0, len(gain), (draws, len(gain)))
    sizes = size[drawn].sum(1)
    values = np.where(sizes > 0, gain[drawn].sum(1) / np.where(sizes > 0, sizes, 1.0), 0.0)
    tail = (100 - level) / 2
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)


def stairstep(wape_by_step: Mapping[str, float]) -> dict[str, float]:
    """What each step of the process added to the one before it, first step first.

    >>> stairstep({"naive": 0.146, "statistical": 0.123, "analyst": 0.136})
    {'statistical': 0.023, 'analyst': -0.013}
    """
    names = list(wape_by_step)
    return {after: round(wape_by_step[before] - wape_by_step[after], 12) for before, after in pairwise(names)}
