"""Published plants: frePPLe's demo plants, Fisher and Thompson's job shop, Goldratt's P and Q."""

from datetime import date, timedelta

import polars as pl
import pytest

from einklang.engine.supply.schedule import schedule
from tests.engine.frepple import closed_sales, plant
from tests.engine.schedules import assert_it_can_be_kept

OPTIMUM_HOURS = 930
"""Fisher and Thompson's ten jobs on ten machines; proven by Carlier and Pinson (1989)."""


def test_the_job_shop_is_fisher_and_thompson_and_never_beats_its_proven_optimum():
    start, tables = plant("jobshop")
    first = tables["routing"].filter(pl.col("item").str.starts_with("Item 01"))
    hours = tables["routing"]["setup_hours"].sum()
    plan = schedule(start, **tables)
    ends = (plan.operations["end"].max() - plan.operations["start"].min()).total_seconds() / 3600

    assert first["setup_hours"].to_list() == [29, 78, 9, 36, 49, 11, 62, 56, 44, 21]
    assert plan.operations["hours"].sum() == pytest.approx(hours)
    assert OPTIMUM_HOURS <= ends <= 1.55 * OPTIMUM_HOURS
    assert_it_can_be_kept(plan)


def test_in_the_job_shop_every_job_is_done_or_says_which_machine_was_full():
    start, tables = plant("jobshop")
    plan = schedule(start, **tables)

    assert plan.orders["end"].null_count() == 0
    assert set(plan.late["kind"]) <= {"full"}
    assert plan.late["at"].str.starts_with("Machine").all()


@pytest.mark.parametrize("name", ["demo", "manufacturing_demo"])
def test_a_demo_plant_of_frepple_is_planned_in_full_and_what_is_late_says_why(name):
    start, tables = plant(name)
    plan = schedule(start, **tables)

    assert plan.orders.height == tables["demand"].height
    assert plan.orders["end"].null_count() == 0
    assert_it_can_be_kept(plan)


def test_in_the_demo_plant_orders_of_the_first_day_wait_for_thread_that_takes_two_weeks():
    start, tables = plant("demo")
    plan = schedule(start, **tables)
    first = plan.orders.filter(pl.col("order") == "Demand 01").row(0, named=True)

    assert (first["kind"], first["at"]) == ("purchase", "thread @ factory 1")
    assert "takes 14 days" in first["sentence"]


def test_the_distribution_plant_serves_two_months_of_its_own_sales_from_its_stock_and_lead_times():
    start, tables = plant("distribution_demo")
    sold = closed_sales("distribution_demo")
    last = sold["due"].max()
    sold = sold.filter(pl.col("due") > last - timedelta(days=56), pl.col("quantity") > 0)
    again = sold.with_row_index("order").select(
        pl.format("S{}", "order").alias("order"),
        "item",
        "quantity",
        due=pl.lit(start) + (pl.col("due") - (last - timedelta(days=56))),
    )
    plan = schedule(start, tables["items"], again, bom=tables["bom"], routing=tables["routing"])

    assert plan.orders.height == 168
    assert plan.orders["end"].null_count() == 0
    assert set(plan.late["kind"]) <= {"purchase", "work"}
    assert plan.late["due"].max() <= start + timedelta(days=21 + 3)  # the longest lead time, and the way
    assert_it_can_be_kept(plan)


def goldratt(rank: str) -> dict[str, float]:
    """P and Q of Goldratt, The Haystack Syndrome (recalled): 2,400 minutes a week at each of A, B, C, D.

    P sells for 90 (material 45), at most 100 a week; Q for 100 (material 40), at most 50. B is the
    bottleneck: 15 minutes for a P, 30 for a Q. The most a week can
    earn is 6,300 before 6,000 of expense: all P, 30 Q.
    """
    minutes = {"P": {"A": 15, "B": 15, "C": 15, "D": 15}, "Q": {"A": 10, "B": 30, "C": 5, "D": 5}}
    routing = pl.DataFrame(
        [
            (item, step, centre, time / 60)
            for item, work in minutes.items()
            for step, (centre, time) in enumerate(work.items())
        ],
        schema={"item": pl.String, "step": pl.Int64, "resource": pl.String, "hours": pl.Float64},
        orient="row",
    )
    week = 5
    monday = date(2024, 1, 1)
    orders = [("Q", 100.0)] * 50 + [("P", 90.0)] * 100
    plan = schedule(
        monday,
        pl.DataFrame({"item": ["P", "Q"], "material_cost": [45.0, 40.0], "lead_time": 0.0}),
        pl.DataFrame(
            {
                "order": [f"{item}{number}" for number, (item, _price) in enumerate(orders)],
                "item": [item for item, _price in orders],
                "quantity": 1.0,
                "due": monday + timedelta(days=week - 1),
                "price": [price for _item, price in orders],
            }
        ),
        # Only B decides what the week earns; the others are given time enough not to disturb the count.
        routing=routing.filter(pl.col("resource") == "B"),
        resources=pl.DataFrame(
            {"resource": ["B"], "hours_per_day": [8.0], "machines": [1], "shadow_price": [120.0]}
        ),
        rank=rank,
    )
    in_time = plan.orders.filter(pl.col("days_late") == 0)
    made = {item: float(in_time.filter(pl.col("item") == item).height) for item in ("P", "Q")}
    return {**made, "throughput": made["P"] * 45 + made["Q"] * 60}


def test_ranked_by_throughput_per_bottleneck_hour_the_week_earns_goldratts_6300():
    assert goldratt("throughput") == {"P": 100, "Q": 30, "throughput": 6300}


def test_ranked_by_date_and_row_the_dearer_product_starves_the_better_one():
    assert goldratt("priority") == {"P": 60, "Q": 50, "throughput": 5700}
