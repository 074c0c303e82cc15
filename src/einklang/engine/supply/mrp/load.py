"""Hours that planned orders take, and the work centres that do not have them.

Requirements are planned as if hours were endless; where they are not, the work centre, the hours that are
missing and the order that takes most of them are said. An order loads its work centres when it is due.
"""

import polars as pl

NOTHING = 1e-6


def overloaded(orders: pl.DataFrame, routing: pl.DataFrame, resources: pl.DataFrame) -> pl.DataFrame:
    """Work centres by period that lack hours: item, period, quantity (hours), reference (order), other.

    ``item`` and ``reference`` name the order that takes most of the hours, ``other`` the work centre. Hours
    without a period are those of every period that has none of its own.

    >>> orders = pl.DataFrame({"item": ["a"], "order": ["a#1"], "due": [2], "quantity": [10.0]})
    >>> routing = pl.DataFrame({"item": ["a"], "resource": ["saw"], "hours": [1.5], "setup_hours": [None]})
    >>> saw = pl.DataFrame({"resource": ["saw"], "period": [None], "hours": [12.0]})
    >>> overloaded(orders, routing, saw.cast({"period": pl.Int64})).rows()
    [('a', 2, 3.0, 'a#1', 'saw')]
    """
    hours = pl.col("quantity") * pl.col("hours") + pl.col("setup_hours").fill_null(0.0)
    work = orders.join(routing, on="item", how="inner", maintain_order="left").select(
        "item", "order", "resource", period="due", hours=hours
    )
    loads = (
        work.sort("hours", descending=True, maintain_order=True)
        .group_by("resource", "period", maintain_order=True)
        .agg(pl.col("hours").sum(), pl.col("item").first(), reference=pl.col("order").first())
    )
    always = resources.filter(pl.col("period").is_null()).select("resource", usual="hours")
    own = resources.filter(pl.col("period").is_not_null()).select("resource", "period", own="hours")
    return (
        loads.join(always, on="resource", how="left", maintain_order="left")
        .join(own, on=["resource", "period"], how="left", maintain_order="left")
        .with_columns(missing=pl.col("hours") - pl.coalesce("own", "usual", pl.lit(0.0)))
        .filter(pl.col("missing") > NOTHING)
        .sort("period", "resource")
        .select("item", "period", quantity="missing", reference="reference", other="resource")
    )
