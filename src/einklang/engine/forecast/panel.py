"""Many histories as one matrix: a row a series, right-aligned, so that whole batches are computed at once.

What each cell rests on is kept beside it (``state``): a number that was told, the least that was wished
(stocked out), a gap that was bridged, or a row that is absent because nothing was sold. So no guess is
silent: :func:`notes` says it by series.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from einklang.engine.forecast.histories import DENSE, HISTORY, checked, named, placed
from einklang.engine.periods import Frequency, step

Matrix = NDArray[np.float64]
Whole = NDArray[np.int64]
States = NDArray[np.uint8]

TOLD, CENSORED, BRIDGED, ABSENT = range(4)
"""What a cell rests on: a number; the least that was wished; its neighbours; the absence of a row."""
DRIVERS = ("price", "promotion")
DOUBTFUL = 0.5
"""Up to this share of absent rows it may not have been meant that nothing was sold; it is said then."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Histories that end in the last column; ``starts`` is each row's first known column.

    ``state``: what each cell rests on (:data:`TOLD` ...); ``drivers``: price and promotion, NaN where
    they are not known. Both have the shape of ``values``. ``shapes``: the season each row starts from,
    where it inherits one from the family above it.
    """

    names: list[str]
    values: Matrix
    starts: Whole
    ends: list[date]
    frequency: Frequency
    state: States | None = None
    drivers: dict[str, Matrix] = field(default_factory=dict)
    shapes: Matrix | None = None

    @property
    def lengths(self) -> Whole:
        """Known periods of each series."""
        known: Whole = self.values.shape[1] - self.starts
        return known

    @property
    def states(self) -> States:
        """What each cell rests on; all told, if nothing else was said."""
        return np.zeros(self.values.shape, dtype=np.uint8) if self.state is None else self.state

    @property
    def censored(self) -> NDArray[np.bool_]:
        """The periods without stock: what was sold then is the least that was wished."""
        found: NDArray[np.bool_] = self.states == CENSORED
        return found

    def period(self, row: int, column: int) -> date:
        """The date on which a cell's bucket starts."""
        return step(self.ends[row], self.frequency, column - self.values.shape[1] + 1)

    def columns(self, first: int, beyond: int) -> "Panel":
        """The columns from ``first`` to before ``beyond``, without changing what the rows end with."""
        state = None if self.state is None else self.state[:, first:beyond]
        return replace(
            self,
            values=self.values[:, first:beyond],
            starts=np.clip(self.starts - first, 0, beyond - first),
            state=state,
            drivers={name: driver[:, first:beyond] for name, driver in self.drivers.items()},
        )

    def before(self, periods: int) -> "Panel":
        """The same histories as they stood some periods ago; those that had not begun have length 0."""
        if periods == 0:
            return self
        width = max(self.values.shape[1] - periods, 0)
        # A panel has many series and few ends.
        earlier = {end: step(end, self.frequency, -periods) for end in set(self.ends)}
        # A season known now was not known then.
        return replace(self.columns(0, width), ends=[earlier[end] for end in self.ends], shapes=None)

    def take(self, rows: Whole) -> "Panel":
        """Some of the series, in the order asked for, without columns that none of them uses."""
        first = int(self.starts[rows].min()) if len(rows) else 0
        part = replace(
            self,
            names=[self.names[row] for row in rows],
            values=self.values[rows],
            starts=self.starts[rows],
            ends=[self.ends[row] for row in rows],
            state=None if self.state is None else self.state[rows],
            drivers={name: driver[rows] for name, driver in self.drivers.items()},
            shapes=None if self.shapes is None else self.shapes[rows],
        )
        return part.columns(first, self.values.shape[1])

    def last(self, periods: int) -> "Panel":
        """Only the most recent periods of each series."""
        width = self.values.shape[1]
        return self.columns(max(width - periods, 0), width)

    def with_values(self, values: Matrix) -> "Panel":
        """The same series with other quantities (demand instead of sales, effects taken out)."""
        return replace(self, values=values)


