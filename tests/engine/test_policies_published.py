"""Order policies against the figures printed by Snyder and Shen, Fundamentals of Supply Chain Theory."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from einklang.engine.inventory import economic, newsvendor, reorder
from einklang.engine.inventory.policy import economic_order_quantity, lot_and_point_by_cost
from einklang.engine.supply.lots import cost, lots
from tests.shared import oracle

Case = dict[str, Any]


def cases(model: str) -> list[Case]:
    found = [case for case in oracle("inventory_single_echelon") if case["model"].startswith(model)]
    assert found
    return found


def near(value: float) -> Any:
    return pytest.approx(value, rel=1e-6, abs=1e-6)


def test_economic_order_quantities():
    for case in cases("EOQ"):
        if case["model"] == "EOQ":
            given = case["inputs"]
            lot = economic_order_quantity(given["demand_rate"], given["fixed_cost"], given["holding_cost"])
            assert float(lot) == near(case["expected"]["Q"])


@pytest.mark.parametrize(("model", "all_units"), [("EOQ all-units", True), ("EOQ incremental", False)])
def test_lots_under_quantity_discounts(model, all_units):
    for case in cases(model):
        given, expected = case["inputs"], case["expected"]
        brackets = list(zip(given["breakpoints"], given["unit_costs"], strict=True))
        lot = economic.with_discount(
            given["demand_rate"],
            given["fixed_cost"],
            given["holding_cost_rate"],
            brackets,
            all_units=all_units,
        )
        assert (lot.quantity, lot.bracket, lot.cost) == (
            near(expected["Q"]),
            expected["region"],
            near(expected["cost"]),
        )


def test_lots_with_planned_backorders():
    for case in cases("EOQ with planned"):
        given, expected = case["inputs"], case["expected"]
        lot = economic.with_backorders(
            given["demand_rate"], given["fixed_cost"], given["holding_cost"], given["stockout_cost"]
        )
        assert lot.quantity == near(expected["Q"])
        assert lot.short == near(expected["stockout_fraction"])
        assert lot.cost == near(expected["cost"])


def test_production_lots():
    for case in cases("EPQ"):
        given, expected = case["inputs"], case["expected"]
        lot = economic.with_production(
            given["demand_rate"], given["fixed_cost"], given["holding_cost"], given["production_rate"]
        )
        assert (lot.quantity, lot.cost) == (near(expected["Q"]), near(expected["cost"]))


def test_joint_replenishment():
    for case in cases("Joint"):
        given, expected = case["inputs"], case["expected"]
        joint = economic.together(
            given["demand_rates"],
            given["individual_fixed_costs"],
            given["holding_costs"],
            given["shared_fixed_cost"],
        )
        assert list(joint.multiples) == expected["multiples"], case["id"]
        assert (joint.cycle, joint.cost) == (near(expected["base_cycle"]), near(expected["cost"]))


def test_wagner_whitin_where_the_price_does_not_change():
    for case in cases("Wagner"):
        given, expected = case["inputs"], case["expected"]
        if "purchase_cost" not in given:
            need = np.array([given["demand"]], dtype=np.float64)
            setup, holding = np.array([float(given["fixed_cost"])]), np.array([float(given["holding_cost"])])
            placed = lots("WW", need, setup_cost=setup, holding_cost=holding)
            assert placed[0].tolist() == expected["Q"], case["id"]
            assert float(cost(need, placed, setup, holding)[0]) == near(expected["cost"])


def ordered(case: Case) -> newsvendor.Order:
    """The newsvendor of a case's own demand."""
    given = case["inputs"]
    costs = {"holding_cost": given.get("holding_cost", 0), "shortage_cost": given.get("stockout_cost", 0)}
    by_kind: dict[str, Callable[[], newsvendor.Order]] = {
        "Newsvendor normal": lambda: newsvendor.normal(given["demand_mean"], given["demand_sd"], **costs),
        "Newsvendor Poisson": lambda: newsvendor.poisson(given["demand_mean"], **costs),
        "Newsvendor lognormal": lambda: newsvendor.lognormal(given["mu"], given["sigma"], **costs),
        "Newsvendor discrete": lambda: newsvendor.listed(
            {int(value): chance for value, chance in given["demand_pmf"].items()}, **costs
        ),
        "Base stock, periodic review, L+R exposure": lambda: newsvendor.base_stock(
            given["demand_mean"], given["demand_sd"], lead_time=given["lead_time"], **costs
        ),
        "Newsvendor normal (revenue/cost/salvage)": lambda: newsvendor.profit(
            given["demand_mean"],
            given["demand_sd"],
            price=given["revenue"],
            cost=given["purchase_cost"],
            salvage=given["salvage_value"],
        ),
    }
    return by_kind[case["model"]]()


