"""How good the outlook would have been: looked at from earlier days, with only what was known then."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.pipeline.arrays import Numbers
from einklang.engine.pipeline.book import FAR, Book, book_of, day_at, day_number
from einklang.engine.pipeline.calibrate import calibration
from einklang.engine.pipeline.frames import checked, checked_odds, checked_visits
from einklang.engine.pipeline.hazards import Tally
from einklang.engine.pipeline.judge import draw, judge, total
from einklang.engine.pipeline.measures import brier, brier_skill, calibration_error, crps, log_loss
from einklang.engine.pipeline.rates import STRENGTH, overall, past_stays
from einklang.engine.pipeline.replays import ENOUGH_DECIDED, WARM_UP_DAYS, Past, View, view
from einklang.engine.pipeline.shock import shock

DRAWS = 1500
SCHEMA = {
    "as_of": pl.Date,
    "days": pl.Int64,
    "open_deals": pl.Int64,
    "actual": pl.Float64,
    "mean": pl.Float64,
    "lo-80": pl.Float64,
    "hi-80": pl.Float64,
    "lo-90": pl.Float64,
    "hi-90": pl.Float64,
    "covered-80": pl.Boolean,
    "covered-90": pl.Boolean,
    "crps": pl.Float64,
    "roll_up": pl.Float64,
    "last_period": pl.Float64,
    "brier": pl.Float64,
    "brier_skill": pl.Float64,
    "log_loss": pl.Float64,
    "ece": pl.Float64,
}


@dataclass(frozen=True, slots=True)
class Backtest:
    """A row for each earlier day and number of days ahead, and the same summed up by days ahead."""

    table: pl.DataFrame
    summary: pl.DataFrame


def backtest(
    deals: pl.DataFrame,
    visits: pl.DataFrame | None,
    odds: pl.DataFrame | None,
    *,
    until: date,
    since: date | None = None,
    every: int = 30,
    horizons: tuple[int, ...] = (30, 60),
    seed: int = 1,
) -> Backtest:
    """Money won in the days after each of several earlier days: what came, and what would have been said.

    Days begin at ``since`` (by default as soon as 30 deals are decided, the first of them 60 days ago) and
    are ``every`` days apart, as long as what came is known by ``until``. Beside it the roll-up (value of
    open deals × chance of their stage) and the last period (what the same number of days before brought).
    ``error`` in the summary is the mean of |said / came - 1|; CRPS is in shares of what came. Money that is
    only known at a deal's end must not stand in ``stated`` (or, without it, in ``amount``): see ``leaks``.
    """
    way, stated = checked_visits(visits), checked_odds(odds)
    book = book_of(checked(deals, way).sort("deal"), way, stated)
    tally = Tally(book)
    past = Past(book, tally)
    ends = np.array(sorted(set(horizons)))
    if not ends.size or ends[0] < 1 or every < 1:
        raise Impossible("A backtest looks at least one day ahead, and steps by at least one day.")
    first, last = _first(book) if since is None else day_number(since), day_number(until)
    rows: list[tuple[Any, ...]] = []
    for day in range(first, last - int(ends[0]) + 1, every):
        known = past.until(day)
        seen = view(book, tally, day, ends)
        learned, shared = calibration(known, book.table, ()), shock(known, day)
        judged = judge(book, seen, learned, stated)
        summed = total(seen, judged, shared, np.arange(ends.size))
        mean = summed.from_open + summed.from_new
        courses = draw(seen, summed, shared, seed, DRAWS).total.cumsum(axis=1)
        rolled = _roll_up(book, seen, stated)
        for at, end in enumerate(ends):
            if day + end > last:
                continue
            said = float(mean[: at + 1].sum())
            facts = _row(book, day, int(end), said, courses[:, at], rolled)
            chances = judged.won[:, : at + 1].sum(axis=1)
            rows.append((*facts, *_chances(book, seen, int(end), chances)))
    found = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return Backtest(found, _summary(found))


def _row(book: Book, day: int, days: int, said: float, courses: Numbers, rolled: float) -> tuple[Any, ...]:
    came = book.booked(day, day + days)
    low80, high80, low90, high90 = (float(one) for one in np.quantile(courses, [0.1, 0.9, 0.05, 0.95]))
    return (
        day_at(day),
        days,
        int(book.open_at(day).size),
        came,
        said,
        low80,
        high80,
        low90,
        high90,
        low80 <= came <= high80,
        low90 <= came <= high90,
        crps(courses, came),
        rolled,
        book.booked(day - days, day),
    )


def _chances(book: Book, seen: View, days: int, said: Numbers) -> tuple[float | None, ...]:
    """Of the open deals: Brier, its skill over one chance for all (that of late), log loss, ECE."""
    if not said.size:
        return (None,) * 4
    came = (book.won[seen.deal] & (book.closed[seen.deal] <= seen.day + days)).astype(float)
    base = np.full(came.size, _lately(book, seen.day, days))
    return (
        brier(said, came),
        brier_skill(said, came, base),
        log_loss(said, came),
        calibration_error(said, came),
    )


def _lately(book: Book, day: int, days: int) -> float:
    """The share of the deals open as many days ago that were won since: one chance for all."""
    then = book.open_at(day - days)
    won = book.won[then] & (book.closed[then] <= day)
    return float((won.sum() + 1) / (then.size + 10))


def _roll_up(book: Book, seen: View, odds: pl.DataFrame) -> float:
    """The usual roll-up: the value of everything open × the chance of its stage, whenever that may be."""
    said = dict(odds.iter_rows())
    stays = past_stays(book, seen.day)
    above = overall(book, seen.day)
    stages = len(book.stages)
    count = np.bincount(stays.stage, minlength=stages)
    won = np.bincount(stays.stage[stays.won], minlength=stages)
    before = np.array([said.get(name, above) for name in book.stages])
    chance = (won + STRENGTH * before) / (count + STRENGTH)
    return float((seen.worth() * chance[seen.stage]).sum())


def _first(book: Book) -> int:
    """The first day on which enough deals were decided for long enough; far away where there never were."""
    closed = np.sort(book.closed[book.closed < FAR])
    if closed.size < ENOUGH_DECIDED:
        return FAR
    return max(int(closed[ENOUGH_DECIDED - 1]), int(closed[0]) + WARM_UP_DAYS)


def _summary(table: pl.DataFrame) -> pl.DataFrame:
    """By days ahead: views, mean errors of three ways, bias, CRPS, coverage, measures of the chances."""
    some = table.filter(pl.col("actual") > 0)

    def error(name: str) -> pl.Expr:
        return (pl.col(name) / pl.col("actual") - 1).abs().mean()

    return (
        some.group_by("days")
        .agg(
            pl.len().cast(pl.Int64).alias("views"),
            error("mean").alias("error"),
            error("roll_up").alias("error_roll_up"),
            error("last_period").alias("error_last_period"),
            ((pl.col("mean") - pl.col("actual")).sum() / pl.col("actual").sum()).alias("bias"),
            (pl.col("crps") / pl.col("actual")).mean().alias("crps"),
            pl.col("covered-80").mean(),
            pl.col("covered-90").mean(),
            pl.col("brier", "brier_skill", "log_loss", "ece").mean(),
        )
        .sort("days")
    )
