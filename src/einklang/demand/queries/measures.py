"""How right the forecast was: WAPE and bias beside the naive forecast, by item, family, month and lag."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from einklang.demand.models import ForecastRun, Level
from einklang.demand.queries.forecasts import walk_back_frame
from einklang.demand.queries.speaking import record
from einklang.demand.queries.tree import names
from einklang.engine import consensus
from einklang.engine.forecast.accuracy import by


@dataclass(frozen=True, slots=True)
class Measured:
    """One line of an accuracy table; a share is None where it cannot be measured."""

    series: str
    name: str
    count: int
    actual: float
    forecast: float
    wape: float | None
    bias: float | None
    naive_wape: float | None
    fva: float | None


def accuracy(run: ForecastRun, *, level: str = Level.ITEM, lag: int = 1) -> list[Measured]:
    """Accuracy of each series at one lag, the largest first."""
    rows = walk_back_frame(run, level, lag)
    known = names()
    return [
        Measured(**{"name": known.get(row["series"], row["series"]), **row})
        for row in by(rows, "series").sort("actual", descending=True).iter_rows(named=True)
    ]


def snapshot(run: ForecastRun, *, lag: int = 1) -> Measured | None:
    """One figure for the whole run: errors of items are added up, so they do not cancel."""
    rows = walk_back_frame(run, lag=lag)
    if rows.is_empty():
        return None
    return Measured(series="", name="", **by(rows).row(0, named=True))


def accuracy_by_month(run: ForecastRun, *, lag: int = 1, series: list[str] | None = None) -> pl.DataFrame:
    """Accuracy over items by month: period, count, wape, bias, naive_wape, fva, actual, forecast."""
    rows = walk_back_frame(run, lag=lag)
    if series is not None:
        rows = rows.filter(pl.col("series").is_in(series))
    return by(rows, "period")


def voices_added(until: date, *keys: str) -> pl.DataFrame:
    """Forecast value added by kind of voice and author (or other keys), over months that are over.

    Columns: the keys, count, wape, statistical_wape, value_added, bias, low and high (90 %, paired
    bootstrap; null below eight comparisons) and verdict: better, worse, unsure or few.
    """
    past = record(until)
    return consensus.confidence(past, *(keys or ("kind", "author"))) if past.height else past
