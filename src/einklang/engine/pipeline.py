"""What the open pipeline is worth: how likely each deal is won, when, and the sum by month with its range.

    chance of a deal = (wins + k * chance one level up) / (comparable deals + k)        k = 10 deals

Comparable are the decided deals that stayed in the same stage at least as long as this one has. One
level up are all decided deals that came to the stage, above them the odds the company gave the stage.
So three lucky deals do not make 100 %, and a company without history gets its own odds back, with a
range that says how little is known.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.frames import Frame, day, number, text
from einklang.engine.periods import add_months, month_of, month_range

STRENGTH = 10.0  # how many deals the level above counts for
DRAWS = 4000

Numbers = npt.NDArray[np.float64]

DEALS = Frame(
    "deals",
    {
        "deal": text(),
        "created_on": day(),
        "closed_on": day(blank=True),
        "outcome": text(),
        "amount": number("money", blank=True, at_least=0),
        "expected_on": day(optional=True, blank=True),
    },
    ("deal",),
    "Deals with their outcome: open, won or lost.",
)
VISITS = Frame(
    "stages",
    {"deal": text(), "stage": text(), "entered_on": day()},
    ("deal", "stage", "entered_on"),
    "When each deal came into each stage.",
)
ODDS = Frame("odds", {"stage": text(), "odds": number("share", at_least=0)}, ("stage",), "Odds by stage.")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Each open deal with its chance, and the months with what they bring."""

    deals: pl.DataFrame
    months: pl.DataFrame


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


