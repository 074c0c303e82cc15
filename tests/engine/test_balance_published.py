"""The balance against published plans: each case names its book, and the cost is met to the cent."""

import json
from typing import Any

import polars as pl
import pytest

from einklang.engine.errors import Impossible
from einklang.engine.supply.balance import Plan, Settings, balance
from tests.engine.balance_tables import asked, item, months, plan_of, table
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
    case: dict[str, Any],
    chosen: Settings | None = None,
    tool: dict[str, Any] | None = None,
    crew: dict[str, Any] | None = None,
) -> Plan:
    """Chopra and Meindl, Supply Chain Management: Red Tomato Tools, with a case's demand and price."""
    periods = [str(n + 1) for n in range(len(case["demand"]))]
    return balance(
        months(len(periods)),
        table({**TOOL, **(tool or {})}),
        pl.DataFrame({"item": "tool", "period": periods, "quantity": case["demand"], "price": case["price"]}),
        table({**RESOURCE, **(crew or {})}),
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
        wanted = case["expected"]["integer_workforce_cost"]
        assert plan.objective == pytest.approx(wanted, abs=0.01), case["id"]
        assert plan.proven
        assert plan.bound == pytest.approx(wanted, rel=1e-5)


@pytest.mark.shared
def test_profit_is_revenue_less_the_same_cost():
    for case in oracle("aggregate_planning_red_tomato"):
        plan = red_tomato(case, Settings(objective="profit"))
        assert plan.objective == pytest.approx(case["expected"]["lp_profit"], abs=0.01), case["id"]
        revenue = plan.cost.filter(pl.col("kind") == "revenue")["amount"].sum()
        assert revenue == pytest.approx(case["expected"]["revenue"])


@pytest.mark.shared
def test_what_the_plan_costs_when_a_way_out_changes():
    """The four sensitivities of the same file, by their own words."""
    case = oracle("aggregate_planning_red_tomato")[0]
    told = json.loads(shared("oracles/aggregate_planning_red_tomato.json").read_text())["derived_sensitivity"]
    changes: dict[str, dict[str, Any]] = {
        "subcontract 26 instead of 30": {"tool": {"subcontract_cost": 26.0}},
        "hire and layoff free": {"crew": {"hire_cost": 0.0, "fire_cost": 0.0}},
        "no overtime and no subcontracting": {
            "tool": {"subcontract_cost": None},
            "crew": {"overtime_per_worker": 0.0},
        },
        "backlog forbidden (cost 1e6)": {"tool": {"backorder_cost": None}},
    }
    assert {line["change"] for line in told} == set(changes)
    for line in told:
        plan = red_tomato(case, **changes[line["change"]])
        assert plan.objective == pytest.approx(line["lp_cost"], abs=0.01), line["change"]


@pytest.mark.shared
def test_factory_planning_earns_what_williams_says():
    """Williams, Model Building in Mathematical Programming: Factory Planning I, profit 93,715.18."""
    case = json.loads(shared("data/williams_planning/factory_planning_1.json").read_text())
    data = case["data"]
    items = [
        item(
            product,
            material_cost=0.0,
            holding_cost=data["holding_cost"],
            lost_sale_cost=0.0,
            max_stock=float(data["max_inventory"]),
            final_stock=float(data["store_target"]),
        )
        for product in data["products"]
    ]
    demand = [
        {"item": product, "period": month, "quantity": float(most), "price": float(data["profit"][product])}
        for key, most in data["max_sales"].items()
        for month, product in [key.split("|")]
    ]
    hours = [
        {
            "resource": machine,
            "period": month,
            "hours": data["hours_per_month"] * float(count - data["down"].get(f"{month}|{machine}", 0)),
        }
        for machine, count in data["installed"].items()
        for month in data["months"]
    ]
    routing = [
        {"item": product, "resource": machine, "hours": needed}
        for machine, products in data["time_req"].items()
        for product, needed in products.items()
    ]
    plan = balance(
        pl.DataFrame({"period": data["months"], "working_days": 24}),
        table(*items), table(*demand), table(*hours), table(*routing),
        settings=Settings(objective="profit"),
    )  # fmt: skip
    assert plan.objective == pytest.approx(case["published_optimal_profit"], rel=1e-6)
    assert plan.sentences()


@pytest.mark.shared
def test_a_supply_network_costs_what_williams_says():
    """Williams: Supply Network Design I, cost 198,500: factories, depots with a throughput, customers."""
    case = json.loads(shared("data/williams_planning/supply_network_design_1.json").read_text())
    data = case["data"]
    sites = [*data["supply"], *data["depot_throughput"], *data["demand"]]
    items = [
        {"item": "good", "site": site, "material_cost": 0.0 if site in data["supply"] else None,
         "holding_cost": None}
        for site in sites
    ]  # fmt: skip
    lanes = [
        {"item": "good", "from_site": start, "to_site": end, "cost": cost,
         "resource": start if start in data["depot_throughput"] else None, "hours": 1.0}
        for start, end, cost in data["arc_cost"]
    ]  # fmt: skip
    plan = balance(
        months(1),
        table(*items).with_columns(pl.col("holding_cost").cast(pl.Float64)),
        table(
            *[{"item": "good", "site": s, "period": "1", "quantity": q} for s, q in data["demand"].items()]
        ),
        table(
            *[{"resource": s, "hours": h} for s, h in {**data["supply"], **data["depot_throughput"]}.items()]
        ),
        table(*[{"item": "good", "site": s, "resource": s, "hours": 1.0} for s in data["supply"]]),
        lanes=table(*lanes),
    )
    assert plan.objective == pytest.approx(case["published_optimal_cost"], rel=1e-6)
    assert plan.transfers["quantity"].sum() >= sum(data["demand"].values())


@pytest.mark.shared
def test_set_ups_are_planned_to_the_proven_optimum():
    """Trigeiro, Thomas and McClain (1989), the first instance of the published set of ten items."""
    case = oracle("lot_sizing_capacitated")[0]
    given = case["inputs"]
    names = [f"i{n}" for n in range(given["items"])]
    demand = pl.concat([asked(n, row) for n, row in zip(names, given["demand"], strict=True)])
    plan = balance(
        months(given["periods"]),
        pl.DataFrame({"item": names, "material_cost": 0.0, "holding_cost": given["holding_cost"]}),
        demand,
        pl.DataFrame({"resource": ["line"], "hours": [given["capacity"]]}),
        pl.DataFrame(
            {
                "item": names,
                "resource": "line",
                "hours": given["unit_consumption"],
                "setup_hours": given["setup_time"],
                "setup_cost": given["setup_cost"],
            }
        ),
        settings=Settings(integer=("setups",)),
    )
    assert plan.objective == pytest.approx(case["expected"]["optimal_cost"], rel=1e-6)
    assert plan.gap <= 1e-6


def linear_market(stock: float) -> Plan:
    """Demand 100 - 2 * price, made for nothing, one period, at most ``stock`` to be had."""
    levels = [{"item": "a", "level": str(p), "price": float(p), "demand_factor": (100 - 2 * p) / 10}
              for p in range(20, 45)]  # fmt: skip
    return balance(
        months(1),
        table(item("a", material_cost=0.0, lost_sale_cost=0.0)),
        asked("a", [10.0], price=45.0),
        table({"resource": "store", "hours": stock}),
        table({"item": "a", "resource": "store", "hours": 1.0}),
        settings=Settings(objective="profit", integer=("prices",)),
        markdowns=table(*levels),
    )


@pytest.mark.parametrize(("stock", "price"), [(1000.0, 25.0), (20.0, 40.0)])
def test_a_markdown_is_the_price_of_the_closed_form(stock, price):
    """Linear demand, a = 100, b = 2: the best price is a / 2b = 25, and (a - 20) / b = 40 if 20 are left."""
    plan = linear_market(stock)
    assert plan.prices["price"].to_list() == [price]
    assert plan.objective == pytest.approx(price * (100 - 2 * price))


def test_backlog_in_the_last_period_is_forbidden_or_paid_in_full():
    """The trap: backlog of the last month is cheaper than making, so a plan would leave the demand owed."""
    cheap = [item("a", backorder_cost=0.01)]
    press: dict[str, Any] = {
        "resources": table({"resource": "press", "hours": 15.0}),
        "routing": table({"item": "a", "resource": "press", "hours": 1.0}),
    }
    demand = asked("a", [10, 10, 40], price=9.0)
    with pytest.raises(Impossible, match="ban on backlog of a in 3"):
        plan_of(cheap, demand, **press)
    plan = plan_of(cheap, demand, settings=Settings(end_backlog="allow"), **press)
    left = plan.plan.filter(pl.col("period") == "3")["backlog"].sum()
    assert left == pytest.approx(15)
    assert plan.cost.filter(pl.col("kind") == "end backlog")["amount"].sum() == pytest.approx(left * 9.0)


def test_what_is_owed_at_the_end_must_have_a_value():
    """Without a price or a cost the trap would be open again."""
    with pytest.raises(Impossible, match="neither a price nor a cost for a"):
        plan_of(
            [item("a", material_cost=0.0, backorder_cost=0.01)],
            asked("a", [10, 10, 40]),
            settings=Settings(end_backlog="allow"),
        )
