"""Which order goes first: by what was promised, or by what an hour of the bottleneck earns."""

import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.supply.capacity import bill_of_hours

RANKS = ("priority", "throughput")


def by_priority(orders: pl.DataFrame) -> pl.DataFrame:
    """The most important first (lowest priority number), then the earliest due date."""
    return orders.with_row_index("row").sort("priority", "due", "row", nulls_last=True).drop("row")


def by_throughput(
    orders: pl.DataFrame,
    items: pl.DataFrame,
    bom: pl.DataFrame | None,
    routing: pl.DataFrame,
    resources: pl.DataFrame,
) -> pl.DataFrame:
    """What earns most per hour of a bottleneck first; what needs no bottleneck before all others.

    Throughput is price less material. Hours count with the price of their work centre in the balance (what
    one more hour would save), over all levels of the bill:

        throughput ratio = (price - material cost) / sum over work centres of hours * shadow price

    >>> orders = pl.DataFrame({"order": ["1", "2"], "item": ["Q", "P"], "price": [100.0, 90.0]})
    >>> items = pl.DataFrame({"item": ["P", "Q"], "material_cost": [45.0, 40.0]})
    >>> routing = pl.DataFrame({"item": ["P", "Q"], "resource": ["B", "B"], "hours": [0.25, 0.5]})
    >>> resources = pl.DataFrame({"resource": ["B"], "shadow_price": [120.0]})
    >>> by_throughput(orders, items, None, routing, resources)["item"].to_list()
    ['P', 'Q']
    """
    _priced(orders)
    ends = orders["item"].unique(maintain_order=True).to_list()
    hours = bill_of_hours(bom, routing.filter(pl.col("resource").is_not_null()), ends)
    weighed = (
        hours.join(resources.select("resource", pl.col("shadow_price").fill_null(0.0)), on="resource")
        .group_by("item")
        .agg(weight=(pl.col("hours") * pl.col("shadow_price")).sum())
    )
    earned = pl.col("price") - pl.col("material_cost").fill_null(0.0)
    return (
        orders.with_row_index("row")
        .join(items.select("item", "material_cost"), on="item", how="left")
        .join(weighed, on="item", how="left")
        .with_columns(
            ratio=pl.when(pl.col("weight") > 0)
            .then(earned / pl.col("weight"))
            .otherwise(pl.lit(float("inf")))
        )
        .sort("ratio", "due" if "due" in orders.columns else "row", "row", descending=[True, False, False])
        .drop("row", "material_cost", "weight", "ratio")
    )


def _priced(orders: pl.DataFrame) -> None:
    """Every order has a price, else all that have none are named."""
    unpriced = orders.filter(pl.col("price").is_null())
    if unpriced.height:
        raise BadTable(
            [
                Fault(
                    "demand",
                    None,
                    "price",
                    f"none for order {name}",
                    "a price",
                    "enter it or rank by priority",
                )
                for name in unpriced["order"]
            ]
        )
