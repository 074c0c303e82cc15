"""What open deals will bring: each deal's chance and month, the sums by month, and the items they ask for.

Chances are learned from all deals of the house; shown are the deals the reader may see. What was worked
out is kept until something is done about a deal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl
from django.core.cache import cache

from einklang.crm import queries as crm
from einklang.demand.models import ForecastRun
from einklang.demand.queries.forecasts import forecast_frame
from einklang.engine import pipeline as engine
from einklang.engine.consensus import PIPELINE
from einklang.engine.periods import month_end
from einklang.kernel import clock, journal
from einklang.orders import queries as orders
from einklang.people import queries as people
from einklang.people.models import User

HORIZON = 12
KEPT_SECONDS = 24 * 3600
DRAWS_KEPT = 1000
ABOUT = ("crm.", "deal.", "orders.", "transfer.", "demo.", "people.")
"""Beginnings of the journal's events that can change deals, or who sees them."""
SORTS = ("name", "stage", "amount", "chance", "likely_on", "expected")
BEGINNING = date(1900, 1, 1)
Kept = TypeVar("Kept")
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class House:
    """The outlook of all deals of the house, as it is kept; shown to nobody as it is."""

    deals: pl.DataFrame
    months: pl.DataFrame
    calibration: pl.DataFrame
    known: engine.Known
    won: Numbers
    fates: npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Outlook:
    """The open deals somebody may see, and what they bring by month; money in cents of the home currency.

    ``deals``: deal, name, account, rep, pipeline, stage, amount, expected_on, chance, lo-80, hi-80,
    likely_on, value, expected, comparable, comparable_won, basis. ``months``: period, open (from deals that
    are open now), inflow (from deals not yet created; 0 unless the reader sees all), mean, lo-80, hi-80,
    roll_up (amount * odds of the stage, by the month the decision is expected). ``missing`` counts open
    deals without an amount in a currency that has a rate: they count as much as deals usually bring.
    """

    as_of: date
    deals: pl.DataFrame
    months: pl.DataFrame
    calibration: pl.DataFrame
    known: engine.Known
    is_whole: bool
    missing: int


@dataclass(frozen=True, slots=True)
class Tested:
    """How good outlooks of earlier days would have been, and columns that know the outcome."""

    summary: pl.DataFrame
    leaks: pl.DataFrame


def pipeline_outlook(*, seen_by: User, patient: bool = True) -> Outlook | None:
    """The outlook of the deals somebody may see; the impatient get it only if it is kept."""
    as_of = _today()
    house = _kept(("house", as_of), lambda: _house(as_of), patient=patient)
    return _shown(house, as_of, seen_by) if house else None


def deal_outlook(code: str, *, seen_by: User) -> dict[str, Any] | None:
    """One open deal's chance and month; nothing for one that is decided."""
    crm.deal(code, seen_by=seen_by)
    found = pipeline_outlook(seen_by=seen_by)
    row = found.deals.filter(pl.col("deal") == code) if found else pl.DataFrame()
    return row.row(0, named=True) if row.height else None


def pipeline_tested(*, patient: bool = True) -> Tested | None:
    """How good the outlook was on earlier days, and what is written about deals that gives the end away."""
    as_of = _today()
    return _kept(("tested", as_of), lambda: _tested(as_of), patient=patient)


def sorted_deals(found: Outlook, sort: str, search: str = "") -> pl.DataFrame:
    """The open deals that fit some words, in the order an address asks for; the dearest chance first."""
    rows = found.deals
    if words := search.strip().lower():
        fits = [
            pl.col(name).str.to_lowercase().str.contains(words, literal=True) for name in ("name", "deal")
        ]
        rows = rows.filter(pl.any_horizontal(fits))
    column = sort.lstrip("-")
    if column not in SORTS:
        sort, column = "-expected", "expected"
    return rows.sort(column, "deal", descending=[sort.startswith("-"), False], nulls_last=True)


