"""Quotas: every cent is shared or said to be uncovered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einklang.engine.errors import Impossible
from einklang.engine.quota import check_over_assignment, over_assign, plan_quotas, weights_of

cents = st.integers(0, 10**12)
weights = st.dictionaries(
    st.sampled_from(["north", "south", "east", "west"]), st.integers(0, 10**9), min_size=1
).filter(lambda w: sum(w.values()) > 0)


@given(cents, cents, weights)
def test_every_cent_of_the_target_is_either_a_quota_or_uncovered(target, sellable, weights):
    plan = plan_quotas(target, sellable, weights)
    assert sum(plan.quotas.values()) + plan.uncovered == target


@given(cents, cents, weights)
def test_quotas_never_exceed_what_can_be_made(target, sellable, weights):
    assert sum(plan_quotas(target, sellable, weights).quotas.values()) <= sellable


@given(cents, cents, weights)
def test_a_quota_is_within_a_cent_of_its_share(target, sellable, weights):
    plan = plan_quotas(target, sellable, weights)
    promised, whole = target - plan.uncovered, sum(weights.values())
    for key, quota in plan.quotas.items():
        assert abs(quota * whole - promised * weights[key]) < whole


@given(cents, weights, st.floats(0, 0.5))
def test_over_assigned_quotas_sum_to_the_raised_total(target, weights, share):
    quotas = plan_quotas(target, target, weights).quotas
    assert sum(over_assign(quotas, share).values()) == target + (round(target * share) if target else 0)


def test_history_and_potential_weigh_as_said():
    assert weights_of({"n": 3, "s": 1}, {"n": 1, "s": 1}, history_share=0) == {"n": 750000000, "s": 250000000}
    assert weights_of({"n": 3, "s": 1}, {"n": 1, "s": 1}, history_share=1) == {"n": 500000000, "s": 500000000}


def test_without_a_history_the_potential_decides_alone():
    assert weights_of({"n": 3, "s": 1}, {}) == {"n": 750000000, "s": 250000000}


def test_over_assignment_within_the_limit_is_silent():
    assert check_over_assignment({"n": 105}, 100) is None
    assert check_over_assignment({"n": 111}, 100) is not None


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: plan_quotas(-1, 5, {"n": 1}), "cannot be negative"),
        (lambda: plan_quotas(5, 5, {"n": 0}), "weights that are positive"),
        (lambda: weights_of({}, {}), "a potential or a history"),
        (lambda: weights_of({"n": -1}, {}), "cannot be negative"),
        (lambda: weights_of({"n": 1}, {}, history_share=2), "between 0 and 1"),
        (lambda: over_assign({"n": 1}, -0.1), "0 or more"),
    ],
)
def test_what_has_no_answer_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(Impossible, match=sentence):
        call()
