"""The deals as arrays: who was where from when to when, so that any earlier day can be seen as it was."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from einklang.engine.pipeline.arrays import Flags, Numbers, Whole
from einklang.engine.pipeline.leaks import leaks

EPOCH = date(1970, 1, 1)
FAR = 10**7  # a day that has not come
STILL, WON, LOST, MOVED = range(4)
NO_STAGE = ""


@dataclass(frozen=True, slots=True)
class Spells:
    """Stays in a stage: the days on which something could happen (``first`` to ``last``), and what did.

    ``age`` is the age in the stage on the first of these days: 0 for a deal made that day, 1 for one
    that came into the stage the day before.
    """

    deal: Whole
    stage: Whole
    first: Whole
    last: Whole
    age: Whole
    end: Whole
    to: Whole


@dataclass(frozen=True, slots=True)
class Book:
    """All deals. Days count from 1970; what has not happened is ``FAR``; unknown money is NaN."""

    table: pl.DataFrame
    stages: list[str]
    spells: Spells
    created: Whole
    closed: Whole
    won: Flags
    amount: Numbers
    stated: Numbers
    product: Whole
    segment: Whole

    def open_at(self, day: int) -> Whole:
        """The deals that were open at the end of a day."""
        found: Whole = np.nonzero((self.created <= day) & (self.closed > day))[0]
        return found

    def decided_at(self, day: int) -> Whole:
        """The deals decided by the end of a day."""
        found: Whole = np.nonzero(self.closed <= day)[0]
        return found

    def standing(self, day: int) -> tuple[Whole, Whole, Whole]:
        """Of the deals open at the end of a day: the deal, its stage, and its age in it the day after."""
        spells = self.spells
        here = np.nonzero((spells.first <= day) & (spells.last > day))[0]
        moved = np.nonzero((spells.first == day + 1) & (spells.age == 1))[0]
        rows = np.concatenate([here, moved])
        rows = rows[np.argsort(spells.deal[rows], kind="stable")]
        return spells.deal[rows], spells.stage[rows], spells.age[rows] + day + 1 - spells.first[rows]

    def booked(self, after: int, until: int) -> float:
        """Money won after one day and until another."""
        rows = self.won & (self.closed > after) & (self.closed <= until)
        return float(np.nansum(self.amount[rows]))


def day_number(day: date) -> int:
    """A day as a number.

    >>> day_number(date(1970, 1, 2))
    1
    """
    return day.toordinal() - EPOCH.toordinal()


def day_at(number: int) -> date:
    """A number as a day.

    >>> day_at(1)
    datetime.date(1970, 1, 2)
    """
    return EPOCH + timedelta(days=int(number))


def months_of_year(numbers: Whole) -> Whole:
    """The month of the year in which each day lies, January being 0.

    >>> months_of_year(np.array([0, 31, 364]))
    array([ 0,  1, 11])
    """
    return np.asarray(numbers, dtype="datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12


def book_of(deals: pl.DataFrame, visits: pl.DataFrame, odds: pl.DataFrame) -> Book:
    """Checked tables as arrays; the stages in the order of the odds, then as they appear."""
    numbered = deals.with_row_index("row")
    way = _way(numbered, visits)
    stages = list(dict.fromkeys([*(odds["stage"] if visits.height else ()), *way["stage"]])) or [NO_STAGE]
    place = {name: at for at, name in enumerate(stages)}
    closed = _days(deals["closed_on"])
    amount = deals["amount"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    stated = known_amounts(deals).fill_null(np.nan).to_numpy()
    return Book(
        deals,
        stages,
        _spells(way, place, closed, (deals["outcome"] == "won").to_numpy()),
        _days(deals["created_on"]),
        closed,
        (deals["outcome"] == "won").to_numpy(),
        amount,
        stated,
        _codes(deals, "product"),
        _codes(deals, "segment"),
    )


def known_amounts(deals: pl.DataFrame) -> pl.Series:
    """What is known of each deal's amount while it is open.

    That is ``stated``; without it, the amount itself, unless it gives the outcome away (lost deals are set
    to nothing, say): then nothing is known of deals that are decided.
    """
    if "stated" in deals.columns:
        return deals["stated"].cast(pl.Float64)
    amount = deals["amount"].cast(pl.Float64)
    if leaks(deals, features=["amount"])["alarm"][0] == "":
        return amount
    return deals.select(pl.when(pl.col("outcome") == "open").then(amount).alias("stated")).to_series()


def _way(deals: pl.DataFrame, visits: pl.DataFrame) -> pl.DataFrame:
    """Each deal's stages, one a day at most, beginning with its first day and ending before it closed."""
    first = deals.select("row", "deal", "created_on", "closed_on")
    way = visits.select("deal", "stage", "entered_on").join(first, on="deal")
    way = (
        way.sort("row", "entered_on", maintain_order=True)
        .with_columns(pl.max_horizontal("entered_on", "created_on").alias("entered_on"))
        .filter(
            pl.col("closed_on").is_null()
            | (pl.col("entered_on") < pl.col("closed_on"))
            | (pl.col("row").is_first_distinct() & (pl.col("entered_on") == pl.col("closed_on")))
        )
        .unique(["row", "entered_on"], keep="last", maintain_order=True)
        .filter((pl.col("stage") != pl.col("stage").shift(1).over("row")).fill_null(True))
        .with_columns(
            pl.when(pl.col("row").is_first_distinct())
            .then("created_on")
            .otherwise("entered_on")
            .alias("entered_on")
        )
        .select("row", "stage", "entered_on")
    )
    bare = deals.filter(~pl.col("row").is_in(way["row"].unique().to_list()))
    bare = bare.select("row", pl.lit(NO_STAGE).alias("stage"), pl.col("created_on").alias("entered_on"))
    return pl.concat([way, bare]).sort("row", "entered_on", maintain_order=True)


def _spells(way: pl.DataFrame, place: dict[str, int], closed: Whole, won: Flags) -> Spells:
    deal = way["row"].cast(pl.Int64).to_numpy()
    stage = np.array([place[name] for name in way["stage"]], dtype=np.int64)
    entered = _days(way["entered_on"])
    starts = np.append(True, deal[1:] != deal[:-1]) if deal.size else np.zeros(0, bool)
    ends = np.append(deal[1:] != deal[:-1], True) if deal.size else np.zeros(0, bool)
    following = np.append(entered[1:], FAR) if deal.size else entered
    last = np.where(ends, closed[deal], following)
    result = np.where(closed[deal] >= FAR, STILL, np.where(won[deal], WON, LOST))
    return Spells(
        deal,
        stage,
        np.where(starts, entered, entered + 1),
        last,
        np.where(starts, 0, 1).astype(np.int64),
        np.where(ends, result, MOVED).astype(np.int64),
        np.where(ends, -1, np.append(stage[1:], -1) if deal.size else stage),
    )


def _days(values: pl.Series) -> Whole:
    found: Whole = values.to_physical().cast(pl.Int64).fill_null(FAR).to_numpy()
    return found


def _codes(deals: pl.DataFrame, name: str) -> Whole:
    """A column of names as numbers from 0; a blank is a name of its own."""
    if name not in deals.columns:
        return np.zeros(deals.height, dtype=np.int64)
    codes: Whole = (deals[name].fill_null("").rank("dense").cast(pl.Int64) - 1).to_numpy()
    return codes
