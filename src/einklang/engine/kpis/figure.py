"""What every KPI answers with: a value and the two numbers it is made of, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.periods import add_months, month_end, month_of, month_range, months_between, parse_month


class WhyNot(StrEnum):
    """Why a figure has no value."""

    NO_RECORDS = "There is no record of this kind in the period."
    ZERO = "There is nothing to divide by."
    NOT_YET = "More than half of the records are still waiting."
    TOO_FEW = "There are too few records for this method."
    NO_PATTERN = "The records follow no pattern that could be extended."
    NO_AMOUNT = "No record carries an amount."
    NO_COST = "No cost is on record."
    NO_CLOSED = "Nothing was won in the window, so there is no value and no cycle to multiply by."


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a period, both included, and the day as of which outcomes are known."""

    start: date
    end: date
    as_of: date

    @classmethod
    def read(cls, text: str, as_of: date) -> "Span":
        """A month, a quarter or a year.

        >>> Span.read("2014-05", date(2014, 7, 1)).end, Span.read("2014-Q2", date(2014, 7, 1)).start
        (datetime.date(2014, 5, 31), datetime.date(2014, 4, 1))
        >>> Span.read("2014", date(2014, 7, 1)).months
        12
        """
        text = text.strip().upper()
        if len(text) == 4 and text.isdigit():
            return cls.of_months(parse_month(f"{text}-01"), 12, as_of)
        year, _, quarter = text.partition("-Q")
        if quarter in {"1", "2", "3", "4"}:
            return cls.of_months(parse_month(f"{year}-{int(quarter) * 3 - 2:02d}"), 3, as_of)
        return cls.of_months(parse_month(text), 1, as_of)

    @classmethod
    def of_months(cls, first: date, count: int, as_of: date) -> "Span":
        """``count`` whole months from the month ``first``."""
        if first.year < 1900:
            raise Impossible(f"{first.year} is not a year of business.")
        return cls(first, month_end(add_months(first, count - 1)), as_of)

    @property
    def months(self) -> int:
        """How many months it covers."""
        return months_between(month_of(self.start), month_of(self.end)) + 1

    @property
    def label(self) -> str:
        """As it is read: 2014-05, 2014-Q2 or 2014.

        >>> Span.read("2014-q2", date(2014, 7, 1)).label
        '2014-Q2'
        """
        if self.months == 1:
            return f"{self.start:%Y-%m}"
        return (
            f"{self.start.year}-Q{(self.start.month + 2) // 3}" if self.months == 3 else f"{self.start.year}"
        )

    def back(self, steps: int) -> "Span":
        """The period of the same length that lies ``steps`` of them earlier."""
        return Span.of_months(add_months(self.start, -steps * self.months), self.months, self.as_of)

    def trend(self, count: int = 12) -> list["Span"]:
        """The ``count`` months that end with this period's last one, oldest first."""
        first = add_months(month_of(self.end), 1 - count)
        return [Span.of_months(month, 1, self.as_of) for month in month_range(first, count)]

    def holds(self, column: str) -> pl.Expr:
        """Whether a column's day lies in the period."""
        return pl.col(column).is_between(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Figure:
    """A KPI's value, the numbers behind it, and the records they were counted from.

    ``value`` is blank where it cannot be measured, and then ``why_not`` says why. ``beside`` holds what
    must be read with it: the mean beside a median, the share still open beside a win rate.
    """

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    count: int = 0
    why_not: WhyNot | None = None
    beside: Mapping[str, float | None] = field(default_factory=dict)
    rows: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)

    @property
    def measurable(self) -> bool:
        """Whether there is a value."""
        return self.value is not None


def ratio(numerator: float, denominator: float, rows: pl.DataFrame, **beside: float | None) -> Figure:
    """A share, or why there is none: nothing divided by nothing is not 0 %.

    >>> ratio(24, 800, pl.DataFrame()).value
    0.03
    >>> ratio(0, 0, pl.DataFrame()).why_not.name
    'NO_RECORDS'
    """
    if denominator:
        return Figure(numerator / denominator, numerator, denominator, rows.height, None, beside, rows)
    why = WhyNot.ZERO if rows.height else WhyNot.NO_RECORDS
    return Figure(None, numerator, denominator, rows.height, why, beside, rows)


def share(part: float, whole: float) -> float | None:
    """A share, blank where there is no whole."""
    return part / whole if whole else None


def median(values: pl.Series) -> float | None:
    """The middle value as a number, blank for none."""
    found = values.drop_nulls().median()
    return float(found) if isinstance(found, int | float) else None


def mean(values: pl.Series) -> float | None:
    """The mean as a number, blank for none."""
    found = values.drop_nulls().mean()
    return float(found) if isinstance(found, int | float) else None


def total(rows: pl.DataFrame, column: str) -> float:
    """The sum of a column as a number."""
    return float(rows[column].sum() or 0)
