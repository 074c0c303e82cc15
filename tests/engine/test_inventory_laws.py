"""Laws of demand and the levels that service asks for: what they promise is what they give."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.errors import BadTable, Impossible
from einklang.engine.inventory import service
from einklang.engine.inventory.exposure import exposure
from einklang.engine.inventory.laws import LAWS, chosen, fits, known
from einklang.engine.inventory.policy import Costs, policy
from einklang.engine.inventory.reorder import point_and_lot
from einklang.engine.inventory.table import notes, policies

PARAMETRIC = LAWS[:4]
means = st.floats(2, 500)
spreads = st.floats(0.1, 1.5)
shares = st.floats(0.6, 0.995)


def of(law, mean, ratio):
    """Demand of a law; counts need a variance above their mean."""
    sd = max(mean * ratio, (mean * 1.2) ** 0.5) if law == "negative binomial" else mean * ratio
    return known(law, mean, mean**0.5 if law == "poisson" else sd)


@pytest.mark.parametrize("law", PARAMETRIC)
@settings(max_examples=40, deadline=None)
@given(means, spreads, st.floats(0, 3))
def test_what_is_short_and_what_is_left_differ_by_the_mean(law, mean, ratio, at):
    demand = of(law, mean, ratio)
    quantity = at * mean
    short, left = demand.short(quantity)[0], demand.left(quantity)[0]
    assert left - short == pytest.approx(quantity - mean, rel=1e-6, abs=1e-6 * mean)


@pytest.mark.parametrize("law", PARAMETRIC)
@settings(max_examples=40, deadline=None)
@given(means, spreads, shares)
def test_demand_stays_within_its_quantile_as_often_as_asked(law, mean, ratio, share):
    demand = of(law, mean, ratio)
    level = demand.quantile(share)
    assert 1 - demand.above(level)[0] >= share - 1e-6
    if law in ("negative binomial", "poisson"):
        assert 1 - demand.above(level - 1)[0] < share
    else:
        assert 1 - demand.above(level)[0] == pytest.approx(share, abs=1e-6)


@pytest.mark.parametrize("law", PARAMETRIC)
def test_a_law_has_the_mean_and_deviation_it_was_given(law):
    demand = of(law, 12.0, 0.7)
    at = np.arange(0, 200)
    above = np.array([demand.above(float(value))[0] for value in at])
    mean = above.sum() if law in ("negative binomial", "poisson") else demand.short(0.0)[0]
    if law == "normal":
        mean = demand.short(-500.0)[0] - 500
    assert mean == pytest.approx(12.0, abs=1e-6)


@pytest.mark.parametrize("law", PARAMETRIC)
@settings(max_examples=30, deadline=None)
@given(means, spreads, shares, st.floats(0.3, 5))
def test_a_level_for_a_fill_rate_gives_it(law, mean, ratio, share, lots):
    demand = of(law, mean, ratio)
    lot = lots * mean
    level = service.level_for_fill(demand, lot, share)
    assert service.fill(demand, level, lot)[0] == pytest.approx(share, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(means, st.floats(0.2, 1.5), shares, st.floats(0, 3), st.floats(0.25, 2))
def test_filling_up_every_review_gives_the_fill_rate_that_was_asked_for(mean, ratio, share, lead, review):
    exposed = exposure(mean, mean * ratio, lead, review=review, law="gamma")
    level = service.level_for_review(exposed, share)
    assert service.review_fill(exposed, level)[0] == pytest.approx(share, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(means, st.floats(0.2, 1.2), shares, st.floats(0, 3))
def test_a_level_for_time_with_stock_gives_it(mean, ratio, share, lead):
    exposed = exposure(mean, mean * ratio, lead, review=1.0, law="normal")
    level = service.level_for_ready(exposed, mean, share)
    assert service.ready(exposed, level, mean)[0] == pytest.approx(share, abs=1e-5)


def test_more_uncertain_lead_times_ask_for_more_whatever_the_law():
    for law in ("normal", "gamma"):
        kept = policy(100.0, 30.0, np.full(3, 2.0), np.array([0.0, 0.5, 1.0]), service=0.95, law=law)
        assert (np.diff(kept.safety_stock) > 0).all()


def test_skewed_demand_asks_for_more_than_the_normal_at_high_service():
    normal, gamma = (policy(10.0, 8.0, 1.0, service=0.99, law=law).safety_stock[0] for law in LAWS[:2])
    assert gamma > normal


def test_the_data_choose_the_law():
    dice = np.random.default_rng(3)
    seen = [
        np.round(dice.normal(200, 20, 36)),
        dice.poisson(3, 36).astype(float),
        dice.negative_binomial(0.6, 0.1, 36).astype(float),
        np.where(dice.random(36) < 0.9, 0.0, 600.0) + np.where(dice.random(36) < 0.5, 100.0, 101.0),
    ]
    demand, sd = (np.array([fact(one) for one in seen]) for fact in (np.mean, lambda one: one.std(ddof=1)))
    laws = exposure(demand, sd, 1.0, histories=seen).law
    assert laws[0] == "normal"
    assert laws[1] in ("poisson", "negative binomial")
    assert laws[2] in ("negative binomial", "gamma")
    assert laws[3] == "empirical"


def test_most_samples_of_a_law_fit_it():
    dice = np.random.default_rng(4)
    found = [fits("gamma", dice.gamma(2, 10, 48)) for _ in range(100)]
    assert sum(found) >= 95


def test_the_empirical_law_serves_as_often_as_its_history_says():
    past = np.array([0.0, 0, 0, 0, 0, 0, 0, 0, 60, 60])
    exposed = exposure(past.mean(), past.std(ddof=1), 1.0, law="empirical", histories=[past]).whole
    assert service.level_for_cycle(exposed, 0.75)[0] == 0.0
    assert service.level_for_cycle(exposed, 0.9)[0] == pytest.approx(60, abs=1)


def test_the_empirical_law_needs_a_history():
    with pytest.raises(Impossible, match="two past periods"):
        exposure(10.0, 2.0, 1.0, law="empirical")


def test_nothing_uncertain_needs_no_safety_stock_by_any_law():
    for law in ("auto", *PARAMETRIC):
        kept = policy(10.0, 0.0, 2.0, service=0.95, law=law)
        assert (kept.safety_stock[0], kept.fill_rate[0]) == (0.0, 1.0)


def test_least_cost_is_exact_for_normal_demand_and_near_it_for_others():
    costs = Costs(8.0, 0.225, 7.5)
    exact = point_and_lot(1300, 150, lead_time=1 / 12, order_cost=8, holding_cost=0.225, shortage_cost=7.5)
    normal = policy(1300.0, 150.0, 1 / 12, target="cost", costs=costs, law="normal")
    gamma = policy(1300.0, 150.0, 1 / 12, target="cost", costs=costs, law="gamma")
    assert (normal.lot[0], normal.reorder_point[0]) == (pytest.approx(exact.lot), pytest.approx(exact.point))
    assert gamma.lot[0] == pytest.approx(normal.lot[0], rel=0.1)
    assert gamma.ready_rate[0] == pytest.approx(7.5 / 7.725, abs=1e-6)


def items(**columns):
    return pl.DataFrame({"item": ["a"], "lead_time": [1.0], "demand": [10.0], "error_sd": [3.0]} | columns)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"lead_time": [-1.0]}, "items, row 1, lead_time: got -1.0, expected 0 or more."),
        ({"lead_time_sd": [-0.5]}, "items, row 1, lead_time_sd: got -0.5, expected 0 or more."),
        ({"demand": [-10.0]}, "items, row 1, demand: got -10.0, expected 0 or more."),
        ({"on_hand": [-4.0]}, "items, row 1, on_hand: got -4.0, expected 0 or more."),
        ({"service": [1.0]}, "got 1.0, expected a share between 0 and 1"),
        ({"target": ["feel"]}, "got feel, expected cycle or fill or ready or cost"),
        ({"distribution": ["magic"]}, "got magic, expected auto or normal"),
        ({"target": ["cost"]}, "order_cost: got nothing, expected a cost above 0"),
    ],
)
def test_bad_input_is_named_by_row_and_column(wrong, sentence):
    with pytest.raises(BadTable) as found:
        policies(items(**wrong))
    assert any(sentence in fault.sentence() for fault in found.value.faults)


def test_a_history_with_a_negative_quantity_is_named():
    past = pl.DataFrame({"item": ["a"], "period": ["2024-01"], "quantity": [-3.0]})
    with pytest.raises(BadTable, match=r"got -3\.0, expected 0 or more"):
        policies(items(), past)


def test_a_lead_time_of_nothing_is_said_and_nothing_is_kept():
    table = policies(items(lead_time=[0.0]))
    assert table["safety_stock"].to_list() == [0.0]
    assert "it can be had at once" in notes(table)[0]


def test_items_may_each_have_their_own_target_and_law_and_keep_their_order():
    many = pl.DataFrame(
        {
            "item": ["c", "a", "b"], "lead_time": [1.0] * 3, "demand": [100.0] * 3, "error_sd": [60.0] * 3,
            "target": ["fill", "cycle", "fill"], "distribution": ["gamma", "normal", None],
        }
    )  # fmt: skip
    table = policies(many, service=0.9)
    assert table["item"].to_list() == ["c", "a", "b"]
    assert table["distribution"].to_list() == ["gamma", "normal", "gamma"]
    assert table["expected_fill_rate"][0] == pytest.approx(0.9, abs=1e-6)
    assert table["expected_cycle_service"][1] == pytest.approx(0.9)


def test_small_counts_are_chosen_by_their_scatter():
    demand = chosen(np.array([4.0, 4.0, 4.0]), np.array([1.5, 2.0, 4.0]), True)
    assert demand.law == ["poisson", "poisson", "negative binomial"]
