"""Material requirements: lots, bills, phantoms, receipts, and the way up and down."""

import polars as pl
import pytest

from einklang.engine.errors import BadTable
from einklang.engine.supply.bom import below, explode, low_level_codes, where_used
from einklang.engine.supply.mrp import MrpPlan, plan_requirements
from einklang.engine.supply.pegging import sources, uses


def one_item(demand: list[float], **columns: object) -> MrpPlan:
    items = pl.DataFrame(
        {"item": ["x"], "on_hand": [0.0], "lead_time": [0], **{k: [v] for k, v in columns.items()}}
    )
    wanted = pl.DataFrame({"item": "x", "period": range(1, len(demand) + 1), "quantity": demand})
    return plan_requirements(items, None, wanted)


@pytest.mark.parametrize(
    ("demand", "limits", "orders"),
    [
        ([16.0], {"lot_min": 50.0}, [50.0]),
        ([140.0], {"lot_min": 50.0, "lot_max": 100.0}, [100.0, 50.0]),
        ([112.0], {"lot_min": 50.0, "lot_multiple": 25.0}, [125.0]),
        ([30.0, 30.0, 40.0], {"lot_min": 100.0}, [100.0]),
        ([30.0, 90.0], {"lot_rule": "FOQ", "lot_min": 50.0}, [50.0, 100.0]),
        ([10.0, 20.0, 30.0, 5.0], {"lot_rule": "POQ", "lot_periods": 2}, [30.0, 35.0]),
    ],
)
def test_lot_limits_hold_for_a_period_s_whole_need(demand, limits, orders):
    assert one_item(demand, **limits).orders["quantity"].to_list() == orders


def test_a_release_in_the_past_is_planned_now_and_said():
    items = pl.DataFrame({"item": ["chair", "leg"], "on_hand": [0.0, 0.0], "lead_time": [1, 4]})
    bom = pl.DataFrame({"parent": ["chair"], "component": ["leg"], "quantity": [4.0]})
    demand = pl.DataFrame({"item": ["chair"], "period": [3], "quantity": [10.0], "reference": ["SO-1"]})
    plan = plan_requirements(items, bom, demand)
    assert plan.orders.filter(pl.col("item") == "leg").select("release", "due", "late").rows() == [(1, 2, 3)]
    said = dict(plan.exceptions.select("kind", "sentence").iter_rows())
    assert said["lead_time_too_short"].startswith("Order leg#1 of 40 leg must start 3 periods before today")
    assert "SO-1 in period 3 rests on a late order of leg" in said["demand_late"]
    assert said["shortage"].startswith("leg runs short by 40 in period 2")


def test_a_phantom_is_drawn_through_and_never_ordered():
    items = pl.DataFrame(
        {
            "item": ["bike", "kit", "bolt"],
            "on_hand": [0.0, 2.0, 0.0],
            "lead_time": [1, 5, 1],
            "phantom": [False, True, False],
        }
    )
    bom = pl.DataFrame({"parent": ["bike", "kit"], "component": ["kit", "bolt"], "quantity": [1.0, 6.0]})
    plan = plan_requirements(items, bom, pl.DataFrame({"item": ["bike"], "period": [4], "quantity": [10.0]}))
    assert plan.orders.select("item", "release", "quantity").rows() == [("bike", 3, 10.0), ("bolt", 2, 48.0)]


def test_a_shared_part_is_planned_once_for_all_its_parents():
    items = pl.DataFrame({"item": ["a", "b", "part"], "on_hand": [0.0] * 3, "lead_time": [0] * 3})
    bom = pl.DataFrame({"parent": ["a", "b"], "component": ["part", "part"], "quantity": [1.0, 2.0]})
    plan = plan_requirements(
        items, bom, pl.DataFrame({"item": ["a", "b"], "period": [1, 1], "quantity": [10.0, 10.0]})
    )
    assert plan.orders.filter(pl.col("item") == "part")["quantity"].to_list() == [30.0]


def test_a_bill_line_counts_only_while_it_is_valid():
    items = pl.DataFrame({"item": ["a", "old", "new"], "on_hand": [0.0] * 3, "lead_time": [0] * 3})
    bom = pl.DataFrame(
        {
            "parent": ["a", "a"],
            "component": ["old", "new"],
            "quantity": [1.0, 1.0],
            "valid_from": [None, 3],
            "valid_to": [2, None],
        }
    )
    plan = plan_requirements(
        items, bom, pl.DataFrame({"item": ["a", "a"], "period": [2, 3], "quantity": [5.0, 7.0]})
    )
    assert plan.orders.filter(pl.col("item") != "a").select("item", "quantity").rows() == [
        ("old", 5.0),
        ("new", 7.0),
    ]


