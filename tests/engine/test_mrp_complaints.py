"""What users of other planning tools complained about, each with the figures of its thread."""

import time
from itertools import pairwise

import polars as pl
import pytest

from einklang.engine.errors import BadTable
from einklang.engine.supply.bom import cumulative_lead_times, explode
from einklang.engine.supply.mrp import MrpPlan, plan_requirements


def items(**columns: list[object]) -> pl.DataFrame:
    """Items with no stock and no lead time, unless said."""
    count = len(columns["item"])
    return pl.DataFrame({"on_hand": [0.0] * count, "lead_time": [0] * count, **columns})


def bill(*lines: tuple[str, str, float]) -> pl.DataFrame:
    return pl.DataFrame(lines, schema=["parent", "component", "quantity"], orient="row")


def demand(*rows: tuple[str, int, float]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["item", "period", "quantity"], orient="row")


def ordered(plan: MrpPlan) -> dict[str, list[float]]:
    """Quantities of planned orders by item."""
    return dict(plan.orders.group_by("item").agg("quantity").iter_rows())


def test_stock_at_every_level_is_netted():
    """frappe/erpnext#26563: two levels, or all levels exploded with the stock between them ignored."""
    plan = plan_requirements(
        items(item=["bike", "wheel", "spoke"], on_hand=[0.0, 6.0, 100.0]),
        bill(("bike", "wheel", 2), ("wheel", "spoke", 32)),
        demand(("bike", 1, 10)),
    )
    assert ordered(plan) == {"bike": [10], "wheel": [14], "spoke": [14 * 32 - 100]}


def test_a_shared_sub_assembly_is_planned_for_all_its_parents():
    """frappe/erpnext#58809: only the first parent's quantity was kept."""
    plan = plan_requirements(
        items(item=["a", "b", "shared", "screw"]),
        bill(("a", "shared", 1), ("b", "shared", 2), ("shared", "screw", 3)),
        demand(("a", 1, 10), ("b", 1, 5)),
    )
    assert ordered(plan)["shared"] == [20]
    assert ordered(plan)["screw"] == [60]


def test_a_minimum_order_holds_for_the_need_of_all_rows_together():
    """frappe/erpnext#58710: three rows of 20 with a minimum of 100 ordered 300 instead of 100."""
    plan = plan_requirements(
        items(item=["a", "b", "c", "part"], lot_min=[0, 0, 0, 100]),
        bill(("a", "part", 1), ("b", "part", 1), ("c", "part", 1)),
        demand(("a", 1, 20), ("b", 1, 20), ("c", 1, 20)),
    )
    assert ordered(plan)["part"] == [100]


def test_an_item_that_stands_at_several_depths_is_counted_once_for_each():
    """frappe/erpnext#41579: 33 of a raw material instead of 18."""
    lines = bill(
        ("top", "mid", 2), ("top", "raw", 3), ("mid", "low", 1), ("mid", "raw", 1.5), ("low", "raw", 6)
    )
    need = pl.DataFrame({"item": ["top"], "quantity": [1.0]})
    assert dict(explode(lines, need).iter_rows())["raw"] == 3 + 2 * 1.5 + 2 * 6 == 18
    plan = plan_requirements(items(item=["top", "mid", "low", "raw"]), lines, demand(("top", 1, 1)))
    assert ordered(plan)["raw"] == [18]


def test_the_lead_time_from_nothing_is_the_longest_path():
    """The production plan that added the lead times of all parts, though they come side by side."""
    lines = bill(("top", "a", 1), ("top", "b", 1), ("a", "c", 1))
    times = items(item=["top", "a", "b", "c"], lead_time=[1, 2, 7, 4])
    assert dict(cumulative_lead_times(lines, times).iter_rows()) == {"top": 8, "a": 6, "b": 7, "c": 4}


def test_components_of_components_are_planned_in_one_pass():
    """odoo/odoo#3626: each run of the scheduler reached one level further."""
    chain = [f"l{depth}" for depth in range(12)]
    lines = bill(*((above, below, 1.0) for above, below in pairwise(chain)))
    plan = plan_requirements(items(item=chain), lines, demand(("l0", 1, 5)))
    assert ordered(plan) == {name: [5] for name in chain}


def test_what_is_ordered_and_what_the_record_shows_are_the_same():
    """odoo/odoo#190668: order quantity and forecast disagreed, each with its own horizon."""
    plan = plan_requirements(
        items(item=["x"], on_hand=[5], lead_time=[2], lot_multiple=[4.0]), None,
        demand(("x", 3, 7), ("x", 9, 30)),
    )  # fmt: skip
    record = plan.projected.filter(pl.col("planned") > 0).select("period", "planned").rows()
    assert record == plan.orders.select("due", "quantity").rows() == [(3, 4), (9, 28)]


