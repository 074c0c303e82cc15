"""Working time: when an item can be ordered and received, and what a shutdown does to its lead time.

A period is closed for an item when the item or its supplier does not work in it. Nothing is released or
received in a closed period, and a lead time counts open periods only:

    release = the open period from which ``lead time`` open periods lead to the one it is due in

What is needed in a closed period is due in the last open one before it: ordered ahead.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class WorkTime:
    """Each item's calendar by number, and each calendar's open periods (counted from 0).

    ``opens`` lists the open periods of a calendar and runs on beyond the plan, where all is open.
    ``before`` counts the open periods before each period.
    """

    of: Ints
    open: Flags
    opens: Ints
    before: Ints
    with_supplier: dict[tuple[int, str], int]

    @property
    def always_open(self) -> bool:
        """Whether no calendar has a closed period."""
        return bool(self.open.all())

    def open_from(self, calendar: Ints, period: Ints) -> Ints:
        """The first open period from this one on."""
        return self.opens[calendar, self.before[calendar, period]]

    def last_open(self, calendar: Ints, period: Ints) -> Ints:
        """The last open period up to this one; -1 where there is none."""
        passed = self.before[calendar, period] + self.open[calendar, period]
        found = self.opens[calendar, np.maximum(passed - 1, 0)]
        return np.where(passed > 0, found, -1)

    def soonest(self, calendar: Ints, lead: Ints) -> Ints:
        """When an order arrives that is released as soon as that is possible."""
        last = self.opens.shape[1] - 1
        arrives: Ints = self.opens[calendar, np.minimum(lead, last)] + np.maximum(lead - last, 0)
        return arrives

    def release(self, calendar: Ints, due: Ints, lead: Ints) -> tuple[Ints, Ints]:
        """When orders due in open periods are released, and how many periods late they are then."""
        place = self.before[calendar, due] - lead
        start = self.opens[calendar, np.maximum(place, 0)]
        late = np.where(place < 0, self.soonest(calendar, lead) - due, 0)
        return start, np.maximum(late, 0)


def work_time(
    calendar: pl.DataFrame,
    items: list[str],
    suppliers: list[str | None],
    others: Iterable[tuple[int, str]],
    periods: int,
    *,
    longest: int,
) -> WorkTime:
    """Read the closed periods; items with the same ones share a calendar.

    ``others`` are further suppliers of an item (by number), ``longest`` the longest lead time there is.
    """
    closed: dict[str, set[int]] = {}
    for name, period, working in calendar.select("name", "period", "working").iter_rows():
        if not working and period <= periods:
            closed.setdefault(name, set()).add(period - 1)
    none: frozenset[int] = frozenset()
    known: dict[frozenset[int], int] = {none: 0}

    def calendar_of(item: str, supplier: str) -> int:
        mine = frozenset(closed.get(item, none) | closed.get(supplier, none))
        return known.setdefault(mine, len(known))

    of = np.zeros(len(items), dtype=np.int64)
    if closed:
        of[:] = [calendar_of(item, supplier or "") for item, supplier in zip(items, suppliers, strict=True)]
    pairs = {(item, supplier): calendar_of(items[item], supplier) for item, supplier in others}
    is_open = np.ones((len(known), periods), dtype=bool)
    for pattern, number in known.items():
        is_open[number, sorted(pattern)] = False
    opens = np.empty((len(known), periods + longest + 1), dtype=np.int64)
    for number, row in enumerate(is_open):
        days = np.flatnonzero(row)
        opens[number] = np.concatenate([days, periods + np.arange(opens.shape[1] - days.size)])
    before = (np.cumsum(is_open, axis=1) - is_open).astype(np.int64)
    return WorkTime(of, is_open, opens, before, pairs)
