"""What the record of bookings alone says of the days ahead: money a day so far, with the calendar's factors.

Deals say who will buy; the record says how much a company usually books. Neither is right by itself, and
their mean errs less than either.
"""

import numpy as np

from einklang.engine.pipeline.arrays import Numbers, Whole
from einklang.engine.pipeline.book import Book, months_of_year

HALF_LIFE_DAYS = 90.0
BACK_DAYS = 720
FEWEST_WON, FEWEST_DAYS = 8, 60


def booked_ahead(book: Book, calendar: Numbers, day: int, ends: Whole) -> Numbers:
    """Money by period as the record has it; NaN while it is too short to say anything.

    ``calendar``: factors by cause (won first) and month of the year; ``ends``: the periods' last days,
    counted from ``day``.
    """
    rows = book.won & (book.closed <= day) & (book.closed > day - BACK_DAYS)
    started = int(book.closed.min()) if book.closed.size else day
    span = min(day - started + 1, BACK_DAYS)
    if rows.sum() < FEWEST_WON or span < FEWEST_DAYS:
        return np.full(len(ends), np.nan)
    back = np.arange(span)
    weights = 0.5 ** (back / HALF_LIFE_DAYS)
    money = np.bincount(day - book.closed[rows], weights=np.nan_to_num(book.amount[rows]), minlength=span)
    daily = float((weights * money[:span]).sum() / (weights * _factors(calendar, day - back)).sum())
    ahead = np.cumsum(_factors(calendar, day + 1 + np.arange(int(ends[-1]))))
    return np.asarray(daily * np.diff(ahead[ends - 1], prepend=0.0), dtype=np.float64)


def _factors(calendar: Numbers, days: Whole) -> Numbers:
    return np.asarray(calendar[0, months_of_year(days)], dtype=np.float64)
