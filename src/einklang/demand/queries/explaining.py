"""Why a run says what it says of one series: level, trend, season, what changed, and its odd months."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from einklang.demand.models import ForecastRun, Repair
from einklang.demand.queries import tree as trees
from einklang.engine.forecast import Forecast
from einklang.engine.forecast.explain import PARTS, explain
from einklang.engine.forecast.renewal import Former
from einklang.web import formats

NUMBERS = ("start", "slope", "recent", "highest", "lowest")
STILL = 0.001
"""A trend of less than this share of the level a month is none."""
PLAIN = 0.03
"""Less season than this is not worth a word."""
DIGITS = 4
SHOWN_WHOLE = 20
LONGEST = 300


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """What a run found out about one series, and the same in sentences.

    ``facts``: start (the level), slope (units a month), recent (mean of the last year), high and low (the
    months of the year's highest and lowest season), highest and lowest (as shares of an average month),
    parts (by name, one figure a month: level, trend, season, effects, shape, together; they sum to the
    mean), notes (what was done to its history before), old and new (what the run before and this one say
    of the months both know).
    """

    series: str
    level: str
    kind: str
    scale: float
    known: int
    fallback: str
    facts: dict[str, Any]
    sentences: list[str]


@dataclass(frozen=True, slots=True)
class OddMonth:
    """A month that does not fit the rest of its series, and whether the forecast may put it right."""

    series: str
    name: str
    period: date
    quantity: float
    usual: float
    is_repaired: bool
    may_repair: bool
    reason: str
    author: str


def series_facts(run: ForecastRun, series: str) -> SeriesFacts | None:
    """What a run found out about one series; nothing where it kept nothing of it."""
    kept = run.series.filter(series=series).first()
    if kept is None:
        return None
    return SeriesFacts(
        series=kept.series,
        level=kept.level,
        kind=kept.kind,
        scale=kept.scale,
        known=kept.known,
        fallback=kept.fallback,
        facts=kept.facts,
        sentences=_sentences(kept.facts, kept.scale),
    )


def outliers(run: ForecastRun, series: str = "") -> list[OddMonth]:
    """The odd months a run found, newest first, each with the newest word on it."""
    found = run.outliers.filter(series=series) if series else run.outliers.all()
    words = {
        (word.series, word.period): word for word in Repair.objects.select_related("author").order_by("pk")
    }
    names = trees.names()
    rows = []
    for odd in found.order_by("-period", "series"):
        word = words.get((odd.series, odd.period))
        rows.append(
            OddMonth(
                series=odd.series,
                name=names.get(odd.series, odd.series),
                period=odd.period,
                quantity=odd.quantity,
                usual=odd.usual,
                is_repaired=odd.is_repaired,
                may_repair=word is not None and word.is_agreed,
                reason=word.reason if word else "",
                author=word.author.name if word else "",
            )
        )
    return rows


def facts_of(told: Forecast, table: pl.DataFrame, former: Former | None) -> pl.DataFrame:
    """What a forecast found out about each series, ready to keep: series, kind, scale, known, facts.

    ``table`` is what is said in the end: uplifts that people plan count as effects.
    """
    why = explain(told)
    said = why.parts.join(table.select("series", "period", said="mean"), on=["series", "period"], how="left")
    more = (pl.col("said") - pl.col("mean")).fill_null(0.0)
    said = said.with_columns(pl.col("effects") + more)
    parts = said.group_by("series", maintain_order=True).agg(pl.col(*PARTS).sort_by("period").round(DIGITS))
    joined = why.series.join(parts, on="series", how="left", maintain_order="left")
    joined = joined.join(_changes(table, former), on="series", how="left", maintain_order="left")
    facts = [
        {name: round(row[name], DIGITS) for name in NUMBERS}
        | {"high": f"{row['high']:%Y-%m-%d}", "low": f"{row['low']:%Y-%m-%d}", "method": row["method"]}
        | {"parts": {name: row[name] for name in PARTS}}
        | {name: row[name] for name in ("old", "new") if row[name] is not None}
        for row in joined.iter_rows(named=True)
    ]
    notes = _by_series(told.notes)
    for row, fact in zip(joined["series"], facts, strict=True):
        if row in notes:
            fact["notes"] = notes[row]
    stood_in = {series: said[0][:LONGEST] for series, said in _by_series(told.failures).items()}
    plain = joined.select("series", "kind", "scale", pl.col("known").cast(pl.Int64)).with_columns(
        pl.col("series").replace_strict(stood_in, default="", return_dtype=pl.String).alias("fallback")
    )
    return plain.with_columns(pl.Series("facts", facts, dtype=pl.Object))


def _by_series(told: pl.DataFrame) -> dict[str, list[str]]:
    """Sentences by series; none where nothing was told."""
    if told.is_empty():
        return {}
    return dict(told.group_by("series", maintain_order=True).agg("sentence").iter_rows())


def _changes(table: pl.DataFrame, former: Former | None) -> pl.DataFrame:
    """What was said before and is said now of the months both runs know: series, old, new."""
    if former is None:
        return pl.DataFrame(schema={"series": pl.String, "old": pl.Float64, "new": pl.Float64})
    both = former.table.select("series", "period", old="mean").join(
        table.select("series", "period", new="mean"), on=["series", "period"]
    )
    return both.group_by("series", maintain_order=True).agg(pl.col("old", "new").sum().round(DIGITS))


def _sentences(facts: dict[str, Any], scale: float) -> list[str]:
    """The facts as people say them."""
    if not facts or facts["method"].startswith("ended"):
        return []
    told = [
        _("It starts from %(start)s a month; the last year averaged %(recent)s.")
        % {"start": _amount(facts["start"]), "recent": _amount(facts["recent"])}
    ]
    if abs(facts["slope"]) > STILL * max(abs(facts["start"]), 1e-12):
        rises = facts["slope"] > 0
        sentence = _("It rises by %(slope)s a month.") if rises else _("It falls by %(slope)s a month.")
        told.append(sentence % {"slope": _amount(abs(facts["slope"]))})
    if max(facts["highest"] - 1, 1 - facts["lowest"]) > PLAIN:
        told.append(_season(facts))
    if facts.get("old"):
        told.append(_change(facts))
    told.append(_("One month ahead it usually misses by %(miss)s.") % {"miss": _amount(scale)})
    return told


def _season(facts: dict[str, Any]) -> str:
    """When it sells most and least."""
    return _("In %(high)s it sells %(most)s above an average month, in %(low)s %(least)s below.") % {
        "high": MONTHS[date.fromisoformat(facts["high"]).month],
        "low": MONTHS[date.fromisoformat(facts["low"]).month],
        "most": formats.percent(facts["highest"] - 1),
        "least": formats.percent(1 - facts["lowest"]),
    }


def _change(facts: dict[str, Any]) -> str:
    """What became of the last run's figure."""
    change = facts["new"] / facts["old"] - 1
    sign = "+" if change >= 0 else ""
    return _("The run before said %(old)s for the months both know; now it is %(new)s (%(change)s).") % {
        "old": formats.quantity(round(facts["old"])),
        "new": formats.quantity(round(facts["new"])),
        "change": f"{sign}{formats.percent(change, 1)}",
    }


def _amount(value: float) -> str:
    """A quantity with as many digits as matter."""
    return formats.quantity(round(value) if abs(value) >= SHOWN_WHOLE else round(value, 1))
