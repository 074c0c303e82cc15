"""What the open pipeline is worth: how likely each deal is won, when, for how much, and the sum by month."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.periods import add_months, month_of, month_range
from einklang.engine.pipeline.arrays import Numbers, Whole
from einklang.engine.pipeline.book import Book, book_of, day_number
from einklang.engine.pipeline.calibrate import Calibration, calibration
from einklang.engine.pipeline.draws import Drawn
from einklang.engine.pipeline.frames import checked, checked_odds, checked_visits
from einklang.engine.pipeline.hazards import Tally
from einklang.engine.pipeline.items import item_demand, no_items
from einklang.engine.pipeline.judge import Judged, Summed, draw, judge, total
from einklang.engine.pipeline.leaks import leaks
from einklang.engine.pipeline.rates import STRENGTH, chance_range, past_stays, stage_rates
from einklang.engine.pipeline.replays import ENOUGH_DECIDED, ENOUGH_WON, Past, Replay, View, view
from einklang.engine.pipeline.said import calibration_table, sentence_about
from einklang.engine.pipeline.shock import Shock, shock

FINE_WEEKS = 26  # so far ahead the day a deal is won is told by week
STAGE_DECIDED = 10


@dataclass(frozen=True, slots=True)
class Known:
    """On what an outlook rests.

    ``shock`` is the spread (log) that all deals of a month share, ``level`` what earlier views multiply
    sums by, ``trust`` the share that the record of bookings has in them; ``replays`` counts earlier
    views, ``periods`` the months that are independent among them.
    """

    basis: str
    sentence: str
    decided: int
    won: int
    shock: float
    level: float
    trust: float
    replays: int
    periods: float
    calibrated: bool


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Open deals with their chances, months with what they bring, items, and on what it all rests.

    ``calibration`` holds chances said on earlier days beside what came. ``won`` (by deal and month),
    ``drawn`` and ``past_deals`` are what ``item_demand`` works with.
    """

    deals: pl.DataFrame
    months: pl.DataFrame
    stages: pl.DataFrame
    calibration: pl.DataFrame
    known: Known
    as_of: date
    won: Numbers = field(repr=False)  # by deal and month
    drawn: Drawn = field(repr=False)
    past_deals: pl.DataFrame = field(repr=False)
    items: pl.DataFrame = field(default_factory=no_items)


def outlook(
    deals: pl.DataFrame,
    visits: pl.DataFrame | None,
    odds: pl.DataFrame | None,
    as_of: date,
    *,
    lines: pl.DataFrame | None = None,
    history: pl.DataFrame | None = None,
    horizon: int = 12,
    seed: int = 1,
    features: Sequence[str] = (),
) -> Pipeline:
    """Chance, timing and value of every open deal, and by month what they and new deals bring, with ranges.

    Frames DEALS, VISITS (each deal's way through the stages; without it a deal is judged by its age),
    ODDS (as the company states them; may be missing), LINES and ``history`` for the items (see
    ``item_demand``). Months begin with that of the day after ``as_of``. ``features`` name columns of the
    deals that may set chances right; one that gives the outcome away (``leaks``) is refused. ``seed`` makes
    the drawn ranges repeatable.

    The columns won, lost and open of a deal are its chances within the horizon, together 1; ``chance`` is
    that of being won within it or the year after. ``likely_on`` is blank where that is later.
    """
    way, stated = checked_visits(visits), checked_odds(odds)
    table = checked(deals, way).sort("deal")  # whatever order they come in, the answer is the same
    _no_leaks(table, features)
    book, day = book_of(table, way, stated), day_number(as_of)
    tally = Tally(book)
    replays = Past(book, tally).until(day)
    learned, shared = calibration(replays, table, features), shock(replays, day)
    months, ends, starts = _periods(as_of, horizon)
    seen = view(book, tally, day, ends)
    _known_stages(book, seen, stated)
    judged = judge(book, seen, learned, stated)
    summed = total(seen, judged, shared, starts)
    courses = draw(seen, summed, shared, seed)
    known = _known(book, seen, stated, replays, shared, learned)
    found = Pipeline(
        deals=_deals(book, seen, judged, as_of, known),
        months=_months(months, summed, courses),
        stages=stage_rates(book, stated, day),
        calibration=calibration_table(replays),
        known=known,
        as_of=as_of,
        won=summed.won,
        drawn=courses,
        past_deals=table.filter(pl.col("closed_on") <= as_of),
    )
    return found if lines is None else replace(found, items=item_demand(found, lines, history=history))


def _no_leaks(table: pl.DataFrame, features: Sequence[str]) -> None:
    """A feature that gives the outcome away would make every chance look splendid and be wrong."""
    if features:
        alarms = leaks(table, features=features).filter(pl.col("alarm") != "")
        if alarms.height:
            raise Impossible(alarms["sentence"][0])


def _periods(as_of: date, horizon: int) -> tuple[list[date], Whole, Whole]:
    """The months, the last days of the periods they are cut into (days ahead), the first period of each."""
    if horizon < 1:
        raise Impossible("An outlook looks at least one month ahead.")
    months = month_range(month_of(as_of + timedelta(days=1)), horizon)
    month_ends = np.array([(add_months(month, 1) - as_of).days - 1 for month in months])
    ends = np.unique(np.concatenate([month_ends, np.arange(7, min(7 * FINE_WEEKS, month_ends[-1]), 7)]))
    return months, ends, np.searchsorted(ends, np.append(0, month_ends[:-1] + 1))


