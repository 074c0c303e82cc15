"""Lots that share hours: published cases, and what holds for every plan."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.errors import BadTable, Impossible
from einklang.engine.supply.lotsizing import plan_lots
from einklang.engine.supply.lotsizing.plan import solve
from einklang.engine.supply.lotsizing.problem import Lots
from einklang.engine.supply.lotsizing.relaxed import relax
from einklang.engine.supply.lotsizing.wagner_whitin import cheapest
from einklang.engine.supply.lotsizing.window import best_within
from tests.shared import oracle

# Proven optimal within seconds; the others take a solver minutes and are measured in benchmarks/lots_clsp.py.
QUICK = ("X11117A", "X11117B", "X11118A", "X11127A", "X12117A", "X11118B", "X11128A")


def tables(case):
    """One published case as the tables of a lot plan."""
    given = case["inputs"]
    name = [f"I{number:02}" for number in range(given["items"])]
    return (
        pl.DataFrame({"item": name, "holding_cost": given["holding_cost"]}),
        pl.DataFrame(
            {
                "item": np.repeat(name, given["periods"]),
                "period": [str(number + 1) for number in range(given["periods"])] * len(name),
                "quantity": np.array(given["demand"], dtype=float).ravel(),
            }
        ),
        pl.DataFrame({"resource": ["line"], "hours": [given["capacity"]]}),
        pl.DataFrame(
            {
                "item": name,
                "resource": ["line"] * len(name),
                "hours": given["unit_consumption"],
                "setup_hours": given["setup_time"],
                "setup_cost": given["setup_cost"],
            }
        ),
    )


@pytest.mark.shared
@pytest.mark.parametrize("name", QUICK)
def test_published_cases_reach_their_optimum_and_prove_it(name):
    """Trigeiro's set X as in LotSizingProblems.jl; optima proven by HiGHS (lot_sizing_capacitated)."""
    (case,) = (one for one in oracle("lot_sizing_capacitated") if one["id"] == name)
    plan = plan_lots(*tables(case), seconds=60, gap=0.0)
    best = case["expected"]["optimal_cost"]
    assert plan.objective == pytest.approx(best, rel=1e-6)
    assert plan.bound == pytest.approx(best, rel=1e-4)


@pytest.mark.shared
def test_no_bound_is_above_a_known_plan():
    for case in oracle("lot_sizing_capacitated"):
        bound = plan_lots(*tables(case), seconds=0.1, gap=1.0).bound
        assert bound <= case["expected"]["optimal_cost"] * (1 + 1e-9), case["id"]
        assert bound >= 0.93 * case["expected"]["optimal_cost"], case["id"]


needs = st.lists(st.sampled_from([0.0, 0.0, 4.0, 9.0]), min_size=4, max_size=4)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(needs, min_size=1, max_size=3), st.sampled_from([3.0, 9.0, 30.0]), st.sampled_from([np.inf, 2.0])
)
def test_wagner_and_whitin_find_the_cheapest_plan_there_is(need, setup, loss):
    """Against every set of set-ups there is, with prices by period and losses."""
    asked = np.array(need)
    unit = np.tile([0.5, 0.0, 1.0, 0.2], (len(asked), 1))
    once = np.full(asked.shape, setup)
    plan = cheapest(asked, once, unit, np.ones(len(asked)), np.full(len(asked), loss))
    for row, wanted in enumerate(asked):
        assert plan.cost[row] == pytest.approx(_by_trying(wanted, setup, unit[row], loss))
        kept = np.cumsum(plan.make[row] + plan.lost[row] - wanted)
        lost = 0.0 if np.isinf(loss) else loss * plan.lost[row].sum()
        paid = setup * plan.setup[row].sum() + unit[row] @ plan.make[row] + kept.sum() + lost
        assert paid == pytest.approx(plan.cost[row])
        assert (kept > -1e-9).all()


def _by_trying(need, setup, unit, loss):
    least = np.inf
    for code in range(2 ** len(need)):
        made = [period for period in range(len(need)) if code >> period & 1]
        cost = setup * len(made)
        for due, wanted in enumerate(need):
            ways = [unit[period] + (due - period) for period in made if period <= due]
            cost += wanted * min([*ways, loss]) if wanted else 0.0
        least = min(least, cost)
    return least


def two_lines(hours=40.0, **more):
    """Three items on two lines, the second item on both."""
    items = {"item": ["A", "B", "C"], "holding_cost": [1.0, 1.0, 1.0], **more}
    demand = [(item, str(period), 10.0) for item in "ABC" for period in range(1, 5)]
    return (
        pl.DataFrame(items),
        pl.DataFrame(demand, schema=["item", "period", "quantity"], orient="row"),
        pl.DataFrame(
            {
                "resource": ["one", "two"],
                "hours": [hours] * 2,
                "overtime_hours": [4.0] * 2,
                "overtime_cost": [3.0] * 2,
            }
        ),
        pl.DataFrame(
            {
                "item": ["A", "B", "B", "C"],
                "resource": ["one", "one", "two", "two"],
                "hours": [1.0, 1.0, 1.0, 1.0],
                "setup_hours": [2.0, 2.0, 2.0, 2.0],
                "setup_cost": [15.0, 5.0, 10.0, 15.0],
            }
        ),
    )