def test_open_receipts_are_told_what_to_do():
    items = pl.DataFrame({"item": ["early", "late", "idle"], "on_hand": [0.0] * 3, "lead_time": [1] * 3})
    demand = pl.DataFrame({"item": ["early", "late"], "period": [5, 2], "quantity": [10.0, 10.0]})
    receipts = pl.DataFrame(
        {
            "item": ["early", "late", "idle"],
            "period": [2, 6, 3],
            "quantity": [10.0] * 3,
            "reference": ["PO1", "PO2", "PO3"],
        }
    )
    plan = plan_requirements(items, None, demand, receipts)
    told = {(row["reference"], row["kind"]) for row in plan.exceptions.iter_rows(named=True)}
    assert {("PO1", "reschedule_out"), ("PO2", "reschedule_in"), ("PO3", "cancel")} <= told


def test_a_cycle_names_its_path():
    bom = pl.DataFrame({"parent": ["a", "b", "c"], "component": ["b", "c", "a"], "quantity": [1.0] * 3})
    with pytest.raises(BadTable, match=r"a > b > c > a|b > c > a > b|c > a > b > c"):
        low_level_codes(bom)


def test_an_unknown_item_is_named_with_its_row():
    items = pl.DataFrame({"item": ["a"], "on_hand": [0.0], "lead_time": [0]})
    with pytest.raises(BadTable, match="demand, row 1, item: got b"):
        plan_requirements(items, None, pl.DataFrame({"item": ["b"], "period": [1], "quantity": [1.0]}))


def test_both_directions_of_a_bill_agree():
    bom = pl.DataFrame({"parent": ["a", "a", "b"], "component": ["b", "c", "c"], "quantity": [2.0, 1.0, 3.0]})
    assert below(bom, "a").filter(pl.col("component") == "c")["total"].sum() == 7
    assert where_used(bom, "c").filter(pl.col("parent") == "a")["total"].sum() == 7
    assert dict(explode(bom, pl.DataFrame({"item": ["a"], "quantity": [1.0]})).iter_rows())["c"] == 7


def test_a_part_can_be_followed_up_to_its_demand_and_down_to_its_sources():
    items = pl.DataFrame(
        {"item": ["bike", "wheel", "spoke"], "on_hand": [0.0, 0.0, 10.0], "lead_time": [0, 0, 0]}
    )
    bom = pl.DataFrame(
        {"parent": ["bike", "wheel"], "component": ["wheel", "spoke"], "quantity": [2.0, 20.0]}
    )
    demand = pl.DataFrame({"item": ["bike", "spoke"], "period": [2, 1], "quantity": [3.0, 4.0]})
    plan = plan_requirements(items, bom, demand)
    up = {
        (row["path"], row["kind"]): row["quantity"] for row in uses(plan.pegs, "spoke").iter_rows(named=True)
    }
    assert up == {
        ("spoke > spoke", "end"): 4.0,
        ("spoke > wheel", "order"): 120.0,
        ("spoke > wheel > bike", "order"): pytest.approx(120),
        ("spoke > wheel > bike > bike", "end"): pytest.approx(120),
    }
    down = {
        (row["path"], row["kind"]): row["quantity"]
        for row in sources(plan.pegs, "bike").iter_rows(named=True)
    }
    assert down == {
        ("bike > wheel", "order"): 6.0,
        ("bike > wheel > spoke", "order"): pytest.approx(114),
        ("bike > wheel > spoke", "stock"): pytest.approx(6),
    }


def test_a_work_centre_without_the_hours_is_said_with_its_largest_order():
    items = pl.DataFrame({"item": ["a", "b"], "on_hand": [0.0, 0.0], "lead_time": [0, 0]})
    demand = pl.DataFrame({"item": ["a", "b", "a"], "period": [1, 1, 2], "quantity": [4.0, 6.0, 4.0]})
    routing = pl.DataFrame(
        {"item": ["a", "b"], "resource": ["saw", "saw"], "hours": [1.0, 2.0], "setup_hours": [0.5, None]}
    )
    resources = pl.DataFrame({"resource": ["saw", "saw"], "period": [None, 2], "hours": [10.0, 4.0]})
    plan = plan_requirements(items, None, demand, routing=routing, resources=resources)
    assert plan.exceptions["sentence"].to_list() == [
        "saw lacks 6.5 hours in period 1, where order b#1 of b takes most: bring it forward, put it off or "
        "add hours.",
        "saw lacks 0.5 hours in period 2, where order a#2 of a takes most: bring it forward, put it off or "
        "add hours.",
    ]
