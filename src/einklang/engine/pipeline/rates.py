"""Plain rates: the roll-up by stated odds, and how often deals of a stage were won so far.

    chance of a stage = (wins + k * odds) / (decided deals + k)        k = 10 deals

So three lucky deals do not make 100 %, and a company without history gets its own odds back, with a
range that says how little is known. Where no odds are stated, all decided deals take their place.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.pipeline.arrays import Flags, Numbers, Whole
from einklang.engine.pipeline.book import Book, book_of, day_number
from einklang.engine.pipeline.frames import ODDS, checked, checked_odds, checked_visits

STRENGTH = 10.0  # how many deals the level above counts for


def weighted(deals: pl.DataFrame, odds: pl.DataFrame) -> pl.DataFrame:
    """The plain roll-up: amount × odds of the stage, by the month a deal is expected.

    >>> deals = pl.DataFrame({"stage": ["present", "close"], "amount": [1000.0, 500.0],
    ...                       "expected_on": [date(2014, 6, 3), date(2014, 6, 20)]})
    >>> odds = pl.DataFrame({"stage": ["present", "close"], "odds": [0.4, 0.8]})
    >>> weighted(deals, odds).row(0)
    (datetime.date(2014, 6, 1), 2, 1500.0, 800.0)
    """
    table = deals.join(ODDS.check(odds), on="stage", how="left", validate="m:1")
    unknown = table.filter(pl.col("odds").is_null())
    if unknown.height:
        raise Impossible(f"There are no odds for the stage {unknown['stage'][0]!r}.")
    return (
        table.group_by(pl.col("expected_on").dt.truncate("1mo").alias("period"))
        .agg(
            pl.len().cast(pl.Int64).alias("deals"),
            pl.col("amount").sum(),
            (pl.col("amount") * pl.col("odds")).sum().alias("weighted"),
        )
        .sort("period", nulls_last=True)
    )


def base_rates(
    deals: pl.DataFrame, visits: pl.DataFrame | None, odds: pl.DataFrame | None, as_of: date
) -> pl.DataFrame:
    """How often deals that came to a stage were won, and how long that took from there.

    Columns: stage, decided, won, chance (smoothed), lo-80, hi-80, odds (as stated; blank: none), days
    (median from coming into the stage to being won; blank where none was won). Without ``visits`` there
    is one row, with an empty stage: all deals.
    """
    stated = checked_odds(odds)
    way = checked_visits(visits)
    return stage_rates(book_of(checked(deals), way, stated), stated, day_number(as_of))


def stage_rates(book: Book, odds: pl.DataFrame, day: int) -> pl.DataFrame:
    """The same of a book of deals."""
    said = dict(odds.iter_rows())
    stays = past_stays(book, day)
    above = overall(book, day)
    rows = []
    for at, stage in enumerate(book.stages):
        here = stays.stage == at
        days = stays.to_close[here & stays.won]
        won, count = int((here & stays.won).sum()), int(here.sum())
        chance = (won + STRENGTH * said.get(stage, above)) / (count + STRENGTH)
        low, high = chance_range(np.array([chance]), np.array([count + STRENGTH]))
        middle = float(np.median(days)) if days.size else None
        rows.append((stage, count, won, chance, low[0], high[0], said.get(stage), middle))
    names = ["stage", "decided", "won", "chance", "lo-80", "hi-80", "odds", "days"]
    whole = {"stage": pl.String, "decided": pl.Int64, "won": pl.Int64}
    schema = {name: whole.get(name, pl.Float64) for name in names}
    return pl.DataFrame(rows, schema=schema, orient="row")


def overall(book: Book, day: int) -> float:
    """The share won of all decided deals; without any it is even.

    One won and one lost deal are added, so that no record of a few deals is a certainty.
    """
    decided = book.decided_at(day)
    return float((book.won[decided].sum() + 1) / (decided.size + 2))


@dataclass(frozen=True, slots=True)
class Stays:
    """Stays in a stage of deals that are decided by now: how long, how long to the end, and won or not."""

    stage: Whole
    days: Whole
    to_close: Whole
    won: Flags

    def as_long(self, stage: Whole, age: Whole) -> tuple[Whole, Whole]:
        """For deals in a stage since ``age`` days: the stays that lasted as long, and those won."""
        count, won = np.zeros(stage.size, dtype=np.int64), np.zeros(stage.size, dtype=np.int64)
        for at in np.unique(stage):
            mine, here = stage == at, self.stage == at
            for target, rows in ((count, here), (won, here & self.won)):
                days = np.sort(self.days[rows])
                target[mine] = days.size - np.searchsorted(days, age[mine], side="left")
        return count, won


def past_stays(book: Book, day: int) -> Stays:
    """Every stay in a stage of a deal decided by the end of a day."""
    spells = book.spells
    rows = np.nonzero(book.closed[spells.deal] <= day)[0]
    entered = spells.first[rows] - spells.age[rows]
    closed = book.closed[spells.deal[rows]]
    return Stays(
        spells.stage[rows], spells.last[rows] - entered, closed - entered, book.won[spells.deal[rows]]
    )


def chance_range(chance: Numbers, sure: Numbers) -> tuple[Numbers, Numbers]:
    """The 80 % range of what is known about a chance that rests on ``sure`` deals."""
    from scipy.special import betaincinv

    # a chance of 0 or 1 keeps a trace of doubt
    shape = np.maximum(chance * sure, 1e-6), np.maximum((1 - chance) * sure, 1e-6)
    return betaincinv(*shape, 0.1), betaincinv(*shape, 0.9)
