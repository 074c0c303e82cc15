"""Safety stock and order policies: what holds whatever the figures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einklang.engine.errors import Impossible
from einklang.engine.inventory import policy, safety


def test_gamma_demand_stays_within_its_stock_as_often_as_asked():
    kept = policy.policy(100.0, 20.0, 1.0, service=0.95, law="gamma")
    demand = np.random.default_rng(1).gamma(25.0, 4.0, 200_000)
    assert (demand <= kept.reorder_point[0]).mean() == pytest.approx(0.95, abs=0.002)


shares = st.floats(0.51, 0.999)


@given(shares, st.floats(1, 100), st.floats(0.1, 10))
def test_the_closed_form_agrees_with_the_policy(service, error, lead_time):
    kept = policy.policy(50.0, error, lead_time, service=service, law="normal")
    assert kept.safety_stock[0] == pytest.approx(
        float(safety.safety_stock(50.0, error, lead_time, service=service)), abs=1e-9, rel=1e-9
    )
    assert kept.cycle_service[0] == pytest.approx(service)


def test_certainty_needs_no_safety_stock():
    sure = policy.policy(np.array([10.0]), np.array([0.0]), np.array([2.0]), service=0.95)
    assert (sure.safety_stock[0], sure.reorder_point[0], sure.fill_rate[0]) == (0.0, 20.0, 1.0)


@pytest.mark.parametrize("service", [0.0, 1.0, 1.2])
def test_a_service_no_stock_can_give_is_refused(service):
    with pytest.raises(Impossible, match="between 0 and 1"):
        safety.safety_stock(10, 2, 1, service=service)
    with pytest.raises(Impossible, match="between 0 and 1"):
        policy.policy(10.0, 2.0, 1.0, service=service)