def test_an_item_on_two_lines_uses_the_hours_of_both():
    plan = plan_lots(*two_lines(hours=24.0), seconds=5, gap=0.0)
    load = plan.resources
    assert (load["load"] <= load["hours"] + load["overtime"] + 1e-6).all()
    made = plan.plan.filter(pl.col("item") == "B")
    hours = made["make"].sum() + 2 * made["setup"].sum()
    assert load.filter(pl.col("resource") == "two")["load"].sum() == pytest.approx(
        hours + 40 + 2 * plan.plan.filter(pl.col("item") == "C")["setup"].sum()
    )


def test_costs_by_kind_sum_to_the_objective_and_the_bound_is_no_higher():
    plan = plan_lots(*two_lines(), seconds=5, gap=0.0)
    assert plan.cost["amount"].sum() == pytest.approx(plan.objective)
    assert plan.bound <= plan.objective + 1e-9


def test_overtime_is_taken_only_where_it_pays():
    free, full = (plan_lots(*two_lines(hours=hours), seconds=5, gap=0.0) for hours in (60.0, 23.0))
    assert free.resources["overtime"].sum() == 0
    assert full.resources["overtime"].sum() > 0
    assert (full.resources["overtime"] <= 4.0 + 1e-9).all()


def test_sales_are_lost_only_where_they_may_be():
    case = two_lines(hours=12.0, lost_sale_cost=[None, 50.0, None])
    plan = plan_lots(*case, seconds=5, gap=0.0)
    lost = plan.plan.group_by("item").agg(pl.col("lost").sum()).sort("item")["lost"]
    assert lost[1] > 0
    assert lost[0] == lost[2] == 0


def test_hours_that_cannot_be_found_are_named():
    with pytest.raises(Impossible, match=r"hours are lacking, most on (one|two) in"):
        plan_lots(*two_lines(hours=5.0), seconds=5)


def test_items_without_a_work_centre_have_the_hours_they_want():
    items, demand, resources, routing = two_lines()
    plan = plan_lots(items, demand, resources, routing.filter(pl.col("item") != "A"), seconds=5, gap=0.0)
    assert plan.plan.filter(pl.col("item") == "A")["make"].to_list() == [10.0] * 4


def test_many_small_groups_are_planned_a_few_at_a_time():
    """450 items with a machine each: three of them share a group, and each keeps its own hours."""
    count, periods = 450, 4
    need = np.random.default_rng(3).integers(1, 9, (count, periods)).astype(float)
    hours = np.full((count, periods), 14.0)
    lots = Lots(
        need, np.ones(count), np.full(count, np.inf), np.zeros(count), np.full(count, 6.0), np.arange(count),
        np.arange(count), np.ones(count), np.ones(count), hours, 0 * hours, 0 * hours, 1e3,
    )  # fmt: skip
    assert lots.groups <= 200
    assert sorted(np.concatenate([part.items for part in lots.parts()]).tolist()) == list(range(count))
    plan = solve(lots, seconds=20, gap=0.02)
    assert plan.gap <= 0.02
    assert (lots.load(plan.make, plan.setup) <= hours + 1e-6).all()
    assert not plan.missing.any()


def test_stock_and_receipts_come_before_any_lot():
    case = two_lines(initial_stock=[25.0, 0.0, 0.0])
    coming = pl.DataFrame({"item": ["A"], "period": ["3"], "quantity": [15.0]})
    plan = plan_lots(*case, receipts=coming, seconds=5, gap=0.0).plan
    assert plan.filter(pl.col("item") == "A")["make"].sum() == 0


def test_a_first_period_without_need_costs_no_set_up():
    case = two_lines(initial_stock=[10.0, 10.0, 10.0])
    plan = plan_lots(*case, seconds=5, gap=0.0).plan
    assert not plan.filter(pl.col("period") == "1")["setup"].any()


def test_safety_stock_is_built_and_kept():
    plan = plan_lots(*two_lines(safety_stock=[7.0, 0.0, 0.0]), seconds=5, gap=0.0).plan
    assert plan.filter(pl.col("item") == "A")["stock"].min() >= 7 - 1e-9


def test_what_a_lot_plan_does_not_use_is_said():
    notes = " ".join(plan_lots(*two_lines(lot_min=[5.0, 5.0, 5.0]), seconds=2).notes)
    assert "does not use lot_min" in notes


def test_strangers_are_named_with_their_row():
    items, demand, resources, routing = two_lines()
    with pytest.raises(BadTable, match="D"):
        plan_lots(items, demand, resources, routing.with_columns(item=pl.Series(["A", "B", "B", "D"])))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([18.0, 26.0, 60.0]))
def test_no_plan_is_cheaper_than_the_bound_and_all_plans_keep_the_hours(seed, hours):
    random = np.random.default_rng(seed)
    lots = Lots(
        random.integers(0, 12, (4, 5)).astype(float), random.uniform(0.5, 2, 4), np.full(4, np.inf),
        np.zeros(4),
        random.uniform(5, 40, 4), np.arange(4), np.array([0, 0, 1, 1]), np.ones(4), random.uniform(0, 3, 4),
        np.full((2, 5), hours), np.full((2, 5), 10.0), np.full((2, 5), 4.0), 1e4,
    )  # fmt: skip
    bound = relax(lots).bound.sum()
    every = np.ones(lots.shape, dtype=bool)
    best = best_within(lots, ~every, every, gap=1e-7)
    assert best is not None
    assert bound <= best.cost + 1e-6 * abs(best.cost)
    assert (lots.load(best.make, best.setup) <= lots.capacity + best.overtime + best.missing + 1e-6).all()
