"""The balance at size: where it begins, and set-ups of many items."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.supply.balance import Settings, Tables, balanced, read
from einklang.engine.supply.balance.lotted import lots_of, solved_by_lots
from einklang.engine.supply.balance.model import build
from einklang.engine.supply.balance.start import begin


def workshop(items=30, periods=14, *, hours=260.0, seed=1, **more):
    """Items on two work centres, with set-ups that take hours and cost money."""
    random = np.random.default_rng(seed)
    name = [f"I{number:02}" for number in range(items)]
    period = [str(number + 1) for number in range(periods)]
    need = random.integers(0, 20, (items, periods)).astype(float)
    return Tables(
        pl.DataFrame({"period": period, "working_days": [20] * periods}),
        pl.DataFrame(
            {"item": name, "material_cost": [3.0] * items, "holding_cost": [0.5] * items,
             "initial_stock": random.integers(0, 30, items).astype(float), **more}
        ),
        pl.DataFrame({"item": np.repeat(name, periods), "period": period * items, "quantity": need.ravel()}),
        pl.DataFrame({"resource": ["one", "two"], "hours": [hours] * 2, "overtime_hours": [40.0] * 2,
                      "overtime_cost": [7.0] * 2}),
        pl.DataFrame(
            {"item": name, "resource": random.choice(["one", "two"], items), "hours": [1.0] * items,
             "setup_hours": [2.0] * items, "setup_cost": [12.0] * items}
        ),
    )  # fmt: skip


def test_set_ups_of_many_items_are_planned_with_a_proven_gap():
    problem = read(workshop(), Settings(integer=("setups",), seconds=20, gap=0.02))
    assert lots_of(problem, build(problem)) is not None
    plan = balanced(problem)
    assert plan.gap <= 0.02
    assert plan.bound <= plan.objective
    assert (plan.resources["load"] <= plan.resources["capacity"] + plan.resources["overtime"] + 1e-6).all()


def test_the_proven_optimum_lies_between_the_lot_engines_bound_and_its_plan():
    """Ten items in ten periods: few enough for the solver to prove the optimum."""
    problem = read(workshop(10, 10, hours=90.0), Settings(integer=("setups",), seconds=60, gap=1e-4))
    blocks = build(problem)
    best = blocks.model.solve(seconds=60, gap=1e-5)
    lots = lots_of(problem, blocks, few=0)
    assert best is not None
    assert lots is not None
    found = solved_by_lots(problem, blocks, lots)
    assert found is not None
    assert found.bound <= best.objective * (1 + 1e-6)
    assert best.objective <= found.objective * (1 + 1e-6)
    assert found.objective == pytest.approx(best.objective, rel=0.01)


@pytest.mark.parametrize(
    "more", [{"backorder_cost": [2.0] * 30}, {"subcontract_cost": [9.0] * 30}, {"lead_time": [1] * 30}]
)
def test_a_balance_that_is_more_than_lots_stays_with_the_solver(more):
    problem = read(workshop(**more), Settings(integer=("setups",)))
    assert lots_of(problem, build(problem)) is None


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([60.0, 120.0, 400.0]), st.integers(0, 2))
def test_where_the_solver_begins_changes_nothing_but_the_time(seed, hours, lead):
    random = np.random.default_rng(seed)
    period = ["1", "2", "3", "4", "5"]
    items = pl.DataFrame(
        {
            "item": ["A", "B", "c", "d"],
            "material_cost": [2.0, 3.0, 1.0, 1.0],
            "holding_cost": [0.4, 0.5, 0.1, 0.1],
            "backorder_cost": [4.0, 5.0, None, None],
            "lost_sale_cost": [50.0, 60.0, None, None],
            "subcontract_cost": [None, 9.0, None, None],
            "initial_stock": random.integers(0, 40, 4).astype(float),
            "lead_time": [0, lead, lead, 0],
        }
    )
    demand = pl.DataFrame(
        {
            "item": np.repeat(["A", "B"], 5),
            "period": period * 2,
            "quantity": random.integers(0, 60, 10).astype(float),
        }
    )
    case = Tables(
        pl.DataFrame({"period": period, "working_days": [20] * 5}),
        items,
        demand,
        pl.DataFrame(
            {"resource": ["bench"], "hours": [hours], "overtime_hours": [10.0], "overtime_cost": [5.0]}
        ),
        pl.DataFrame({"item": ["A", "B", "c"], "resource": ["bench"] * 3, "hours": [1.0, 1.5, 0.2]}),
        pl.DataFrame({"parent": ["A", "B", "c"], "component": ["c", "d", "d"], "quantity": [1.0, 2.0, 1.0]}),
    )
    problem = read(case, Settings())
    blocks = build(problem)
    start = begin(problem, blocks)
    assert start.columns is not None
    assert start.rows is not None
    assert start.columns.sum() + start.rows.sum() == blocks.model.height
    warm, cold = blocks.model.solve(start=start), blocks.model.solve()
    assert (warm is None) == (cold is None)
    if warm is not None and cold is not None:
        assert warm.objective == pytest.approx(cold.objective, rel=1e-7, abs=1e-6)
