"""Many histories as one matrix: a row a series, right-aligned, so that whole batches are computed at once."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from einklang.engine.errors import Impossible
from einklang.engine.frames import Frame, day, flag, number, text
from einklang.engine.periods import Frequency, step

Matrix = NDArray[np.float64]
Whole = NDArray[np.int64]

HISTORY = Frame(
    "history",
    {
        "series": text(),
        "period": day(),
        "quantity": number("units", blank=True),
        "available": flag(optional=True),
    },
    ("series", "period"),
    "Like demand, but a blank quantity or available=false marks a period whose wish is not known.",
)
DENSE = 0.75
"""From this share of periods with a row on, an absent row is a gap in the data; below, nothing was sold."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Histories that end in the last column; ``starts`` is each row's first known column."""

    names: list[str]
    values: Matrix
    starts: Whole
    ends: list[date]
    frequency: Frequency

    @property
    def lengths(self) -> Whole:
        """Known periods of each series."""
        known: Whole = self.values.shape[1] - self.starts
        return known

    def before(self, periods: int) -> "Panel":
        """The same histories as they stood some periods ago; those that had not begun have length 0."""
        if periods == 0:
            return self
        width = max(self.values.shape[1] - periods, 0)
        ends = [step(end, self.frequency, -periods) for end in self.ends]
        return replace(self, values=self.values[:, :width], starts=np.minimum(self.starts, width), ends=ends)

    def take(self, rows: Whole) -> "Panel":
        """Some of the series, in the order asked for, without columns that none of them uses."""
        starts = self.starts[rows]
        first = int(starts.min()) if len(rows) else 0
        return Panel(
            [self.names[row] for row in rows],
            self.values[rows, first:],
            starts - first,
            [self.ends[row] for row in rows],
            self.frequency,
        )

    def last(self, periods: int) -> "Panel":
        """Only the most recent periods of each series."""
        extra = max(self.values.shape[1] - periods, 0)
        return replace(self, values=self.values[:, extra:], starts=np.maximum(self.starts - extra, 0))


def chunks(panel: Panel, size: int) -> Iterator[tuple[Whole, Panel]]:
    """The series longest first, in batches small enough to stay in the processor's cache."""
    order = np.argsort(panel.starts, kind="stable").astype(np.int64)
    for begin in range(0, len(order), size):
        rows = order[begin : begin + size]
        yield rows, panel.take(rows)


def panel(history: pl.DataFrame, frequency: Frequency, *, common_end: bool = False) -> Panel:
    """A history table as a panel.

    A blank quantity, or one marked as not available (stocked out), is bridged from its neighbours; what
    was asked for while there was no stock is the least that was wished, so it stays as a floor.
    An absent row is bridged as well where the table is dense, and is "nothing sold" where it is
    sparse. Each series ends at its own last row; with ``common_end`` all end with the latest one.
    """
    table = HISTORY.check(history)
    if table.is_empty():
        raise Impossible("There is no history to forecast from.")
    if "available" not in table.columns:
        table = table.with_columns(pl.lit(value=True).alias("available"))
    known = pl.when(pl.col("available").fill_null(value=True)).then("quantity").alias("known")
    table = _placed(table.with_columns(known).sort("series", "period"), frequency)
    each = table.group_by("series", maintain_order=True).agg(
        pl.col("bucket").min().alias("first"),
        pl.col("bucket").max().alias("last"),
        pl.col("period").max().alias("end"),
        pl.len().alias("rows"),
    )
    first, last = each["first"].to_numpy(), each["last"].to_numpy()
    ends = each["end"].to_list()
    if common_end:
        ends = [max(ends)] * len(ends)
        last = np.full_like(last, last.max())
    width = int((last - first).max()) + 1
    row = np.repeat(np.arange(len(each)), each["rows"].to_numpy())
    column = table["bucket"].to_numpy() - last[row] + width - 1
    values, present = np.full((len(each), width), np.nan), np.zeros((len(each), width), dtype=bool)
    values[row, column] = table["known"].to_numpy()
    present[row, column] = True
    starts = (width - 1 - (last - first)).astype(np.int64)
    sparse = each["rows"].to_numpy() < DENSE * (each["last"].to_numpy() - first + 1)
    own_end = width - 1 - (last - each["last"].to_numpy())
    places = np.arange(width)
    nothing = ~present & (places >= starts[:, None]) & (sparse[:, None] | (places > own_end[:, None]))
    values[nothing] = 0.0
    values = _bridged(values, starts)
    floor = table.select(pl.when(pl.col("known").is_null()).then("quantity").fill_null(-np.inf)).to_series()
    values[row, column] = np.maximum(values[row, column], floor.to_numpy())
    return Panel(each["series"].to_list(), values, starts, ends, frequency)


def _placed(table: pl.DataFrame, frequency: Frequency) -> pl.DataFrame:
    """The table with each period's number; a date that starts no bucket has no place."""
    days = pl.col("period").dt.epoch("d").cast(pl.Int64)
    months = pl.col("period").dt.year().cast(pl.Int64) * 12 + pl.col("period").dt.month().cast(pl.Int64) - 1
    number, size = {"D": (days, 1), "W": (days, 7), "M": (months, 1), "Q": (months, 3)}[frequency]
    offset = (number - number.min().over("series")) % size
    day_of_month = pl.col("period").dt.day() if frequency in ("M", "Q") else pl.lit(1)
    astray = table.filter((offset != 0) | (day_of_month != 1))
    if not astray.is_empty():
        name, period = astray.select("series", "period").row(0)
        bucket = {"D": "day", "W": "week", "M": "month", "Q": "quarter"}[frequency]
        raise Impossible(f"Series {name}: {period} is not the day on which a {bucket} of this series starts.")
    return table.with_columns((number // size).alias("bucket"))


def _bridged(values: Matrix, starts: Whole) -> Matrix:
    """The matrix with unknown values filled on a straight line between their neighbours."""
    inside = np.arange(values.shape[1]) >= starts[:, None]
    for index in np.flatnonzero((np.isnan(values) & inside).any(1)):
        row = values[index, starts[index] :]
        unknown = np.isnan(row)
        places = np.arange(len(row))
        row[unknown] = (
            np.interp(places[unknown], places[~unknown], row[~unknown]) if not unknown.all() else 0.0
        )
    return values


__all__ = ["HISTORY", "Matrix", "Panel", "Whole", "chunks", "panel"]
