"""How deals go: how long they take, how many are won, and what the pipeline brings in a day.

``deals``: deal, created_on, closed_on (blank while open), outcome (open, won, lost), amount (may be
blank), and where known qualified_on: the day the deal was first qualified.
"""

from datetime import date, timedelta

import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.kpis.figure import Figure, Span, WhyNot, mean, median, ratio, share, total

WON, LOST, OPEN = (pl.col("outcome") == name for name in ("won", "lost", "open"))


def sales_cycle(deals: pl.DataFrame, span: Span, *, starts: str = "created_on") -> Figure:
    """Days from creation to decision over the deals decided in the period: the median, the mean beside it.

    Won deals alone hide slow losses, so won, lost and the age of what is still open stand beside. A deal
    decided on the day it came counts 0 days. Numerator and denominator are those of the mean.

    >>> deals = pl.DataFrame({
    ...     "deal": ["a", "b", "c"], "created_on": [date(2014, 4, 1)] * 3, "outcome": ["won", "won", "lost"],
    ...     "closed_on": [date(2014, 5, 16), date(2014, 5, 25), date(2014, 5, 10)]})
    >>> figure = sales_cycle(deals, Span.read("2014-05", date(2014, 6, 1)))
    >>> figure.value, figure.beside["mean"], figure.denominator
    (45.0, 46.0, 3)
    """
    days = (pl.col("closed_on") - pl.col(starts)).dt.total_days().alias("days")
    rows = deals.filter((WON | LOST) & span.holds("closed_on") & pl.col(starts).is_not_null())
    rows = rows.with_columns(days).sort("days", descending=True)
    waiting = deals.filter(open_on(span.end) & pl.col(starts).is_not_null())
    age = waiting.select((pl.lit(min(span.end, span.as_of)) - pl.col(starts)).dt.total_days()).to_series()
    beside = {
        "mean": mean(rows["days"]),
        "won": median(rows.filter(WON)["days"]),
        "lost": median(rows.filter(LOST)["days"]),
        "open": float(waiting.height),
        "open_age": median(age),
    }
    value = median(rows["days"])
    why = None if rows.height else WhyNot.NO_RECORDS
    return Figure(value, total(rows, "days"), rows.height, rows.height, why, beside, rows)


def win_rate(deals: pl.DataFrame, span: Span, *, by_value: bool = False) -> Figure:
    """Won ÷ created: of the deals created in the period, the share won so far.

    A cohort that ripens: the share still open says how far it can still rise.

    >>> outcomes = ["won"] * 3 + ["lost"] * 7 + ["open"] * 90
    >>> deals = pl.DataFrame({"created_on": [date(2014, 5, 2)] * 100, "outcome": outcomes})
    >>> figure = win_rate(deals, Span.read("2014-05", date(2014, 6, 1)))
    >>> figure.value, figure.beside["share_open"], figure.beside["decided"]
    (0.03, 0.9, 0.3)
    """
    rows, weigh, without = weighed(deals.filter(span.holds("created_on")), by_value)
    won, lost = (total(rows.filter(which), weigh) for which in (WON, LOST))
    everything = total(rows, weigh)
    still = share(total(rows.filter(OPEN), weigh), everything)
    beside = {"share_open": still, "decided": share(won, won + lost), "without_amount": without}
    return ratio(won, everything, rows.drop("weight"), **beside)


def close_rate(deals: pl.DataFrame, span: Span, *, by_value: bool = False) -> Figure:
    """Won ÷ decided: of the deals decided in the period, the share won.

    >>> deals = pl.DataFrame({
    ...     "closed_on": [date(2014, 5, 9)] * 10, "outcome": ["won"] * 3 + ["lost"] * 7,
    ...     "amount": [100.0] * 3 + [300.0] * 7})
    >>> may = Span.read("2014-05", date(2014, 6, 1))
    >>> close_rate(deals, may).value, close_rate(deals, may, by_value=True).value
    (0.3, 0.125)
    """
    rows, weigh, without = weighed(deals.filter((WON | LOST) & span.holds("closed_on")), by_value)
    won = total(rows.filter(WON), weigh)
    return ratio(won, total(rows, weigh), rows.drop("weight"), without_amount=without)


def velocity(count: float, win_share: float, value: float, days: float) -> float:
    """Money a day: deals × chance × value ÷ days.

    >>> round(velocity(50, 0.2, 10_000, 30), 2), round(velocity(100, 0.25, 50_000, 60), 2)
    (3333.33, 20833.33)
    """
    if days <= 0:
        raise Impossible("A pipeline whose deals take no time has no speed.")
    return count * win_share * value / days


def pipeline_velocity(deals: pl.DataFrame, span: Span, *, window_days: int = 365) -> Figure:
    """What the open pipeline brings in a day: open qualified deals × close rate × mean won value ÷ days.

    All four are of the same population (qualified deals) and by count; rate, value and days are those
    of the deals decided in the ``window_days`` before the period's end. Days are the mean of won deals.
    """
    if "qualified_on" in deals.columns:
        deals = deals.filter(pl.col("qualified_on") <= span.end)
    first = span.end - timedelta(days=window_days - 1)
    decided = deals.filter((WON | LOST) & pl.col("closed_on").is_between(first, span.end))
    won = decided.filter(WON)
    rows = deals.filter(open_on(span.end))
    value = mean(won["amount"])
    days = mean(won.select((pl.col("closed_on") - pl.col("created_on")).dt.total_days()).to_series())
    rate = share(won.height, decided.height)
    beside = {"open": float(rows.height), "close_rate": rate, "won_value": value, "days": days}
    if not rows.height or rate is None:
        return Figure(None, None, None, rows.height, WhyNot.NO_RECORDS, beside, rows)
    if not value or not days:
        return Figure(None, None, days, rows.height, WhyNot.NO_CLOSED, beside, rows)
    brings = velocity(rows.height, rate, value, days)
    return Figure(brings, brings * days, days, rows.height, None, beside, rows)


def open_on(day: date) -> pl.Expr:
    """Whether a deal was open at the end of a day."""
    return (pl.col("created_on") <= day) & (pl.col("closed_on").is_null() | (pl.col("closed_on") > day))


def weighed(rows: pl.DataFrame, by_value: bool) -> tuple[pl.DataFrame, str, float | None]:
    """The records with what each counts for, and how many were left out for want of an amount."""
    if not by_value:
        return rows.with_columns(pl.lit(1.0).alias("weight")), "weight", None
    kept = rows.filter(pl.col("amount").is_not_null()).with_columns(pl.col("amount").alias("weight"))
    return kept, "weight", float(rows.height - kept.height)
