"""What may move demand beside level, trend and season, as numbers by series and period.

    price        log(price / the usual price of the series)       usual: the middle one of its history
    promotion    1 where one ran, or how deep it was (0.2)
    event        the share of the bucket that it fills (:func:`calendar.exposure`)
    working days log(working days / 5 of 7 days of the bucket), where holidays are given
    time of year sines and cosines, for daily series of two years and more

What is not known of the future stays as it was: the last price goes on, no promotion runs.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.forecast import calendar
from einklang.engine.forecast.histories import named
from einklang.engine.forecast.panel import Matrix, Panel, Whole
from einklang.engine.frames import Frame, day, number, text
from einklang.engine.periods import step

DRIVERS = Frame(
    "drivers",
    {
        "series": text(),
        "period": day(),
        "price": number("money a unit", optional=True, blank=True, at_least=0),
        "promotion": number("depth", optional=True, blank=True, at_least=0),
    },
    ("series", "period"),
    "What is planned for the periods to forecast.",
)
GROUPS = ("price", "promotion", "events", "working days", "time of year")
DAYS_FOR_A_YEAR, DAYS_OF_A_WEEK = 730, 7
SHARED = ""
"""The events of every series."""


@dataclass(frozen=True, slots=True)
class Causes:
    """The causes of a panel's rows: ``width`` known periods and ``horizon`` to come.

    ``names`` and ``groups`` say what each column is. ``dated``: columns that depend on the calendar alone,
    by the row's last period; ``single``: what only some rows have, by column; ``driven``: price, promotion.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    width: int
    horizon: int
    ends: list[date]
    dated: dict[date, Matrix]
    single: dict[tuple[int, int], Matrix]
    driven: dict[str, Matrix]

    def of(self, rows: Whole) -> Matrix:
        """Row by period (past and to come) by column."""
        fixed = len(self.names) - len(self.driven)
        found = np.zeros((len(rows), self.width + self.horizon, len(self.names)))
        for place, row in enumerate(rows):
            found[place, :, :fixed] = self.dated[self.ends[row]].T
        at = {int(row): place for place, row in enumerate(rows)}
        for (row, column), shown in self.single.items():
            if row in at:
                found[at[row], :, column] = shown
        for offset, driver in enumerate(self.driven.values()):
            found[:, :, fixed + offset] = driver[rows]
        return found

    def before(self, periods: int) -> "Causes":
        """The same causes seen some periods ago: what came since then counts as known in advance."""
        last = self.width - periods + self.horizon
        return Causes(
            self.names,
            self.groups,
            self.width - periods,
            self.horizon,
            self.ends,
            {end: table[:, :last] for end, table in self.dated.items()},
            {key: shown[:last] for key, shown in self.single.items()},
            {name: driver[:, :last] for name, driver in self.driven.items()},
        )


def causes(
    panel: Panel, drivers: pl.DataFrame | None, events: pl.DataFrame | None, horizon: int, season: int = 7
) -> Causes | None:
    """All that is known to move the series of a panel; nothing, where nothing was told.

    Daily series with a season other than a week are some other clock's, and have no time of year.
    """
    known = calendar.checked_events(events) if events is not None else None
    width = panel.values.shape[1]
    names, groups = _columns(panel, known, yearly=season == DAYS_OF_A_WEEK)
    dated = {
        end: _dated(names, calendar.borders(end, panel.frequency, width, horizon), known)
        for end in set(panel.ends)
    }
    single = _single(panel, names, known, horizon)
    driven = _driven(panel, drivers, horizon)
    if not names and not driven:
        return None
    labels = tuple(
        "time of year" if group == "time of year" else name for name, group in zip(names, groups, strict=True)
    )
    return Causes((*labels, *driven), (*groups, *driven), width, horizon, panel.ends, dated, single, driven)


def _columns(panel: Panel, events: pl.DataFrame | None, *, yearly: bool) -> tuple[list[str], list[str]]:
    """The calendar's columns and the group of each; a wave of the year is named with its number."""
    names: list[str] = [] if events is None else sorted(set(events["event"]))
    groups = ["events"] * len(names)
    if events is not None and panel.frequency != "D" and events["holiday"].any():
        names, groups = [*names, "working days"], [*groups, "working days"]
    if yearly and panel.frequency == "D" and panel.values.shape[1] >= DAYS_FOR_A_YEAR:
        waves = [f"time of year:{wave}" for wave in range(2 * calendar.WAVES)]
        names, groups = [*names, *waves], [*groups, *["time of year"] * len(waves)]
    return names, groups


