"""What a planner should look at: what is lost or late, where hours end, and what requirements say.

Nothing is said twice. A part that cannot come in time is one row for each of its orders: the first names
the planned orders that wait for it (the engine gives each of these a row, and the part a shortage). An open
order that should come sooner is one row, whether the plan's orders or requirements ask for it.

The other messages of requirements planning cannot occur with what a plan passes to it: it has the kept
safety stocks in the balance (below_safety_stock of its own), no forecast apart from orders (forecast_late),
no fences, calendars or alternates (frozen, to_firm, demand_unmet, substitute, alternate_*,
supplier_capacity), hours and shelf lives in the balance (overload, outlives), stock of at least nothing
(negative_stock), months of the plan only (past_due, demand_past_due: `_overdue` says the former), and every
item with its lead time and without its kind (no_lead_time, made_and_bought).
"""

import polars as pl

from einklang.engine.supply.mrp import MrpPlan
from einklang.supply.models import PlanException
from einklang.supply.queries.balancing import needed_items
from einklang.supply.queries.inputs import Inputs

Kind = PlanException.Kind
RANK = {
    Kind.LOST: 1,
    Kind.LATE: 2,
    Kind.OVERLOAD: 3,
    Kind.SHORTAGE: 4,
    Kind.DEMAND_LATE: 4,
    Kind.AT_RISK: 4,
    Kind.TOO_SHORT: 5,
    Kind.PAST_DUE: 6,
    Kind.IN: 6,
    Kind.BELOW_SAFETY: 7,
    Kind.OUT: 8,
    Kind.CANCEL: 8,
    Kind.EXCESS: 9,
}
LEAST = 0.5  # of a unit: less is rounding
NAMED = 3  # orders that wait are named; more are hinted at
SCHEMA = {
    "item": pl.String,
    "resource": pl.String,
    "kind": pl.String,
    "period": pl.Date,
    "until": pl.Date,
    "months": pl.Int64,
    "quantity": pl.Float64,
    "value_cents": pl.Int64,
    "reference": pl.String,
    "waiting": pl.String,
}


def noticed(
    inputs: Inputs, points: pl.DataFrame, loads: pl.DataFrame, orders: pl.DataFrame, needed: MrpPlan
) -> pl.DataFrame:
    """All exceptions of a plan, each with what is at stake in money."""
    worth = inputs.items.select("item", "cost_cents", "price_cents")
    found = [
        _unserved(points.filter("is_sold")),
        _full(loads),
        _below_safety(points),
        _overdue(inputs),
        _sooner(inputs, orders),
        _required(inputs, needed),
    ]
    an_order = pl.struct("kind", "item", "reference", "until", "quantity")
    rows = pl.concat(found, how="diagonal_relaxed").filter(
        (pl.col("kind") != Kind.IN.value) | an_order.is_first_distinct()
    )
    absent = [
        pl.lit(None, dtype=kind).alias(name) for name, kind in SCHEMA.items() if name not in rows.columns
    ]
    lost = pl.col("kind").is_in([Kind.LOST.value, Kind.LATE.value])
    unit = pl.when(lost).then(pl.max_horizontal("price_cents", "cost_cents")).otherwise("cost_cents")
    return (
        rows.with_columns(absent)
        .join(worth, on="item", how="left", maintain_order="left")
        .with_columns(
            value_cents=pl.coalesce("value_cents", (pl.col("quantity") * unit).round(0))
            .fill_null(0)
            .cast(pl.Int64),
            rank=pl.col("kind").replace_strict(
                {kind.value: rank for kind, rank in RANK.items()}, return_dtype=pl.Int64
            ),
            reference=pl.col("reference").fill_null(""),
            waiting=pl.col("waiting").fill_null(""),
        )
        .select(*SCHEMA, "rank")
        .sort("rank", "value_cents", descending=[False, True], maintain_order=True)
    )


def _unserved(sold: pl.DataFrame) -> pl.DataFrame:
    """Items whose demand is lost or served late: from when until when, and how much."""
    parts = []
    for kind, column in ((Kind.LOST, "lost"), (Kind.LATE, "backlog")):
        amount = pl.col(column).sum() if kind == Kind.LOST else pl.col(column).max()
        parts.append(
            sold.filter(pl.col(column) > LEAST)
            .group_by("item", maintain_order=True)
            .agg(
                pl.lit(kind.value).alias("kind"),
                period=pl.col("period").min(),
                until=pl.col("period").max(),
                quantity=amount,
            )
        )
    return pl.concat(parts)


def _full(loads: pl.DataFrame) -> pl.DataFrame:
    """Work centres whose hours end before the demand does; at stake is what their dearest hour would save."""
    return (
        loads.filter(pl.col("shadow_price") > 0.005)
        .sort("period")
        .group_by("resource", maintain_order=True)
        .agg(
            pl.lit(Kind.OVERLOAD.value).alias("kind"),
            period=pl.col("period").min(),
            until=pl.col("period").max(),
            months=pl.len().cast(pl.Int64),
            quantity=pl.col("overtime").sum(),
            value_cents=(pl.col("shadow_price").max() * 100).round(0).cast(pl.Int64),
        )
    )


def _below_safety(points: pl.DataFrame) -> pl.DataFrame:
    """Items that fall below their safety stock: the first month, and by how much at worst."""
    return (
        points.filter(pl.col("short") > LEAST)
        .group_by("item", maintain_order=True)
        .agg(
            pl.lit(Kind.BELOW_SAFETY.value).alias("kind"),
            period=pl.col("period").min(),
            until=pl.col("period").max(),
            quantity=pl.col("short").max(),
        )
    )


