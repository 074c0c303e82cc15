"""Safety stock and order policies: published figures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einklang.engine.errors import Impossible
from einklang.engine.inventory import policy, safety
from tests.shared import oracle


def cases(prefix: str) -> list[dict]:
    return [case for case in oracle("safety_stock_and_service") if case["id"].startswith(prefix)]


@pytest.mark.shared
def test_lead_time_uncertainty_asks_for_the_published_stock():
    for case in cases("dell"):
        given_ = case["inputs"]
        figures = (
            given_["daily_demand_mean"],
            given_["daily_demand_sd"],
            given_["lead_time_mean"],
            given_["lead_time_sd"],
        )
        assert safety.lead_time_error(*figures) == pytest.approx(case["expected"]["sigma_ltd"], rel=1e-6)
        stock = safety.safety_stock(*figures, service=given_["cycle_service_level"])
        assert stock == pytest.approx(case["expected"]["safety_stock"], abs=0.006)


@pytest.mark.shared
def test_a_thousand_units_give_the_published_cycle_service_and_fill_rate():
    case = cases("bm_pda_csl")[0]
    sigma = safety.lead_time_error(0, case["inputs"]["weekly_sd"], case["inputs"]["lead_time_weeks"])
    kept = case["expected"]["safety_stock"]
    assert safety.cycle_service(kept, sigma) == pytest.approx(
        case["expected"]["cycle_service_level"], abs=1e-5
    )
    assert sigma * safety.loss(kept / sigma) == pytest.approx(
        case["expected"]["expected_shortage_per_cycle"], rel=1e-5
    )
    assert safety.fill_rate(kept, sigma, case["inputs"]["Q"]) == pytest.approx(
        case["expected"]["fill_rate"], abs=1e-6
    )


@pytest.mark.shared
def test_a_fill_rate_needs_far_less_than_the_same_cycle_service():
    case = cases("bm_pda_ss")[0]
    sigma = safety.lead_time_error(0, case["inputs"]["weekly_sd"], case["inputs"]["lead_time_weeks"])
    got = safety.safety_stock_for_fill(sigma, case["inputs"]["Q"], fill=case["inputs"]["target_fill_rate"])
    assert got == pytest.approx(case["expected"]["safety_stock"], rel=1e-4)


@pytest.mark.shared
def test_order_points_for_both_kinds_of_service():
    first, second = cases("nahmias_mustard_type1")[0], cases("nahmias_mustard_type2")[0]
    point = first["inputs"]["mu"] + safety.factor(first["inputs"]["alpha"]) * first["inputs"]["sd"]
    assert point == pytest.approx(first["expected"]["R"], abs=1e-3)
    given_ = second["inputs"]
    point = given_["mu"] + safety.safety_stock_for_fill(given_["sd"], given_["Q"], fill=given_["beta"])
    assert point == pytest.approx(second["expected"]["R"], abs=2e-3)


@pytest.mark.shared
def test_lot_and_point_by_the_cost_of_being_short():
    case = cases("nahmias_mustard_QR")[0]
    given_ = case["inputs"]
    q, r = policy.lot_and_point_by_cost(
        given_["annual_demand"], given_["lead_time_demand_mean"], given_["lead_time_demand_sd"],
        order_cost=given_["order_cost"], holding_cost=given_["holding_cost"],
        shortage_cost=given_["stockout_cost_per_unit"],
    )  # fmt: skip
    assert (q, r) == (
        pytest.approx(case["expected"]["Q"], rel=1e-5),
        pytest.approx(case["expected"]["R"], rel=1e-5),
    )


def test_gamma_demand_stays_within_its_stock_as_often_as_asked():
    kept = safety.safety_stock_gamma(100.0, 20.0, service=0.95)
    demand = np.random.default_rng(1).gamma(25.0, 4.0, 200_000)
    assert (demand <= 100.0 + kept).mean() == pytest.approx(0.95, abs=0.002)


shares = st.floats(0.51, 0.999)


@given(shares, st.floats(1, 100), st.floats(0.1, 10))
def test_the_stock_asked_for_gives_the_service_asked_for(service, error, lead_time):
    sigma = safety.lead_time_error(0, error, lead_time)
    assert safety.cycle_service(safety.factor(service) * sigma, sigma) == pytest.approx(service)
    kept = safety.safety_stock_for_fill(sigma, 50.0, fill=service)
    assert safety.fill_rate(kept, sigma, 50.0) == pytest.approx(service, abs=1e-6)


def test_certainty_needs_no_safety_stock():
    sure = policy.policy(np.array([10.0]), np.array([0.0]), np.array([2.0]), service=0.95)
    assert (sure.safety_stock[0], sure.reorder_point[0], sure.fill_rate[0]) == (0.0, 20.0, 1.0)


@pytest.mark.parametrize("service", [0.0, 1.0, 1.2])
def test_a_service_no_stock_can_give_is_refused(service):
    with pytest.raises(Impossible, match="between 0 and 1"):
        safety.safety_stock(10, 2, 1, service=service)