def chunks(panel: Panel, size: int) -> Iterator[tuple[Whole, Panel]]:
    """The series longest first, in batches small enough to stay in the processor's cache."""
    order = np.argsort(panel.starts, kind="stable").astype(np.int64)
    for begin in range(0, len(order), size):
        rows = order[begin : begin + size]
        yield rows, panel.take(rows)


def panel(history: pl.DataFrame, frequency: Frequency, *, common_end: bool = False) -> Panel:
    """A history table as a panel.

    A period marked as not available (stocked out) keeps what was sold as the least that was wished
    (:mod:`unconstrain` says how much more it was); a blank quantity is bridged from its neighbours.
    An absent row is bridged as well where the table is dense, and is "nothing sold" where it is
    sparse. Each series ends at its own last row; with ``common_end`` all end with the latest one.
    """
    table = placed(checked(history), frequency).sort("series", "bucket")
    if "available" not in table.columns:
        table = table.with_columns(pl.lit(value=True).alias("available"))
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
    starts = (width - 1 - (last - first)).astype(np.int64)
    row = np.repeat(np.arange(len(each)), each["rows"].to_numpy())
    cells = row, table["bucket"].to_numpy() - last[row] + width - 1

    def laid(column: str) -> Matrix:
        """A column of the table as a matrix."""
        matrix: Matrix = np.full((len(each), width), np.nan)
        matrix[cells] = table[column].cast(pl.Float64).to_numpy()
        return matrix

    values, available = laid("quantity"), laid("available") != 0
    state = np.full(values.shape, BRIDGED, dtype=np.uint8)
    state[np.isfinite(values)] = TOLD
    present = np.zeros(values.shape, dtype=bool)
    present[cells] = True
    state[present & ~available] = CENSORED
    values[present & ~available & np.isnan(values)] = 0.0
    sparse = each["rows"].to_numpy() < DENSE * (each["last"].to_numpy() - first + 1)
    own_end = width - 1 - (last - each["last"].to_numpy())
    places = np.arange(width)
    state[~present & (sparse[:, None] | (places > own_end[:, None]))] = ABSENT
    state[places < starts[:, None]] = TOLD
    values[(state == ABSENT) & (places >= starts[:, None])] = 0.0
    drivers = {name: laid(name) for name in DRIVERS if name in table.columns}
    return Panel(each["series"].to_list(), _bridged(values, starts), starts, ends, frequency, state, drivers)


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


def notes(of: Panel) -> pl.DataFrame:
    """What was done to histories before they were forecast, in a sentence: series, step, sentence."""
    inside = np.arange(of.values.shape[1]) >= of.starts[:, None]
    absent = of.states == ABSENT
    # Before the last row only: what lies after it is the wait for the others' last period.
    absent &= np.logical_or.accumulate(~absent[:, ::-1], axis=1)[:, ::-1] & inside
    share = absent.sum(1) / np.maximum(of.lengths, 1)
    absent &= (share <= DOUBTFUL)[:, None]
    told = [
        ("gap", (of.states == BRIDGED) & inside, "without a number bridged from the neighbours"),
        ("gap", absent, "without a row taken as nothing sold; a row with a blank quantity says: not known"),
        ("stock-out", of.censored & inside, "without stock: what was sold is taken as the least wished"),
        ("returns", (of.values < 0) & inside, "below zero (returns): the forecast may be below zero too"),
    ]
    rows = []
    for name, cells, sentence in told:
        for row in np.flatnonzero(cells.any(1)):
            count, first = int(cells[row].sum()), of.period(int(row), int(cells[row].argmax()))
            which = f"1 period ({first})" if count == 1 else f"{count} periods (the first {first})"
            rows.append((of.names[row], name, f"Series {named(of.names[row])}: {which} {sentence}."))
    return pl.DataFrame(rows, schema=NOTES, orient="row")


NOTES = {"series": pl.String, "step": pl.String, "sentence": pl.String}

__all__ = ["HISTORY", "NOTES", "Matrix", "Panel", "Whole", "chunks", "notes", "panel"]
