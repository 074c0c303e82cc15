"""Stock targets, shelf life, yield, lots, price steps and the fence."""

import polars as pl
import pytest

from einklang.engine.supply.balance import Plan, Settings
from tests.engine.balance_tables import asked, column, item, plan_of, table

PRESS = {"resources": table({"resource": "press", "hours": 15.0}),
         "routing": table({"item": "a", "resource": "press", "hours": 1.0})}  # fmt: skip


def kind(plan: Plan, name: str) -> float:
    return float(plan.cost.filter(pl.col("kind") == name)["amount"].sum())


def test_stock_above_the_policy_has_its_cost():
    plan = plan_of([item("a", policy_stock=5.0, excess_cost=3.0)], asked("a", [0, 0, 30]), **PRESS)
    assert column(plan, "stock") == [0, 15, 0]
    assert column(plan, "excess") == [0, 10, 0]
    assert kind(plan, "excess stock") == pytest.approx(30)


def test_a_target_of_one_month_goes_before_the_items_own():
    targets = table({"item": "a", "period": "2", "safety_stock": 7.0})
    plan = plan_of([item("a", safety_stock=2.0)], asked("a", [1, 1, 1]), targets=targets)
    assert column(plan, "stock") == [2, 7, 2] or column(plan, "stock")[:2] == [2, 7]


def test_falling_short_may_cost_more_in_the_last_month():
    bare = [item("a", safety_stock=5.0, safety_cost=0.05)]
    targets = table({"item": "a", "period": "3", "safety_cost": 9.0})
    assert column(plan_of(bare, asked("a", [1, 1, 1])), "stock") == [0, 0, 0]
    assert column(plan_of(bare, asked("a", [1, 1, 1]), targets=targets), "stock") == [0, 0, 5]


def test_half_of_a_bad_yield_is_made_twice():
    plan = plan_of([item("a", **{"yield": 0.5})], asked("a", [0, 5, 0]))
    assert column(plan, "make") == [0, 10, 0]
    assert column(plan, "received") == [0, 5, 0]


def test_what_is_older_than_its_life_is_thrown_away_at_its_cost():
    plan = plan_of([item("a", initial_stock=30.0, shelf_life=2.0, expiry_cost=4.0)], asked("a", [10, 10, 10]))
    assert sum(column(plan, "expired")) == 10
    assert kind(plan, "expiry") == pytest.approx(40)
    assert "FEFO" in plan.notes[0]


def test_what_arrives_of_open_orders_is_young():
    coming = table({"item": "a", "period": "2", "quantity": 20.0})
    plan = plan_of([item("a", shelf_life=2.0)], asked("a", [0, 10, 10]), receipts=coming)
    assert column(plan, "expired") == [0, 0, 0]
    assert column(plan, "make") == [0, 0, 0]


def test_travel_does_not_make_young():
    """Made in 1, one period on the way, sold in 3: with a life of 1 it is too old, however it is sent."""
    sites = [
        item("a", site="plant", shelf_life=1.0),
        item("a", site="shop", shelf_life=1.0, material_cost=None),
    ]
    sites[1]["lost_sale_cost"] = 9.0
    lane = table({"item": "a", "from_site": "plant", "to_site": "shop", "cost": 0.1, "lead_time": 1.0})
    hours = table(
        *[{"resource": "press", "period": str(n + 1), "hours": h} for n, h in enumerate([20.0, 0, 0])]
    )
    routing = table({"item": "a", "site": "plant", "resource": "press", "hours": 1.0})
    demand = asked("a", [0, 0, 10], site="shop")
    kept = plan_of(sites, demand, resources=hours, routing=routing, lanes=lane)
    assert sum(column(kept, "lost")) == pytest.approx(10)
    longer = [{**row, "shelf_life": 2.0} for row in sites]
    assert sum(column(plan_of(longer, demand, resources=hours, routing=routing, lanes=lane), "lost")) == 0


def test_lots_that_do_not_bite_are_left_to_requirements_planning():
    small, large = item("a", lot_multiple=1.0), item("b", lot_multiple=50.0)
    demand = pl.concat([asked("a", [100.5, 0, 0]), asked("b", [60, 0, 0])])
    plan = plan_of([small, large], demand, settings=Settings(integer=("lots",), lots_bite=0.1))
    assert column(plan, "make", item="a") == [100.5, 0, 0]
    assert column(plan, "make", item="b") == [100, 0, 0]
    assert plan.notes == (
        "The lots of 1 item is below 10% of a period's need: left to requirements planning.",
    )


