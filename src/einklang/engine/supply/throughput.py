"""Which item earns most with an hour of a scarce resource.

    throughput per unit = price - what is bought for one unit, through all levels
    throughput per hour = throughput per unit / hours one unit takes on the resource, through all levels

Wages and machines cost the same whichever item is made, so only what is bought counts as cost. Where hours
end, the item with the most throughput per hour comes first; the one with the most per unit need not.
"""

import polars as pl

from einklang.engine.supply.capacity import bill_of_hours

BOUGHT = "bought"


def bought_for(bom: pl.DataFrame, costs: pl.DataFrame, ends: list[str]) -> pl.DataFrame:
    """What is bought for one unit of each end item: item, material; items without any bought part stay out.

    ``costs`` (item, cost) names bought items only; nothing below a bought item counts.

    >>> bom = pl.DataFrame({"parent": ["pump"], "component": ["motor"], "quantity": [2.0]})
    >>> bought_for(bom, pl.DataFrame({"item": ["motor"], "cost": [40.0]}), ["pump"]).rows()
    [('pump', 80.0)]
    """
    inside = bom.filter(~pl.col("parent").is_in(costs["item"].implode()))
    spent = costs.select("item", pl.lit(BOUGHT).alias("resource"), hours="cost")
    return bill_of_hours(inside, spent, ends).select("item", material="hours")


def by_hour(hours: pl.DataFrame, prices: pl.DataFrame, material: pl.DataFrame) -> pl.DataFrame:
    """Rank items on each resource by what an hour of it earns, best first.

    ``hours`` (item, resource, hours: a bill of all levels), ``prices`` (item, price), ``material``
    (item, material). Adds throughput (a unit) and per_hour; items without a price or material stay out.

    >>> hours = pl.DataFrame({"item": ["P", "Q"], "resource": ["B", "B"], "hours": [0.25, 0.5]})
    >>> prices = pl.DataFrame({"item": ["P", "Q"], "price": [90.0, 100.0]})
    >>> material = pl.DataFrame({"item": ["P", "Q"], "material": [45.0, 40.0]})
    >>> by_hour(hours, prices, material).select("item", "throughput", "per_hour").rows()
    [('P', 45.0, 180.0), ('Q', 60.0, 120.0)]
    """
    return (
        hours.filter(pl.col("hours") > 0)
        .join(prices, on="item", how="inner", validate="m:1")
        .join(material, on="item", how="inner", validate="m:1")
        .with_columns(throughput=pl.col("price") - pl.col("material"))
        .with_columns(per_hour=pl.col("throughput") / pl.col("hours"))
        .sort("resource", "per_hour", "item", descending=[False, True, False])
    )
