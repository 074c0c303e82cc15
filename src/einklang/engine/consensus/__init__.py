"""Many voices, one number, and why.

    expected = forecast + what open deals add beyond it
    agreed   = (expected + sum(weight_k * quantity_k)) / (1 + sum(weight_k))     k: each kind of voice

Without a track record every voice weighs as much as the forecast. With one, a voice weighs by how
exact it was: ``weight = (WAPE of the forecast / WAPE of the voice)^2``, within limits, so that a
voice that made forecasts worse is heard less, and never silenced.

A voice may speak about any node of two trees: an item, a family or everything, everywhere or in a
territory. See :mod:`~einklang.engine.consensus.sharing` for how it reaches the items.
"""

from collections.abc import Mapping

import polars as pl

from einklang.engine.consensus.added import LEAST, MOST, confidence, stairstep, value_added, weights
from einklang.engine.consensus.frames import HEARD, PIPELINE, SHARES, STATED, STATISTICAL, VOICES
from einklang.engine.consensus.sharing import Places, by_cell, by_item, share
from einklang.engine.consensus.waterfall import waterfall

__all__ = [
    "HEARD",
    "LEAST",
    "MOST",
    "PIPELINE",
    "SHARES",
    "STATED",
    "STATISTICAL",
    "VOICES",
    "Places",
    "agree",
    "by_cell",
    "by_item",
    "confidence",
    "share",
    "stairstep",
    "value_added",
    "waterfall",
    "weights",
]


def agree(
    forecast: pl.DataFrame,
    voices: pl.DataFrame,
    *,
    hierarchy: pl.DataFrame | None = None,
    trust: Mapping[str, float] | None = None,
    pipeline: pl.DataFrame | None = None,
    places: Places | None = None,
) -> pl.DataFrame:
    """One number per item and month: series, period, quantity, low, high, statistical, pipeline, heard.

    ``forecast`` holds the items only; ``voices`` may name items or anything above them in
    ``hierarchy``, and a territory of ``places``. ``trust`` is the weight of each kind of voice (see
    :func:`weights`). ``pipeline`` is what open deals add beyond the forecast (series, period,
    quantity). ``heard`` says why: which kinds of voices with which quantity, weight and reason
    (empty: the forecast and the deals alone). Items add up to families and the total by summing.
    """
    stated = _expected(STATED.check(forecast), pipeline)
    heard = _weighed(by_item(stated, VOICES.check(voices), hierarchy, places), trust or {})
    agreed = (pl.col("mean") + pl.col("pull").fill_null(0)) / (1 + pl.col("weight").fill_null(0))
    shift = pl.col("quantity") - pl.col("mean") + pl.col("pipeline")
    return (
        stated.join(heard, on=["series", "period"], how="left", maintain_order="left")
        .with_columns(agreed.alias("quantity"))
        .select(
            "series",
            "period",
            "quantity",
            (pl.col("lo-80") + shift).clip(0).alias("low"),
            (pl.col("hi-80") + shift).alias("high"),
            (pl.col("mean") - pl.col("pipeline")).alias("statistical"),
            "pipeline",
            pl.col("heard").fill_null(pl.lit([], pl.List(HEARD))),
        )
    )


def _expected(stated: pl.DataFrame, pipeline: pl.DataFrame | None) -> pl.DataFrame:
    """The forecast with what deals add in ``mean``, and the addition beside it."""
    if pipeline is None or pipeline.is_empty():
        return stated.with_columns(pl.lit(0.0).alias("pipeline"))
    adds = PIPELINE.check(pipeline).select("series", "period", pl.col("quantity").alias("pipeline"))
    return stated.join(adds, on=["series", "period"], how="left", maintain_order="left").with_columns(
        pl.col("pipeline").fill_null(0.0), pl.col("mean") + pl.col("pipeline").fill_null(0.0)
    )


def _weighed(heard: pl.DataFrame, trust: Mapping[str, float]) -> pl.DataFrame:
    """Per item and month how strongly its voices pull, and what they said; a kind's voices count as one."""
    weight = pl.col("kind").replace_strict(dict(trust), default=1.0, return_dtype=pl.Float64)
    reasons = pl.col("reason").drop_nulls().unique(maintain_order=True).str.join("; ")
    return (
        heard.group_by("series", "period", "kind", maintain_order=True)
        .agg(pl.col("quantity").mean(), reasons)
        .with_columns(weight.alias("weight"))
        .group_by("series", "period", maintain_order=True)
        .agg(
            (pl.col("quantity") * pl.col("weight")).sum().alias("pull"),
            pl.col("weight").sum(),
            pl.struct("kind", "quantity", "weight", "reason").alias("heard"),
        )
    )
