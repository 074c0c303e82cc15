"""Months, weeks, quarters and days as buckets; a period is the date that starts it."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Literal, get_args

from einklang.engine.errors import Impossible

Frequency = Literal["D", "W", "M", "Q"]
FREQUENCIES: tuple[str, ...] = get_args(Frequency)
SEASON: dict[str, int] = {"D": 7, "W": 52, "M": 12, "Q": 4}


def month_of(day: date) -> date:
    """The first day of a day's month.

    >>> month_of(date(2014, 5, 31))
    datetime.date(2014, 5, 1)
    """
    return day.replace(day=1)


def add_months(month: date, count: int) -> date:
    """The month that lies ``count`` months after (or, negative, before) a month's first day.

    >>> add_months(date(2014, 11, 1), 3)
    datetime.date(2015, 2, 1)
    >>> add_months(date(2014, 1, 1), -1)
    datetime.date(2013, 12, 1)
    """
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def months_between(start: date, end: date) -> int:
    """Whole months from one month's first day to another's.

    >>> months_between(date(2013, 12, 1), date(2014, 5, 1))
    5
    """
    return (end.year - start.year) * 12 + end.month - start.month


def month_range(start: date, count: int) -> list[date]:
    """``count`` months beginning with ``start``.

    >>> month_range(date(2014, 12, 1), 2)
    [datetime.date(2014, 12, 1), datetime.date(2015, 1, 1)]
    """
    return [add_months(start, step) for step in range(count)]


def month_end(month: date) -> date:
    """The last day of a month.

    >>> month_end(date(2024, 2, 1))
    datetime.date(2024, 2, 29)
    """
    return month.replace(day=monthrange(month.year, month.month)[1])


def parse_month(text: str) -> date:
    """``YYYY-MM`` as its first day.

    >>> parse_month("2014-05")
    datetime.date(2014, 5, 1)
    """
    try:
        year, month = text.strip().split("-")
        return date(int(year), int(month), 1)
    except ValueError as fault:
        raise Impossible(f"{text!r} is not a month; write it as 2014-05.") from fault


def step(period: date, frequency: Frequency, count: int = 1) -> date:
    """The period ``count`` buckets after ``period``.

    >>> step(date(2024, 1, 1), "Q")
    datetime.date(2024, 4, 1)
    >>> step(date(2024, 1, 1), "W", 2)
    datetime.date(2024, 1, 15)
    """
    match frequency:
        case "D":
            return period + timedelta(days=count)
        case "W":
            return period + timedelta(weeks=count)
        case "M":
            return add_months(period, count)
        case "Q":
            return add_months(period, 3 * count)
