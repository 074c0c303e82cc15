"""How likely a deal is won, lost or moved on a day, by its stage and how long it has been there.

    hazard = (events + a) / (days at risk + a / hazard one level up)

Days at risk are counted in bins of age, by calendar month, and older months count less (half as much
``HALF_LIFE_DAYS`` ago). One level up of a bin are its neighbours in age, above them its stage, above the
stage all deals; ``a``, the events that the level above counts for, is taken from how much the bins really
differ (empirical Bayes).
Deals still open count with the days they have been at risk (right censoring).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from einklang.engine.periods import add_months, month_of
from einklang.engine.pipeline.arrays import Numbers, Whole
from einklang.engine.pipeline.book import LOST, MOVED, WON, Book, Spells, day_at, day_number, months_of_year
from einklang.engine.pipeline.calendar import month_factors

EDGES = np.array([0, 1, 4, 8, 15, 22, 31, 46, 61, 76, 91, 106, 121, 151, 181, 241, 301, 366])
BINS = len(EDGES)  # the last is open
OLDEST = int(EDGES[-1])  # from here on a day is like any other
BIN_OF_AGE = np.searchsorted(EDGES, np.arange(OLDEST + 1), side="right") - 1
CAUSES = (WON, LOST, MOVED)
HALF_LIFE_DAYS = 180.0
FEWEST, MOST = 1.0, 200.0  # events the level above counts for
NEAR = 0.25  # what a bin's neighbour counts beside itself, and its neighbour beside it
SLIGHT = 0.5  # events the stage counts for against a bin and its neighbours
OLD_EVENTS = 5  # ages beyond which fewer deals were ever decided are one bin
PACE = 1 / 120  # chance a day before anything is known


@dataclass(frozen=True, slots=True)
class Slice:
    """What happened between two days: events by cause, stage, bin; days at risk by stage, bin."""

    first: int
    last: int
    events: Numbers
    risk: Numbers


@dataclass(frozen=True, slots=True)
class Hazards:
    """Chances a day by stage and bin; where a deal goes that moves; where new deals begin; the calendar."""

    won: Numbers
    lost: Numbers
    moved: Numbers
    to: Numbers
    begins: Numbers
    calendar: Numbers  # by cause (won, lost) and month of the year


class Tally:
    """Events and days at risk by month, counted once and looked at as of any day."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._months: dict[int, Slice] = {}

    def until(self, day: int, months: int = 60) -> list[Slice]:
        """The months up to a day, oldest first; the last one as far as it has gone."""
        if not self.book.created.size:
            return []
        oldest = _month(int(self.book.created.min()))
        start = max(oldest, add_months(_month(day), -months))
        found = []
        while day_number(start) <= day:
            after = add_months(start, 1)
            found.append(self._slice(day_number(start), min(day_number(after) - 1, day)))
            start = after
        return found

    def _slice(self, first: int, last: int) -> Slice:
        whole = day_number(add_months(_month(first), 1)) - 1 == last
        if whole and first in self._months:
            return self._months[first]
        found = count(self.book.spells, len(self.book.stages), first, last)
        if whole:
            self._months[first] = found
        return found


def count(spells: Spells, stages: int, first: int, last: int) -> Slice:
    """Events and days at risk between two days, both included."""
    rows = np.nonzero((spells.first <= last) & (spells.last >= first))[0]
    start = np.maximum(spells.first[rows], first)
    end = np.minimum(spells.last[rows], last)
    young = spells.age[rows] + start - spells.first[rows]
    old = spells.age[rows] + end - spells.first[rows]
    stage = spells.stage[rows]
    risk = np.zeros((stages, BINS))
    for at in range(BINS):
        low, high = EDGES[at], EDGES[at + 1] if at + 1 < BINS else 10**8
        days = np.clip(np.minimum(old + 1, high) - np.maximum(young, low), 0, None)
        risk[:, at] = np.bincount(stage, weights=days, minlength=stages)
    happened = (spells.last[rows] <= last) & (spells.end[rows] > 0)
    bins = np.searchsorted(EDGES, np.minimum(old, OLDEST), side="right") - 1
    events = np.zeros((len(CAUSES), stages, BINS))
    for place, cause in enumerate(CAUSES):
        mine = happened & (spells.end[rows] == cause)
        np.add.at(events[place], (stage[mine], bins[mine]), 1.0)
    return Slice(first, last, events, risk)