def stream(run: ForecastRun) -> pl.DataFrame:
    """What open deals add to a run's forecast, beyond what it expects of such deals already.

    Frame PIPELINE (series, period, quantity), items and months of the run only. It is what the house will
    be asked for, whoever sees the deals.
    """
    deals, visits, odds, _missing = _tables(month_end(run.as_of))
    lines = crm.deal_lines_frame(seen_by=None)
    if deals.is_empty() or lines.is_empty():
        return PIPELINE.empty()
    history = orders.demand_history(run.as_of).select("series", "period", "quantity")
    lines = lines.filter(pl.col("deal").is_in(deals["deal"].implode()))
    found = engine.outlook(deals, visits, odds, month_end(run.as_of), horizon=run.horizon)
    stated = forecast_frame(run).select("series", "period", "mean")
    asked = engine.item_demand(found, lines, history=history.rename({"series": "item"}))
    both = engine.consumed(stated, asked).join(
        stated.select(item="series", period="period"), on=["item", "period"], how="semi"
    )
    more = both.filter(pl.col("extra") > 0)
    return PIPELINE.check(more.select(series="item", period="period", quantity="extra"))


def kept_stream(run: ForecastRun, *, patient: bool) -> pl.DataFrame | None:
    """The same, kept until something is done about a deal; the impatient get it only if it is kept."""
    return _kept(("stream", run.pk), lambda: stream(run), patient=patient)


def _today() -> date:
    """Today, or the last month of data that ended before."""
    known = orders.months()
    return min(clock.today(), month_end(known[1])) if known else clock.today()


def _kept(asked: tuple[object, ...], work: Callable[[], Kept | None], *, patient: bool) -> Kept | None:
    """What was worked out since the last line of the journal about deals, or is now if there is time."""
    heads = journal.heads()
    last = max((line for event, line in heads.items() if event.startswith(ABOUT)), default=0)
    version = journal.digests({last}).get(last, "")
    key = "pipeline-" + sha256(repr((version, asked)).encode()).hexdigest()
    found: Kept | None = cache.get(key) if version else None
    if found is None and patient:
        found = work()
        if version:
            cache.set(key, found, KEPT_SECONDS)
    return found


def _tables(as_of: date) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, int]:
    """Deals, their ways and the stated odds of the whole house as the engine reads them.

    Deals that say they are decided but not when count as decided when they came into their last stage; those
    created after the day, or decided before they were created, are left away.
    """
    rows = crm.deals_frame(seen_by=None).filter(pl.col("created_on") <= as_of)
    log = crm.stage_log_frame(seen_by=None).with_columns(
        _stage_key(), pl.col("at").dt.date().alias("entered_on")
    )
    last = log.group_by("deal").agg(pl.col("entered_on").max().alias("last_on"))
    is_open = pl.col("outcome") == "open"
    rows = rows.join(last, on="deal", how="left").with_columns(
        pl.when(~is_open).then(pl.coalesce("closed_on", "last_on")).alias("closed_on")
    )
    rows = rows.filter(is_open | (pl.col("closed_on") >= pl.col("created_on")))
    priced, missing = _in_home(rows, as_of)
    columns = ("deal", "created_on", "closed_on", "outcome", "amount", "expected_on")
    deals = priced.select(columns).sort("deal")
    visits = log.filter(pl.col("entered_on") <= as_of).select("deal", "stage", "entered_on").unique()
    # A deal without a log stands where its record says, since it was created.
    bare = rows.join(visits, on="deal", how="anti").select(
        "deal", _stage_key(), pl.col("created_on").alias("entered_on")
    )
    visits = pl.concat([visits.join(deals, on="deal", how="semi"), bare])
    odds = [
        {"stage": f"{stage.pipeline.code}/{stage.code}", "odds": float(stage.odds)} for stage in crm.stages()
    ]
    table = pl.DataFrame(odds, schema={"stage": pl.String, "odds": pl.Float64})
    return deals, visits, table, missing


def _stage_key() -> pl.Expr:
    """A stage's name that no other pipeline has."""
    return pl.concat_str("pipeline", pl.lit("/"), "stage").alias("stage")


