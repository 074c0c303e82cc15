"""What must hold of every schedule, whatever it was made of."""

import polars as pl

from einklang.engine.supply.schedule import Schedule

SECOND = 1 / 3600


def assert_it_can_be_kept(plan: Schedule) -> None:
    """No overlap, no overbooked day, no start before its parts, nothing late without a reason."""
    work = plan.operations.sort("resource", "machine", "start", "end")
    after = work.with_columns(pl.col("end").shift().over("resource", "machine").alias("before"))
    assert after.filter(pl.col("start") < pl.col("before")).is_empty()
    assert plan.load.filter(pl.col("load") > pl.col("hours") + SECOND).is_empty()
    lots = plan.supplies.select(pl.col("supply").alias("user"), "start")
    drawn = plan.pegs.join(lots, on="user")
    assert drawn.filter(pl.col("there") > pl.col("start")).is_empty()
    begun = work.group_by(pl.col("lot").alias("user")).agg(pl.col("start").min().alias("first"))
    assert drawn.join(begun, on="user").filter(pl.col("there") > pl.col("first")).is_empty()
    given = plan.pegs.group_by("user", "item").agg(pl.col("quantity").sum())
    done = plan.orders.filter(pl.col("end").is_not_null())
    served = done.join(given, left_on=["order", "item"], right_on=["user", "item"], suffix="_given")
    assert served.filter((pl.col("quantity") - pl.col("quantity_given")).abs() > 1e-6).is_empty()
    assert plan.late["sentence"].null_count() == 0
    assert plan.late["at"].null_count() == 0
