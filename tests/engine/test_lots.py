"""Lot sizes: published cases for each rule, and what holds for every rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.errors import Impossible
from einklang.engine.supply.lots import cost, fit, lots
from tests.shared import oracle

RULES = {
    "wagner_whitin": "WW",
    "silver_meal": "SM",
    "least_unit_cost": "LUC",
    "part_period_balancing": "PPB",
    "lot_for_lot": "L4L",
    "eoq_rounded": "EOQ",
    "poq": "POQ",
}


def cost_of(rule: str, need: list[float], setup: float, holding: float) -> float:
    asked, k, h = np.array([need], dtype=float), np.array([setup]), np.array([holding])
    return float(cost(asked, lots(rule, asked, setup_cost=k, holding_cost=h), k, h)[0])


@pytest.mark.shared
@pytest.mark.parametrize("published", RULES)
def test_each_rule_costs_what_the_books_say(published):
    """Hopp & Spearman; Silver, Pyke & Peterson; Snyder & Shen; Nahmias; Winston."""
    for case in oracle("lot_sizing_uncapacitated"):
        if case["id"] == "winston_4months" and published == "poq":
            continue  # its lots follow the calendar: the next test
        got = cost_of(
            RULES[published], case["net_demand"], case["setup_cost"], case["holding_cost_per_period"]
        )
        assert got == pytest.approx(case["expected"][published]["cost"]), case["id"]


@pytest.mark.shared
def test_periods_by_the_calendar_open_a_lot_before_it_is_needed():
    """Winston's record (needs 0, 1, 2, 2) orders every two months: 14; from the first need on it is 12."""
    (case,) = (one for one in oracle("lot_sizing_uncapacitated") if one["id"] == "winston_4months")
    need = np.array([case["net_demand"]], dtype=float)
    costs = {"setup_cost": np.array([4.0]), "holding_cost": np.array([2.0])}
    assert lots("POQ", need, **costs, calendar=True).tolist() == [case["expected"]["poq"]["lots"]]
    assert cost(need, lots("POQ", need, **costs, calendar=True), *costs.values())[0] == 14
    assert cost_of("POQ", case["net_demand"], 4, 2) == 12


@pytest.mark.shared
def test_wagner_and_whitin_buy_ahead_where_the_price_rises():
    """Snyder & Shen, problem with prices 3, 1, 4, 6, 6 (inventory_single_echelon, ww_scmo_ww_hw_c)."""
    (case,) = (one for one in oracle("inventory_single_echelon") if one["id"] == "ww_scmo_ww_hw_c")
    given = case["inputs"]
    need, price = np.array([given["demand"]], float), np.array([given["purchase_cost"]], float)
    setup, hold = np.array([given["fixed_cost"]], float), np.array([given["holding_cost"]])
    placed = lots("WW", need, setup_cost=setup, holding_cost=hold, price=price)
    assert placed.tolist() == [case["expected"]["Q"]]
    assert cost(need, placed, setup, hold, price)[0] == pytest.approx(case["expected"]["cost"])


def test_a_price_that_never_changes_stays_out_of_every_rule():
    """Taken into Silver and Meal's average, a constant price would pick another last lot."""
    need = np.array([[120.0, 150, 50, 120, 80, 40, 130, 115, 90, 80]])
    costs = {"setup_cost": np.array([160.0]), "holding_cost": np.array([0.5])}
    for rule in RULES.values():
        assert (lots(rule, need, **costs, price=2 + 0 * need) == lots(rule, need, **costs)).all()


def test_a_first_period_without_need_costs_no_lot():
    for rule in RULES.values():
        placed = lots(
            rule, np.array([[0.0, 1, 2, 2]]), setup_cost=np.array([4.0]), holding_cost=np.array([2.0])
        )
        assert placed[0, 0] == 0


needs = st.lists(st.sampled_from([0.0, 0.0, 1.0, 7.0, 20.0, 55.0]), min_size=1, max_size=8)


@settings(max_examples=80, deadline=None)
@given(needs, st.sampled_from(list(RULES.values())))
def test_every_rule_covers_every_need_in_time(need, rule):
    asked = np.array([need])
    placed = lots(rule, asked, setup_cost=np.array([30.0]), holding_cost=np.array([1.0]))
    assert (np.cumsum(placed - asked, axis=1) > -1e-9).all()


@settings(max_examples=80, deadline=None)
@given(needs, st.sampled_from(list(RULES.values())))
def test_no_rule_is_cheaper_than_wagner_and_whitin(need, rule):
    assert cost_of("WW", need, 30, 1) <= cost_of(rule, need, 30, 1) + 1e-9


@given(needs, st.sampled_from([0.0, 10.0]), st.sampled_from([0.0, 4.0]), st.sampled_from([np.inf, 12.0]))
def test_limits_never_leave_a_need_uncovered(need, least, step, most):
    placed = fit(
        np.array([need]), minimum=np.array([least]), multiple=np.array([step]), maximum=np.array([most])
    )
    assert (np.cumsum(placed[0] - need) > -1e-9).all()
    if step:
        assert np.allclose(placed[0] % step, 0)


def test_a_minimum_above_the_maximum_is_refused():
    with pytest.raises(Impossible, match="minimum is above its maximum"):
        fit(np.array([[5.0]]), minimum=np.array([20.0]), maximum=np.array([10.0]))


def test_a_rule_without_its_costs_is_refused():
    with pytest.raises(Impossible, match="WW needs a set-up cost"):
        lots("WW", np.array([[5.0]]))
