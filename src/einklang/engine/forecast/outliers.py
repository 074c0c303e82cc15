"""Quantities that stand apart: flagged with what they would usually be, repaired only where somebody agrees.

    usual_t = middle value of the three periods before and the three after, without the season
    times_t = (distance of x_t - what the same place of other years stands apart) / usual deviation

The distance is that to the nearest of the middle values before, after, and on both sides.

The usual deviation is the middle one of the series (1.48 times it, as for a normal one), and at least
that of counting pieces. A step to a new level moves the middle value along and is no outlier; nor is a
peak that comes every year.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from einklang.engine.errors import Impossible
from einklang.engine.forecast.histories import named
from einklang.engine.forecast.panel import TOLD, Matrix, Panel
from einklang.engine.forecast.season import measured
from einklang.engine.frames import Frame, day, text

LIMIT = 6.0
"""So many usual deviations stand apart."""
NEIGHBOURS = 3
FEWEST = 8
SOLD = 0.75
"""Items that sell in fewer of their periods have nothing usual to stand apart from."""
SMALLEST = 0.02
"""Nothing within two percent of the usual stands apart."""
CHUNK = 1024

OUTLIERS = {
    "series": pl.String,
    "period": pl.Date,
    "quantity": pl.Float64,
    "expected": pl.Float64,
    "times": pl.Float64,
}


def outliers(panel: Panel, season: int, told: Matrix | None = None) -> pl.DataFrame:
    """Series, period, quantity, expected (what it usually would be), times (usual deviations apart).

    ``told``: the quantities with their effects, where the panel is without; they are what is shown.

    >>> values = np.array([[10.0, 11, 10, 9, 10, 50, 10, 11, 9, 10]])
    >>> found = outliers(Panel(["a"], values, np.array([0]), [date(2024, 10, 1)], "M"), 12)
    >>> found.select("period", "quantity", "expected").rows()
    [(datetime.date(2024, 6, 1), 50.0, 10.0)]
    """
    rows = []
    for begin in range(0, len(panel.names), CHUNK):
        part = np.arange(begin, min(begin + CHUNK, len(panel.names)), dtype=np.int64)
        expected, times = _apart(panel.values[part], panel.starts[part], panel.states[part], season)
        for place, column in zip(*np.nonzero(times > LIMIT), strict=True):
            row = int(part[place])
            plain = float(panel.values[row, column])
            quantity = plain if told is None else float(told[row, column])
            usual = float(expected[place, column]) * (quantity / plain if plain else 1.0)
            found = quantity, usual, round(float(times[place, column]), 1)
            rows.append((panel.names[row], panel.period(row, int(column)), *found))
    return pl.DataFrame(rows, schema=OUTLIERS, orient="row").sort("times", descending=True)


def pairs(repair: pl.DataFrame | Sequence[tuple[str, date]]) -> list[tuple[str, date]]:
    """Series and period of what may be repaired, from a table or a list."""
    if not isinstance(repair, pl.DataFrame):
        return list(repair)
    wanted = Frame("repair", {"series": text(), "period": day()}, ("series", "period"))
    return wanted.check(repair).select("series", "period").rows()


def repaired(panel: Panel, repair: Iterable[tuple[str, date]], season: int) -> Panel:
    """The histories with some quantities replaced by what they usually would be; nothing else is touched.

    >>> sold = Panel(["a"], np.array([[10.0] * 5 + [50] + [10] * 4]), np.array([0]), [date(2024, 10, 1)], "M")
    >>> repaired(sold, [("a", date(2024, 6, 1))], 12).values[0, 5]
    np.float64(10.0)
    """
    wanted = list(repair)
    if not wanted:
        return panel
    row_of = {name: row for row, name in enumerate(panel.names)}
    values = panel.values.copy()
    for name in {name for name, _ in wanted}:
        if name not in row_of:
            raise Impossible(f"Series {named(name)} is to be repaired, but has no history.")
        row = row_of[name]
        part = np.array([row], dtype=np.int64)
        expected, _ = _apart(panel.values[part], panel.starts[part], panel.states[part], season)
        column_of = {panel.period(row, at): at for at in range(int(panel.starts[row]), values.shape[1])}
        for when in (when for other, when in wanted if other == name):
            if when not in column_of:
                raise Impossible(f"Series {named(name)} has no period {when} to repair.")
            values[row, column_of[when]] = expected[0, column_of[when]]
    return panel.with_values(values)


def _apart(
    values: Matrix, starts: NDArray[np.int64], states: NDArray[np.uint8], season: int
) -> tuple[Matrix, Matrix]:
    """What each cell usually would be, and how many usual deviations it stands apart."""
    width = values.shape[1]
    inside = (np.arange(width) >= starts[:, None]) & np.isfinite(values)
    calm = np.where(inside, values, np.nan)
    # The season is measured twice: the second time without what stood apart at first.
    for _turn in range(2):
        shape = measured(calm, starts, season)[1]
        plain = np.where(inside, shape.removed(values), np.nan)
        usual = _middle(plain)
        deviation = _deviation(plain, usual, inside, counted=not (values[inside] % 1).any())
        apart = _distance(plain, usual) / deviation[:, None]
        units = shape.removed(np.ones_like(values))
        expected = np.where(shape.additive[:, None], usual + 1 - units, usual / units)
        calm = np.where(apart > LIMIT, expected, values)
    times = apart - _yearly(np.where(inside, (plain - usual) / deviation[:, None], np.nan), season)
    sold = ((np.nan_to_num(values) != 0) & inside).sum(1)
    judged = (inside.sum(1) >= FEWEST) & (sold >= SOLD * inside.sum(1))
    times = np.where(judged[:, None] & inside & (states == TOLD), times, 0.0)
    return np.where(np.isfinite(expected), expected, values), np.nan_to_num(times)


def _middle(plain: Matrix) -> Matrix:
    """The middle value of the neighbours on both sides, without the period itself."""
    return _middle_at(plain, [place for place in range(2 * NEIGHBOURS + 1) if place != NEIGHBOURS])


def _middle_at(plain: Matrix, places: list[int]) -> Matrix:
    """The middle value of some neighbours, counted from the oldest."""
    near = np.pad(plain, ((0, 0), (NEIGHBOURS, NEIGHBOURS)), constant_values=np.nan)
    width = plain.shape[1]
    ordered = np.sort(np.stack([near[:, place : place + width] for place in places], axis=2), axis=2)
    return _middle_of(ordered)


def _distance(plain: Matrix, usual: Matrix) -> Matrix:
    """How far each value lies from what is usual before it, after it, and on both sides: the least."""
    before = _middle_at(plain, list(range(NEIGHBOURS)))
    after = _middle_at(plain, list(range(NEIGHBOURS + 1, 2 * NEIGHBOURS + 1)))
    away = np.stack([np.abs(plain - middle) for middle in (before, after, usual)])
    distance: Matrix = np.where(np.isfinite(away), away, np.inf).min(0)
    return np.where(np.isfinite(distance), distance, 0.0)


def _middle_of(ordered: Matrix) -> Matrix:
    """The middle of sorted values along the last axis; NaN stands at the end and does not count."""
    count = np.isfinite(ordered).sum(-1)
    low, high = np.maximum((count - 1) // 2, 0), np.minimum(count // 2, ordered.shape[-1] - 1)
    pair = [np.take_along_axis(ordered, place[..., None], -1)[..., 0] for place in (low, high)]
    middle: Matrix = (pair[0] + pair[1]) / 2
    return middle


def _deviation(plain: Matrix, usual: Matrix, inside: NDArray[np.bool_], *, counted: bool) -> Matrix:
    """The usual deviation of each row."""
    away = np.where(inside, np.abs(plain - usual), np.nan)
    level = _middle_of(np.sort(np.where(inside, np.abs(usual), np.nan), axis=1))
    found = 1.4826 * _middle_of(np.sort(away, axis=1))
    least = np.maximum(SMALLEST * level, np.sqrt(level) if counted else 0.0)
    deviation: Matrix = np.nan_to_num(np.maximum(np.maximum(found, least), 1e-9), nan=1.0)
    return deviation


def _yearly(away: Matrix, season: int) -> Matrix:
    """How far the same place of other years stands apart to the same side (the middle one)."""
    rows, width = away.shape
    years = -(-width // season)
    if years < 2 or season < 2:
        return np.zeros_like(away)
    pad = years * season - width
    cells = np.pad(away, ((0, 0), (pad, 0)), constant_values=np.nan).reshape(rows, years, season)
    found = np.zeros_like(cells)
    for year in range(years):
        others = np.delete(cells, year, axis=1).transpose(0, 2, 1)
        middle = np.nan_to_num(_middle_of(np.sort(others, axis=2)))
        same_side = np.sign(middle) == np.sign(np.nan_to_num(cells[:, year]))
        found[:, year] = np.where(same_side, np.abs(middle), 0.0)
    yearly: Matrix = found.reshape(rows, -1)[:, pad:]
    return yearly