def hazards(tally: Tally, day: int) -> Hazards:
    """The chances as they were known at the end of a day."""
    book = tally.book
    stages = len(book.stages)
    slices = tally.until(day)
    rates = np.full((len(CAUSES), stages, BINS), PACE)
    factors = np.ones((2, 12))
    if slices:
        weights = np.array([0.5 ** ((day - one.last) / HALF_LIFE_DAYS) for one in slices])
        events = np.array([one.events for one in slices])
        risk = np.array([one.risk for one in slices])
        month = months_of_year(np.array([one.first for one in slices]))
        for _round in range(3):
            for cause in range(len(CAUSES)):
                expected = risk * (factors[cause, month][:, None, None] if cause < 2 else 1.0)
                rates[cause] = shrunk(
                    np.einsum("m,msb->sb", weights, events[:, cause]),
                    np.einsum("m,msb->sb", weights, expected),
                )
            factors = month_factors(slices, rates[:2])
    to = _moves(book, day)
    rates[CAUSES.index(MOVED)] *= to.sum(axis=1, keepdims=True) > 0  # nobody moves where nobody ever did
    scale = np.maximum(rates.sum(axis=0), 1.0)  # chances of a day never add to more than one
    won, lost, moved = rates / scale
    return Hazards(won, lost, moved, to, _beginnings(book, day), factors)


def shrunk(events: Numbers, risk: Numbers) -> Numbers:
    """Rates by stage and bin, drawn towards neighbouring bins, these to the stage, this to all deals.

    >>> shrunk(np.array([[0.0, 4.0]]), np.array([[10.0, 100.0]])).round(3).tolist()
    [[0.034, 0.034]]
    """
    total = (float(events.sum()) + 1.0) / (float(risk.sum()) + 1 / PACE)
    above = np.full(events.shape[0], total)
    in_stage, at_risk = events.sum(axis=1), risk.sum(axis=1)
    if events.shape[0] > 1:
        strength = _strength(in_stage, at_risk, above)
        above = (in_stage + strength) / (at_risk + strength / total)
    events, risk = _old_together(events, risk)
    near = NEAR ** np.abs(np.subtract.outer(np.arange(events.shape[1]), np.arange(events.shape[1])))
    wide = (events @ near + SLIGHT) / (risk @ near + SLIGHT / above[:, None])
    strength = _strength(events, risk, wide)
    return np.asarray((events + strength) / (risk + strength / wide), dtype=np.float64)


def _old_together(events: Numbers, risk: Numbers) -> tuple[Numbers, Numbers]:
    """The highest ages of a stage, where hardly anything happens any more, as one."""
    beyond = np.cumsum(events[:, ::-1], axis=1)[:, ::-1]
    old = beyond < OLD_EVENTS
    together = [(old * one).sum(axis=1, keepdims=True) for one in (events, risk)]
    return np.where(old, together[0], events), np.where(old, together[1], risk)


def _strength(events: Numbers, risk: Numbers, above: Numbers) -> float:
    """How many events the level above counts for: few where the cells differ by more than chance."""
    expected = above * risk
    seen = expected > 0
    if seen.sum() < 2:
        return FEWEST
    # events of a cell: mean e, variance e + e^2 / strength (a gamma-mixed Poisson)
    beyond = float((((events - expected) ** 2)[seen] - expected[seen]).sum())
    square = float((expected[seen] ** 2).sum())
    return float(np.clip(square / beyond, FEWEST, MOST)) if beyond > 0 else MOST


def _moves(book: Book, day: int) -> Numbers:
    """Where deals go that leave a stage undecided, by stage."""
    stages = len(book.stages)
    spells = book.spells
    rows = (spells.end == MOVED) & (spells.last <= day)
    counts = np.zeros((stages, stages))
    np.add.at(counts, (spells.stage[rows], spells.to[rows]), 1.0)
    total = counts.sum(axis=1, keepdims=True)
    found: Numbers = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    return found


def _beginnings(book: Book, day: int, recent: int = 180) -> Numbers:
    """In which stage new deals begin, as those of the last half year did (or the last hundred)."""
    spells = book.spells
    begun = np.nonzero((spells.age == 0) & (spells.first <= day))[0]
    lately = begun[spells.first[begun] > day - recent]
    if lately.size < 30:
        lately = begun[np.argsort(spells.first[begun], kind="stable")][-100:]
    stages = len(book.stages)
    if not lately.size:
        return np.full(stages, 1.0 / stages)
    counts: Whole = np.bincount(spells.stage[lately], minlength=stages)
    return np.asarray(counts / counts.sum(), dtype=np.float64)


def _month(day: int) -> date:
    return month_of(day_at(day))
