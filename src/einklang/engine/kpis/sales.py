"""What was sold, what was left of it, how it compares with plan and forecast, and who left the team."""

from datetime import date, timedelta

import polars as pl

from einklang.engine.kpis.figure import Figure, Span, WhyNot, ratio, share, total
from einklang.engine.periods import month_end, month_range


def revenue(lines: pl.DataFrame, span: Span) -> Figure:
    """Order lines booked in the period, net: the sum. ``lines``: order, period, amount."""
    rows = lines.filter(span.holds("period"))
    orders = rows["order"].n_unique()
    booked = total(rows, "amount")
    if rows.is_empty():
        return Figure(None, None, None, 0, WhyNot.NO_RECORDS, {}, rows)
    return Figure(booked, booked, None, orders, None, {"mean_order": booked / orders}, rows)


def margin(lines: pl.DataFrame, span: Span) -> Figure:
    """(Amount − cost) ÷ amount of the lines booked in the period; a line without a cost is left out.

    >>> lines = pl.DataFrame({"order": ["1", "2"], "period": [date(2014, 5, 1)] * 2,
    ...                       "amount": [100.0, 50.0], "cost": [60.0, None]})
    >>> figure = margin(lines, Span.read("2014-05", date(2014, 6, 1)))
    >>> figure.value, figure.beside["without_cost"]
    (0.4, 1.0)
    """
    booked = lines.filter(span.holds("period"))
    rows = booked.filter(pl.col("cost").is_not_null())
    if booked.height and rows.is_empty():
        return Figure(None, None, None, booked.height, WhyNot.NO_COST, {}, booked)
    rows = rows.with_columns((pl.col("amount") - pl.col("cost")).alias("margin"))
    without = float(booked.height - rows.height)
    return ratio(total(rows, "margin"), total(rows, "amount"), rows, without_cost=without)


def attainment(sold: pl.DataFrame, quotas: pl.DataFrame, span: Span) -> Figure:
    """Sold ÷ quota of those who have a quota in the period; a longer quota counts by its days in it.

    ``quotas``: holder, start, end (last day), amount; ``sold``: holder, period, amount.

    >>> quotas = pl.DataFrame({"holder": ["rolf"], "start": [date(2014, 4, 1)], "end": [date(2014, 6, 30)],
    ...                        "amount": [91_000.0]})
    >>> sold = pl.DataFrame({"holder": ["rolf"], "period": [date(2014, 5, 1)], "amount": [15_500.0]})
    >>> figure = attainment(sold, quotas, Span.read("2014-05", date(2014, 6, 1)))
    >>> figure.value, figure.denominator
    (0.5, 31000.0)
    """
    first, last = pl.max_horizontal("start", pl.lit(span.start)), pl.min_horizontal("end", pl.lit(span.end))
    days = (last - first).dt.total_days() + 1
    length = (pl.col("end") - pl.col("start")).dt.total_days() + 1
    due = quotas.with_columns(days.alias("days"), (pl.col("amount") * days / length).alias("quota"))
    due = due.filter((pl.col("days") > 0) & (pl.col("quota") > 0))
    asked = due.group_by("holder", maintain_order=True).agg(pl.col("quota").sum())
    made = sold.filter(span.holds("period")).group_by("holder").agg(pl.col("amount").sum().alias("sold"))
    rows = asked.join(made, on="holder", how="left").with_columns(pl.col("sold").fill_null(0))
    rows = rows.with_columns((pl.col("sold") / pl.col("quota")).alias("reached"))
    rows = rows.sort("reached", descending=True)
    there = share(float(rows.filter(pl.col("reached") >= 1).height), rows.height)
    return ratio(total(rows, "sold"), total(rows, "quota"), rows, share_made=there)


def forecast_accuracy(pairs: pl.DataFrame, span: Span) -> Figure:
    """1 − WAPE of the forecast that was locked before the period: 1 − Σ|A − F| ÷ ΣA, bias beside it.

    ``pairs``: series, period, forecast, actual. Errors are taken series by series before they are added.
    The value may fall below 0: a forecast can be worse than saying nothing.

    >>> pairs = pl.DataFrame({"series": ["a", "b", "c"], "period": [date(2014, 5, 1)] * 3,
    ...                       "forecast": [100.0, 50.0, 0.0], "actual": [80.0, 70.0, 10.0]})
    >>> figure = forecast_accuracy(pairs, Span.read("2014-05", date(2014, 6, 1)))
    >>> figure.value, figure.beside["wape"], figure.beside["bias"], figure.beside["error_in_total"]
    (0.6875, 0.3125, -0.0625, 0.0625)
    """
    off = (pl.col("forecast") - pl.col("actual")).alias("error")
    rows = pairs.filter(span.holds("period")).with_columns(off)
    rows = rows.sort(pl.col("error").abs(), descending=True)
    missed, came, error = float(rows["error"].abs().sum()), total(rows, "actual"), total(rows, "error")
    figure = ratio(missed, came, rows)
    bias = share(error, came)
    beside = {"wape": figure.value, "bias": bias, "error_in_total": None if bias is None else abs(bias)}
    accuracy = None if figure.value is None else 1 - figure.value
    return Figure(accuracy, missed, came, rows.height, figure.why_not, beside, rows)


def team_turnover(people: pl.DataFrame, span: Span) -> Figure:
    """Sellers who left in the period ÷ average heads.

    ``people``: person, hired_on, left_on (the last day). Heads are averaged over the months, each the
    mean of its first and last day; so a team that grew is not measured by two days of the year.

    >>> heads = pl.DataFrame({
    ...     "hired_on": [date(2010, 1, 1)] * 24 + [date(2014, 5, 16)] * 3,
    ...     "left_on": [date(2014, 5, 15)] * 3 + [None] * 24})
    >>> figure = team_turnover(heads, Span.read("2014-05", date(2014, 6, 1)))
    >>> figure.value, figure.numerator, figure.denominator
    (0.125, 3, 24.0)
    """
    rows = people.filter(span.holds("left_on") & (pl.col("left_on") <= span.as_of)).sort("left_on")
    months = month_range(span.start, span.months)
    days = [day for month in months for day in (month - timedelta(days=1), month_end(month))]
    heads = sum(heads_on(people, day) for day in days) / len(days)
    figure = ratio(rows.height, heads, rows)
    yearly = None if figure.value is None else figure.value * 12 / span.months
    why = WhyNot.NO_RECORDS if not heads else None
    return Figure(figure.value, rows.height, heads, round(heads), why, {"annualised": yearly}, rows)


def heads_on(people: pl.DataFrame, day: date) -> int:
    """How many were there at the end of a day."""
    there = (pl.col("hired_on") <= day) & (pl.col("left_on").is_null() | (pl.col("left_on") > day))
    return people.filter(there).height
