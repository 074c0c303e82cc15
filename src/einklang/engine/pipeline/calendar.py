"""What the calendar does to deals: the last month of a quarter is not like its first.

A factor for each place of a month (in the quarter; with two years of history also in the year) on the
chance of being won and of being lost, drawn towards 1 as far as the months of one place differ among
themselves. Nothing is said before one place has been seen twice.
"""

from typing import TYPE_CHECKING

import numpy as np

from einklang.engine.pipeline.arrays import Numbers, Whole
from einklang.engine.pipeline.book import months_of_year

if TYPE_CHECKING:
    from einklang.engine.pipeline.hazards import Slice

BETWEEN, WITHIN = 0.02, 0.02  # variance of the log factor between places, and from month to month
SURE = 3.0  # months these two count for
SHORTEST_DAYS = 15  # a month that has hardly begun says nothing
YEAR_MONTHS = 24


def month_factors(slices: "list[Slice]", rates: Numbers) -> Numbers:
    """Factors by cause (won, lost) and month of the year, as the months so far went."""
    whole = [one for one in slices if one.last - one.first + 1 >= SHORTEST_DAYS]
    month = months_of_year(np.array([one.first for one in whole], dtype=np.int64))
    factors = np.ones((2, 12))
    for cause in range(2):
        came = np.array([one.events[cause].sum() for one in whole])
        expected = np.array([(one.risk * rates[cause]).sum() for one in whole])
        logs = np.zeros(12)
        seen = came > 0
        if seen.any():
            quarter = place_effects(came[seen], expected[seen], month[seen] % 3, 3)
            logs = np.tile(quarter, 4)
            if seen.sum() >= YEAR_MONTHS:
                rest = expected[seen] * np.exp(logs[month[seen]])
                logs = logs + place_effects(came[seen], rest, month[seen], 12)
        factors[cause] = np.exp(logs)
    return factors


def place_effects(came: Numbers, expected: Numbers, place: Whole, places: int) -> Numbers:
    """Log factors by place, of counts that came against those expected.

    >>> came, place = np.array([50.0, 100, 150, 50, 100, 150]), np.array([0, 1, 2, 0, 1, 2])
    >>> place_effects(came, np.full(6, 100.0), place, 3).round(2).tolist()
    [-0.6, 0.02, 0.4]
    """
    times = np.bincount(place, minlength=places)
    if times.max(initial=0) < 2:
        return np.zeros(places)
    logs = np.log(came / expected)
    noise = 1.0 / came
    logs = logs - np.average(logs, weights=1 / (noise + WITHIN))
    mean = np.bincount(place, weights=logs, minlength=places) / np.maximum(times, 1)
    repeats = float((times - 1).clip(0).sum())
    spread = float(((logs - mean[place]) ** 2).sum() - noise.mean() * repeats)
    within = (SURE * WITHIN + max(spread, 0.0)) / (SURE + repeats)
    here = times > 0
    wide = float(((mean - mean[here].mean())[here] ** 2).sum())
    wide -= float(((within + noise.mean()) / np.maximum(times, 1))[here].sum())
    between = (SURE * BETWEEN + max(wide, 0.0)) / (SURE + max(here.sum() - 1, 0))
    precision = np.bincount(place, weights=1 / (noise + within), minlength=places)
    pulled = np.bincount(place, weights=logs / (noise + within), minlength=places)
    return np.asarray(between * pulled / (1 + between * precision), dtype=np.float64)
