"""From the chances of a day to the chances of a year: when a deal in a given place is won or lost.

    F_t[stage, age] = won_t + moved * F_t+1[next stage, 1]
                      + (1 - won_t - lost_t - moved) * F_t+1[stage, age + 1]

worked out from the last day back to the first, for every stage and age at once: exact, nothing is drawn.
"""

from dataclasses import dataclass

import numpy as np

from einklang.engine.pipeline.arrays import Numbers, Whole
from einklang.engine.pipeline.book import months_of_year
from einklang.engine.pipeline.hazards import BIN_OF_AGE, OLDEST, Hazards

LATER_DAYS = 365  # what is not won so long after the last period is given up


@dataclass(frozen=True, slots=True)
class Courses:
    """Chances by stage and age: won in each period, won later, lost by the end; and those of new deals.

    ``new`` has a row for each day ahead: the chances of a deal that is created on that day.
    """

    won: Numbers
    later: Numbers
    lost: Numbers
    new: Numbers

    def of(self, stage: Whole, age: Whole) -> tuple[Numbers, Numbers, Numbers]:
        """Won by period, won later and lost by the end, of deals in a stage at an age."""
        at = np.minimum(age, OLDEST)
        return self.won[stage, at], self.later[stage, at], self.lost[stage, at]


@dataclass(frozen=True, slots=True)
class Day:
    """The chances of one day by stage and age: won, lost, moved on."""

    won: Numbers
    lost: Numbers
    moved: Numbers

    @property
    def stay(self) -> Numbers:
        """That nothing happens."""
        return np.asarray(np.maximum(1.0 - self.won - self.lost - self.moved, 0.0), dtype=np.float64)

    def in_month(self, factors: Numbers) -> "Day":
        """The same with a month's factors on being won and lost; together never more than one."""
        won = np.minimum(self.won * factors[0], 1.0)
        lost = np.minimum(self.lost * factors[1], 1.0 - won)
        return Day(won, lost, np.minimum(self.moved, 1.0 - won - lost))


def courses(hazards: Hazards, day: int, ends: Whole, beyond: int = LATER_DAYS) -> Courses:
    """What becomes of deals after a day: ``ends`` are the last days of the periods, counted from it.

    What is won later than ``beyond`` days after the last of them is left out.
    """
    usual = Day(hazards.won[:, BIN_OF_AGE], hazards.lost[:, BIN_OF_AGE], hazards.moved[:, BIN_OF_AGE])
    periods, length = len(ends), int(ends[-1])
    period = np.searchsorted(ends, np.arange(1, length + 1))
    months = months_of_year(day + np.arange(1, length + 1)).tolist()
    chances = {month: usual.in_month(hazards.calendar[:, month]) for month in set(months)}
    value = np.zeros((periods + 2, *usual.won.shape))  # won in each period, won later, lost
    value[periods] = in_time(usual, hazards.to, beyond)
    before = np.empty_like(value)
    new = np.zeros((length, periods + 2))
    stays = {month: today.stay for month, today in chances.items()}
    for step in range(length - 1, -1, -1):
        today, stay = chances[months[step]], stays[months[step]]
        arrive = value[:, :, 1] @ hazards.to.T
        np.multiply(value[:, :, 1:], stay[:, :-1], out=before[:, :, :-1])
        np.multiply(value[:, :, -1], stay[:, -1], out=before[:, :, -1])
        if arrive.any():
            before += today.moved * arrive[:, :, None]
        before[period[step]] += today.won
        before[periods + 1] += today.lost
        value, before = before, value
        new[step] = value[:, :, 0] @ hazards.begins
    return Courses(np.moveaxis(value[:periods], 0, 2), value[periods], value[periods + 1], new)


def in_time(usual: Day, to: Numbers, days: int) -> Numbers:
    """The chance of being won within so many days, by stage and age, without the calendar."""
    found = np.zeros_like(usual.won)
    stay = usual.stay
    for _day in range(days):
        older = np.concatenate([found[:, 1:], found[:, -1:]], axis=1)
        found = usual.won + usual.moved * (to @ found[:, 1])[:, None] + stay * older
    return found
