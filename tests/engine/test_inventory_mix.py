"""Money for stock, stock at the wrong place, stock that stays, and policies put to the test."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from einklang.engine.errors import BadTable, Impossible
from einklang.engine.inventory import classify, course, lost, markdown, obsolete, simulate
from einklang.engine.inventory.laws import known
from einklang.engine.inventory.mix import best_mix, shelf
from einklang.engine.inventory.policy import policy
from einklang.engine.inventory.rebalance import moves
from einklang.engine.inventory.trial import put_to_the_test, within_budget


def shelf_of(law, count, seed=1):
    dice = np.random.default_rng(seed)
    mean = dice.uniform(5, 30, count).round()
    exposed = known(law, mean, mean * dice.uniform(0.4, 0.9, count) + 2)
    return shelf(exposed, mean, mean * 2, dice.uniform(1, 20, count), dice.uniform(5, 50, count))


def linear_program(of, budget, most=200):
    """The least shortage when every unit of every item may be taken in part: a bound by another road."""
    start = np.ceil(of.exposed.mean - 1e-9)
    saved, cost, short = [], [], of.short(start).sum()
    for row in range(len(start)):
        one = shelf(
            of.exposed.at(np.arange(len(start)) == row),
            of.demand[row],
            of.lot[row],
            of.cost[row],
            of.weight[row],
        )
        steps = np.array([one.short(start[row] + more)[0] for more in range(most + 1)])
        saved.append(steps[:-1] - steps[1:])
        cost.append(np.full(most, of.cost[row]))
    found = linprog(-np.concatenate(saved), A_ub=[np.concatenate(cost)], b_ub=[budget - of.money(start)],
                    bounds=(0, 1), method="highs")  # fmt: skip
    return short + found.fun, max(part.max() for part in saved)


@pytest.mark.parametrize("law", ["normal", "gamma", "poisson", "negative binomial"])
@pytest.mark.parametrize("budget", [60.0, 300.0, 900.0])
def test_a_mix_lies_between_its_bound_and_one_unit_more_than_the_linear_program(law, budget):
    of = shelf_of(law, 6)
    mix = best_mix(of, budget)
    least, piece = linear_program(of, budget)
    assert mix.used <= budget + 1e-9
    assert mix.bound <= least + 1e-6
    assert least - 1e-6 <= mix.short <= least + piece


@settings(max_examples=25, deadline=None)
@given(st.floats(10, 2000), st.integers(0, 50))
def test_no_other_spread_of_the_same_money_is_short_of_less(budget, seed):
    of = shelf_of("gamma", 4, seed)
    mix = best_mix(of, budget, whole=False)
    dice = np.random.default_rng(seed)
    for _ in range(20):
        part = dice.dirichlet(np.ones(4))
        other = of.exposed.mean + part * budget / of.cost
        assert of.short(other).sum() >= mix.bound - 1e-6


def test_more_money_never_serves_less():
    of = shelf_of("normal", 8)
    fills = [best_mix(of, budget).fill for budget in (0, 50, 100, 200, 400, 800)]
    assert fills == sorted(fills)


def test_a_budget_needs_the_cost_of_every_item():
    items = pl.DataFrame({"item": ["a"], "lead_time": [1.0], "demand": [5.0], "error_sd": [1.0]})
    with pytest.raises(BadTable, match="unit_cost"):
        within_budget(items, None, 10.0)


SITES = {"item": ["p"] * 3, "site": ["north", "mid", "south"], "stock": [90.0, 30.0, 5.0]}


def test_moves_go_the_cheapest_way_and_never_strip_a_giver():
    sites = pl.DataFrame(
        SITES | {"wanted": [40.0, 20.0, 45.0], "keep": [70.0, 20.0, 45.0], "short_cost": [3.0] * 3}
    )
    lanes = pl.DataFrame({"from_site": ["north", "mid"], "to_site": ["south", "south"], "cost": [1.0, 0.5]})
    found = moves(sites, lanes)
    assert found.select("from_site", "quantity", "saves").rows() == [
        ("north", 20.0, 40.0),
        ("mid", 10.0, 25.0),
    ]


def test_a_way_that_costs_more_than_it_saves_is_not_gone():
    sites = pl.DataFrame(SITES | {"wanted": [40.0, 20.0, 45.0], "short_cost": [1.0] * 3})
    lanes = pl.DataFrame({"from_site": ["north"], "to_site": ["south"], "cost": [1.5]})
    assert moves(sites, lanes).is_empty()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [({"stock": [90.0, -1.0, 5.0]}, "stock by site, row 2, stock: got -1.0, expected 0 or more"),
     ({"site": ["north", "north", "south"]}, "each key once")],
)  # fmt: skip
def test_sites_that_cannot_be_are_named(wrong, sentence):
    with pytest.raises(BadTable, match=sentence):
        moves(pl.DataFrame(SITES | {"wanted": [1.0] * 3, "short_cost": [1.0] * 3} | wrong))


def test_a_lane_to_nowhere_is_named():
    sites = pl.DataFrame(SITES | {"wanted": [1.0] * 3, "short_cost": [1.0] * 3})
    lanes = pl.DataFrame({"from_site": ["north"], "to_site": ["moon"], "cost": [1.0]})
    with pytest.raises(BadTable, match="moon"):
        moves(sites, lanes)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 500), st.floats(1, 50), st.floats(0, 30), st.floats(1, 24))
def test_the_expected_rest_is_at_least_what_the_mean_says(stock, demand, sd, months):
    rest = obsolete.expected_rest(stock, demand, sd, months)[0]
    assert rest >= max(0.0, stock - demand * months) - 1e-6


def test_the_rests_of_lots_sum_to_that_of_the_stock_and_the_newest_stays_longest():
    lots = pl.DataFrame(
        {"item": ["p"] * 2, "received": [date(2023, 1, 1), date(2024, 1, 1)], "quantity": [60.0, 60.0]}
    )
    facts = pl.DataFrame({"item": ["p"], "demand": [10.0], "sd": [4.0], "cost": [5.0]})
    rests = obsolete.rest_by_lot(lots, facts, as_of=date(2024, 2, 1), months=9)
    assert rests["rest"].sum() == pytest.approx(float(obsolete.expected_rest(120.0, 10.0, 4.0, 9.0)[0]))
    assert rests["rest"][1] > rests["rest"][0]
    assert rests["provision"].sum() == pytest.approx(rests["rest"].sum() * 5)


def test_a_short_life_leaves_more():
    lots = pl.DataFrame({"item": ["p"], "received": [date(2024, 1, 1)], "quantity": [100.0]})
    facts = pl.DataFrame({"item": ["p"], "demand": [10.0], "sd": [3.0], "cost": [1.0]})
    brief = facts.with_columns(life_days=pl.lit(90.0))
    rests = [
        obsolete.rest_by_lot(lots, one, as_of=date(2024, 2, 1), months=12)["rest"][0]
        for one in (facts, brief)
    ]
    assert rests[1] > rests[0] + 50


def test_stock_below_nothing_is_owed_and_refused():
    with pytest.raises(Impossible, match="owed"):
        obsolete.expected_rest(-1.0, 1.0, 1.0, 1.0)


def test_the_course_names_its_zones_and_the_day_it_runs_out():
    months = [date(2024, month, 1) for month in (1, 2, 3)]
    told = course.course(
        pl.DataFrame({"item": ["p"], "quantity": [100.0]}),
        pl.DataFrame({"item": ["p"], "period": [months[1]], "quantity": [20.0]}),
        pl.DataFrame({"item": ["p"] * 3, "period": months, "quantity": [20.0, 70.0, 60.0], "sd": [5.0] * 3}),
        pl.DataFrame({"item": ["p"], "safety_stock": [35.0], "most": [70.0]}),
    )
    assert told["stock"].to_list() == [80.0, 30.0, -30.0]
    assert told["zone"].to_list() == ["over", "low", "out"]
    # 30 of March's 60 are there: half of 31 days.
    assert course.runs_out(told)["day"].to_list() == [date(2024, 3, 16)]
    assert course.runs_out(told, line="low")["day"][0] < date(2024, 3, 16)
    assert (told["high"] - told["stock"]).is_sorted()


@settings(max_examples=40, deadline=None)
@given(st.floats(1, 500), st.floats(1, 500), st.floats(1, 100), st.floats(1.05, 4), st.floats(0, 50))
def test_no_price_on_a_grid_earns_more_than_the_markdown(stock, demand, price, elasticity, salvage):
    best = markdown.proposals(stock, demand, price, elasticity=elasticity, salvage=salvage)
    for share in np.linspace(0.05, 1, 40):
        units = min(stock, demand * share**-elasticity)
        assert price * share * units + salvage * (stock - units) <= best.value[0] * (1 + 1e-6) + 1e-6


def test_a_discount_above_the_margin_has_no_uplift():
    with pytest.raises(Impossible, match="whole margin"):
        markdown.required_uplift(0.2, 0.2)


def test_demand_that_does_not_bend_is_not_marked_down():
    with pytest.raises(Impossible, match="do not mark it down"):
        markdown.isoelastic(100, 0.9, 50)
    stiff = markdown.proposals(500.0, 100.0, 10.0, elasticity=0.8)
    assert (stiff.price[0], stiff.gain[0]) == (10.0, 0.0)


def test_a_series_that_was_hardly_ever_in_stock_has_no_estimate():
    table = pl.DataFrame(
        {"series": "x", "period": range(4), "quantity": [1.0] * 4, "available": [False] * 3 + [True]}
    )
    assert lost.lost_sales(table)["lost"].to_list() == [None]


def test_classes_change_with_demand_and_each_change_is_told_once():
    months = [date(2023 + n // 12, n % 12 + 1, 1) for n in range(24)]
    rows = [("p", month, 100.0 if n < 12 else 1.0) for n, month in enumerate(months)]
    rows += [("q", month, 10.0) for month in months]
    demand = pl.DataFrame(rows, schema=["item", "period", "quantity"], orient="row")
    told = classify.changes(
        classify.over_time(demand, pl.DataFrame({"item": ["p", "q"], "value": [1.0, 1.0]}))
    )
    assert told.filter(pl.col("item") == "q")["after"].to_list()[0][0] == "A"
    assert all(before != after for before, after in told.select("before", "after").iter_rows())


def played(law, target, share, *, mean=100.0, sd=45.0, lead=1.0, lead_sd=0.0, review=1.0):
    kept = policy(mean, sd, lead, lead_sd, service=share, target=target, review=review, lot=mean, law=law)
    dice = np.random.default_rng(5)
    demand = simulate.drawn_by_law(law, mean, sd, runs=400, periods=60, steps=10, dice=dice)
    times = simulate.drawn_lead_times(lead, lead_sd, shape=demand.shape, steps=10, dice=dice)
    level = float(kept.reorder_point[0])
    return simulate.play(simulate.Rule(level, level, round(review * 10)), demand, times, warm=30)


@pytest.mark.parametrize("law", ["normal", "gamma"])
@pytest.mark.parametrize("target", ["cycle", "fill", "ready"])
def test_a_simulated_policy_serves_what_its_law_promised(law, target):
    measured = getattr(played(law, target, 0.95), target)
    assert measured.middle == pytest.approx(0.95, abs=0.012)
    assert measured.low <= measured.middle <= measured.high


def test_uncertain_lead_times_are_covered_too():
    assert played("gamma", "cycle", 0.95, lead_sd=0.3).cycle.middle == pytest.approx(0.95, abs=0.03)


def test_customers_who_go_away_are_served_at_least_as_well_as_those_who_wait():
    demand = np.random.default_rng(1).gamma(2, 5, (200, 100))
    lead, rule = np.full(demand.shape, 3), simulate.Rule(45, 45, 1)
    waits, leaves = (simulate.play(rule, demand, lead, lost=lost, warm=20) for lost in (False, True))
    assert leaves.fill.middle >= waits.fill.middle


def test_the_past_is_drawn_whole_and_keeps_its_mean():
    past = [0.0, 0, 0, 90, 0, 0, 0, 30]
    drawn = simulate.drawn_from_past(past, runs=300, periods=24, steps=4, dice=np.random.default_rng(2))
    assert drawn.mean() * 4 == pytest.approx(15.0, rel=0.1)
    assert set(np.unique(drawn)) <= {0.0, 30.0, 90.0}


def test_the_table_tells_what_was_measured_of_every_item():
    items = pl.DataFrame(
        {"item": ["a", "b"], "lead_time": [1.0, 0.5], "review_period": [1.0, 0.0], "demand": [50.0, 8.0],
         "error_sd": [20.0, 5.0], "unit_cost": [2.0, 3.0]}
    )  # fmt: skip
    table, mix = within_budget(items, None, 150.0)
    assert mix.used <= 150
    told = put_to_the_test(table, runs=50)
    assert told["simulated_fill_rate_middle"].to_list() == pytest.approx(
        table["expected_fill_rate"].to_list(), abs=0.05
    )
