"""From the chances of a day to the chances of a year: when a deal in a given place is won or lost.

    F_t[stage, age] = won_t + moved * F_t+1[next stage, 1]
                      + (1 - won_t - lost_t - moved) * F_t+1[stage, age + 1]

worked out from the last day back to the first, for every stage and age at once: exact, nothing is drawn.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from einklang.engine.pipeline.book import Numbers, Whole
from einklang.engine.pipeline.hazards import BIN_OF_AGE, EPOCH, OLDEST, Hazards

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


def courses(hazards: Hazards, day: int, ends: Whole, beyond: int = LATER_DAYS) -> Courses:
    """What becomes of deals after a day: ``ends`` are the last days of the periods, counted from it.

    What is won later than ``beyond`` days after the last of them is left out.
    """
    won, lost, moved = (rate[:, BIN_OF_AGE] for rate in (hazards.won, hazards.lost, hazards.moved))
    periods, length = len(ends), int(ends[-1])
    factors = _factors(hazards, day, length)
    period = np.searchsorted(ends, np.arange(1, length + 1))
    stages = won.shape[0]
    value = np.zeros((stages, OLDEST + 1, periods + 2))
    value[..., periods] = in_time(won, lost, moved, hazards.to, beyond)
    new = np.zeros((length, periods + 2))
    for step in range(length - 1, -1, -1):
        today_won = np.minimum(won * factors[0, step], 1.0)
        today_lost = np.minimum(lost * factors[1, step], 1.0 - today_won)
        today_moved = np.minimum(moved, 1.0 - today_won - today_lost)
        stay = 1.0 - today_won - today_lost - today_moved
        arrive = hazards.to @ value[:, 1, :]
        older = np.concatenate([value[:, 1:], value[:, -1:]], axis=1)
        value = stay[..., None] * older + today_moved[..., None] * arrive[:, None, :]
        value[..., period[step]] += today_won
        value[..., periods + 1] += today_lost
        new[step] = hazards.begins @ value[:, 0, :]
    return Courses(value[..., :periods], value[..., periods], value[..., periods + 1], new)


def in_time(won: Numbers, lost: Numbers, moved: Numbers, to: Numbers, days: int) -> Numbers:
    """The chance of being won within so many days, by stage and age, without the calendar."""
    found = np.zeros_like(won)
    stay = np.maximum(1 - won - lost - moved, 0.0)
    for _day in range(days):
        older = np.concatenate([found[:, 1:], found[:, -1:]], axis=1)
        found = won + moved * (to @ found[:, 1])[:, None] + stay * older
    return found


def _factors(hazards: Hazards, day: int, length: int) -> Numbers:
    """The calendar's factors on each day ahead."""
    months = [(EPOCH + timedelta(days=day + ahead)).month - 1 for ahead in range(1, length + 1)]
    return np.asarray(hazards.calendar[:, months], dtype=np.float64)