def _known_stages(book: Book, seen: View, odds: pl.DataFrame) -> None:
    """Where odds are stated, each stage with open deals needs its own."""
    if odds.is_empty():
        return
    stated = set(odds["stage"])
    for at in np.unique(seen.stage):
        if book.stages[at] and book.stages[at] not in stated:
            raise Impossible(f"There are no odds for the stage {book.stages[at]!r}.")


def _known(
    book: Book, seen: View, odds: pl.DataFrame, replays: list[Replay], shared: Shock, learned: Calibration
) -> Known:
    decided = book.decided_at(seen.day)
    won = int(book.won[decided].sum())
    enough = decided.size >= ENOUGH_DECIDED and won >= ENOUGH_WON
    basis = "history" if enough else "base rate" if odds.is_empty() else "stated odds"
    sentence = sentence_about(basis, decided.size, won, len(replays), shared, learned)
    worthless = int(np.isnan(seen.values.mean[seen.deal]).sum())
    if worthless:
        sentence += f" {worthless:,} of {seen.deal.size:,} open deals have no amount and bring no money here."
    return Known(
        basis,
        sentence,
        decided.size,
        won,
        shared.deviation,
        shared.level,
        shared.trust,
        len(replays),
        shared.periods,
        learned.kept,
    )


def _deals(book: Book, seen: View, judged: Judged, as_of: date, known: Known) -> pl.DataFrame:
    """One row a deal."""
    age = seen.age - 1
    count, won = past_stays(book, seen.day).as_long(seen.stage, age)
    low, high = chance_range(judged.chance, count.astype(np.float64) + STRENGTH)
    mean, spread = seen.values.mean[seen.deal], seen.values.spread[seen.deal]
    middle = mean * np.exp(-(spread**2) / 2)
    within = judged.won.sum(axis=1)
    columns = [
        name
        for name in ("deal", "amount", "created_on", "expected_on", "product", "segment")
        if name in book.table.columns
    ]
    table = (
        book.table[seen.deal]
        .select(columns)
        .with_columns(
            pl.Series("amount", book.stated[seen.deal], nan_to_null=True),
            pl.Series("stage", [book.stages[at] for at in seen.stage], dtype=pl.String),
            pl.Series("entered_on", [as_of - timedelta(days=int(days)) for days in age], dtype=pl.Date),
            pl.Series("age_days", age),
            pl.Series("comparable", count),
            pl.Series("comparable_won", won),
            pl.Series("chance", judged.chance),
            pl.Series("lo-80", low),
            pl.Series("hi-80", high),
            pl.Series("likely_on", _likely(seen.ends, judged, as_of), dtype=pl.Date),
            pl.Series("value", mean, nan_to_null=True),
            pl.Series("value-lo-80", middle * np.exp(-1.2816 * spread), nan_to_null=True),
            pl.Series("value-hi-80", middle * np.exp(1.2816 * spread), nan_to_null=True),
            pl.Series("expected", judged.chance * mean, nan_to_null=True),
            pl.Series("basis", _basis(book, seen, known), dtype=pl.String),
            pl.Series("won", within),
            pl.Series("lost", judged.lost),
            pl.Series("open", np.clip(1 - within - judged.lost, 0, 1)),
        )
    )
    first = ["deal", "stage", "entered_on", "age_days"]
    return table.select(*first, pl.exclude(first))


def _basis(book: Book, seen: View, known: Known) -> list[str]:
    """On what each chance rests: its stage's history, that of all deals, stated odds or the base rate."""
    if known.basis != "history":
        return [known.basis] * seen.deal.size
    counts = np.bincount(past_stays(book, seen.day).stage, minlength=len(book.stages))
    words = np.where(counts >= STAGE_DECIDED, "history", "all deals")
    return [str(word) for word in words[seen.stage]]


def _likely(ends: Whole, judged: Judged, as_of: date) -> list[date | None]:
    """The middle of the days on which each deal would be won; none where that lies beyond."""
    reached = np.cumsum(judged.won, axis=1)
    half = judged.chance / 2
    place = (reached < half[:, None]).sum(axis=1)
    days: list[date | None] = []
    for row, at in enumerate(place):
        if at >= len(ends):
            days.append(None)
            continue
        before, start = (reached[row, at - 1], ends[at - 1]) if at else (0.0, 0)
        step = (half[row] - before) / max(reached[row, at] - before, 1e-12)
        days.append(as_of + timedelta(days=int(np.ceil(start + step * (ends[at] - start)))))
    return days


def _months(months: list[date], summed: Summed, courses: Drawn) -> pl.DataFrame:
    """One row a month: exact means, drawn ranges."""
    bounds = np.quantile(courses.total, [0.1, 0.9, 0.05, 0.95], axis=0)
    return pl.DataFrame(
        {
            "period": months,
            "wins": summed.won.sum(axis=0) + summed.new,
            "open": summed.from_open,
            "inflow": summed.from_new,
            "mean": summed.from_open + summed.from_new,
            **dict(zip(("lo-80", "hi-80", "lo-90", "hi-90"), bounds, strict=True)),
            "factor": summed.factors,
        },
        schema_overrides={"period": pl.Date},
    )
