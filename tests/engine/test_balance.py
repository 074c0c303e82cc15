"""The S&OP balance: what a plan does, one fact at a time."""

import polars as pl
import pytest

from einklang.engine.errors import BadTable, Impossible
from einklang.engine.supply.balance import Settings, balance


def small(**settings_: object) -> dict:
    return {
        "periods": pl.DataFrame({"period": ["1", "2", "3"], "working_days": [20] * 3}),
        "items": pl.DataFrame(
            {"item": ["a"], "material_cost": [1.0], "holding_cost": [0.1], "lost_sale_cost": [50.0]}
        ),
        "demand": pl.DataFrame(
            {"item": "a", "period": ["1", "2", "3"], "quantity": [10.0, 10.0, 40.0], "price": 9.0}
        ),
        "resources": pl.DataFrame(
            {"resource": ["press"], "hours": [15.0], "overtime_hours": [2.0], "overtime_cost": [5.0]}
        ),
        "routing": pl.DataFrame({"item": ["a"], "resource": ["press"], "hours": [1.0]}),
        **settings_,
    }


def test_a_bottleneck_says_what_one_more_hour_is_worth():
    plan = balance(**small())
    assert plan.plan["lost"].sum() == pytest.approx(9)
    dearest = plan.bottlenecks[0]
    assert (dearest.resource, dearest.full, dearest.dearest) == ("press", ("1", "2", "3"), "3")
    assert dearest.price == pytest.approx(49)


def test_no_way_out_names_the_resource_and_the_hours():
    items = pl.DataFrame({"item": ["a"], "material_cost": [1.0], "holding_cost": [0.1]})
    with pytest.raises(Impossible, match=r"9\.0 more hours on press in 3"):
        balance(**small(items=items))


def test_a_demand_nothing_may_serve_names_the_item():
    items = pl.DataFrame(
        {"item": ["a"], "material_cost": [None], "holding_cost": [0.1]},
        schema_overrides={"material_cost": pl.Float64},
    )
    with pytest.raises(Impossible, match=r"60\.0 less demand.* most of it for a in 3"):
        balance(**small(items=items))


def test_limits_that_contradict_each_other_are_said():
    items = pl.DataFrame(
        {
            "item": ["a"],
            "material_cost": [1.0],
            "holding_cost": [0.1],
            "lost_sale_cost": [1.0],
            "safety_stock": [50.0],
            "max_stock": [10.0],
        }
    )
    with pytest.raises(
        Impossible, match=r"clash: the safety stock of a in 1 to 3 and the maximum stock of a in 1"
    ):
        balance(**small(items=items))


def test_service_first_serves_more_even_where_losing_is_cheaper():
    items = pl.DataFrame(
        {"item": ["a"], "material_cost": [1.0], "holding_cost": [0.1], "lost_sale_cost": [0.5]}
    )
    assert balance(**small(items=items)).plan["lost"].sum() == pytest.approx(60)
    served = balance(**small(items=items, settings=Settings(service_first=True)))
    assert served.plan["lost"].sum() == pytest.approx(9, abs=1e-3)


def test_lots_are_whole_when_asked_and_named_when_not():
    items = pl.DataFrame(
        {
            "item": ["a"],
            "material_cost": [1.0],
            "holding_cost": [0.1],
            "lost_sale_cost": [50.0],
            "lot_min": [6.0],
            "lot_multiple": [4.0],
        }
    )
    plan = balance(**small(items=items, settings=Settings(integer=("lots",))))
    made = plan.plan["make"].to_list()
    assert all(abs(q / 4 - round(q / 4)) < 1e-6 and (q == 0 or q >= 6) for q in made)
    assert "Lot minimum" in balance(**small(items=items)).notes[0]


def test_what_is_past_its_shelf_life_expires():
    items = pl.DataFrame(
        {
            "item": ["a"],
            "material_cost": [1.0],
            "holding_cost": [0.1],
            "lost_sale_cost": [50.0],
            "initial_stock": [30.0],
            "shelf_life": [1],
        }
    )
    plan = balance(**small(items=items)).plan
    assert plan["expired"].to_list() == [pytest.approx(20), 0, 0]


def test_what_is_on_its_way_is_used_before_more_is_made():
    coming = pl.DataFrame({"item": ["a"], "period": ["2"], "quantity": [12.0]})
    plan = balance(**small(receipts=coming)).plan
    assert plan["make"].sum() + 12 == pytest.approx(plan["ship"].sum())
    assert plan["lost"].sum() == pytest.approx(0)


def test_what_is_left_at_the_end_is_worth_keeping_but_never_making():
    items = {
        "item": ["a"],
        "material_cost": [1.0],
        "holding_cost": [0.1],
        "safety_stock": [5.0],
        "safety_cost": [0.3],
    }
    easy = pl.DataFrame({"item": ["a"], "period": ["3"], "quantity": [1.0], "price": [9.0]})
    bare = balance(**small(items=pl.DataFrame(items), demand=easy)).plan
    kept = balance(**small(items=pl.DataFrame({**items, "end_value": [0.98]}), demand=easy)).plan
    assert bare["stock"].to_list()[-1] == 0
    assert kept["stock"].to_list()[-1] == 5


def test_a_component_is_made_for_its_parents_in_time():
    plan = balance(
        pl.DataFrame({"period": ["1", "2"], "working_days": [20, 20]}),
        pl.DataFrame(
            {
                "item": ["box", "nail"],
                "material_cost": [1.0, 0.1],
                "holding_cost": [1.0, 0.1],
                "lead_time": [0, 1],
            }
        ),
        pl.DataFrame({"item": ["box"], "period": ["2"], "quantity": [10.0]}),
        bom=pl.DataFrame({"parent": ["box"], "component": ["nail"], "quantity": [8.0], "scrap": [0.2]}),
    ).plan
    assert plan.filter(pl.col("item") == "nail")["make"].to_list() == [pytest.approx(100), 0]


def test_a_word_the_settings_do_not_know_is_refused():
    with pytest.raises(BadTable, match="objective: got most"):
        Settings(objective="most")