def _overdue(inputs: Inputs) -> pl.DataFrame:
    """Open orders that should have come before the plan: one row an order, counted in the first month."""
    return inputs.coming.filter(pl.col("due") < inputs.months[0]).select(
        "item",
        "quantity",
        "reference",
        kind=pl.lit(Kind.PAST_DUE.value),
        period=pl.col("due").dt.truncate("1mo"),
    )


def _sooner(inputs: Inputs, orders: pl.DataFrame) -> pl.DataFrame:
    """Open orders that come after a month for which the plan has to order more of the same."""
    firsts = orders.group_by("item").agg(needed=pl.col("due").min())
    arrives = pl.col("due").dt.truncate("1mo")
    return (
        inputs.coming.join(firsts, on="item", how="inner", maintain_order="left")
        .filter((arrives > pl.col("needed")) & (pl.col("due") >= inputs.months[0]))
        .select(
            "item",
            "quantity",
            "reference",
            kind=pl.lit(Kind.IN.value),
            period="needed",
            until=arrives,
        )
    )


def _required(inputs: Inputs, needed: MrpPlan) -> pl.DataFrame:
    """The messages of requirements planning, their periods as months.

    ``until`` counts periods in messages on lateness and names a period in the others. Stock and open orders
    that a safety stock is made of are neither too much nor too early.
    """
    start = pl.lit(inputs.months[0])
    counted = pl.col("kind").is_in([Kind.TOO_SHORT.value, Kind.DEMAND_LATE.value, Kind.AT_RISK.value])
    month = pl.format("{}mo", pl.col("period") - 1)
    later = pl.format("{}mo", pl.col("until") - 1)
    safety = needed_items(inputs).select("item", safety=pl.col("safety_stock").cast(pl.Float64))
    kept = pl.col("safety").fill_null(0.0)
    spare = pl.col("kind").is_in([Kind.EXCESS.value, Kind.CANCEL.value])
    return (
        once(inputs, needed.exceptions.filter(pl.col("kind").is_in([kind.value for kind in RANK])))
        .with_columns(
            months=pl.when(counted).then("until"),
            until=pl.when(~counted & pl.col("until").is_not_null()).then(start.dt.offset_by(later)),
            period=start.dt.offset_by(month),
        )
        .join(safety, on="item", how="left", maintain_order="left")
        .filter(~spare | (pl.col("quantity") > kept))
        .filter((pl.col("kind") != Kind.OUT.value) | (kept == 0))
        .with_columns(
            quantity=pl.when(pl.col("kind") == Kind.EXCESS.value)
            .then(pl.col("quantity") - kept)
            .otherwise("quantity")
        )
        .select([name for name in SCHEMA if name != "resource"])
    )


def once(inputs: Inputs, said: pl.DataFrame) -> pl.DataFrame:
    """The messages with one row for each order of a part that cannot come in time.

    Its most late order says which orders wait for the part, how late the latest of them is and what they are
    worth; a shortage of the part, and the waiting orders' own rows, would only repeat it.
    """
    late = pl.col("kind") == Kind.TOO_SHORT.value
    told = (
        said.filter(late)
        .sort("until", descending=True, maintain_order=True)
        .join(_waiting(inputs, said), on="item", how="left", maintain_order="left")
        .with_columns(named=pl.col("waiting").is_not_null() & pl.col("item").is_first_distinct())
        .with_columns(
            kind=pl.when("named").then(pl.lit(Kind.AT_RISK.value)).otherwise("kind"),
            until=pl.when("named").then("latest").otherwise("until"),
            value_cents=pl.when("named").then("value_cents"),
            waiting=pl.when("named").then("waiting"),
        )
        .drop("named", "latest")
    )
    again = (pl.col("kind") == Kind.SHORTAGE.value) & pl.col("item").is_in(told["item"].implode())
    others = said.filter(~late & ~again & (pl.col("kind") != Kind.AT_RISK.value))
    return pl.concat([told, others], how="diagonal")


def _waiting(inputs: Inputs, said: pl.DataFrame) -> pl.DataFrame:
    """By the part waited for: the orders by name, how late the latest of them is, and what they are worth.

    The worth is that of what is sold among them, else of the dearest: parts would count again in what they
    go into.
    """
    ends = pl.Series(inputs.ends, dtype=pl.String).implode()
    worth = inputs.items.select("item", "cost_cents", sold=pl.col("item").is_in(ends))
    more = pl.when(pl.len() > NAMED).then(pl.lit(" …")).otherwise(pl.lit(""))
    cents = pl.col("cents")
    return (
        said.filter(pl.col("kind") == Kind.AT_RISK.value)
        .join(worth, on="item", how="left", maintain_order="left")
        .with_columns(cents=pl.col("quantity") * pl.col("cost_cents"))
        .sort("sold", "cents", descending=True, maintain_order=True)
        .group_by(pl.col("other").alias("item"), maintain_order=True)
        .agg(
            waiting=pl.col("reference").head(NAMED).str.join(", ") + more,
            latest=pl.col("until").max(),
            value_cents=pl.max_horizontal(cents.filter("sold").sum(), cents.max()).round(0).cast(pl.Int64),
        )
    )