def test_parts_for_a_subcontractor_are_planned_before_the_order_is_confirmed():
    """odoo/odoo#99792: the demand for parts was missing until the purchase order was confirmed."""
    plan = plan_requirements(
        items(item=["coated", "raw"], kind=["buy", "buy"], lead_time=[2, 1]),
        bill(("coated", "raw", 1)),
        demand(("coated", 5, 10)),
    )
    assert plan.orders.filter(pl.col("item") == "raw").select("release", "due", "quantity").rows() == [
        (2, 3, 10)
    ]
    assert "made_and_bought" in plan.exceptions["kind"].to_list()


def test_planning_again_orders_nothing_twice():
    """odoo/odoo PR #173842: triggering again made 75 of 45, what was under way lay outside the horizon."""
    stock, wanted = items(item=["x"], lead_time=[9]), demand(("x", 2, 45))
    first = plan_requirements(stock, None, wanted)
    under_way = first.orders.select("item", period=pl.col("due") + 7, quantity="quantity")
    again = plan_requirements(stock, None, wanted, under_way)
    assert again.exceptions.filter(pl.col("kind") == "reschedule_in").height == 1
    after = under_way.with_columns(period=pl.lit(2))
    assert plan_requirements(stock, None, wanted, after).orders.is_empty()


def test_what_holds_an_order_up_is_said_with_the_load_it_rests_on():
    """odoo/odoo#5176: load and what is free were on different pages; here a late order names its demand."""
    plan = plan_requirements(items(item=["x"], lead_time=[4]), None, demand(("x", 3, 8)))
    told = dict(plan.exceptions.select("kind", "until").iter_rows())
    assert told["lead_time_too_short"] == told["demand_late"] == 2


@pytest.mark.parametrize("periods", [3, 6, 12])
def test_the_horizon_can_be_chosen_anew_at_any_time(periods):
    """odoo/odoo#13731: the period of the master schedule could not be changed afterwards."""
    plan = plan_requirements(items(item=["x"]), None, demand(("x", 3, 8)), periods=periods)
    assert plan.projected["period"].max() == periods
    assert plan.orders.select("due", "quantity").rows() == [(3, 8)]


def test_a_cyclic_bill_is_refused_at_once_with_its_path():
    """OCA/manufacture PR #716: it ran for ever and filled the memory."""
    started = time.perf_counter()
    with pytest.raises(BadTable, match=r"(a > b > c > a|b > c > a > b|c > a > b > c)"):
        plan_requirements(
            items(item=["a", "b", "c"]),
            bill(("a", "b", 1), ("b", "c", 1), ("c", "a", 1)),
            demand(("a", 1, 1)),
        )
    assert time.perf_counter() - started < 5


def test_safety_stock_is_rebuilt_at_once_and_orders_under_way_count():
    """OCA/manufacture PR #1123 and #1247."""
    stock = items(item=["x"], on_hand=[2], lead_time=[2], safety_stock=[10])
    plan = plan_requirements(stock, None, demand(("x", 9, 1)))
    assert plan.orders.select("release", "due", "quantity", "late").rows()[0] == (1, 3, 8, 0)
    coming = pl.DataFrame({"item": ["x"], "period": [2], "quantity": [8.0]})
    assert plan_requirements(stock, None, demand(("x", 9, 1)), coming).orders["quantity"].to_list() == [1]


def test_an_order_that_comes_far_later_covers_no_need_before_it():
    """OCA/stock-logistics-warehouse#582: purchase orders far in the future counted as available now."""
    far = pl.DataFrame({"item": ["x"], "period": [40], "quantity": [100.0], "reference": ["PO"]})
    plan = plan_requirements(items(item=["x"]), None, demand(("x", 2, 30)), far)
    assert plan.orders.select("due", "quantity").rows() == [(2, 30)]
    assert (
        "Bring receipt PO of 100 x forward from period 40 to period 2"
        in plan.exceptions["sentence"].str.join(" ")[0]
    )


def test_shortage_and_safety_stock_are_planned_in_passes_of_their_own():
    """frePPLe/frepple#6: what safety stock asks for must not make a customer's order late."""
    stock = items(item=["x"], on_hand=[10], lead_time=[3], safety_stock=[50])
    plan = plan_requirements(stock, None, demand(("x", 2, 10)), periods=6)
    assert plan.orders.select("due", "quantity", "late").rows() == [(4, 50, 0)]
    assert set(plan.exceptions["kind"]) == {"below_safety_stock"}


def test_sixteen_thousand_choices_are_looked_at_one_after_the_other():
    """frePPLe/frepple#77: 16,000 alternates blew up memory and time without a word."""
    names = [f"s{number}" for number in range(16_000)]
    suppliers = pl.DataFrame({"kind": "supplier", "item": "x", "alternate": names, "maximum": 0.0})
    started = time.perf_counter()
    plan = plan_requirements(
        items(item=["x"], lead_time=[1]), None, demand(("x", 5, 8)), alternates=suppliers
    )
    assert time.perf_counter() - started < 20
    assert plan.orders["quantity"].to_list() == [8]