def test_newsvendors_and_base_stock():
    for case in [*cases("Newsvendor"), *cases("Base stock")]:
        order, expected = ordered(case), case["expected"]
        assert order.quantity == near(expected["S"]), case["id"]
        assert order.cost == near(expected.get("cost", -expected.get("profit", 0))), case["id"]


def test_reorder_points_and_lots_exact_and_by_the_classical_iteration():
    for case in cases("(r,Q) exact"):
        given, expected = case["inputs"], case["expected"]
        best = reorder.point_and_lot(
            given["demand_mean"],
            given["demand_sd"],
            lead_time=given["lead_time"],
            order_cost=given["fixed_cost"],
            holding_cost=given["holding_cost"],
            shortage_cost=given["stockout_cost"],
        )
        assert best.cost == pytest.approx(expected["cost"], rel=1e-6), case["id"]
        assert (best.point, best.lot) == (
            pytest.approx(expected["r"], rel=1e-3, abs=0.01),
            pytest.approx(expected["Q"], rel=1e-3),
        )
        lot, point = lot_and_point_by_cost(
            given["demand_mean"],
            given["demand_mean"] * given["lead_time"],
            given["demand_sd"] * given["lead_time"] ** 0.5,
            order_cost=given["fixed_cost"],
            holding_cost=given["holding_cost"],
            shortage_cost=given["stockout_cost"],
        )
        assert (point, lot) == (
            pytest.approx(expected["eil"]["r"], rel=1e-4),
            pytest.approx(expected["eil"]["Q"], rel=1e-4),
        )


def test_reorder_points_and_lots_in_whole_units():
    for case in cases("(r,Q) Poisson"):
        given, expected = case["inputs"], case["expected"]
        best = reorder.point_and_lot_poisson(
            given["demand_mean"],
            lead_time=given["lead_time"],
            order_cost=given["fixed_cost"],
            holding_cost=given["holding_cost"],
            shortage_cost=given["stockout_cost"],
        )
        assert (best.point, best.lot) == (expected["r"], expected["Q"])
        assert best.cost == near(expected["cost"])


def test_points_and_levels_in_whole_units():
    for case in cases("(s,S) Poisson"):
        given, expected = case["inputs"], case["expected"]
        best = reorder.point_and_level_poisson(
            given["demand_mean"],
            order_cost=given["fixed_cost"],
            holding_cost=given["holding_cost"],
            shortage_cost=given["stockout_cost"],
        )
        assert (best.point, best.level) == (expected["s"], expected["S"])
        assert best.cost == near(expected["cost"])


def test_the_power_approximation_and_its_cap():
    for case in cases("(s,S) power"):
        given, expected = case["inputs"], case["expected"]
        costs = {
            "order_cost": given["fixed_cost"],
            "holding_cost": given["holding_cost"],
            "shortage_cost": given["stockout_cost"],
        }
        free = reorder.power_approximation(given["demand_mean"], given["demand_sd"], capped=False, **costs)
        capped = reorder.power_approximation(given["demand_mean"], given["demand_sd"], **costs)
        assert (free.point, free.level) == (near(expected["s"]), near(expected["S"]))
        assert capped.level < free.level
