"""Many voices, one number, and why.

    agreed = sum(weight_k * quantity_k) / sum(weight_k)     k: the forecast and each kind of voice

Without a track record every voice weighs as much as the statistical forecast. With one, a voice weighs
by how exact it was: ``weight = (WAPE of the forecast / WAPE of the voice)^2``, within limits, so that
a voice that made forecasts worse is heard less, and never silenced.

A voice about a family is shared among its items by their statistical forecast, in whole units that
add up. An item with a voice of its own (of the same kind) keeps it; the others share the rest.
"""

from collections.abc import Mapping
from itertools import pairwise

import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.frames import TREE, Frame, day, number, text
from einklang.engine.money import split, whole_weights

STATISTICAL = "statistical"
LEAST, MOST = 0.25, 4.0
"""How little and how much a voice may weigh, beside 1 for the statistical forecast."""

VOICES = Frame(
    "voices",
    {
        "series": text(),
        "period": day(),
        "quantity": number("units", at_least=0),
        "kind": text(),
        "author": text(),
        "reason": text(blank=True),
    },
    ("series", "period", "kind", "author"),
    "What people expect, for an item or a whole family, and why.",
)
HEARD = pl.Struct({"kind": pl.String, "quantity": pl.Float64, "weight": pl.Float64, "reason": pl.String})
STATED = Frame(
    "forecast",
    {
        "series": text(),
        "period": day(),
        "mean": number("units"),
        "lo-80": number("units"),
        "hi-80": number("units"),
    },
    ("series", "period"),
    "The statistical forecast of the items.",
)


def agree(
    forecast: pl.DataFrame,
    voices: pl.DataFrame,
    *,
    hierarchy: pl.DataFrame | None = None,
    trust: Mapping[str, float] | None = None,
) -> pl.DataFrame:
    """One number per item and month: series, period, quantity, low, high, statistical, heard.

    ``forecast`` holds the items only; ``voices`` may name items or anything above them in
    ``hierarchy``. ``trust`` is the weight of each kind of voice (see :func:`weights`). ``heard`` says
    why: which kinds of voices with which quantity, weight and reason (empty: the forecast alone).
    """
    stated = STATED.check(forecast)
    heard = _weighed(by_item(stated, VOICES.check(voices), hierarchy), trust or {})
    agreed = (pl.col("mean") + pl.col("pull").fill_null(0)) / (1 + pl.col("weight").fill_null(0))
    shift = pl.col("quantity") - pl.col("mean")
    return (
        stated.join(heard, on=["series", "period"], how="left", maintain_order="left")
        .with_columns(agreed.alias("quantity"))
        .select(
            "series",
            "period",
            "quantity",
            (pl.col("lo-80") + shift).clip(0).alias("low"),
            (pl.col("hi-80") + shift).alias("high"),
            pl.col("mean").alias("statistical"),
            pl.col("heard").fill_null(pl.lit([], pl.List(HEARD))),
        )
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


def by_item(stated: pl.DataFrame, voices: pl.DataFrame, hierarchy: pl.DataFrame | None) -> pl.DataFrame:
    """Voices about families turned into voices about their items, whole and adding up."""
    items = set(stated["series"].to_list())
    own = voices.filter(pl.col("series").is_in(items))
    above = voices.filter(~pl.col("series").is_in(items))
    if above.is_empty():
        return own
    members = _members(hierarchy, items)
    means = {
        (series, period): mean
        for series, period, mean in stated.select("series", "period", "mean").iter_rows()
    }
    fixed = {
        (row["series"], row["period"], row["kind"]): row["quantity"]
        for row in own.group_by("series", "period", "kind")
        .agg(pl.col("quantity").mean())
        .iter_rows(named=True)
    }
    rows = []
    for voice in above.iter_rows(named=True):
        inside = [item for item in members.get(voice["series"], []) if (item, voice["period"]) in means]
        if not inside:
            raise Impossible(f"{voice['series']} has no items with a forecast for {voice['period']:%Y-%m}.")
        kept = {
            item: fixed[key] for item in inside if (key := (item, voice["period"], voice["kind"])) in fixed
        }
        open_items = {item: means[item, voice["period"]] for item in inside if item not in kept}
        shares = share(voice["quantity"] - sum(kept.values()), open_items)
        rows += [voice | {"series": item, "quantity": quantity} for item, quantity in shares.items()]
    return pl.concat([own, pl.DataFrame(rows, schema=voices.schema)]) if rows else own


def share(quantity: float, means: Mapping[str, float]) -> dict[str, float]:
    """A family's quantity among its items by their forecast, in whole units that add up to it.

    Without any forecast all items share alike. What is already voiced above the family's own figure
    leaves nothing to share.

    >>> share(100, {"pump": 30.0, "valve": 15.0})
    {'pump': 67.0, 'valve': 33.0}
    """
    if not means:
        return {}
    weights = whole_weights({item: max(mean, 0.0) for item, mean in means.items()}, digits=6)
    if sum(weights.values()) == 0:
        weights = dict.fromkeys(means, 1)
    rest = max(quantity, 0.0)
    whole = int(rest)
    parts: dict[str, float] = {item: float(part) for item, part in split(whole, weights).items()}
    if rest > whole:
        largest = max(parts, key=lambda item: weights[item])
        parts[largest] += rest - whole
    return parts


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


def stairstep(wape_by_step: Mapping[str, float]) -> dict[str, float]:
    """What each step of the process added to the one before it, first step first.

    >>> stairstep({"naive": 0.146, "statistical": 0.123, "analyst": 0.136})
    {'statistical': 0.023, 'analyst': -0.013}
    """
    names = list(wape_by_step)
    return {after: round(wape_by_step[before] - wape_by_step[after], 12) for before, after in pairwise(names)}


def _members(hierarchy: pl.DataFrame | None, items: set[str]) -> dict[str, list[str]]:
    """The items under each node of the hierarchy."""
    if hierarchy is None:
        raise Impossible("A voice names something that is not an item, and no hierarchy says what it holds.")
    rows = TREE.check(hierarchy.filter(pl.col("parent").is_not_null() & (pl.col("parent") != "")))
    above = dict(zip(rows["series"].to_list(), rows["parent"].to_list(), strict=True))
    members: dict[str, list[str]] = {}
    for item in sorted(items):
        node, seen = item, {item}
        while (node := above.get(node, "")) and node not in seen:
            seen.add(node)
            members.setdefault(node, []).append(item)
    return members