def test_a_set_up_is_paid_and_takes_hours():
    routing = table({"item": "a", "resource": "press", "hours": 1.0, "setup_hours": 5.0, "setup_cost": 7.0})
    plan = plan_of(
        [item("a")], asked("a", [5, 5, 5]), resources=PRESS["resources"], routing=routing,
        settings=Settings(integer=("setups",)),
    )  # fmt: skip
    assert column(plan, "make") == [10, 0, 5] or column(plan, "make") == [5, 10, 0]
    assert kind(plan, "set-ups") == pytest.approx(14)
    assert plan.resources["load"].sum() == pytest.approx(25)


def season(*words: str) -> Plan:
    """100 at a price of 10 in each of two periods, 150 in stock, 16 % more for every 1 off."""
    steps = [{"item": "a", "level": f"{9 - n}", "price": 9.0 - n, "demand_factor": 1.16 * (n + 1) - 0.16 * n}
             for n in range(3)]  # fmt: skip
    return plan_of(
        [item("a", material_cost=None, holding_cost=0.0, lost_sale_cost=0.0, initial_stock=150.0)],
        asked("a", [40, 40], price=10.0), count=2,
        settings=Settings(objective="profit", integer=words), markdowns=table(*steps),
    )  # fmt: skip


def test_prices_only_fall_and_there_is_one_a_period():
    plan = season("prices")
    assert plan.prices.group_by("period").agg(pl.col("share").sum())["share"].to_list() == [1, 1]
    prices = plan.prices.sort("period")["price"].to_list()
    assert prices == sorted(prices, reverse=True)
    assert plan.proven


def test_mixing_prices_earns_no_less_than_one_price_at_a_time():
    mixed, single = season(), season("prices")
    assert mixed.objective >= single.objective - 1e-6
    assert "Prices may be mixed" in mixed.notes[0]


def test_a_markdown_waits_for_its_period():
    steps = table({"item": "a", "level": "sale", "price": 9.0, "demand_factor": 3.0, "from": "2"})
    plan = plan_of(
        [item("a", lost_sale_cost=0.0)], asked("a", [10, 10, 10], price=10.0),
        settings=Settings(objective="profit", integer=("prices",)), markdowns=steps,
    )  # fmt: skip
    assert plan.prices.sort("period")["level"].to_list() == ["list", "sale", "sale"]
    assert plan.demand["quantity"].to_list() == pytest.approx([10, 30, 30])


FORMER = table(
    *[{"item": "a", "period": str(n + 1), "make": q} for n, q in enumerate([12.0, 9.0, 9.0])],
)


def fenced(demand: list[float], **words: object) -> Plan:
    return plan_of(
        [item("a", lost_sale_cost=50.0)], asked("a", demand), former=FORMER, settings=Settings(**words)
    )  # fmt: skip


def test_within_the_fence_the_former_plan_holds():
    plan = fenced([5, 5, 5], frozen_periods=1)
    assert column(plan, "make")[0] == 12
    assert plan.changes["why"].unique().to_list() == ["free"]


def test_a_change_that_saves_less_than_it_costs_is_not_made():
    """Making 2 less than before would save 1 a unit and storage."""
    assert column(fenced([12, 9, 7], change_cost=5.0), "make") == [12, 9, 9]
    assert column(fenced([12, 9, 7], change_cost=0.5), "make") == [12, 9, 7]


def test_a_fixed_quantity_holds_beyond_the_fence_or_costs_its_miss():
    fixed = table({"item": "a", "period": "2", "make": 20.0})
    press = {"resources": PRESS["resources"], "routing": PRESS["routing"]}
    plan = plan_of(
        [item("a", lost_sale_cost=50.0)], asked("a", [5, 5, 5]), fixed=fixed,
        settings=Settings(fence_cost=100.0), **press,
    )  # fmt: skip
    assert column(plan, "make")[1] == 15
    assert plan.changes.rows() == [("a", "2", "fixed", 20.0, 15.0)]
    assert kind(plan, "off the fence") == pytest.approx(500)


def test_efficiency_and_a_full_house_limit_what_a_crew_gives():
    crew = {"resource": "crew", "initial_workers": 1.0, "hours_per_worker_day": 8.0, "wage_per_hour": 1.0,
            "hire_cost": 1.0, "fire_cost": 1.0, "max_workers": 2.0, "efficiency": 0.5}  # fmt: skip
    plan = plan_of(
        [item("a", lost_sale_cost=50.0, holding_cost=None)], asked("a", [200, 200, 200]),
        resources=table(crew), routing=table({"item": "a", "resource": "crew", "hours": 1.0}),
    )  # fmt: skip
    assert plan.resources["workers"].to_list() == pytest.approx([2, 2, 2])
    assert column(plan, "make") == [160, 160, 160]
