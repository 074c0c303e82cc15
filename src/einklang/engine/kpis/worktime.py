"""Time as it counts for people at work: office hours, working days and holidays of a region."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible

SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Office hours (local time), working days from Monday to Sunday, and the days nobody works."""

    opens: time = time(9)
    closes: time = time(17)
    days: str = "1111100"
    holidays: Sequence[date] = ()

    def __post_init__(self) -> None:
        """Refuse hours that never are."""
        if self.closes <= self.opens or "1" not in self.days or len(self.days) != 7:
            raise Impossible("Office hours must open before they close, on at least one day of seven.")

    @property
    def hours_a_day(self) -> float:
        """The length of a working day."""
        return (_seconds(self.closes) - _seconds(self.opens)) / 3600

    def hours(self, start: pl.Series, end: pl.Series) -> pl.Series:
        """Working hours between two local moments, row by row; blank where one of them is.

        >>> from datetime import datetime
        >>> friday, monday = datetime(2024, 5, 3, 16, 30), datetime(2024, 5, 6, 9, 30)
        >>> WorkingTime().hours(pl.Series([friday]), pl.Series([monday])).to_list()
        [1.0]
        """
        return pl.Series(self._worked(end) - self._worked(start)).fill_nan(None)

    def _worked(self, moments: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Working hours from the beginning of time to each moment."""
        if moments.is_empty():
            return np.zeros(0)
        known = moments.is_not_null().to_numpy()
        at = moments.fill_null(pl.Series([0]).cast(moments.dtype)[0]).cast(pl.Datetime("us")).to_numpy()
        at = at.astype("datetime64[us]")
        day = at.astype("datetime64[D]")
        free = np.array(self.holidays, dtype="datetime64[D]")
        whole = np.busday_count(np.datetime64("1970-01-01"), day, weekmask=self.days, holidays=free)
        since_midnight = (at - day.astype("datetime64[us]")) / np.timedelta64(1, "s")
        worked = np.clip(since_midnight - _seconds(self.opens), 0, self.hours_a_day * 3600) / 3600
        today = np.where(np.is_busday(day, weekmask=self.days, holidays=free), worked, 0.0)
        return np.where(known, whole * self.hours_a_day + today, np.nan)


def _seconds(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second
