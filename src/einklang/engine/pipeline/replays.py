"""Earlier days looked at as if they were today: what would have been said, and what came.

From these the chances are recalibrated, and the shock that all deals of a period share is measured:
a good or bad quarter hits every deal at once, so single deals drawn by themselves are far too sure.
"""

from dataclasses import dataclass

import numpy as np

from einklang.engine.pipeline.arrays import Flags, Numbers, Whole
from einklang.engine.pipeline.book import Book
from einklang.engine.pipeline.chain import LATER_DAYS, Courses, courses
from einklang.engine.pipeline.hazards import Hazards, Tally, hazards
from einklang.engine.pipeline.inflow import Inflow, inflow
from einklang.engine.pipeline.record import booked_ahead
from einklang.engine.pipeline.values import Values, values

EVERY_DAYS = 10
MOST = 40
BUCKET_DAYS = 30
BUCKETS = 2
ENOUGH_DECIDED, ENOUGH_WON = 30, 8  # below that a day is no use as a lesson
WARM_UP_DAYS = 60  # nor while decisions have only begun to be recorded


@dataclass(frozen=True, slots=True)
class View:
    """What is known at the end of a day, and what follows from it for the open deals and the new ones."""

    day: int
    ends: Whole
    deal: Whole
    stage: Whole
    age: Whole
    won: Numbers  # by deal and period
    later: Numbers
    lost: Numbers
    hazards: Hazards
    courses: Courses
    values: Values
    inflow: Inflow
    record: Numbers  # money by period, by the record of bookings alone

    def worth(self) -> Numbers:
        """The value of each open deal if it is won; what is not known brings nothing."""
        return np.nan_to_num(self.values.mean[self.deal])

    def new_wins(self) -> Numbers:
        """Wins by period from deals that do not exist yet."""
        periods = len(self.ends)
        return np.asarray(self.inflow.daily @ self.courses.new[:, :periods], dtype=np.float64)

    def money(self) -> Numbers:
        """Money by period, by open and new deals."""
        from_open = (self.won * self.worth()[:, None]).sum(axis=0)
        return np.asarray(from_open + self.new_wins() * self.inflow.mean, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Replay:
    """A view from an earlier day, with what came in each period (NaN: not known yet)."""

    view: View
    came: Numbers  # money of all deals, by period
    came_new: Numbers  # of it from deals that did not exist
    won: Flags  # of the open deals: won within the first period


def view(book: Book, tally: Tally, day: int, ends: Whole, beyond: int = LATER_DAYS) -> View:
    """Look from the end of a day; ``ends`` are the last days of the periods, counted from it."""
    chances = hazards(tally, day)
    ahead = courses(chances, day, ends, beyond)
    deal, stage, age = book.standing(day)
    worth = values(book, day)
    coming = inflow(book, worth, day, int(ends[-1]))
    record = booked_ahead(book, chances.calendar, day, ends)
    return View(day, ends, deal, stage, age, *ahead.of(stage, age), chances, ahead, worth, coming, record)


class Past:
    """The replays of a book, each worked out once."""

    def __init__(self, book: Book, tally: Tally) -> None:
        self.book, self.tally = book, tally
        self._done: dict[int, Replay] = {}
        self._closed = np.sort(book.closed)
        self._won = np.sort(book.closed[book.won])

    def until(self, day: int) -> list[Replay]:
        """The replays whose first period was over by a day, oldest first."""
        last = (day - BUCKET_DAYS) // EVERY_DAYS * EVERY_DAYS
        days = [last - EVERY_DAYS * back for back in range(MOST)]
        return [self._replay(one) for one in reversed(days) if self._enough(one)]

    def _enough(self, day: int) -> bool:
        decided = np.searchsorted(self._closed, day, side="right")
        won = np.searchsorted(self._won, day, side="right")
        warm = decided > 0 and day - self._closed[0] >= WARM_UP_DAYS
        return bool(warm and decided >= ENOUGH_DECIDED and won >= ENOUGH_WON)

    def _replay(self, day: int) -> Replay:
        if day not in self._done:
            ends = BUCKET_DAYS * np.arange(1, BUCKETS + 1)
            seen = view(self.book, self.tally, day, ends, beyond=0)
            self._done[day] = Replay(seen, *_came(self.book, day, ends), self._first(seen))
        return self._done[day]

    def _first(self, seen: View) -> Flags:
        closed = self.book.closed[seen.deal]
        return np.asarray(self.book.won[seen.deal] & (closed <= seen.day + BUCKET_DAYS))


def _came(book: Book, day: int, ends: Whole) -> tuple[Numbers, Numbers]:
    """Money won by period: of all deals, and of those that did not exist yet."""
    found = np.zeros((2, len(ends)))
    start = day
    for at, end in enumerate(ends):
        rows = book.won & (book.closed > start) & (book.closed <= day + end)
        found[0, at] = np.nansum(book.amount[rows])
        found[1, at] = np.nansum(book.amount[rows & (book.created > day)])
        start = day + int(end)
    return found[0], found[1]
