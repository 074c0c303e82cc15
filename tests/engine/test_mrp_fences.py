"""Time in requirements: fences, safety time, working calendars and what lateness does to what lies above."""

import polars as pl
import pytest

from einklang.engine.supply.mrp import MrpPlan, plan_requirements


def plan(
    needs: dict[int, float],
    receipts: dict[str, tuple[int, float]] | None = None,
    closed: dict[str, list[int]] | None = None,
    periods: int | None = None,
    **item: object,
) -> MrpPlan:
    """One item x: what is needed by period, receipts by reference, closed periods by name."""
    stock = pl.DataFrame(
        {"item": ["x"], "on_hand": [0.0], "lead_time": [0], **{name: [value] for name, value in item.items()}}
    )
    wanted = pl.DataFrame(
        {
            "item": "x",
            "period": list(needs),
            "quantity": [float(q) for q in needs.values()],
            "reference": "SO",
        }
    )
    coming = pl.DataFrame(
        [("x", period, float(quantity), name) for name, (period, quantity) in (receipts or {}).items()],
        schema={"item": pl.String, "period": pl.Int64, "quantity": pl.Float64, "reference": pl.String},
        orient="row",
    )
    off = [(name, period, False) for name, days in (closed or {}).items() for period in days]
    calendar = pl.DataFrame(
        off, schema={"name": pl.String, "period": pl.Int64, "working": pl.Boolean}, orient="row"
    )
    return plan_requirements(stock, None, wanted, coming, calendar=calendar, periods=periods)


def dated(of: MrpPlan) -> list[tuple[int, int, float]]:
    return of.orders.select("release", "due", "quantity").rows()


def told(of: MrpPlan) -> dict[str, str]:
    return dict(of.exceptions.select("kind", "sentence").iter_rows())


def test_a_need_inside_the_frozen_periods_is_ordered_for_the_first_period_after():
    of = plan({2: 10, 6: 5}, frozen=3)
    assert dated(of) == [(4, 4, 10), (6, 6, 5)]
    assert told(of)["frozen"].startswith(
        "10 x are needed from period 2 on, inside the periods frozen up to 3"
    )
    assert told(of)["demand_late"].startswith(
        "SO in period 2 rests on a late order of x: up to 2 periods late"
    )


def test_open_orders_inside_the_frozen_periods_stand_as_they_are():
    of = plan({6: 5}, receipts={"PO": (2, 5)}, frozen=3)
    assert of.orders.is_empty()
    assert "reschedule_out" not in told(of)
    assert "reschedule_out" in told(plan({6: 5}, receipts={"PO": (2, 5)}))


def test_an_order_in_the_slushy_periods_waits_to_be_firmed():
    of = plan({2: 10, 6: 5}, slushy=3)
    assert of.orders.select("due", "status").rows() == [(2, "to firm"), (6, "planned")]
    assert told(of)["to_firm"].startswith(
        "Order x#1 of 10 x is due in period 2, where only firm orders stand"
    )


def test_safety_time_brings_an_order_forward_and_its_stock_with_it():
    of = plan({5: 10}, safety_time=2, lead_time=1)
    assert dated(of) == [(2, 3, 10)]
    assert of.projected["stock"].to_list() == [0, 0, 10, 10, 0]


def test_safety_time_that_would_reach_into_the_past_makes_no_order_late():
    assert plan({2: 10}, safety_time=4).orders["late"].to_list() == [0]


def test_a_lead_time_counts_open_periods_only():
    of = plan({6: 10}, lead_time=2, closed={"x": [4, 5]})
    assert dated(of) == [(2, 6, 10)]


def test_a_large_order_takes_longer_where_there_is_a_rate():
    of = plan({5: 10, 9: 25}, lead_time=1, rate=10.0)
    assert dated(of) == [(3, 5, 10), (5, 9, 25)]
    assert plan({2: 500}, rate=10.0).orders.select("release", "late").rows() == [(1, 49)]


