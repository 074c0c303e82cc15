"""The open deals of a view judged: chances set right, stated odds where little is known, sums by period."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from einklang.engine.pipeline.arrays import Numbers, Whole
from einklang.engine.pipeline.book import Book
from einklang.engine.pipeline.calibrate import Calibration
from einklang.engine.pipeline.draws import DRAWS, Coming, Drawn, drawn
from einklang.engine.pipeline.rates import STRENGTH, overall, past_stays
from einklang.engine.pipeline.replays import ENOUGH_WON, View
from einklang.engine.pipeline.shock import Shock

UNSURE_OF_DAY = 0.5  # spread of the logarithm of the days to a stated day


@dataclass(frozen=True, slots=True)
class Judged:
    """The open deals of a view with all that was learned applied: chances by period, later, lost."""

    won: Numbers
    later: Numbers
    lost: Numbers

    @property
    def chance(self) -> Numbers:
        """Won within the periods or the year after."""
        return np.asarray(np.minimum(self.won.sum(axis=1) + self.later, 1.0))


@dataclass(frozen=True, slots=True)
class Summed:
    """A view's periods put together: chances by deal, wins of new deals, money of both, the factors used."""

    won: Numbers
    new: Numbers
    from_open: Numbers
    from_new: Numbers
    factors: Numbers


def judge(book: Book, seen: View, learned: Calibration, odds: pl.DataFrame) -> Judged:
    """The chances of a view, set right by earlier days and, where little is known, by the stated odds."""
    won, later, lost = learned.applied(seen.won, seen.later, seen.lost, seen.deal)
    chance = won.sum(axis=1) + later
    stays = past_stays(book, seen.day)
    count = np.bincount(stays.stage, minlength=len(book.stages))[seen.stage]
    sure = count / (count + STRENGTH)
    wanted = sure * chance + (1 - sure) * _stated(book, seen, odds)
    scale = wanted / np.maximum(chance, 1e-12)
    won, later = won * scale[:, None], later * scale
    if book.won[book.decided_at(seen.day)].sum() < ENOUGH_WON:
        won, later = _by_stated_day(book, seen, won, later)
    return Judged(won, later, np.clip(lost, 0.0, np.maximum(1 - won.sum(axis=1), 0.0)))


def total(seen: View, judged: Judged, shared: Shock, starts: Whole) -> Summed:
    """Periods put together from ``starts``, their sums drawn towards the record of bookings."""
    won = np.add.reduceat(judged.won, starts, axis=1)
    new = np.add.reduceat(seen.new_wins(), starts)
    worth = seen.worth()[:, None]
    money = (won * worth).sum(axis=0) + new * seen.inflow.mean
    factors = shared.factors(money, np.add.reduceat(seen.record, starts))
    won = won * factors
    won = won / np.maximum(won.sum(axis=1, keepdims=True), 1.0)
    return Summed(won, new * factors, (won * worth).sum(axis=0), new * factors * seen.inflow.mean, factors)


def draw(seen: View, summed: Summed, shared: Shock, seed: int, draws: int = DRAWS) -> Drawn:
    """Drawn courses of a view's periods."""
    inflow = seen.inflow
    coming = Coming(summed.new, inflow.mean, inflow.square, inflow.variance * shared.stretch)
    return drawn(summed.won, seen.worth(), seen.values.spread[seen.deal], coming, shared, seed, draws)


def _stated(book: Book, seen: View, odds: pl.DataFrame) -> Numbers:
    """The chance by deal before its own history speaks: the odds of its stage, else the share won overall."""
    said = dict(odds.iter_rows())
    above = overall(book, seen.day)
    return np.array([said.get(name, above) for name in book.stages])[seen.stage]


def _by_stated_day(book: Book, seen: View, won: Numbers, later: Numbers) -> tuple[Numbers, Numbers]:
    """With hardly a won deal to learn from, a deal closes about the day its seller expects."""
    from scipy.special import ndtr

    if "expected_on" not in book.table.columns:
        return won, later
    expected = book.table["expected_on"].to_physical().cast(pl.Float64).fill_null(np.nan).to_numpy()
    wait = np.maximum(expected[seen.deal] - seen.day, 1.0)
    ahead = np.log(seen.ends[None, :] + 0.5) - np.log(wait)[:, None]
    reached = ndtr(ahead / UNSURE_OF_DAY)
    chance = won.sum(axis=1) + later
    by_day = np.diff(reached, axis=1, prepend=0.0) * chance[:, None]
    has = np.isfinite(wait)
    return np.where(has[:, None], by_day, won), np.where(has, chance * (1 - reached[:, -1]), later)
