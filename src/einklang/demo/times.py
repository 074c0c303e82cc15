"""The days of the story: the demo month is the last whole month, whatever day it is told on."""

from dataclasses import dataclass
from datetime import date, timedelta
from zlib import crc32

import numpy as np

from einklang.engine.periods import add_months, month_end, month_of

HISTORY = 36  # months of orders, the demo month included
AHEAD = 6  # months after it that production already prepares for
SEED = 20


@dataclass(frozen=True, slots=True)
class Times:
    """When the story is told, and the same dice for it every time.

    >>> told = Times(date(2026, 11, 22))
    >>> told.month, told.first, told.last_day
    (datetime.date(2026, 10, 1), datetime.date(2023, 11, 1), datetime.date(2026, 10, 31))
    """

    today: date
    seed: int = SEED

    @property
    def month(self) -> date:
        """The demo month: the last one that is over."""
        return add_months(month_of(self.today), -1)

    @property
    def first(self) -> date:
        """The first month of the history."""
        return add_months(self.month, 1 - HISTORY)

    @property
    def last_day(self) -> date:
        """The last day of the demo month: what came after is not yet known."""
        return month_end(self.month)

    def at(self, index: int) -> date:
        """The first day of the month with this number, counted from the first month of the history."""
        return add_months(self.first, index)

    def day(self, months_ago: int, day: int = 1) -> date:
        """A day so many months before the demo month."""
        return add_months(self.month, -months_ago).replace(day=day)

    def dice(self, subject: str) -> np.random.Generator:
        """Chance for one subject; what one subject draws does not change what another one gets."""
        return np.random.default_rng([self.seed, crc32(subject.encode())])


def working_day(day: date) -> date:
    """The day itself, or the Monday after it.

    >>> working_day(date(2026, 11, 22))
    datetime.date(2026, 11, 23)
    """
    return day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() >= 5 else 0)


def easter(year: int) -> date:
    """Easter Sunday of a year (Gauss, as put right by Lichtenberg).

    >>> easter(2026), easter(2027)
    (datetime.date(2026, 4, 5), datetime.date(2027, 3, 28))
    """
    century = year // 100
    moon = 15 + (3 * century + 3) // 4 - (8 * century + 13) // 25
    sun = 2 - (3 * century + 3) // 4
    seed = (19 * (year % 19) + moon) % 30
    correction = seed // 29 + (seed // 28 - seed // 29) * (year % 19 // 11)
    full_moon = 21 + seed - correction
    first_sunday = 7 - (year + year // 4 + sun) % 7
    distance = 7 - (full_moon - first_sunday) % 7
    return date(year, 3, 1) + timedelta(days=full_moon + distance - 1)


def holidays(year: int) -> list[tuple[date, str]]:
    """The days on which nobody works anywhere in Germany, outside the shutdown over Christmas."""
    sunday = easter(year)
    return [
        (sunday - timedelta(days=2), "Karfreitag"),
        (sunday + timedelta(days=1), "Ostermontag"),
        (date(year, 5, 1), "Tag der Arbeit"),
        (sunday + timedelta(days=39), "Christi Himmelfahrt"),
        (sunday + timedelta(days=50), "Pfingstmontag"),
        (date(year, 10, 3), "Tag der Deutschen Einheit"),
    ]
