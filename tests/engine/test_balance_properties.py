"""What holds for every balance: goods foot at every place, money sums up, no limit is passed."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.supply.balance import Plan, Settings, balance
from tests.engine.balance_tables import Row, months, table

PERIODS = ["1", "2", "3", "4"]
amount = st.integers(0, 60).map(float)
SITES = ("north", "south")


def finished(draw: st.DrawFn, name: str, site: str) -> Row:
    """A product with some of the ways and rules an item may have."""
    maybe = st.sampled_from([None, 1.0])
    return {
        "item": name,
        "site": site,
        "material_cost": 2.0,
        "holding_cost": 0.2,
        "lost_sale_cost": 30.0,
        "backorder_cost": draw(maybe),
        "initial_stock": draw(amount),
        "subcontract_cost": draw(st.sampled_from([None, 12.0])),
        "lead_time": float(draw(st.integers(0, 1))),
        "safety_stock": draw(st.sampled_from([0.0, 10.0])),
        "safety_cost": 1.5,
        "policy_stock": draw(st.sampled_from([None, 20.0])),
        "excess_cost": 0.5,
        "shelf_life": draw(st.sampled_from([None, 2.0])),
        "yield": draw(st.sampled_from([None, 0.9])),
        "lot_multiple": draw(st.sampled_from([None, 7.0])),
        "end_value": draw(st.sampled_from([None, 0.5])),
    }


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    """Two finished items of a bought part, at two sites with a lane between them, in two segments."""
    items = [finished(draw, name, site) for name in ("a", "b") for site in SITES]
    items += [{"item": "part", "site": s, "holding_cost": 0.1, "initial_stock": draw(amount)} for s in SITES]
    demand = [
        {"item": name, "site": site, "segment": segment, "period": period, "quantity": draw(amount)}
        for name in ("a", "b")
        for site in SITES
        for segment in ("key", "web")
        for period in PERIODS
    ]
    press = {"resource": "press", "hours": float(draw(st.integers(0, 80)))}
    bill = {"component": "part", "scrap": 0.2}
    offer = {"supplier": "far", "item": "part", "price": 1.0}
    lane = {"from_site": "north", "to_site": "south", "cost": 0.5, "resource": "trucks", "hours": 1.0}
    return {
        "items": table(*items),
        "demand": table(*demand).with_columns(price=pl.lit(50.0)),
        "resources": table(
            {**press, "overtime_hours": 10.0, "overtime_cost": 4.0},
            {"resource": "trucks", "hours": float(draw(st.integers(0, 60)))},
        ),
        "routing": table(
            *[{"item": n, "resource": "press", "hours": h} for n, h in (("a", 1.0), ("b", 2.0))]
        ),
        "bom": table(*[{**bill, "parent": n, "quantity": q} for n, q in (("a", 1.0), ("b", 2.0))]),
        "segments": table(*[{"segment": n, "lost_sale_cost": c} for n, c in (("key", 60.0), ("web", 20.0))]),
        "suppliers": table(*[{**offer, "site": site, "maximum": draw(amount)} for site in SITES]),
        "lanes": table({**lane, "lead_time": float(draw(st.integers(0, 1)))}),
        "settings": Settings(
            objective=draw(st.sampled_from(["cost", "profit"])),
            end_backlog=draw(st.sampled_from(["forbid", "allow"])),
            service_first=draw(st.booleans()),
        ),
    }


def planned(world: dict[str, Any], **changes: Any) -> Plan:
    return balance(periods=months(len(PERIODS)), **{**world, **changes})


def more_hours(table_: pl.DataFrame) -> pl.DataFrame:
    return table_.with_columns(pl.col("hours") + 10)


def most(values: pl.Series) -> float:
    """The largest of them, 0 where there are none."""
    found = values.max()
    return 0.0 if found is None else float(str(found))


def checks(plan: Plan, world: dict[str, Any]) -> None:
    key = ["item", "site"]
    rows = plan.plan.join(world["items"].select(*key, "initial_stock"), on=key).with_columns(
        opening=pl.coalesce(pl.col("stock").shift(1).over(key), "initial_stock")
    )
    come = rows["opening"] + rows["received"] + rows["moved_in"]
    gone = rows["moved_out"] + rows["used"] + rows["ship"] + rows["expired"] + rows["stock"]
    assert most((come - gone).abs()) < 1e-5
    served = plan.demand.with_columns(
        owed=pl.col("backlog").shift(1).over(*key, "segment").fill_null(0.0)
    ).with_columns(
        left=pl.col("quantity") + pl.col("owed") - pl.col("ship") - pl.col("lost") - pl.col("backlog")
    )
    assert most(served["left"].abs()) < 1e-5
    assert plan.cost["amount"].sum() == pytest.approx(plan.objective, abs=1e-3)
    used = plan.resources
    assert most(used["load"] - used["capacity"] - used["overtime"]) < 1e-5
    assert most(used["overtime"]) < 10 + 1e-5
    assert most(plan.purchases["quantity"] - plan.purchases["limit"]) < 1e-5


@settings(max_examples=15, deadline=None)
@given(worlds())
def test_goods_foot_money_sums_up_and_no_limit_is_passed(world):
    checks(planned(world), world)


@settings(max_examples=8, deadline=None)
@given(worlds())
def test_a_limit_that_is_relaxed_never_costs_more(world):
    sign = 1 if world["settings"].objective == "cost" else -1
    chosen = Settings(objective=world["settings"].objective)
    tight = planned(world, settings=chosen)
    loose = planned(world, settings=chosen, resources=more_hours(world["resources"]))
    assert sign * loose.objective <= sign * tight.objective + 1e-3


@settings(max_examples=10, deadline=None)
@given(worlds())
def test_whole_lots_never_cost_less_than_their_linear_bound(world):
    linear = planned(world, settings=Settings())
    whole = planned(world, settings=Settings(integer=("lots",), gap=1e-3, seconds=20.0))
    assert linear.objective <= whole.objective + 1e-3
    assert whole.bound <= whole.objective + 1e-6
    checks(whole, world)
    made = whole.plan.join(world["items"].select("item", "site", "lot_multiple"), on=["item", "site"])
    lots = made.filter(pl.col("lot_multiple") > 0).with_columns(lots=pl.col("make") / pl.col("lot_multiple"))
    assert most((lots["lots"] - lots["lots"].round()).abs()) < 1e-4


@settings(max_examples=8, deadline=None)
@given(worlds())
def test_an_hour_more_saves_no_more_than_its_shadow_price(world):
    """Prices are those of the next hour: many more hours save at most as many times the price."""
    chosen = Settings()
    tight = planned(world, settings=chosen)
    loose = planned(world, settings=chosen, resources=more_hours(world["resources"]))
    worth = tight.resources["shadow_price"].sum() * 10
    assert tight.objective - loose.objective <= worth + 1e-3
