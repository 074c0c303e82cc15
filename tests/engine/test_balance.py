"""The S&OP balance: the published aggregate plan, and what must hold for every plan."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.errors import BadTable, Impossible
from einklang.engine.supply.balance import Plan, Settings, balance
from tests.shared import oracle, shared

RESOURCE = {
    "resource": "crew",
    "initial_workers": 80.0,
    "hours_per_worker_day": 8.0,
    "wage_per_hour": 4.0,
    "overtime_per_worker": 10.0,
    "overtime_cost": 6.0,
    "hire_cost": 300.0,
    "fire_cost": 500.0,
}
TOOL = {
    "item": "tool",
    "material_cost": 10.0,
    "holding_cost": 2.0,
    "backorder_cost": 5.0,
    "initial_stock": 1000.0,
    "final_stock": 500.0,
    "subcontract_cost": 30.0,
}


def red_tomato(
    case: dict, chosen: Settings | None = None, item: dict | None = None, resource: dict | None = None
) -> Plan:
    """The book's company, with a case's demand and price."""
    periods = [str(n + 1) for n in range(len(case["demand"]))]
    return balance(
        pl.DataFrame({"period": periods, "working_days": [20] * len(periods)}),
        pl.DataFrame([{**TOOL, **(item or {})}]),
        pl.DataFrame({"item": "tool", "period": periods, "quantity": case["demand"], "price": case["price"]}),
        pl.DataFrame([{**RESOURCE, **(resource or {})}]),
        pl.DataFrame({"item": ["tool"], "resource": ["crew"], "hours": [4.0]}),
        settings=chosen,
    )


@pytest.mark.shared
def test_the_published_plan_costs_what_the_book_says():
    for case in oracle("aggregate_planning_red_tomato"):
        assert red_tomato(case).objective == pytest.approx(case["expected"]["lp_cost"], abs=0.01), case["id"]


@pytest.mark.shared
def test_whole_workers_cost_what_the_book_says():
    for case in oracle("aggregate_planning_red_tomato"):
        plan = red_tomato(case, Settings(integer=("workers",)))
        assert plan.objective == pytest.approx(case["expected"]["integer_workforce_cost"], abs=0.01), case[
            "id"
        ]


@pytest.mark.shared
def test_profit_is_revenue_less_the_same_cost():
    for case in oracle("aggregate_planning_red_tomato"):
        plan = red_tomato(case, Settings(objective="profit"))
        assert plan.objective == pytest.approx(case["expected"]["lp_profit"], abs=0.01), case["id"]
        revenue = plan.cost.filter(pl.col("kind") == "revenue")["amount"].sum()
        assert revenue == pytest.approx(case["expected"]["revenue"])


BASE = {"demand": [1600, 3000, 3200, 3800, 2200, 2200], "price": [40] * 6}


@pytest.mark.parametrize(
    ("item", "resource", "cost"),
    [
        ({"subcontract_cost": 26.0}, {}, 421_000),
        ({}, {"hire_cost": 0.0, "fire_cost": 0.0}, 404_000),
        ({"subcontract_cost": None}, {"overtime_per_worker": 0.0}, 422_275),
        ({"backorder_cost": None}, {}, 423_675),
    ],
)
def test_what_the_plan_costs_when_a_way_out_changes(item, resource, cost):
    assert red_tomato(BASE, item=item, resource=resource).objective == pytest.approx(cost, abs=0.01)


@pytest.mark.shared
def test_set_ups_are_planned_to_the_proven_optimum():
    place = shared("oracles/lot_sizing_capacitated.json")
    case = oracle(place.stem)[0]
    given_ = case["inputs"]
    names = [f"i{n}" for n in range(given_["items"])]
    periods = [str(n) for n in range(given_["periods"])]
    plan = balance(
        pl.DataFrame({"period": periods, "working_days": [0] * len(periods)}),
        pl.DataFrame({"item": names, "material_cost": 0.0, "holding_cost": given_["holding_cost"]}),
        pl.DataFrame(
            [
                (n, p, float(q))
                for n, row in zip(names, given_["demand"], strict=True)
                for p, q in zip(periods, row, strict=True)
            ],
            schema=["item", "period", "quantity"],
            orient="row",
        ),
        pl.DataFrame({"resource": ["line"], "hours": [given_["capacity"]]}),
        pl.DataFrame(
            {
                "item": names,
                "resource": "line",
                "hours": given_["unit_consumption"],
                "setup_hours": given_["setup_time"],
                "setup_cost": given_["setup_cost"],
            }
        ),
        settings=Settings(integer=("setups",)),
    )
    assert plan.objective == pytest.approx(case["expected"]["optimal_cost"], rel=1e-6)
    assert plan.gap <= 1e-6


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


def test_backlog_at_the_end_is_forbidden_or_paid_in_full():
    items = pl.DataFrame(
        {"item": ["a"], "material_cost": [1.0], "holding_cost": [0.1], "backorder_cost": [0.01]}
    )
    with pytest.raises(Impossible, match="ban on backlog of a in 3"):
        balance(**small(items=items))
    plan = balance(**small(items=items, settings=Settings(end_backlog="allow")))
    left = plan.plan.filter(pl.col("period") == "3")["backlog"].sum()
    assert plan.cost.filter(pl.col("kind") == "end backlog")["amount"].sum() == pytest.approx(left * 9.0)


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


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Plan, pl.DataFrame]:
    periods = ["1", "2", "3", "4"]
    names = ["a", "b"]
    amount = st.integers(0, 60).map(float)
    items = pl.DataFrame(
        {
            "item": names,
            "material_cost": [2.0, 3.0],
            "holding_cost": [0.2, 0.3],
            "lost_sale_cost": [30.0, 40.0],
            "backorder_cost": [draw(st.sampled_from([None, 1.0])) for _ in names],
            "subcontract_cost": [draw(st.sampled_from([None, 12.0])) for _ in names],
            "initial_stock": [draw(amount) for _ in names],
            "safety_stock": [draw(st.sampled_from([0.0, 10.0])) for _ in names],
            "safety_cost": [1.5, 1.5],
        },
        schema_overrides={"backorder_cost": pl.Float64, "subcontract_cost": pl.Float64},
    )
    demand = pl.DataFrame(
        [(n, p, draw(amount), 50.0) for n in names for p in periods],
        schema=["item", "period", "quantity", "price"],
        orient="row",
    )
    plan = balance(
        pl.DataFrame({"period": periods, "working_days": [20] * 4}),
        items,
        demand,
        pl.DataFrame(
            {
                "resource": ["r"],
                "hours": [float(draw(st.integers(0, 80)))],
                "overtime_hours": [10.0],
                "overtime_cost": [4.0],
            }
        ),
        pl.DataFrame({"item": names, "resource": "r", "hours": [1.0, 2.0]}),
        settings=Settings(objective=draw(st.sampled_from(["cost", "profit"]))),
    )
    return plan, items.select("item", "initial_stock").join(demand, on="item")


@settings(max_examples=40, deadline=None)
@given(worlds())
def test_every_plan_keeps_its_material_balance(world):
    plan, facts = world
    rows = plan.plan.join(facts, on=["item", "period"]).with_columns(
        opening=pl.coalesce(pl.col("stock").shift(1).over("item"), "initial_stock"),
        owed=pl.col("backlog").shift(1).over("item").fill_null(0.0),
    )
    goods = (
        rows["opening"] + rows["make"] + rows["subcontract"] - rows["ship"] - rows["expired"] - rows["stock"]
    )
    wishes = rows["quantity"] + rows["owed"] - rows["ship"] - rows["lost"] - rows["backlog"]
    assert goods.abs().max() < 1e-5
    assert wishes.abs().max() < 1e-5


@settings(max_examples=40, deadline=None)
@given(worlds())
def test_cost_lines_sum_to_the_objective(world):
    plan, _ = world
    assert plan.cost["amount"].sum() == pytest.approx(plan.objective, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(worlds())
def test_no_resource_works_longer_than_it_may(world):
    rows = world[0].resources
    assert (rows["load"] - rows["capacity"] - rows["overtime"]).max() < 1e-5
    assert rows["overtime"].max() <= 10 + 1e-5