def _dated(names: list[str], edges: calendar.Days, events: pl.DataFrame | None) -> Matrix:
    """The columns that are the same for all series with the same last period."""
    table = np.zeros((len(names), len(edges) - 1))
    for column, name in enumerate(names):
        if events is not None and name == "working days":
            off = events.filter(pl.col("holiday") & pl.col("series").is_null())["first"].to_list()
            days = (edges[1:] - edges[:-1]) / calendar.ONE_DAY
            worked = np.maximum(calendar.working_days(edges, off), 0.5)
            table[column] = np.log(worked / (days * 5 / 7))
        elif events is not None and not name.startswith("time of year:"):
            all_of_them = events.filter((pl.col("event") == name) & pl.col("series").is_null())
            table[column] = calendar.exposure(all_of_them.select("first", "last").rows(), edges)
    waves = [column for column, name in enumerate(names) if name.startswith("time of year:")]
    if waves:
        table[waves] = calendar.time_of_year(edges)
    return table


def _single(
    panel: Panel, names: list[str], events: pl.DataFrame | None, horizon: int
) -> dict[tuple[int, int], Matrix]:
    """What only some series have: their own events on top of everybody's."""
    if events is None:
        return {}
    row_of = {name: row for row, name in enumerate(panel.names)}
    column_of = {name: column for column, name in enumerate(names)}
    found = {}
    own = events.filter(pl.col("series").is_not_null())
    for (series, event), part in own.group_by("series", "event", maintain_order=True):
        row, column = row_of.get(str(series)), column_of[str(event)]
        if row is None:
            continue
        edges = calendar.borders(panel.ends[row], panel.frequency, panel.values.shape[1], horizon)
        everybody = events.filter((pl.col("event") == event) & pl.col("series").is_null())
        spans = [*part.select("first", "last").rows(), *everybody.select("first", "last").rows()]
        found[row, column] = calendar.exposure(spans, edges)
    return found


def _driven(panel: Panel, drivers: pl.DataFrame | None, horizon: int) -> dict[str, Matrix]:
    """Price and promotion of the past and what is planned."""
    planned = _planned(panel, drivers, horizon)
    rows = len(panel.names)
    found = {}
    for name in ("price", "promotion"):
        past = panel.drivers.get(name)
        ahead = planned.get(name, np.full((rows, horizon), np.nan))
        if past is None or not np.isfinite(past).any():
            continue
        both = np.concatenate([past, ahead], axis=1)
        found[name] = _price_ratio(both, past) if name == "price" else np.nan_to_num(both)
    return found


def _price_ratio(price: Matrix, past: Matrix) -> Matrix:
    """Logarithm of the price by the usual one; a gap takes the price before it, the first gaps the next."""
    known = np.where(price > 0, price, np.nan)
    place = np.where(np.isfinite(known), np.arange(known.shape[1]), -1)
    before = np.maximum.accumulate(place, axis=1)
    later = np.where(np.isfinite(known), np.arange(known.shape[1]), known.shape[1])
    after = np.minimum.accumulate(later[:, ::-1], axis=1)[:, ::-1]
    source = np.where(before >= 0, before, np.minimum(after, known.shape[1] - 1))
    filled = np.take_along_axis(known, source, axis=1)
    told = np.where(past > 0, past, np.nan)
    usual = np.full(len(price), np.nan)
    some = np.isfinite(told).any(1)
    usual[some] = np.nanmedian(told[some], axis=1)
    ratio: Matrix = np.nan_to_num(np.log(filled / usual[:, None]))
    return ratio


def _planned(panel: Panel, drivers: pl.DataFrame | None, horizon: int) -> dict[str, Matrix]:
    """The drivers table as matrices of series by step ahead; rows before or beyond the horizon are left."""
    if drivers is None:
        return {}
    table = DRIVERS.check(drivers)
    row_of = {name: row for row, name in enumerate(panel.names)}
    unknown = [name for name in table["series"].unique(maintain_order=True) if name not in row_of]
    if unknown:
        raise Impossible(f"Drivers are planned for series {named(unknown[0])}, which has no history.")
    place_of = {
        end: {step(end, panel.frequency, ahead + 1): ahead for ahead in range(horizon)}
        for end in set(panel.ends)
    }
    rows = np.array([row_of[name] for name in table["series"]], dtype=np.int64)
    places = np.array(
        [
            place_of[panel.ends[row]].get(when, -1)
            for row, when in zip(rows, table["period"].to_list(), strict=True)
        ],
        dtype=np.int64,
    )
    inside = places >= 0
    found: dict[str, Matrix] = {}
    for name in ("price", "promotion"):
        if name in table.columns:
            matrix = np.full((len(panel.names), horizon), np.nan)
            matrix[rows[inside], places[inside]] = table[name].to_numpy()[inside]
            found[name] = matrix
    return found