def base_rates(deals: pl.DataFrame, visits: pl.DataFrame, odds: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """How often deals that came to a stage were won, and how long that took from there.

    Columns: stage, decided, won, chance (smoothed), lo-80, hi-80, odds (as stated), days (median from
    coming into the stage to being won; blank where none was won).
    """
    past = _history(deals, visits, as_of)
    rows = []
    for stage, stated in ODDS.check(odds).iter_rows():
        there = past.filter(pl.col("stage") == stage)
        won = int(there["won"].sum())
        days = there.filter(pl.col("won"))["days_to_close"].median()
        rows.append((stage, there.height, won, *_chance(won, there.height, stated), stated, days))
    names = ["stage", "decided", "won", "chance", "lo-80", "hi-80", "odds", "days"]
    whole = {"stage": pl.String, "decided": pl.Int64, "won": pl.Int64}
    schema = {name: whole.get(name, pl.Float64) for name in names}
    return pl.DataFrame(rows, schema=schema, orient="row")


def outlook(
    deals: pl.DataFrame,
    visits: pl.DataFrame,
    odds: pl.DataFrame,
    as_of: date,
    *,
    horizon: int = 12,
    seed: int = 1,
) -> Pipeline:
    """Chance and timing of every open deal, and by month what they bring, with an 80 % range.

    Frames DEALS, VISITS (each deal's way through the stages) and ODDS. Deals without an amount have a
    chance but bring no money. What closes after ``horizon`` months stands in no month. The range comes
    from ``DRAWS`` drawn courses (``seed`` makes them repeatable): chance, outcome and day of each deal.
    """
    table, way, stated = DEALS.check(deals), VISITS.check(visits), ODDS.check(odds)
    rates = base_rates(table, way, stated, as_of)
    past = _history(table, way, as_of)
    now = _open_deals(table, way, as_of)
    unknown = now.filter(~pl.col("stage").is_in(stated["stage"].to_list()))
    if unknown.height:
        raise Impossible(f"There are no odds for the stage {unknown['stage'][0]!r}.")
    chance_of = dict(zip(rates["stage"], rates["chance"], strict=True))
    found, waits = [], []
    for row in now.iter_rows(named=True):
        same = past.filter((pl.col("stage") == row["stage"]) & (pl.col("days_in_stage") >= row["age_days"]))
        won = int(same["won"].sum())
        found.append((same.height, won, *_chance(won, same.height, chance_of[row["stage"]])))
        waits.append(_waits(past, same, row, as_of))
    names = ["comparable", "comparable_won", "chance", "lo-80", "hi-80"]
    kinds = [pl.Int64, pl.Int64, pl.Float64, pl.Float64, pl.Float64]
    measured = pl.DataFrame(found, schema=dict(zip(names, kinds, strict=True)), orient="row")
    middle = [as_of + timedelta(days=int(np.median(wait))) for wait in waits]
    result = now.hstack(measured).with_columns(pl.Series("likely_on", middle, dtype=pl.Date))
    return Pipeline(result, _by_month(result, waits, as_of, horizon, seed))


def _history(deals: pl.DataFrame, visits: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Every stay in a stage of a deal decided by then: stage, days_in_stage, days_to_close, won."""
    decided = deals.filter(pl.col("outcome").is_in(["won", "lost"]) & (pl.col("closed_on") <= as_of)).select(
        "deal", "closed_on", (pl.col("outcome") == "won").alias("won")
    )
    stays = visits.sort("deal", "entered_on").with_columns(
        pl.col("entered_on").shift(-1).over("deal").alias("left_on")
    )
    joined = stays.join(decided, on="deal").filter(pl.col("entered_on") <= pl.col("closed_on"))
    until = pl.min_horizontal(pl.col("left_on").fill_null(pl.col("closed_on")), "closed_on")
    return joined.with_columns(
        (until - pl.col("entered_on")).dt.total_days().alias("days_in_stage"),
        (pl.col("closed_on") - pl.col("entered_on")).dt.total_days().alias("days_to_close"),
    )


def _open_deals(deals: pl.DataFrame, visits: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Deals open at the end of a day, with the stage they stand in and since when."""
    here = visits.filter(pl.col("entered_on") <= as_of).sort("deal", "entered_on")
    last = here.unique("deal", keep="last", maintain_order=True).select("deal", "stage", "entered_on")
    still = (pl.col("created_on") <= as_of) & (pl.col("closed_on").is_null() | (pl.col("closed_on") > as_of))
    age = (pl.lit(as_of) - pl.col("entered_on")).dt.total_days().alias("age_days")
    columns = [name for name in ("deal", "amount", "created_on", "expected_on") if name in deals.columns]
    return deals.filter(still).select(columns).join(last, on="deal").with_columns(age).sort("deal")


def _waits(past: pl.DataFrame, same: pl.DataFrame, row: dict[str, Any], as_of: date) -> Numbers:
    """Days still to go, as comparable won deals went; with fewer than five of them, as all of the stage."""
    for some in (same, past.filter(pl.col("stage") == row["stage"])):
        left = some.filter(pl.col("won"))["days_to_close"] - row["age_days"]
        if left.len() >= 5:
            days: Numbers = left.clip(0).cast(pl.Float64).to_numpy()
            return days
    expected = row.get("expected_on")
    return np.array([max(0.0, float((expected - as_of).days)) if expected else 30.0])


def _by_month(
    deals: pl.DataFrame, waits: list[Numbers], as_of: date, horizon: int, seed: int
) -> pl.DataFrame:
    """What the months bring: wins and money to be expected (exact), and the money's range (drawn)."""
    months = month_range(month_of(as_of), horizon)
    ends = np.array([(add_months(month, 1) - as_of).days for month in months])
    random = np.random.default_rng(seed)
    wins, mean, drawn = np.zeros(horizon), np.zeros(horizon), np.zeros((DRAWS, horizon))
    for row, wait in zip(deals.iter_rows(named=True), waits, strict=True):
        closing = np.bincount(np.searchsorted(ends, wait, side="right"), minlength=horizon + 1)[:horizon]
        chance, amount, sure = row["chance"], row["amount"] or 0.0, row["comparable"] + STRENGTH
        wins += chance * closing / wait.size
        mean += chance * amount * closing / wait.size
        chances = random.beta(*_shape(chance, sure), DRAWS)
        month = np.searchsorted(ends, random.choice(wait, DRAWS), side="right")
        won = np.nonzero((random.random(DRAWS) < chances) & (month < horizon))[0]
        drawn[won, month[won]] += amount
    low, high = np.quantile(drawn, [0.1, 0.9], axis=0)
    return pl.DataFrame({"period": months, "wins": wins, "mean": mean, "lo-80": low, "hi-80": high})


def _chance(won: int, count: int, above: float) -> tuple[float, float, float]:
    """The smoothed chance and the 80 % range of what is known about it."""
    from scipy.stats import beta

    chance = (won + STRENGTH * above) / (count + STRENGTH)
    low, high = beta.ppf([0.1, 0.9], *_shape(chance, count + STRENGTH))
    return chance, float(low), float(high)


def _shape(chance: float, sure: float) -> tuple[float, float]:
    """The two counts of a beta distribution; a chance of 0 or 1 keeps a trace of doubt."""
    return max(chance * sure, 1e-6), max((1 - chance) * sure, 1e-6)
