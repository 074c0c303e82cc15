"""How nervous a plan is, and what keeps it calm: measured against the plan before it."""

import polars as pl
import pytest

from einklang.engine.errors import Impossible
from einklang.engine.supply.mrp import MrpPlan, plan_requirements, stability


def plan(needs: dict[int, float], **more: object) -> MrpPlan:
    """One item in one period, ten periods."""
    items = pl.DataFrame({"item": ["x"], "on_hand": [0.0], "lead_time": [1]})
    wanted = pl.DataFrame({"item": "x", "period": list(needs), "quantity": list(needs.values())})
    return plan_requirements(items, None, wanted, periods=10, **more)


BEFORE = {3: 10.0, 6: 20.0, 9: 10.0}


def test_the_same_plan_again_is_perfectly_calm():
    told = stability(plan(BEFORE).orders, plan(BEFORE).orders)
    assert (told.orders_changed, told.quantity_changed, told.instability) == (0, 0, 0)


def test_nothing_in_common_is_perfectly_nervous():
    told = stability(plan({3: 10.0, 9: 5.0}).orders, plan({4: 10.0, 8: 5.0}).orders)
    assert (told.orders_changed, told.quantity_changed, told.instability) == (1, 1, 1)


def test_a_change_nearby_weighs_more_than_the_same_change_far_away():
    near = stability(plan(BEFORE).orders, plan({**BEFORE, 3: 20.0}).orders)
    far = stability(plan(BEFORE).orders, plan({**BEFORE, 9: 20.0}).orders)
    assert near.quantity_changed == far.quantity_changed == pytest.approx(10 / 90)
    assert near.instability > near.quantity_changed > far.instability > 0


def test_periods_that_have_passed_are_not_compared():
    """Two periods later the first order has been released, the others stand two periods nearer."""
    told = stability(plan(BEFORE).orders, plan({4: 20.0, 7: 10.0}).orders, rolled=2)
    assert told.instability == 0
    assert told.items.select("item", "changed").rows() == [("x", 0.0)]


def test_nothing_to_compare_is_calm():
    empty = plan(BEFORE).orders.clear()
    assert stability(empty, empty).instability == 0


def test_nearness_is_a_share():
    with pytest.raises(Impossible, match="Nearness is a share"):
        stability(plan(BEFORE).orders, plan(BEFORE).orders, nearness=0)


def test_former_orders_that_still_serve_are_kept_though_demand_moved_a_little():
    former = plan(BEFORE).orders
    moved = {4: 10.0, 6: 22.0, 9: 10.0}
    undamped, damped = plan(moved).orders, plan(moved, former=former, hold=2).orders
    assert damped.select("due", "quantity", "status").rows() == [
        (3, 10, "kept"),
        (6, 20, "kept"),
        (6, 2, "planned"),
        (9, 10, "kept"),
    ]
    assert stability(former, damped).instability < stability(former, undamped).instability


def test_a_former_order_nobody_needs_any_more_is_let_go():
    damped = plan({3: 10.0, 9: 2.0}, former=plan(BEFORE).orders, hold=2).orders
    assert damped.select("due", "quantity", "status").rows() == [(3, 10, "kept"), (9, 2, "planned")]


def test_a_former_order_that_should_have_been_released_is_planned_again():
    damped = plan({1: 10.0, 4: 20.0}, former=plan(BEFORE).orders, hold=1, rolled=2).orders
    assert damped.select("due", "status").rows() == [(1, "planned"), (4, "kept")]


def test_rolling_backwards_is_refused():
    with pytest.raises(Impossible, match="cannot be negative"):
        plan(BEFORE, former=plan(BEFORE).orders, rolled=-1)
