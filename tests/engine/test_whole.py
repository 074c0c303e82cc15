"""Whole units never exceed the plan, whole lots never come later than it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from einklang.engine.supply.whole import whole_lots, whole_units

plans = st.lists(st.floats(0, 500), min_size=1, max_size=18)


@given(plans)
def test_whole_units_follow_the_plan_from_below_by_less_than_one(plan):
    placed = whole_units(np.array([plan]), np.array([1.0]))
    behind = np.cumsum(plan) - placed.cumsum()
    assert (behind >= -1e-5).all()
    assert (behind < 1 + 1e-5).all()


@given(plans, st.sampled_from([0.0, 1.0, 12.0]), st.sampled_from([0.0, 40.0]))
def test_whole_lots_are_never_late_and_keep_their_size(plan, multiple, minimum):
    placed = whole_lots(np.array([plan]), minimum=np.array([minimum]), multiple=np.array([multiple]))
    assert (placed.cumsum() - np.cumsum(plan) >= -1e-4).all()
    lots = placed[placed > 0]
    assert (lots >= minimum).all()
    if multiple:
        assert np.allclose(lots / multiple, np.round(lots / multiple))
