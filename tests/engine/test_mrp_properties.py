"""Requirements: what must hold for every plant."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from einklang.engine.supply.mrp import MrpPlan
from einklang.engine.supply.pegging import end_demand, uses
from tests.engine.plants import Plant, flows, plants

some = settings(max_examples=15, deadline=None)
any_plant = st.one_of(plants(), plants(fenced=True), plants(choices=True))


def missing(plan: MrpPlan) -> pl.DataFrame:
    """End demand by reference and what pegging covers of it."""
    wanted = plan.tables.demand.group_by("reference").agg(pl.col("quantity").sum())
    ends = plan.pegs.filter((pl.col("kind") == "end") & (pl.col("supply") != "not covered"))
    covered = ends.group_by(reference="demand").agg(covered=pl.col("quantity").sum())
    return wanted.join(covered, on="reference", how="left").with_columns(pl.col("covered").fill_null(0.0))


@some
@given(plants(fenced=True))
def test_every_demand_is_pegged_in_full_or_named_as_unmet(plant):
    plan = plant.planned()
    rows = missing(plan).filter((pl.col("quantity") - pl.col("covered")).abs() > 1e-5)
    named = plan.exceptions.filter(pl.col("kind") == "demand_unmet")["reference"].to_list()
    assert set(rows["reference"]) <= set(named)


@some
@given(plants())
def test_every_demand_is_pegged_in_full(plant):
    rows = missing(plant.planned())
    assert (rows["quantity"] - rows["covered"]).abs().max() == pytest.approx(0, abs=1e-5)


@some
@given(any_plant)
def test_what_comes_in_goes_out_or_lies_in_stock(plant):
    for _, rows in plant.planned().projected.group_by("item"):
        start = rows["stock"] - (rows["scheduled"] + rows["planned"] - rows["gross"]).cum_sum()
        assert (start - start[0]).abs().max() == pytest.approx(0, abs=1e-6)


@some
@given(st.one_of(plants(), plants(choices=True)))
def test_stock_never_falls_below_nothing(plant):
    assert plant.planned().projected["stock"].min() > -1e-6


@some
@given(plants(fenced=True))
def test_stock_below_nothing_is_said(plant):
    plan = plant.planned()
    short = plan.projected.filter(pl.col("stock") < -1e-5)["item"].unique()
    said = plan.exceptions.filter(pl.col("kind").is_in(["shortage", "demand_unmet"]))["item"]
    assert set(short) <= set(said)


@some
@given(any_plant)
def test_the_links_of_an_order_sum_to_it_also_down_to_the_end_demand(plant):
    plan = plant.planned()
    size = plan.orders.select(pl.col("order").alias("supply"), "good")
    for links in (plan.pegs, plan.pegging()):
        summed = links.group_by("supply").agg(pl.col("quantity").sum())
        both = size.join(summed, on="supply", how="left")
        assert both["quantity"].null_count() == 0
        assert (both["good"] - both["quantity"]).abs().max() in (None, pytest.approx(0, abs=1e-5))


@some
@given(plants())
def test_both_ways_through_the_plan_tell_the_same(plant):
    """Up from an item to what it is for, and down from each demand to the item."""
    plan = plant.planned()
    down = dict(plan.pegging().group_by("item").agg(pl.col("quantity").sum()).iter_rows())
    for item in plant.items["item"]:
        up = uses(plan.pegs, item).filter(pl.col("kind") != "order")["quantity"].sum()
        assert up == pytest.approx(down.get(item, 0.0), abs=1e-5)


@some
@given(plants())
def test_links_read_back_from_a_table_reach_the_same_end_demand(plant):
    plan = plant.planned()
    keys = ["supply", "item", "demand"]
    assert_frame_equal(
        end_demand(plan.pegs).group_by(keys).sum().sort(keys),
        plan.pegging().group_by(keys).sum().sort(keys),
        check_column_order=False,
        abs_tol=1e-6,
    )


@some
@given(any_plant)
def test_what_orders_draw_is_the_gross_need_of_their_parts(plant):
    plan = plant.planned()
    ends = plan.pegs.filter(pl.col("kind") != "stock").group_by("item").agg(used=pl.col("quantity").sum())
    gross = plan.projected.group_by("item").agg(pl.col("gross").sum())
    both = gross.join(ends, on="item", how="left").with_columns(pl.col("used").fill_null(0.0))
    assert (both["gross"] - both["used"]).abs().max() == pytest.approx(0, abs=1e-4)


@some
@given(any_plant)
def test_lots_keep_to_their_rules(plant):
    """Minimum and multiple hold for a need as a whole, so for the last piece of it; the maximum for each."""
    orders = plant.planned().orders.join(
        plant.items.select("item", "lot_rule", "lot_min", "lot_multiple", "lot_max"), on="item"
    )
    for row in orders.iter_rows(named=True):
        step = row["lot_multiple"] or (row["lot_min"] if row["lot_rule"] == "FOQ" else 0.0)
        assert row["lot_max"] is None or row["quantity"] <= row["lot_max"] + 1e-6
        assert row["quantity"] >= min(row["lot_min"], row["lot_max"] or row["lot_min"]) - 1e-6
        if step:
            assert row["quantity"] / step == pytest.approx(round(row["quantity"] / step), abs=1e-6)


@some
@given(plants(fenced=True))
def test_nothing_is_ordered_in_a_closed_period_or_inside_the_fence(plant):
    plan = plant.planned()
    closed = set(plant.calendar.select("name", "period").rows())
    frozen = dict(plant.items.select("item", "frozen").rows())
    for item, due, release in plan.orders.select("item", "due", "release").rows():
        assert due > frozen[item]
        assert (item, due) not in closed
        assert (item, release) not in closed


def changed(draw: st.DrawFn, plant: Plant) -> Plant:
    """The same plant after some of its data changed."""
    names = plant.items["item"].to_list()
    item = draw(st.sampled_from(names))
    more = pl.when(pl.col("item") == item)
    items = plant.items.with_columns(
        on_hand=more.then(pl.col("on_hand") + draw(st.integers(0, 20))).otherwise("on_hand"),
        lead_time=more.then(pl.lit(draw(st.integers(0, 3)))).otherwise("lead_time").cast(pl.Int64),
    )
    demand = pl.concat([plant.demand, draw(flows(names, 0))])
    bom = plant.bom.tail(plant.bom.height - draw(st.integers(0, 1)))
    return Plant(items, bom, demand, plant.receipts, plant.alternates, plant.calendar)


@some
@given(st.data(), any_plant)
def test_replanning_what_changed_equals_planning_everything(data, plant):
    before = plant.planned()
    after = changed(data.draw, plant)
    whole, net = after.planned(), after.replanned(before)
    for name in ("orders", "pegs", "projected", "exceptions"):
        assert_frame_equal(getattr(net, name), getattr(whole, name), abs_tol=1e-9)


@some
@given(st.data(), plants())
def test_damping_leaves_no_demand_uncovered(data, plant):
    former = plant.planned().orders
    after = changed(data.draw, plant)
    plan = after.planned(former=former, hold=2)
    assert plan.projected["stock"].min() > -1e-6
    assert plan.pegs.filter(pl.col("supply") == "not covered").is_empty()
