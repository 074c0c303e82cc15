"""Whether what was promised came: on time, in full, and how long an order took.

``lines``: order, ordered (quantity), ordered_on, promised_on, shipped (in all), shipped_in_time (by the
promised day), shipped_on (the last shipment), lost (wished for and refused for want of stock).
"""

import polars as pl

from einklang.engine.kpis.figure import Figure, Span, WhyNot, mean, median, ratio, share, total


def delivered(lines: pl.DataFrame, shipments: pl.DataFrame) -> pl.DataFrame:
    """Lines with what was shipped of them, and by the promised day.

    ``lines``: line_id, quantity, promised_on, order_shipped_on, lost ...; ``shipments``: line_id,
    shipped_on, shipped. A line without a shipment of its own left with its order.
    """
    sent = shipments.join(lines.select("line_id", "promised_on"), on="line_id")
    in_time = pl.col("shipped").filter(pl.col("shipped_on") <= pl.col("promised_on")).sum()
    known = sent.group_by("line_id").agg(
        pl.col("shipped").sum(), in_time.alias("shipped_in_time"), pl.col("shipped_on").max()
    )
    whole = pl.col("order_shipped_on").is_not_null() & ~pl.col("lost")
    by_then = whole & (pl.col("order_shipped_on") <= pl.col("promised_on"))
    ordered = pl.col("quantity").alias("ordered")
    return lines.join(known, on="line_id", how="left").with_columns(
        ordered,
        pl.col("shipped").fill_null(pl.when(whole).then("quantity").otherwise(0.0)),
        pl.col("shipped_in_time").fill_null(pl.when(by_then).then("quantity").otherwise(0.0)),
        pl.col("shipped_on").fill_null(pl.when(whole).then("order_shipped_on")),
    )


def on_time(lines: pl.DataFrame, span: Span) -> Figure:
    """Of the lines promised for the period, those of which nothing came after the promised day."""
    rows = _promised(lines, span).with_columns(
        (pl.col("shipped_on") <= pl.col("promised_on")).fill_null(False).alias("on_time")
    )
    return ratio(float(rows["on_time"].sum()), rows.height, rows.sort("on_time"))


def on_time_in_full(lines: pl.DataFrame, span: Span) -> Figure:
    """Of the lines promised for the period, those that had come whole by the promised day (OTIF)."""
    whole = (pl.col("shipped_in_time") >= pl.col("ordered") - 1e-9).alias("on_time_in_full")
    rows = _promised(lines, span).with_columns(whole)
    on_day = (rows["shipped_on"] <= rows["promised_on"]).fill_null(False).sum()
    in_full = (rows["shipped"] >= rows["ordered"] - 1e-9).sum()
    beside = {"on_time": share(float(on_day), rows.height), "in_full": share(float(in_full), rows.height)}
    return ratio(float(rows["on_time_in_full"].sum()), rows.height, rows.sort("on_time_in_full"), **beside)


def fill_rate(lines: pl.DataFrame, span: Span) -> Figure:
    """Of the quantity wished for in the period, lost wishes too, what was shipped by the promised day."""
    due = (pl.col("promised_on") <= span.as_of) | pl.col("lost")
    wished = pl.coalesce("promised_on", "period").is_between(span.start, span.end)
    rows = lines.filter(due & wished).with_columns(
        (pl.col("ordered") - pl.min_horizontal("shipped_in_time", "ordered")).alias("missing")
    )
    rows = rows.sort("missing", descending=True)
    came = total(rows, "ordered") - total(rows, "missing")
    lost = float(rows.filter(pl.col("lost"))["ordered"].sum())
    return ratio(came, total(rows, "ordered"), rows, lost_wishes=lost)


def order_cycle_time(orders: pl.DataFrame, span: Span) -> Figure:
    """Days from order to shipment over the orders shipped in the period: the median, the mean beside it."""
    days = (pl.col("shipped_on") - pl.col("ordered_on")).dt.total_days().alias("days")
    rows = orders.filter(span.holds("shipped_on")).with_columns(days).sort("days", descending=True)
    why = None if rows.height else WhyNot.NO_RECORDS
    beside = {"mean": mean(rows["days"])}
    return Figure(median(rows["days"]), total(rows, "days"), rows.height, rows.height, why, beside, rows)


def schedule_adherence(work_orders: pl.DataFrame, span: Span) -> Figure:
    """Of the work orders due in the period, those finished by the due day. Not yet finished is late.

    ``work_orders``: number, due_on, ended_on.
    """
    rows = work_orders.filter(span.holds("due_on") & (pl.col("due_on") <= span.as_of))
    kept = (pl.col("ended_on") <= pl.col("due_on")).fill_null(False).alias("on_time")
    late = (pl.col("ended_on").fill_null(span.as_of) - pl.col("due_on")).dt.total_days().alias("days_late")
    rows = rows.with_columns(kept, late).sort("days_late", descending=True)
    done = float(rows["on_time"].sum())
    behind = median(rows.filter(~pl.col("on_time"))["days_late"])
    return ratio(done, rows.height, rows, late=rows.height - done, days_late=behind)


def _promised(lines: pl.DataFrame, span: Span) -> pl.DataFrame:
    """The lines whose promise fell due in the period; what nobody could sell was never promised."""
    return lines.filter(span.holds("promised_on") & (pl.col("promised_on") <= span.as_of) & ~pl.col("lost"))
