"""Forecast and booked orders in one demand, so that nothing counts twice."""

import polars as pl


def consumed(expected: pl.DataFrame, booked: pl.DataFrame) -> pl.DataFrame:
    """Demand by item and period: what is booked for a period is part of what was expected of it.

    Booked orders use up the forecast; where more is booked than was expected, the booked quantity stands:
    ``demand = max(expected, booked)``. Both tables: item, period, quantity (units); ``booked`` may have
    several rows of an item and period. Orders of periods that are over are owed, not expected, and do not
    belong here.

    >>> expected = pl.DataFrame({"item": ["P-20", "P-30"], "period": [1, 1], "quantity": [10.0, 10.0]})
    >>> booked = pl.DataFrame({"item": ["P-20", "P-30"], "period": [1, 1], "quantity": [4.0, 12.0]})
    >>> consumed(expected, booked).rows()
    [('P-20', 1, 10.0), ('P-30', 1, 12.0)]
    """
    sums = booked.group_by("item", "period").agg(booked=pl.col("quantity").sum())
    both = expected.join(sums, on=["item", "period"], how="left", maintain_order="left")
    return both.with_columns(quantity=pl.max_horizontal("quantity", pl.col("booked").fill_null(0.0))).drop(
        "booked"
    )
