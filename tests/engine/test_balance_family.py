"""The balance by family: sums and averages of its items, and back to items that foot."""

import numpy as np
import polars as pl
import pytest

from einklang.engine.errors import BadTable
from einklang.engine.supply.balance import Settings, Tables, balanced, read
from einklang.engine.supply.balance.family import gather

PERIODS = pl.DataFrame({"period": ["1", "2", "3"], "working_days": [20, 20, 20]})


def pumps(**more):
    """Two pumps on one bench, each with a motor that is bought."""
    items = {
        "item": ["P1", "P2", "motor"],
        "material_cost": [10.0, 20.0, 5.0],
        "holding_cost": [1.0, 1.0, 0.1],
        "lost_sale_cost": [100.0, 100.0, None],
        "initial_stock": [30.0, 0.0, 12.0],
    }
    return Tables(
        PERIODS,
        pl.DataFrame({**items, **more.pop("items", {})}),
        pl.DataFrame(
            {
                "item": ["P1", "P2"] * 3,
                "period": ["1", "1", "2", "2", "3", "3"],
                "quantity": [10.0, 30.0, 10.0, 30.0, 20.0, 30.0],
                "price": [50.0, 80.0] * 3,
            }
        ),
        pl.DataFrame(
            {"resource": ["bench"], "hours": [70.0], "overtime_hours": [20.0], "overtime_cost": [9.0]}
        ),
        pl.DataFrame({"item": ["P1", "P2"], "resource": ["bench"] * 2, "hours": [1.0, 2.0]}),
        pl.DataFrame({"parent": ["P1", "P2"], "component": ["motor"] * 2, "quantity": [1.0, 1.0]}),
        **more,
    )


FAMILIES = pl.DataFrame({"item": ["P1", "P2", "motor"], "family": ["Pumps", "Pumps", "Pumps"]})


def test_a_family_has_one_row_for_each_level_of_its_bills():
    gathered = gather(pumps(), FAMILIES).tables
    assert gathered.items["item"].to_list() == ["Pumps", "Pumps/2"]
    assert gathered.bom.rows() == [("Pumps", "Pumps/2", pytest.approx(1.0))]


def test_demand_is_summed_and_its_price_is_the_average_of_what_is_asked_for():
    gathered = gather(pumps(), FAMILIES).tables
    assert gathered.demand["quantity"].to_list() == [40.0, 40.0, 50.0]
    assert gathered.demand["price"][0] == pytest.approx((10 * 50 + 30 * 80) / 40)


def test_stock_of_one_item_does_not_serve_another():
    """30 of P1 lie there and 40 are needed: they count when P1 needs them, none stands in for P2."""
    gathered = gather(pumps(), FAMILIES).tables
    receipts = gathered.receipts.filter(pl.col("item") == "Pumps")
    assert receipts["quantity"].to_list() == [10.0, 10.0, 10.0]
    assert gathered.items["initial_stock"].to_list() == [0.0, 0.0]


def test_the_spread_plan_foots_for_every_item():
    case = pumps()
    families = gather(case, FAMILIES)
    items = families.spread(families.balance())
    assert items["stock"].min() >= 0
    made = items.group_by("item").agg(pl.col("make", "ship", "lost").sum()).sort("item")
    p1, p2, motor = made.rows(named=True)
    assert p1["make"] + 30 == pytest.approx(p1["ship"] + items["stock"][2])
    assert p1["ship"] + p1["lost"] == pytest.approx(40)
    assert p2["ship"] + p2["lost"] == pytest.approx(90)
    assert motor["make"] + 12 == pytest.approx(p1["make"] + p2["make"])


def test_the_family_plan_costs_what_the_item_plan_costs_where_its_averages_hide_nothing():
    case = pumps(items={"material_cost": [10.0, 10.0, 5.0], "initial_stock": [0.0, 0.0, 0.0]})
    same = pl.DataFrame({"item": ["P1", "P2"], "resource": ["bench"] * 2, "hours": [1.5, 1.5]})
    case = Tables(case.periods, case.items, case.demand, case.resources, same, case.bom)
    whole = balanced(read(case, Settings()))
    assert gather(case, FAMILIES).balance().objective == pytest.approx(whole.objective)


def test_waiting_stock_costs_what_keeping_it_costs():
    """P1's 30 units are used 10 a period: 20 and 10 of them wait over an end; 12 motors wait for none."""
    assert gather(pumps(), FAMILIES).waiting == pytest.approx(30.0)


def test_a_scenario_replaces_tables_and_the_items_follow():
    families = gather(pumps(), FAMILIES)
    more = families.tables.demand.with_columns(pl.col("quantity") * 1.1)
    items = families.spread(families.balance(Settings(), demand=more))
    wanted = items.group_by("item").agg((pl.col("ship") + pl.col("lost")).sum().alias("wanted")).sort("item")
    assert wanted["wanted"].to_list() == pytest.approx([44.0, 99.0, 0.0])


def test_hours_that_averages_hid_are_told():
    families = gather(pumps(), FAMILIES)
    load = families.load(families.spread(families.balance()))
    assert load.columns == ["resource", "period", "load", "hours", "overtime", "over"]
    assert (load["over"] == np.maximum(0, load["load"] - load["hours"] - load["overtime"])).all()


def test_an_item_without_a_family_is_named():
    with pytest.raises(BadTable, match="motor"):
        gather(pumps(), FAMILIES.head(2))


def test_what_only_items_can_have_is_said_to_be_left_out():
    fixed = pl.DataFrame({"item": ["P1"], "period": ["1"], "make": [5.0]})
    assert "leaves out fixed" in " ".join(gather(pumps(fixed=fixed), FAMILIES).balance().notes)


def test_dear_set_ups_count_as_hours_of_a_unit():
    case = pumps(items={"initial_stock": [0.0, 0.0, 0.0]})
    routing = pl.DataFrame(
        {"item": ["P1"], "resource": ["bench"], "hours": [1.0], "setup_hours": [4.0], "setup_cost": [0.0]}
    )
    case = Tables(case.periods, case.items, case.demand, case.resources, routing, case.bom)
    alone = pl.DataFrame({"item": ["P1", "P2", "motor"], "family": ["One", "Two", "Motors"]})
    hours = gather(case, alone).tables.routing["hours"][0]
    assert hours == pytest.approx(1 + 3 * 4 / 40)


def test_sites_stay_apart():
    items = pl.DataFrame(
        {
            "item": ["P1", "P1", "P2"],
            "site": ["north", "south", "south"],
            "material_cost": [1.0, None, 1.0],
            "holding_cost": [1.0, 1.0, 1.0],
        }
    )
    demand = pl.DataFrame(
        {"item": ["P1", "P2"], "site": ["south", "south"], "period": ["2", "2"], "quantity": [5.0, 5.0]}
    )
    lanes = pl.DataFrame({"from_site": ["north"], "to_site": ["south"], "cost": [1.0], "lead_time": [1]})
    families = gather(
        Tables(PERIODS, items, demand, lanes=lanes),
        pl.DataFrame({"item": ["P1", "P2"], "family": ["Pumps"] * 2}),
    )
    plan = families.balance()
    spread = families.spread(plan)
    assert plan.transfers["quantity"].sum() == pytest.approx(5.0)
    assert spread.filter(pl.col("site") == "north")["make"].sum() == pytest.approx(5.0)
    assert spread["stock"].min() >= 0