def test_a_supplier_s_shutdown_is_ordered_ahead_of():
    of = plan({5: 10, 6: 20, 8: 5}, lead_time=1, supplier="Kappa", closed={"Kappa": [5, 6, 7]})
    assert dated(of) == [(3, 4, 30), (4, 8, 5)]
    assert of.projected["stock"].min() >= 0


def test_nothing_is_brought_forward_to_where_it_could_not_arrive():
    """Ordered today it arrives in period 5: due when it is needed, one period late, not five."""
    of = plan({4: 10}, lead_time=2, safety_time=3, supplier="Kappa", closed={"Kappa": [2, 3]})
    assert of.orders.select("release", "due", "late").rows() == [(1, 4, 1)]
    assert "up to 1 period late" in told(of)["demand_late"]


def test_a_shutdown_from_the_first_period_on_delays_and_says_so():
    of = plan({1: 10}, closed={"x": [1, 2]}, periods=4)
    assert dated(of) == [(3, 3, 10)]
    assert "up to 2 periods late" in told(of)["demand_late"]


def test_what_can_never_be_ordered_is_said_to_be_unmet():
    of = plan({2: 10}, closed={"x": [1, 2, 3]}, periods=3)
    assert of.orders.is_empty()
    assert told(of)["demand_unmet"].startswith("10 x of SO in period 2 cannot be supplied")


def chain(on_hand: float = 0.0, receipts: pl.DataFrame | None = None) -> MrpPlan:
    """A bike from a wheel from a spoke that takes four periods; ten bikes wanted in period 4."""
    return plan_requirements(
        pl.DataFrame(
            {"item": ["bike", "wheel", "spoke"], "on_hand": [0.0, on_hand, 0.0], "lead_time": [1, 1, 4]}
        ),
        pl.DataFrame({"parent": ["bike", "wheel"], "component": ["wheel", "spoke"], "quantity": [1.0, 1.0]}),
        pl.DataFrame({"item": ["bike"], "period": [4], "quantity": [10.0], "reference": ["SO"]}),
        receipts,
    )


def test_lateness_travels_up_to_the_demand_and_names_its_root():
    """Spokes are wanted in period 2 and there in 5: three periods late, and so is the bike."""
    late = chain().exceptions.filter(pl.col("kind") == "demand_late").row(0, named=True)
    assert (late["item"], late["until"], late["other"]) == ("spoke", 3, "bike")


def test_a_late_order_that_only_refills_stock_makes_no_demand_late():
    of = chain(on_hand=10.0)
    assert "demand_late" not in of.exceptions["kind"].to_list()


def test_an_open_order_whose_parts_are_late_is_at_risk():
    order = {"item": ["wheel"], "period": [3], "quantity": [10.0], "reference": ["WO-7"], "firm": [True]}
    said = dict(chain(receipts=pl.DataFrame(order)).exceptions.select("kind", "sentence").iter_rows())
    assert said["order_at_risk"] == (
        "Open order WO-7 of 10 wheel in period 3 waits for spoke: up to 3 periods late unless that is "
        "expedited or replaced."
    )


def test_a_late_forecast_is_told_apart_from_a_late_order():
    stock = pl.DataFrame({"item": ["x"], "on_hand": [0.0], "lead_time": [5]})
    wanted = pl.DataFrame(
        {"item": ["x", "x"], "period": [2, 3], "quantity": [1.0, 1.0], "kind": ["forecast", "order"]}
    )
    of = plan_requirements(stock, None, wanted)
    assert told(of)["forecast_late"].startswith(
        "The forecast x/2 in period 2 rests on a late order of x: up to 4"
    )
    assert told(of)["demand_late"].startswith("x/3 in period 3 rests on a late order of x: up to 3")


def test_part_of_a_lot_that_outlives_its_life_is_said():
    of = plan({1: 10, 9: 10}, lot_min=50.0, shelf_life=4, periods=12)
    said = of.exceptions.filter(pl.col("kind") == "outlives").row(0, named=True)
    assert (said["reference"], said["quantity"], said["until"]) == ("x#1", pytest.approx(40), 4)
