"""What becomes of leads, and how long they wait for a person to answer.

``leads``: lead, created_at (local moment), converted_on (blank while not).
``touches``: lead, at (local moment), and where known automatic (an auto-reply is no answer).
"""

from datetime import timedelta

import numpy as np
import polars as pl

from einklang.engine.kpis.figure import Figure, Span, WhyNot, ratio, share
from einklang.engine.kpis.worktime import WorkingTime


def lead_conversion(leads: pl.DataFrame, span: Span, *, cycle_days: int = 90) -> Figure:
    """Of the leads created in the period, the share converted so far.

    A cohort: it can never pass 100 %. ``mature`` is the share of leads that had a whole conversion
    cycle of ``cycle_days`` by the day outcomes are known; below 1 the figure still rises.

    >>> from datetime import date, datetime
    >>> leads = pl.DataFrame({"created_at": [datetime(2014, 3, 5)] * 100,
    ...                       "converted_on": [date(2014, 4, 1)] * 12 + [None] * 88})
    >>> figure = lead_conversion(leads, Span.read("2014-03", date(2014, 7, 1)))
    >>> figure.value, figure.beside["mature"]
    (0.12, 1.0)
    """
    rows = leads.filter(pl.col("created_at").dt.date().is_between(span.start, span.end))
    done = rows.filter(pl.col("converted_on") <= span.as_of).height
    ripe = rows.filter(pl.col("created_at").dt.date() <= span.as_of - timedelta(days=cycle_days)).height
    return ratio(done, rows.height, rows, mature=share(ripe, rows.height), cycle_days=float(cycle_days))


def response_time(
    leads: pl.DataFrame,
    touches: pl.DataFrame,
    span: Span,
    *,
    hours: WorkingTime | None = None,
    sla_hours: float = 1.0,
) -> Figure:
    """Working hours from a lead's arrival to the first answer by a person: the median, P90 beside it.

    Leads without an answer are not dropped: they have waited at least until ``as_of`` and count as such
    (Kaplan-Meier), so that ignoring leads never looks fast. Numerator: answered; denominator: arrived.
    """
    calendar = hours or WorkingTime()
    rows = leads.filter(pl.col("created_at").dt.date().is_between(span.start, span.end))
    answered = rows.join(first_answers(rows, touches), on="lead", how="left")
    until = pl.lit(span.as_of + timedelta(days=1)).cast(pl.Datetime("us"))
    ends = answered.select(pl.coalesce("answered_at", pl.max_horizontal(until, "created_at"))).to_series()
    waited = calendar.hours(answered["created_at"], ends)
    rows = answered.with_columns(waited.alias("hours")).sort("hours", descending=True)
    if rows.is_empty():
        return Figure(None, 0, 0, 0, WhyNot.NO_RECORDS, {}, rows)
    done = rows["answered_at"].is_not_null()
    kept = (rows["hours"] <= sla_hours) & done
    judged = done | (rows["hours"] > sla_hours)
    beside = {
        "p90": waiting_quantile(rows["hours"], done, 0.9),
        "within_sla": share(float(kept.sum()), float(judged.sum())),
        "sla_hours": sla_hours,
        "unanswered": 1 - float(done.sum()) / rows.height,
    }
    value = waiting_quantile(rows["hours"], done, 0.5)
    why = WhyNot.NOT_YET if value is None else None
    return Figure(value, float(done.sum()), rows.height, rows.height, why, beside, rows)


def first_answers(leads: pl.DataFrame, touches: pl.DataFrame) -> pl.DataFrame:
    """The first touch by a person after each lead's arrival: lead, answered_at."""
    human = touches.filter(~pl.col("automatic")) if "automatic" in touches.columns else touches
    after = human.join(leads.select("lead", "created_at"), on="lead").filter(
        pl.col("at") >= pl.col("created_at")
    )
    return after.group_by("lead").agg(pl.col("at").min().alias("answered_at"))


def waiting_quantile(waited: pl.Series, done: pl.Series, level: float) -> float | None:
    """The time by which a share ``level`` of waits has ended, some of which are not over (Kaplan-Meier).

    Blank where so many still wait that it cannot be known.

    >>> waiting_quantile(pl.Series([1.0, 1.0, 2.5]), pl.Series([True, True, True]), 0.5)
    1.0
    >>> waiting_quantile(pl.Series([1.0, 9.0, 9.0]), pl.Series([True, False, False]), 0.5) is None
    True
    """
    times, ended = waited.to_numpy(), done.to_numpy()
    left = 1.0
    moments = np.unique(times[ended])
    for place, moment in enumerate(moments):
        left *= 1 - (ended & (times == moment)).sum() / (times >= moment).sum()
        if abs(left - (1 - level)) < 1e-12 and place + 1 < len(moments):
            return float(moment + moments[place + 1]) / 2
        if left <= 1 - level + 1e-12:
            return float(moment)
    return None