def _in_home(rows: pl.DataFrame, as_of: date) -> tuple[pl.DataFrame, int]:
    """Deals with ``amount`` in home cents at the last rate, and how many open ones have none."""
    home = people.home_currency()
    rates = orders.rates_frame(BEGINNING, as_of, home).sort("day").unique("currency", keep="last")
    joined = rows.join(rates.select("currency", "rate"), on="currency", how="left", maintain_order="left")
    rate = pl.when(pl.col("currency") == home).then(1.0).otherwise("rate")
    priced = joined.with_columns((pl.col("amount_cents").cast(pl.Float64) * rate).alias("amount"))
    missing = priced.filter((pl.col("outcome") == "open") & pl.col("amount").is_null()).height
    return priced.drop("rate"), missing


def _house(as_of: date) -> House | None:
    """Chances and months of all deals."""
    deals, visits, odds, _missing = _tables(as_of)
    if deals.is_empty():
        return None
    found = engine.outlook(deals, visits, odds, as_of, horizon=HORIZON)
    order = found.deals.with_row_index("row")
    return House(
        order,
        found.months,
        found.calibration,
        found.known,
        found.won,
        found.drawn.fates[:, :DRAWS_KEPT].copy(),
    )


def _shown(house: House, as_of: date, user: User) -> Outlook:
    """Of all that, the deals somebody may see."""
    seen = crm.deals_frame(seen_by=user).filter(pl.col("outcome") == "open")
    facts = seen.select("deal", "name", "account", "rep", "pipeline", "odds")
    deals = house.deals.join(facts, on="deal", maintain_order="left").with_columns(
        pl.col("stage").str.split("/").list.last()
    )
    whole = user.sees_all
    months = house.months.select("period", "open", "inflow", "mean", "lo-80", "hi-80")
    if not whole:
        months = _months_of(house, deals["row"].to_numpy())
    missing = deals.filter(pl.col("amount").is_null()).height
    return Outlook(
        as_of,
        deals.drop("row"),
        months.join(_roll_up(deals, months["period"].to_list()), on="period", maintain_order="left"),
        house.calibration,
        house.known,
        whole,
        missing,
    )


def _months_of(house: House, rows: npt.NDArray[np.int64]) -> pl.DataFrame:
    """The months of some deals: their share of what is expected, and their own courses."""
    value = house.deals["value"].fill_null(0.0).to_numpy()
    all_of_it = value @ house.won
    share = np.divide(
        value[rows] @ house.won[rows], all_of_it, out=np.zeros_like(all_of_it), where=all_of_it > 0
    )
    count = house.won.shape[1]
    courses = np.stack([value[rows] @ (house.fates[rows] == month) for month in range(count)])
    low, high = np.quantile(courses, [0.1, 0.9], axis=1)
    opened = house.months["open"].to_numpy() * share
    columns = {"open": opened, "inflow": np.zeros(count), "mean": opened, "lo-80": low, "hi-80": high}
    return house.months.select("period").with_columns(pl.Series(name, one) for name, one in columns.items())


def _roll_up(deals: pl.DataFrame, months: list[date]) -> pl.DataFrame:
    """Amount × odds of the stage by the month of the expected decision; what is overdue counts at once."""
    at = pl.max_horizontal(pl.col("expected_on").dt.truncate("1mo"), pl.lit(months[0], pl.Date))
    sums = (
        deals.filter(pl.col("expected_on").is_not_null())
        .group_by(at.alias("period"))
        .agg((pl.col("amount") * pl.col("odds").cast(pl.Float64)).sum().alias("roll_up"))
    )
    every = pl.DataFrame({"period": months})
    return every.join(sums, on="period", how="left").with_columns(pl.col("roll_up").fill_null(0.0))


def _tested(as_of: date) -> Tested | None:
    """Earlier days and the leak alarm, for the whole house."""
    deals, visits, odds, _missing = _tables(as_of)
    if deals.is_empty():
        return None
    summary = engine.backtest(deals, visits, odds, until=as_of, every=30).summary
    found = engine.leaks(crm.deal_facts_frame(seen_by=None))
    return Tested(summary, found.filter(pl.col("alarm") != ""))
