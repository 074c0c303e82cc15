"""The tables of the consensus: what is forecast, what is said, what deals add, where demand comes from."""

import polars as pl

from einklang.engine.frames import Frame, day, number, text

STATISTICAL = "statistical"
VOICES = Frame(
    "voices",
    {
        "series": text(),
        "period": day(),
        "quantity": number("units", at_least=0),
        "kind": text(),
        "author": text(),
        "reason": text(blank=True),
        "territory": text(optional=True, blank=True),
    },
    ("series", "territory", "period", "kind", "author"),
    "What people expect, for an item or a whole family, everywhere or in a territory, and why.",
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
PIPELINE = Frame(
    "pipeline",
    {"series": text(), "period": day(), "quantity": number("units", at_least=0)},
    ("series", "period"),
    "What open deals add beyond the statistical forecast, which knows such deals from the past.",
)
SHARES = Frame(
    "shares",
    {"series": text(), "territory": text(blank=True), "share": number("share", at_least=0)},
    ("series", "territory"),
    "Which share of an item's recent demand came from which territory; blank is from none.",
)
