"""The balance over sites, suppliers, lanes and segments."""

import polars as pl
import pytest

from einklang.engine.supply.balance import Plan, Settings
from tests.engine.balance_tables import asked, column, item, plan_of, table

TWO_SITES = [
    item("a", site="plant"),
    item("a", site="shop", material_cost=None, lost_sale_cost=50.0),
]
LANE = {"item": "a", "from_site": "plant", "to_site": "shop", "cost": 2.0, "lead_time": 1.0}


def test_what_a_shop_sells_is_made_elsewhere_and_sent_in_time():
    plan = plan_of(TWO_SITES, asked("a", [0, 0, 5], site="shop"), lanes=table(LANE))
    assert column(plan, "make", site="plant") == [0, 5, 0]
    assert plan.transfers.rows() == [("a", "plant", "shop", "2", "3", 5.0)]
    assert plan.cost.filter(pl.col("kind") == "transport")["amount"].to_list() == [10.0]


def test_a_full_lane_holds_the_plan_back_and_says_what_more_room_is_worth():
    plan = plan_of(TWO_SITES, asked("a", [0, 0, 5], site="shop"), lanes=table({**LANE, "max": 1.0}))
    assert column(plan, "lost", site="shop") == [0, 0, 3]
    assert plan.sentences()[0].startswith(
        "The lane plant to shop for a is full in 2 periods (1 to 2); one more"
    )


def test_a_lane_for_all_items_carries_them_within_one_maximum():
    items = [row | {"item": name} for name in ("a", "b") for row in TWO_SITES]
    demand = pl.concat([asked(name, [0, 4, 0], site="shop") for name in ("a", "b")])
    plan = plan_of(items, demand, lanes=table({**LANE, "item": None, "max": 5.0}))
    assert sum(column(plan, "lost")) == pytest.approx(3)


def test_hours_on_the_way_are_hours_of_a_resource():
    trucks = table({"resource": "trucks", "hours": 2.0})
    lane = table({**LANE, "lead_time": 0.0, "resource": "trucks", "hours": 0.5})
    plan = plan_of(TWO_SITES, asked("a", [5, 5, 5], site="shop"), resources=trucks, lanes=lane)
    assert plan.resources["load"].to_list() == pytest.approx([2, 2, 2])
    assert sum(column(plan, "lost")) == pytest.approx(3)


def test_a_component_is_drawn_at_the_site_of_its_parent():
    items = [
        item("box", site="north"),
        item("nail", site="north"),
        item("nail", site="south", material_cost=0.1),
    ]
    lane = {"item": "nail", "from_site": "south", "to_site": "north", "cost": 0.1}
    plan = plan_of(
        items, asked("box", [1, 0, 0]),
        bom=table({"parent": "box", "component": "nail", "quantity": 8.0, "scrap": 0.2}), lanes=table(lane),
    )  # fmt: skip
    assert column(plan, "used", item="nail", site="north") == [10, 0, 0]
    assert column(plan, "make", item="nail", site="south") == [10, 0, 0]


BOUGHT = [item("a", material_cost=None, lost_sale_cost=100.0)]


def bought(*rows: dict[str, object], contracts: pl.DataFrame | None = None) -> Plan:
    offers = [{"item": "a", "price": 1.0, **row} for row in rows]
    return plan_of(BOUGHT, asked("a", [10, 10, 10]), suppliers=table(*offers), contracts=contracts)


def amounts(plan: Plan, supplier: str) -> float:
    return float(plan.purchases.filter(pl.col("supplier") == supplier)["quantity"].sum())


def test_the_cheaper_supplier_is_used_up_first():
    plan = bought({"supplier": "near", "price": 3.0}, {"supplier": "far", "price": 2.0, "maximum": 6.0})
    assert (amounts(plan, "far"), amounts(plan, "near")) == (18, 12)
    limits = plan.limits.filter(pl.col("kind") == "supplier maximum")
    assert limits["name"].unique().to_list() == ["a from far"]
    assert limits["shadow_price"].max() == pytest.approx(1.0)


def test_a_month_of_a_supplier_goes_before_its_usual_limit():
    plan = bought(
        {"supplier": "near", "price": 3.0},
        {"supplier": "far", "price": 2.0, "maximum": 6.0},
        {"supplier": "far", "period": "2", "maximum": 0.0},
    )
    far = plan.purchases.filter((pl.col("supplier") == "far") & (pl.col("quantity") > 0))
    assert far["period"].to_list() == ["1", "3"]


def test_what_is_agreed_must_be_bought():
    plan = bought({"supplier": "near", "price": 3.0, "minimum": 4.0}, {"supplier": "far", "price": 2.0})
    assert amounts(plan, "near") == 12


def test_a_contract_holds_over_all_periods():
    cheap, dear = {"supplier": "far", "price": 2.0}, {"supplier": "near", "price": 3.0}
    upper = bought(cheap, dear, contracts=table({"supplier": "far", "maximum": 7.0}))
    lower = bought(cheap, dear, contracts=table({"supplier": "near", "minimum": 9.0}))
    assert (amounts(upper, "far"), amounts(lower, "near")) == (7, 9)
    assert upper.sentences() == ["The contract with far is used up; one more unit would be worth 1.00."]


def test_a_supplier_may_have_a_lead_time_of_its_own():
    plan = bought({"supplier": "far", "price": 2.0, "lead_time": 2.0}, {"supplier": "near", "price": 3.0})
    assert (amounts(plan, "far"), amounts(plan, "near")) == (10, 20)
    assert column(plan, "received") == [10, 10, 10]


def two_segments(**more: object) -> Plan:
    press = {"resource": "press", "hours": 10.0}
    demand = pl.concat([asked("a", [8, 8, 8], segment=name) for name in ("key", "web")])
    segments = table(
        {"segment": "key", "lost_sale_cost": 90.0, "backorder_cost": 5.0},
        {"segment": "web", "lost_sale_cost": 20.0, "lost_share": 0.9},
    )
    return plan_of(
        [item("a")], demand, resources=table(press),
        routing=table({"item": "a", "resource": "press", "hours": 1.0}), segments=segments, **more,
    )  # fmt: skip


def test_who_pays_less_for_waiting_is_served_last_and_within_the_share_that_may_be_lost():
    plan = two_segments()
    lost = dict(plan.demand.group_by("segment").agg(pl.col("lost").sum()).iter_rows())
    assert lost["key"] == pytest.approx(0)
    assert lost["web"] == pytest.approx(18)
    assert plan.demand.filter(pl.col("segment") == "web")["lost"].max() <= 0.9 * 8 + 1e-6


def test_one_more_unit_asked_for_costs_what_it_displaces():
    plan = two_segments()
    web = plan.demand.filter((pl.col("segment") == "web") & (pl.col("period") == "3"))
    assert web["shadow_price"].to_list() == [pytest.approx(20.0)]


def test_service_first_is_by_segment_too():
    served = two_segments(settings=Settings(service_first=True))
    assert served.demand["lost"].sum() == pytest.approx(18)
