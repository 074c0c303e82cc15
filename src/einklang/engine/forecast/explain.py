"""Why a forecast says what it says: its parts, and one sentence with the numbers in it.

    mean = level + trend + season + effects + shape + together

``level`` is where the forecast starts, season and trend taken out; ``trend`` the straight line it follows
from there; ``season`` what the time of year adds; ``effects`` prices, promotions and the calendar;
``shape`` how the methods bend that line (a trend that fades); ``together`` what changed it afterwards:
the deep tier, items that fade, begin or end, adding up to the levels above, overrides.
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from einklang.engine.forecast.panel import Matrix, Panel, chunks
from einklang.engine.forecast.season import measured
from einklang.engine.periods import Frequency, step

if TYPE_CHECKING:
    from einklang.engine.forecast import Forecast

BATCH = 512
PARTS = ("level", "trend", "season", "effects", "shape", "together")
WORDS: dict[Frequency, str] = {"D": "day", "W": "week", "M": "month", "Q": "quarter"}
MONTHS = ["January", "February", "March", "April", "May", "June", "July"]
MONTHS += ["August", "September", "October", "November", "December"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
FLAT = ("ended", "new", "intermittent")
"""Kinds whose methods know no season."""
PLAIN = 0.03
"""Less season than this is not worth a word."""
STILL = 0.0025
"""A trend of less than this share of the level a period is none."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why every forecast says what it says.

    ``parts``: series, period, mean and :data:`PARTS`, which sum to it.
    ``series``: those of the forecast, and start (the level), slope (units a period), recent (mean of the
    last season), high and low (periods whose season is highest and lowest), highest and lowest (share of
    an average period), method, sentence.
    """

    parts: pl.DataFrame
    series: pl.DataFrame


def explain(result: "Forecast") -> Explanation:
    """The parts of every forecast, and a sentence for every series (see the head of this file)."""
    known, own = result.base.known, result.base.made.mean
    horizon = own.shape[1]
    mean = result.table["mean"].to_numpy().reshape(-1, horizon)
    added = _summed(result.effects, result.table, horizon)
    parts, turning = _parts(known, own, result.base.made.kinds, result.learned.season)
    columns = {**parts, "effects": added, "together": mean - own - added}
    lines = result.table.select("series", "period", "mean").with_columns(
        pl.Series(name, columns[name].ravel()) for name in PARTS
    )
    facts = result.series.with_columns(
        start=parts["level"][:, 0],
        slope=parts["trend"][:, 0],
        recent=_recent(known, result.learned.season),
        high=pl.Series(_periods(known, turning["high"]), dtype=pl.Date),
        low=pl.Series(_periods(known, turning["low"]), dtype=pl.Date),
        highest=turning["highest"],
        lowest=turning["lowest"],
        method=result.table["method"].gather_every(horizon),
    )
    word = WORDS[known.frequency]
    sentences = [_sentence(fact, known.frequency, word) for fact in facts.iter_rows(named=True)]
    return Explanation(lines, facts.with_columns(pl.Series("sentence", sentences, dtype=pl.String)))


def _summed(effects: pl.DataFrame | None, table: pl.DataFrame, horizon: int) -> Matrix:
    """All effects of each cell, in the order of the table."""
    if effects is None or effects.is_empty():
        return np.zeros((table.height // horizon, horizon))
    sums = effects.group_by("series", "period").agg(pl.col("quantity").sum())
    laid = table.select("series", "period").join(
        sums, on=["series", "period"], how="left", maintain_order="left"
    )
    found: Matrix = laid["quantity"].fill_null(0.0).to_numpy().reshape(-1, horizon)
    return found


def _parts(
    known: Panel, own: Matrix, kinds: np.ndarray, season: int
) -> tuple[dict[str, Matrix], dict[str, Matrix]]:
    """Each series' own forecast taken apart, and where its season is high and low.

    A history may have a season that its methods do not repeat (an item that sells now and then): where
    taking it out leaves the forecast no smoother, the forecast has none.
    """
    rows, horizon = own.shape
    plain = own.copy()
    turning = {name: np.zeros(rows) for name in ("high", "low")}
    turning |= {name: np.ones(rows) for name in ("highest", "lowest")}
    begun = np.flatnonzero(known.lengths > 0).astype(np.int64)
    for places, part in chunks(known.take(begun), BATCH):
        at = begun[places]
        _, found, _ = measured(part.values, part.starts, season, part.shapes)
        nothing = np.zeros((len(at), horizon))
        added = found.applied(nothing)
        figure = found.applied(nothing + 1) - added
        smooth = np.divide(own[at] - added, figure, out=own[at] - added, where=figure > 0)
        told = _roughness(smooth) < _roughness(own[at]) if horizon > 2 else ~np.isin(kinds[at], FLAT)
        plain[at] = np.where(told[:, None], smooth, own[at])
        figures = np.where(told[:, None], found.figures, 1.0)
        turning["high"][at], turning["low"][at] = figures.argmax(1), figures.argmin(1)
        turning["highest"][at], turning["lowest"][at] = figures.max(1), figures.min(1)
    ahead = np.arange(1, horizon + 1) - (horizon + 1) / 2
    slope = (plain * ahead).sum(1) / max((ahead**2).sum(), 1.0)
    start = plain.mean(1) - slope * (horizon + 1) / 2
    level = np.repeat(start[:, None], horizon, axis=1)
    trend = slope[:, None] * np.arange(1, horizon + 1)
    parts = {"level": level, "trend": trend, "season": own - plain, "shape": plain - level - trend}
    return parts, turning


def _roughness(path: Matrix) -> Matrix:
    """How much each row goes up and down."""
    rough: Matrix = (np.diff(path, axis=1) ** 2).sum(1)
    return rough


def _periods(known: Panel, places: Matrix) -> list[date]:
    """The coming periods that lie so many places ahead."""
    found: dict[tuple[date, int], date] = {}
    for end, place in zip(known.ends, places, strict=True):
        if (end, int(place)) not in found:
            found[end, int(place)] = step(end, known.frequency, int(place) + 1)
    return [found[end, int(place)] for end, place in zip(known.ends, places, strict=True)]


def _recent(known: Panel, season: int) -> Matrix:
    """The mean of the last season of each series."""
    values = known.values[:, -max(season, 1) :]
    there = np.isfinite(values)
    mean: Matrix = np.where(there, values, 0.0).sum(1) / np.maximum(there.sum(1), 1)
    return mean


def _sentence(fact: dict[str, Any], frequency: Frequency, word: str) -> str:
    """One series' forecast in words."""
    heard = f"{fact['known']:,} {word}{'' if fact['known'] == 1 else 's'} known"
    if fact["kind"] == "ended":
        return f"Ended: {heard}, nothing sold lately, so nothing more is expected."
    start, slope = fact["start"], fact["slope"]
    told = [f"{fact['kind'].capitalize()}, {heard}: it starts from {amount(start)} a {word}"]
    told[0] += f" (the last ones averaged {amount(fact['recent'])})"
    if abs(slope) > STILL * max(abs(start), 1e-12):
        told.append(f"{'rises' if slope > 0 else 'falls'} by {amount(abs(slope))} a {word}")
    high, low = fact["highest"] - 1, fact["lowest"] - 1
    if max(high, -low) > PLAIN:
        most, least = (_called(fact[name], frequency) for name in ("high", "low"))
        told.append(f"is {_percent(high)} in {most} and {_percent(low)} in {least}")
    body = told[0] if len(told) == 1 else ", ".join(told[:-1]) + " and " + told[-1]
    methods = fact["method"].split(": ", 1)[-1]
    return f"{body}. Said by {methods}; one {word} ahead it usually misses by {amount(fact['scale'])}."


def _called(period: date, frequency: Frequency) -> str:
    """The name of a period's place in the season."""
    match frequency:
        case "D":
            return DAYS[period.weekday()]
        case "W":
            return f"week {period.isocalendar().week}"
        case "M":
            return MONTHS[period.month - 1]
        case "Q":
            return f"quarter {(period.month + 2) // 3}"


def amount(value: float) -> str:
    """A quantity as people say it.

    >>> amount(1234.56), amount(12.345), amount(0.01234), amount(0.0)
    ('1,235', '12.3', '0.0123', '0')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _percent(share: float) -> str:
    """How far above or below the average.

    >>> _percent(0.3), _percent(-0.051)
    ('30 % above its average', '5 % below its average')
    """
    return f"{abs(share):.0%} {'above' if share >= 0 else 'below'} its average".replace("%", " %", 1)
