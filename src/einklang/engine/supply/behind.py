"""What stands behind work: hours on orders, dealt along their pegs to end demand, and on to who asks for it.

An order's hours go to what draws it, each by its share of the order; what draws it may be an order itself,
whose hours go on in the same way, until a demand is reached or stock that nobody draws:

    hours(demand) = sum over orders o of hours(o) * quantity(o > demand) / quantity(o)

A demand is then shared among those who make it up: booked orders first, open deals at their odds next; what
is left is forecast that no name stands behind yet. Nothing is lost on the way: both sums hold.
"""

import polars as pl

NOTHING = 1e-9
FOUND = ["from_item", "kind", "item", "demand", "period", "amount"]


def dealt(pegs: pl.DataFrame, work: pl.DataFrame) -> pl.DataFrame:
    """Deal amounts on supplies (item, supply, amount) to the end demands or the stock they go into.

    Columns: from_item (where the work is), kind (end or stock), item and demand (reached), period, amount.

    >>> links = {"item": ["motor", "motor", "pump"], "supply": ["m1", "m1", "p1"]}
    >>> links |= {"demand": ["p1", "stock", "A"], "kind": ["order", "stock", "end"]}
    >>> links |= {"for_item": ["pump", "motor", "pump"], "period": [1, None, 2]}
    >>> work = pl.DataFrame({"item": ["motor"], "supply": ["m1"], "amount": [8.0]})
    >>> reached = dealt(pl.DataFrame({**links, "quantity": [3.0, 1.0, 3.0]}), work)
    >>> reached.select("kind", "item", "demand", "amount").rows()
    [('stock', 'motor', 'stock', 2.0), ('end', 'pump', 'A', 6.0)]
    """
    links = pegs.with_columns(share=pl.col("quantity") / pl.col("quantity").sum().over("item", "supply"))
    links = links.select("item", "supply", "demand", "kind", "for_item", "period", "share")
    reached = work.select(pl.col("item").alias("from_item"), "item", "supply", "amount")
    found = [_nothing(pegs)]
    while reached.height:
        step = reached.join(links, on=["item", "supply"], how="left", maintain_order="left").with_columns(
            pl.col("kind").fill_null("stock"),
            pl.col("demand").fill_null("stock"),
            pl.col("for_item").fill_null(pl.col("item")),
            amount=pl.col("amount") * pl.col("share").fill_null(1.0),
        )
        found.append(
            step.filter(pl.col("kind") != "order")
            .with_columns(item="for_item")
            .group_by(FOUND[:-1], maintain_order=True)
            .agg(pl.col("amount").sum())
        )
        reached = (
            step.filter(pl.col("kind") == "order")
            .group_by("from_item", pl.col("for_item").alias("item"), pl.col("demand").alias("supply"))
            .agg(pl.col("amount").sum())
            .sort("from_item", "item", "supply")
        )
    summed = pl.concat(found).group_by(FOUND[:-1], maintain_order=True).agg(pl.col("amount").sum())
    return summed.filter(pl.col("amount") > NOTHING)


def _nothing(pegs: pl.DataFrame) -> pl.DataFrame:
    names = pl.DataFrame(schema=dict.fromkeys(FOUND, pl.String))
    return names.cast({"amount": pl.Float64, "period": pegs.schema["period"]})


def claimed(demand: pl.DataFrame, booked: pl.DataFrame, deals: pl.DataFrame) -> pl.DataFrame:
    """Who makes up each demand (item, period, quantity): orders first, then deals, the rest is forecast.

    ``booked`` and ``deals`` have item, period, reference, quantity; a deal's quantity is already times its
    odds. Columns: item, period, kind (order, deal, forecast), reference, share; shares of a demand sum to 1.

    >>> one = {"item": ["P"], "period": [1]}
    >>> demand = pl.DataFrame({**one, "quantity": [10.0]})
    >>> booked = pl.DataFrame({**one, "reference": ["E-1"], "quantity": [4.0]})
    >>> deals = pl.DataFrame({**one, "reference": ["D-7"], "quantity": [3.0]})
    >>> claimed(demand, booked, deals).select("kind", "reference", "share").rows()
    [('order', 'E-1', 0.4), ('deal', 'D-7', 0.3), ('forecast', '', 0.3)]
    """
    left = demand.select("item", "period", whole="quantity", left="quantity").filter(
        pl.col("whole") > NOTHING
    )
    rows = []
    for kind, claims in (("order", booked), ("deal", deals)):
        asked = claims.group_by("item", "period").agg(asked=pl.col("quantity").sum())
        left = left.join(asked, on=["item", "period"], how="left", maintain_order="left").with_columns(
            pl.col("asked").fill_null(0.0), given=pl.min_horizontal("left", pl.col("asked").fill_null(0.0))
        )
        rows.append(
            claims.join(left.filter(pl.col("asked") > NOTHING), on=["item", "period"], maintain_order="left")
            .with_columns(share=pl.col("quantity") * pl.col("given") / pl.col("asked") / pl.col("whole"))
            .select("item", "period", pl.lit(kind).alias("kind"), "reference", "share")
        )
        left = left.with_columns(left=pl.col("left") - pl.col("given")).drop("asked", "given")
    rest = left.select(
        "item",
        "period",
        pl.lit("forecast").alias("kind"),
        pl.lit("").alias("reference"),
        share=(pl.col("left") / pl.col("whole")).round(12),
    )
    return pl.concat([*rows, rest.filter(pl.col("share") > NOTHING)])
