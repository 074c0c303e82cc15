"""Walmart's weekly sales by store and department: does knowing its holidays and markdowns help?

Every twelfth department with a complete history of 117 weeks. Holidays: two dates, the 13 weeks after
them (one holds Thanksgiving and Christmas, one Easter). Markdowns, which stores have told only since
November 2011, can be learned only late: three dates, the four weeks after. The mean absolute error by
sales (WAPE) is held against that of the same engine that is told nothing, and of the same week a year ago.
"""

import sys
from datetime import date, timedelta

import polars as pl

from benchmarks.measure import ROOT, Claim, tell
from einklang.engine.forecast import Forecast, forecast

SALES = ROOT.parent / "shared" / "data" / "walmart_weekly"
EVERY = 12
WEEKS = 117
LONG, SHORT = ((92, 104), 13), ((105, 109, 113), 4)
MARKDOWNS = [f"MarkDown{place}" for place in range(1, 6)]
HOLIDAYS = (
    ("Super Bowl", 6, (date(2010, 2, 7), date(2011, 2, 6), date(2012, 2, 5))),
    ("Easter", 6, (date(2010, 4, 4), date(2011, 4, 24), date(2012, 4, 8))),
    ("Back to school", 20, (date(2010, 8, 20), date(2011, 8, 20), date(2012, 8, 20))),
    ("Labor Day", 0, (date(2010, 9, 6), date(2011, 9, 5), date(2012, 9, 3))),
    ("Halloween", 6, (date(2010, 10, 31), date(2011, 10, 31), date(2012, 10, 31))),
    ("Thanksgiving", 0, (date(2010, 11, 25), date(2011, 11, 24))),
    ("before Christmas", 13, (date(2010, 12, 24), date(2011, 12, 24))),
)
"""Name, days before the day itself, and the days."""


def claims() -> list[Claim]:
    """With and without knowing; what the trial said of markdowns is in the claim's name."""
    history = _history()
    found = []
    told, bare, naive, _ = _errors(history, LONG[0], LONG[1], markdowns=False)
    for at, when in enumerate(("Thanksgiving and Christmas", "Easter")):
        found.append(
            Claim(f"Walmart, {when}, 13 weeks: WAPE knowing holidays", told[at], bare[at], "", "not knowing")
        )
        found.append(Claim(f"Walmart, {when}, 13 weeks: WAPE", told[at], naive[at], "", "a year ago"))
    told, bare, naive, steps = _errors(history, SHORT[0], SHORT[1], markdowns=True)
    trials = ", ".join(f"{share:+.0%}" for share in steps)
    both, neither, ago = (sum(errors) / len(errors) for errors in (told, bare, naive))
    name = f"Walmart, 4 weeks: WAPE knowing holidays and markdowns (trials of markdowns won {trials})"
    found.append(Claim(name, both, neither, "", "not knowing"))
    found.append(Claim("Walmart, 4 weeks: WAPE", both, ago, "", "a year ago"))
    return found


def _history() -> pl.DataFrame:
    """series, period (Mondays), quantity, promotion (markdowns in 10,000 dollars)."""
    if not SALES.is_dir():
        raise SystemExit(f"This benchmark needs the sales at {SALES}.")
    sales = pl.read_csv(SALES / "train.csv.gz", try_parse_dates=True)
    stores = pl.read_csv(SALES / "features.csv", null_values="NA", try_parse_dates=True)
    depth = pl.sum_horizontal(pl.col(MARKDOWNS).fill_null(0).clip(0)) / 10_000
    table = sales.join(stores.select("Store", "Date", depth.alias("promotion")), on=["Store", "Date"])
    table = table.select(
        pl.format("{}-{}", "Store", "Dept").alias("series"),
        (pl.col("Date") - timedelta(days=4)).alias("period"),
        pl.col("Weekly_Sales").alias("quantity"),
        "promotion",
    )
    whole = table.group_by("series").agg(pl.len(), pl.col("quantity").min().alias("least"))
    names = whole.filter((pl.col("len") == WEEKS) & (pl.col("least") > 0)).sort("series")["series"]
    return table.filter(pl.col("series").is_in(names.gather_every(EVERY).implode())).sort("series", "period")


def _events() -> pl.DataFrame:
    """The holidays, each with the days before it in which people buy."""
    rows = [(name, day - timedelta(days=before), day) for name, before, days in HOLIDAYS for day in days]
    return pl.DataFrame(rows, schema=["event", "first", "last"], orient="row")


def _errors(
    history: pl.DataFrame, dates: tuple[int, ...], horizon: int, *, markdowns: bool
) -> tuple[list[float], list[float], list[float], list[float]]:
    """WAPE by date: told, not told, a year ago; and what the trials of markdowns won."""
    weeks = history["period"].unique().sort()
    told, bare, naive, won = [], [], [], []
    for known in dates:
        past = history.filter(pl.col("period") <= weeks[known - 1])
        came = history.filter(pl.col("period").is_between(weeks[known], weeks[known + horizon - 1]))
        ago = history.with_columns(pl.col("period") + timedelta(weeks=52)).rename({"quantity": "mean"})
        plain = past.drop("promotion")
        drivers = came.select("series", "period", "promotion") if markdowns else None
        knowing = forecast(
            past if markdowns else plain, horizon=horizon, frequency="W", events=_events(), drivers=drivers
        )
        told.append(_wape(knowing.table, came))
        bare.append(_wape(forecast(plain, horizon=horizon, frequency="W").table, came))
        naive.append(_wape(ago, came))
        won += _won(knowing)
    return told, bare, naive, won


def _won(found: Forecast) -> list[float]:
    """What knowing markdowns would have won in the trial."""
    return [step.won for step in found.learned.steps if (step.kind, step.step) == ("effects", "promotion")]


def _wape(said: pl.DataFrame, came: pl.DataFrame) -> float:
    """Absolute errors by what came."""
    both = came.join(said.select("series", "period", "mean"), on=["series", "period"], validate="1:1")
    return float((both["mean"] - both["quantity"]).abs().sum()) / float(both["quantity"].sum())


if __name__ == "__main__":
    sys.exit(tell(claims()))
