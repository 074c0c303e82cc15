"""The calendar that moves demand: public holidays by country, named happenings, working days, time of year.

    exposure_t = days of the happening in bucket t / min(days of the happening, days of the bucket)

So a happening counts 1 in a bucket it fills or lies wholly inside, and its share where a border cuts it.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from einklang.engine.errors import Impossible
from einklang.engine.forecast.histories import named
from einklang.engine.forecast.panel import Matrix
from einklang.engine.frames import Frame, day, flag, text
from einklang.engine.periods import Frequency, step

Days = NDArray[np.datetime64]

EVENTS = Frame(
    "events",
    {
        "event": text(),
        "first": day(),
        "last": day(),
        "series": text(optional=True, blank=True),
        "holiday": flag(optional=True),
    },
    (),
    "Named happenings of the past and the future, each from its first to its last day; a blank series "
    "is all of them; holiday=true is a day nobody works.",
)
YEAR_DAYS = 365.25
WAVES = 3
"""The time of year of daily series: so many sines and cosines."""
ONE_DAY = np.timedelta64(1, "D")


def holidays_of(country: str, first: date, last: date, *, part: str | None = None) -> pl.DataFrame:
    """The public holidays of a country (ISO code, optionally a part such as BY) as EVENTS.

    >>> found = holidays_of("DE", date(2024, 3, 1), date(2024, 4, 30))
    >>> found.select("event", "first").rows()[0]
    ('Good Friday', datetime.date(2024, 3, 29))
    """
    import holidays

    known = holidays.list_supported_countries()
    if country not in known:
        raise Impossible(f"{country} is not a country whose holidays are known; write it as DE, FR, US.")
    if part is not None and part not in known[country]:
        parts = ", ".join(known[country]) or "none"
        raise Impossible(f"{part} is not a part of {country} whose holidays are known ({parts}).")
    if last < first:
        raise Impossible(f"The calendar ends ({last}) before it begins ({first}).")
    years = range(first.year, last.year + 1)
    try:
        found = holidays.country_holidays(country, subdiv=part, years=years, language="en_US")
    except NotImplementedError as fault:
        raise Impossible(f"The holidays of {country} are not known: {fault}.") from fault
    # Two holidays may share a day, and are named together then.
    rows = [
        {"event": name.strip(), "first": when, "last": when, "holiday": True}
        for when, names in sorted(found.items())
        if first <= when <= last
        for name in names.split("; ")
    ]
    return EVENTS.check(pl.DataFrame(rows, schema=SCHEMA))


SCHEMA = {"event": pl.String, "first": pl.Date, "last": pl.Date, "holiday": pl.Boolean}


def checked_events(events: pl.DataFrame) -> pl.DataFrame:
    """Events with all their columns; one that ends before it begins is refused by name."""
    table = EVENTS.check(events)
    backwards = table.filter(pl.col("last") < pl.col("first"))
    if not backwards.is_empty():
        name, first, last = backwards.select("event", "first", "last").row(0)
        raise Impossible(f"Event {named(name)} ends ({last}) before it begins ({first}).")
    missing = {"series": pl.lit(None, dtype=pl.String), "holiday": pl.lit(value=False)}
    table = table.with_columns(
        value.alias(name) for name, value in missing.items() if name not in table.columns
    )
    return table.with_columns(
        pl.col("series").replace("", None), pl.col("holiday").fill_null(value=False)
    ).select("event", "first", "last", "series", "holiday")


def borders(end: date, frequency: Frequency, before: int, after: int) -> Days:
    """The first days of the buckets around an end, and the day after the last bucket.

    >>> [str(found) for found in borders(date(2024, 2, 1), "M", 1, 1)]
    ['2024-02-01', '2024-03-01', '2024-04-01']
    """
    return np.array([step(end, frequency, place) for place in range(1 - before, after + 2)], "datetime64[D]")


def exposure(spans: Sequence[tuple[date, date]], edges: Days) -> Matrix:
    """How far the buckets between some edges lie in the given spans of days, from 0 to 1.

    Easter of 2024, from Friday 29 March to Monday 1 April, lies three days in March and one in April:

    >>> edges = borders(date(2024, 3, 1), "M", 1, 1)
    >>> exposure([(date(2024, 3, 29), date(2024, 4, 1))], edges)
    array([0.75, 0.25])
    """
    found = np.zeros(len(edges) - 1)
    for first, last in spans:
        begin, beyond = np.datetime64(first, "D"), np.datetime64(last, "D") + ONE_DAY
        inside = (np.minimum(edges[1:], beyond) - np.maximum(edges[:-1], begin)) / ONE_DAY
        length = np.minimum((beyond - begin) / ONE_DAY, (edges[1:] - edges[:-1]) / ONE_DAY)
        found += np.clip(inside, 0, None) / length
    return np.minimum(found, 1.0)


def working_days(edges: Days, off: Sequence[date]) -> Matrix:
    """The days from Monday to Friday in each bucket that are no holiday.

    >>> working_days(borders(date(2024, 5, 1), "M", 1, 0), [date(2024, 5, 1), date(2024, 5, 9)])
    array([21.])
    """
    days = np.busday_count(edges[:-1], edges[1:], holidays=np.array(off, dtype="datetime64[D]"))
    counted: Matrix = days.astype(float)
    return counted


def time_of_year(edges: Days) -> Matrix:
    """Sines and cosines of the year at each bucket's first day: wave by bucket.

    >>> time_of_year(borders(date(2023, 1, 1), "D", 1, 0)).round(2)[:2].ravel().tolist()
    [0.0, 1.0]
    """
    starts = edges[:-1]
    place = (starts - starts.astype("datetime64[Y]").astype("datetime64[D]")) / ONE_DAY / YEAR_DAYS
    angles = 2 * np.pi * np.arange(1, WAVES + 1)[:, None] * place
    waves: Matrix = np.stack([np.sin(angles), np.cos(angles)], axis=1).reshape(2 * WAVES, -1)
    return waves
