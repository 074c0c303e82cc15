"""What a planner should look at, each as a sentence that names the order and what would mend it.

Every row carries the figures of its sentence (item, kind, period, until, quantity, reference), so that
another language can say the same.
"""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from einklang.engine.supply.pegging import served_by

if TYPE_CHECKING:
    from einklang.engine.supply.mrp import Tables

NOTHING = 1e-6
ROW = {
    "item": pl.String,
    "kind": pl.String,
    "period": pl.Int64,
    "until": pl.Int64,
    "quantity": pl.Float64,
    "reference": pl.String,
}
SENTENCES = {
    "lead_time_too_short": (
        "Order {reference} of {quantity} {item} must start {span} before today to be due in "
        "period {period}: expedite it, or accept it later."
    ),
    "demand_late": (
        "{reference} in period {period} rests on a late order of {item}: up to {span} late unless "
        "that order is expedited."
    ),
    "shortage": (
        "{item} runs short by {quantity} in period {period} when late orders arrive late: expedite, "
        "substitute or move the demand."
    ),
    "below_safety_stock": "{item} falls {quantity} below its safety stock in period {period}.",
    "past_due": (
        "Receipt {reference} of {quantity} {item} was due in the past: it is counted in period 1; "
        "confirm a new date."
    ),
    "reschedule_in": (
        "Bring receipt {reference} of {quantity} {item} forward from period {until} to period {period}, "
        "where it is needed."
    ),
    "reschedule_out": (
        "Receipt {reference} of {quantity} {item} in period {period} is not needed before period {until}: "
        "put it off."
    ),
    "cancel": (
        "Receipt {reference} of {quantity} {item} in period {period} is not needed within the horizon: "
        "cancel it."
    ),
    "excess": "{quantity} {item} of the stock on hand are not needed within the horizon.",
}
KINDS = tuple(SENTENCES)


def exceptions(
    tables: "Tables", orders: pl.DataFrame, pegs: pl.DataFrame, projected: pl.DataFrame
) -> pl.DataFrame:
    """All exceptions of a plan, most pressing kinds first."""
    late = orders.filter((pl.col("late") > 0) & ~pl.col("phantom"))
    found = [
        _said(late, "lead_time_too_short", period="due", until="late", reference="order"),
        _said(_demand_late(late, pegs), "demand_late", until="late", reference="demand"),
        *_below(tables, late, projected),
        *_receipts(tables, orders, pegs),
        _said(_excess(tables, pegs), "excess", period=pl.lit(1)),
    ]
    return with_sentences(pl.concat(found))


def _said(table: pl.DataFrame, kind: str, **where: str | pl.Expr) -> pl.DataFrame:
    """Rows of one kind; a column comes from where it is said, else from its own name, else stays blank."""
    chosen = {
        name: where.get(name, name if name in table.columns else pl.lit("" if name == "reference" else None))
        for name in ROW
        if name != "kind"
    }
    columns = {name: pl.col(value) if isinstance(value, str) else value for name, value in chosen.items()}
    rows = table.select(**columns).with_columns(kind=pl.lit(kind))
    return rows.select([pl.col(name).cast(dtype) for name, dtype in ROW.items()])


def with_sentences(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with their English sentence."""
    said = [
        SENTENCES[row["kind"]].format(
            **{**row, "quantity": spoken(row["quantity"]), "span": _span(row["until"])}
        )
        for row in rows.iter_rows(named=True)
    ]
    return rows.with_columns(sentence=pl.Series(said, dtype=pl.String))


def _span(periods: int | None) -> str:
    return "1 period" if periods == 1 else f"{periods} periods"


def spoken(quantity: float) -> str:
    """A quantity as people say it.

    >>> spoken(12345.6), spoken(2.5), spoken(40.0)
    ('12,346', '2.5', '40')
    """
    return f"{quantity:,.0f}" if abs(quantity) >= 1000 else f"{quantity:.4g}"


def _demand_late(late: pl.DataFrame, pegs: pl.DataFrame) -> pl.DataFrame:
    """End demands above a late order; the worst order of each demand speaks."""
    delays = late.select("item", pl.col("order").alias("supply"), "late", "quantity")
    served = served_by(pegs, delays).join(delays, on=["item", "supply"], how="left")
    return (
        served.sort("late", "item", descending=[True, False], maintain_order=True)
        .group_by("for_item", "demand", "period", maintain_order=True)
        .first()
    )


def _below(tables: "Tables", late: pl.DataFrame, projected: pl.DataFrame) -> list[pl.DataFrame]:
    """The first short period and the first below safety stock, if late orders arrive as late as they are."""
    stock = projected["stock"].to_numpy().reshape(-1, tables.periods).copy()
    for number, due, delay, good in late.select("number", "due", "late", "good").iter_rows():
        stock[number, due - 1 : due - 1 + delay] -= good
    out = []
    for kind, missing in (
        ("shortage", -stock),
        ("below_safety_stock", np.where(stock < -NOTHING, 0.0, tables.safety[:, None] - stock)),
    ):
        touched = np.flatnonzero((missing > NOTHING).any(axis=1))
        first = (missing[touched] > NOTHING).argmax(axis=1)
        names = tables.items["item"].gather(touched)
        amount = pl.Series(missing[touched, first], dtype=pl.Float64)
        at = pl.Series(first + 1, dtype=pl.Int64)
        out.append(_said(pl.DataFrame({"item": names, "period": at, "quantity": amount}), kind))
    return out


def _receipts(tables: "Tables", orders: pl.DataFrame, pegs: pl.DataFrame) -> list[pl.DataFrame]:
    """What open receipts should do: come sooner, come later, not come at all.

    Firm ones are the planner's own decision and get no advice.
    """
    receipts = tables.receipts.filter(~pl.col("firm") & (pl.col("quantity") > NOTHING)).select(
        "item", "period", "quantity", "reference"
    )
    use = (
        pegs.filter(pl.col("kind") != "stock")
        .group_by("item", pl.col("supply").alias("reference"))
        .agg(pl.col("period").min().alias("used"))
    )
    firsts = orders.group_by("item").agg(pl.col("due").min().alias("needed"))
    facts = receipts.join(use, on=["item", "reference"], how="left", maintain_order="left").join(
        firsts, on="item", how="left", maintain_order="left"
    )
    sooner = pl.col("needed") < pl.col("period")
    unused = pl.col("used").is_null()
    safety = tables.items.select("item", "safety_stock")
    facts = facts.join(safety, on="item", how="left", maintain_order="left")
    idle = unused & (pl.col("safety_stock") < pl.col("quantity"))
    later = (
        ~unused & (pl.col("used") > pl.max_horizontal("period", pl.lit(1))) & (pl.col("safety_stock") == 0)
    )
    soon = facts.filter(sooner)
    other = facts.filter(~sooner.fill_null(False))
    return [
        _said(receipts.filter(pl.col("period") < 1), "past_due"),
        _said(soon, "reschedule_in", period="needed", until="period"),
        _said(other.filter(later), "reschedule_out", until="used"),
        _said(other.filter(idle), "cancel"),
    ]


def _excess(tables: "Tables", pegs: pl.DataFrame) -> pl.DataFrame:
    return (
        pegs.filter((pl.col("kind") == "stock") & (pl.col("supply") == "on hand"))
        .join(tables.items.select("item", "safety_stock"), on="item", how="left", maintain_order="left")
        .with_columns(quantity=pl.col("quantity") - pl.col("safety_stock"))
        .filter(pl.col("quantity") > NOTHING)
        .select("item", "quantity")
    )
