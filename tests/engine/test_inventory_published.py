"""Stock, service, markdown and lost sales against published figures; each test names its source."""

import json
from typing import Any

import numpy as np
import polars as pl
import pytest

from einklang.engine.forecast import unconstrain
from einklang.engine.inventory import ageing, economic, lost, markdown, newsvendor, reorder, safety, service
from einklang.engine.inventory.classify import abc
from einklang.engine.inventory.exposure import exposure
from einklang.engine.inventory.laws import known
from einklang.engine.inventory.obsolete import expected_rest
from einklang.engine.inventory.policy import economic_order_quantity, lot_and_point_by_cost, policy
from einklang.engine.supply.lots import cost, lots
from tests.shared import oracle, shared

pytestmark = pytest.mark.shared


def the(file: str, name: str) -> dict[str, Any]:
    return next(case for case in oracle(file) if case["id"] == name)


def near(value: float, rel: float = 1e-6) -> Any:
    return pytest.approx(value, rel=rel, abs=1e-6)


@pytest.mark.parametrize("days", range(8))
def test_chopra_and_meindl_lead_time_uncertainty_at_dell(days):
    """Chopra and Meindl, Supply Chain Management, safety inventory, lead-time-uncertainty table."""
    case = the("safety_stock_and_service", f"dell_lt_sd_{days}")
    given = case["inputs"]
    kept = policy(
        given["daily_demand_mean"], given["daily_demand_sd"], given["lead_time_mean"], given["lead_time_sd"],
        service=given["cycle_service_level"], law="normal",
    )  # fmt: skip
    assert float(kept.safety_stock[0]) == pytest.approx(case["expected"]["safety_stock"], abs=0.006)
    assert round(float(kept.safety_stock[0])) == case["published"]


def test_paint_by_the_gallon():
    """Exercise in the manner of Chase and Jacobs, Operations and Supply Chain Management."""
    case = the("safety_stock_and_service", "paint_gallons")
    given = case["inputs"]
    figures = (
        given["daily_demand_mean"], given["daily_demand_sd"], given["lead_time_mean"], given["lead_time_sd"]
    )  # fmt: skip
    exact = safety.safety_stock(*figures, service=given["cycle_service_level"])
    assert float(exact) == pytest.approx(case["expected"]["safety_stock_exact_z"], abs=1e-3)
    rounded = given["z_used"] * safety.lead_time_error(*figures)
    assert float(rounded) == pytest.approx(case["expected"]["safety_stock_z128"], abs=1e-3)


def test_chopra_and_meindl_cycle_service_is_far_below_the_fill_rate():
    """Chopra and Meindl, Supply Chain Management, B&M Computer World."""
    case = the("safety_stock_and_service", "bm_pda_csl_fillrate")
    given, expected = case["inputs"], case["expected"]
    exposed = exposure(given["weekly_mean"], given["weekly_sd"], given["lead_time_weeks"], law="normal").whole
    point, lot = given["reorder_point"], given["Q"]
    assert point - float(exposed.mean[0]) == expected["safety_stock"]
    assert float(service.cycle(exposed, point)[0]) == pytest.approx(expected["cycle_service_level"], abs=1e-5)
    assert float(exposed.short(point)[0]) == pytest.approx(expected["expected_shortage_per_cycle"], abs=1e-4)
    assert float(service.fill(exposed, point, lot)[0]) == pytest.approx(expected["fill_rate"], abs=1e-6)


def test_chopra_and_meindl_sixty_seven_units_fill_nearly_all():
    """Chopra and Meindl, Supply Chain Management, safety inventory for a target fill rate."""
    case = the("safety_stock_and_service", "bm_pda_ss_for_fillrate_975")
    given = case["inputs"]
    exposed = exposure(2500, given["weekly_sd"], given["lead_time_weeks"], law="normal").whole
    level = service.level_for_fill(exposed, given["Q"], given["target_fill_rate"])
    assert float((level - exposed.mean)[0]) == pytest.approx(case["expected"]["safety_stock"], abs=1e-3)


def test_nahmias_mustard_by_cost_and_by_both_kinds_of_service():
    """Nahmias, Production and Operations Analysis, Harvey's Specialty Shop."""
    case = the("safety_stock_and_service", "nahmias_mustard_QR")
    given, expected = case["inputs"], case["expected"]
    lot, point = lot_and_point_by_cost(
        given["annual_demand"], given["lead_time_demand_mean"], given["lead_time_demand_sd"],
        order_cost=given["order_cost"], holding_cost=given["holding_cost"],
        shortage_cost=given["stockout_cost_per_unit"],
    )  # fmt: skip
    assert (lot, point) == (near(expected["Q"], 1e-5), near(expected["R"], 1e-5))
    demand = known("normal", given["lead_time_demand_mean"], given["lead_time_demand_sd"])
    assert float(demand.short(point)[0]) == pytest.approx(expected["n_R"], abs=1e-4)
    first = the("safety_stock_and_service", "nahmias_mustard_type1_98")
    at = service.level_for_cycle(demand, first["inputs"]["alpha"])
    assert float(at[0]) == pytest.approx(first["expected"]["R"], abs=1e-3)
    second = the("safety_stock_and_service", "nahmias_mustard_type2_98")
    at = service.level_for_fill(demand, second["inputs"]["Q"], second["inputs"]["beta"])
    assert float(at[0]) == pytest.approx(second["expected"]["R"], abs=2e-3)


def test_heizer_and_render_silicon_chips():
    """Heizer and Render, Operations Management, inventory: Silicon Chips, Inc."""
    case = oracle("abc_classification")[0]
    values = [(row["item"], row["annual_units"] * row["unit_cost"]) for row in case["inputs"]]
    ranked = abc(pl.DataFrame(values, schema=["item", "value"], orient="row"))
    for name, members in case["expected"]["classes"].items():
        assert ranked.filter(pl.col("class") == name)["item"].to_list() == members


def test_identities_of_stock():
    """Identities: turns, days forward, excess, return on stock."""
    given = the("inventory_kpis", "turns_days")["inputs"]
    assert ageing.turns(given["annual_cogs"], given["opening_stock"], given["closing_stock"]) == 6.0
    given = the("inventory_kpis", "forward_cover")["inputs"]
    assert ageing.days_of_supply(given["stock"], given["future_demand"], given["period_days"]) == near(109.5)
    case = the("inventory_kpis", "excess_obsolete")
    given, expected = case["inputs"], case["expected"]
    excess = expected_rest(given["stock"], given["forecast_12m"], 0.0, 1.0)
    rest = expected_rest(given["stock"], given["forecast_9m"] / 9, 0.0, given["remaining_shelf_life_months"])
    assert float(excess[0]) == expected["excess_12m_units"]
    assert float(rest[0]) == near(expected["unsaleable_by_expiry_units"])
    assert float(rest[0]) * given["unit_cost"] == near(expected["provision_value"])
    given = the("inventory_kpis", "gross_margin_roi")["inputs"]
    assert ageing.return_on_stock(given["gross_margin"], given["average_stock"]) == 1.5


@pytest.mark.parametrize("name", ["linear_unconstrained", "linear_stock_binds", "linear_salvage10"])
def test_best_price_on_a_line_of_demand(name):
    """Closed form p = max((a + b s) / (2 b), (a - I) / b), checked by a grid of prices."""
    case = the("markdown_pricing", name)
    given, expected = case["inputs"], case["expected"]
    best = markdown.linear(given["a"], given["b"], given["stock"], given["salvage"])
    assert (best.price, best.units, best.value) == (
        near(expected["price"]), near(expected["units"]), near(expected["revenue_incl_salvage"])
    )  # fmt: skip


@pytest.mark.parametrize("name", ["isoelastic_stock_binds", "isoelastic_salvage_binds"])
def test_best_price_under_constant_elasticity(name):
    """Closed form p = max(s e / (e - 1), (k / I)^(1/e)), checked by a grid of prices."""
    case = the("markdown_pricing", name)
    given, expected = case["inputs"], case["expected"]
    best = markdown.isoelastic(given["k"], given["elasticity"], given["stock"], given["salvage"])
    assert (best.price, best.units, best.value) == (
        near(expected["price"]), near(expected["units"]), near(expected["value"])
    )  # fmt: skip


@pytest.mark.parametrize("name", ["m0.4_d0.1", "m0.4_d0.2", "m0.25_d0.1"])
def test_uplift_that_pays_for_a_discount(name):
    """Identity (p (1 - d) - c) q2 = (p - c) q1."""
    case = the("markdown_pricing", f"breakeven_uplift_{name}")
    given = case["inputs"]
    found = markdown.required_uplift(given["gross_margin"], given["discount"])
    assert found == near(case["expected"]["required_unit_uplift"], 1e-5)


@pytest.mark.parametrize("name", ["a10_t1_n1", "a10_t1_n5", "a20_t1_n5", "a40_t1_n10", "a40_t0.25_n10"])
def test_prices_over_time_when_buyers_come_by_chance(name):
    """Gallego and van Ryzin, Management Science 1994, exponential demand."""
    case = the("markdown_pricing", f"gallego_van_ryzin_{name}")
    given, expected = case["inputs"], case["expected"]
    best = markdown.course(given["a"], given["time"], given["stock"])
    assert (best.revenue, best.price, best.bound, best.bound_price) == (
        near(expected["optimal_expected_revenue"]),
        near(expected["optimal_initial_price"]),
        near(expected["fluid_upper_bound"]),
        near(expected["fluid_price"]),
    )


@pytest.mark.parametrize(
    ("name", "law", "mean", "lost_units"),
    [
        ("exponential_mle", "exponential", "mean_demand", "lost_per_stockout"),
        ("normal_mle_em", "normal", "mu", "expected_lost_units_per_stockout"),
        ("poisson_mle", "poisson", "lam", None),
    ],
)
def test_demand_behind_empty_shelves(name, law, mean, lost_units):
    """Censored likelihood (Tobin 1958), solved two ways that agree."""
    case = the("censored_demand", name)
    given, expected = case["inputs"], case["expected"]
    found = unconstrain.demand(given["sales"], given["stockout"], law)
    assert found.mean == near(expected[mean], 1e-4)
    if lost_units:
        assert found.lost == near(expected[lost_units], 1e-4)
    if law != "exponential":
        table = {"series": "x", "period": range(len(given["sales"])), "quantity": given["sales"]}
        shown = [not out for out in given["stockout"]]
        row = lost.lost_sales(pl.DataFrame(table | {"available": shown})).row(0, named=True)
        assert (row["distribution"], row["wished"]) == (law, near(expected[mean], 1e-4))
        assert row["naive"] == near(expected["naive_mean"])


def test_product_limit_of_kaplan_and_meier():
    """Product-limit estimator; see Zhang and Hua 2009 on what lies beyond the last observation."""
    case = the("censored_demand", "kaplan_meier")
    given = case["inputs"]
    found = lost.survival(given["observations"], [bool(cut) for cut in given["censored"]])
    for (quantity, above), (expected_at, expected) in zip(
        found.iter_rows(), case["expected"]["survival"], strict=True
    ):
        assert (quantity, above) == (expected_at, pytest.approx(expected, abs=1e-6))


def test_snyder_and_shen_approximations_of_point_and_lot():
    """Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed., example 5.1 and problem 5.1."""
    for case in oracle("inventory_single_echelon"):
        if not case["model"].startswith("(r,Q) exact"):
            continue
        given, expected = case["inputs"], case["expected"]
        held, short, order = given["holding_cost"], given["stockout_cost"], given["fixed_cost"]
        mean = given["demand_mean"] * given["lead_time"]
        sd = given["demand_sd"] * given["lead_time"] ** 0.5
        demand, ratio = known("normal", mean, sd), short / (short + held)
        lot = economic.with_backorders(given["demand_mean"], order, held, short).quantity
        # For a given lot the best point has something in stock for p / (p + h) of the time.
        point = float(service.level_for_fill(demand, lot, ratio)[0])
        assert (point, lot) == (near(expected["eoqb"]["r"], 1e-4), near(expected["eoqb"]["Q"]))
        lot = float(economic_order_quantity(given["demand_mean"], order, held))
        point = float(service.level_for_cycle(demand, ratio)[0])
        assert (point, lot) == (near(expected["eoq_ss"]["r"]), near(expected["eoq_ss"]["Q"]))
        exact = reorder.cost_of(
            expected["r"], expected["Q"], given["demand_mean"], given["demand_sd"],
            lead_time=given["lead_time"], order_cost=order, holding_cost=held, shortage_cost=short,
        )  # fmt: skip
        assert float(exact) == near(expected["cost"], 1e-6)


def textbook() -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """The instances of the textbook by name, and the printed answers."""
    folder = shared("data/inventory_textbook")
    instances = json.loads((folder / "stockpyl_instances.json").read_text())["instances"]
    answers = json.loads((folder / "answers.json").read_text())["answers"]
    return {one["name"]: one["data"] for one in instances}, answers


def answered(given: dict[str, Any], model: str) -> dict[str, Any]:
    """Our answers to one instance, by the name of the quantity."""
    order, held, short = (given.get(name) for name in ("fixed_cost", "holding_cost", "stockout_cost"))
    costs = {"holding_cost": held, "shortage_cost": short}
    if model == "EOQ":
        lot = float(economic_order_quantity(given["demand_rate"], order, held))
        return {"order_quantity": lot, "cost": (2 * order * given["demand_rate"] * held) ** 0.5}
    if "discount" in model:
        brackets = list(zip(given["breakpoints"], given["unit_costs"], strict=True))
        found = economic.with_discount(
            given["demand_rate"], order, given["holding_cost_rate"], brackets, all_units="all" in model
        )
        return {"order_quantity": found.quantity, "cost": found.cost}
    if model.startswith("Wagner-Whitin"):
        need = np.array([given["demand"]], dtype=np.float64)
        price = np.array([given.get("purchase_cost", [0.0] * need.shape[1])], dtype=np.float64)
        costs_of = (np.array([float(order)]), np.array([float(held)]))
        placed = lots("WW", need, setup_cost=costs_of[0], holding_cost=costs_of[1], price=price)
        paid = cost(need, placed, *costs_of)[0] + (placed * price).sum()
        return {"order_quantities": placed[0].tolist(), "cost": float(paid)}
    if model.startswith(("newsvendor", "base stock")):
        mean, sd = given["demand_mean"], given.get("demand_sd", 0.0)
        stock = (
            newsvendor.poisson(mean, **costs) if "Poisson" in model
            else newsvendor.base_stock(mean, sd, lead_time=given["lead_time"], **costs) if "base" in model
            else newsvendor.normal(mean, sd, **costs)
        )  # fmt: skip
        return {"base_stock": stock.quantity, "cost": stock.cost}
    if model == "(s,S) Poisson exact":
        best = reorder.point_and_level_poisson(given["demand_mean"], order_cost=order, **costs)
        return {"s,S,cost": [best.point, best.level, best.cost]}
    near_best = reorder.power_approximation(
        given["demand_mean"], given["demand_sd"], order_cost=order, capped=False, **costs
    )
    return {"s,S": [near_best.point, near_best.level]}


ELSEWHERE = ("(r,Q)", "serial")
"""Tested above and below, in test_policies_published, and in test_serial."""


def test_every_answer_of_the_textbook():
    """Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed., answers as printed and replayed."""
    instances, answers = textbook()
    discounts = {
        case["id"].removeprefix("eoq_all_units_"): case["inputs"]
        for case in oracle("inventory_single_echelon")
        if case["id"].startswith("eoq_all_units")
    }
    tried = 0
    for answer in answers:
        name, model = answer["instance"], answer["model"]
        if not model.startswith(ELSEWHERE):
            given = discounts[name] if "discount" in model else instances[name]
            assert answered(given, model)[answer["quantity"]] == pytest.approx(answer["value"], rel=1e-6), (
                name,
                model,
            )
            tried += 1
    assert tried >= 24


def test_the_cost_of_any_point_and_lot():
    """Snyder and Shen, example 5.1, (r, Q) at r = 126.8 and Q = 328.5; and the EIL approximation."""
    instances, answers = textbook()
    given = instances["example_5_1"]
    printed = {answer["model"]: answer["value"] for answer in answers if answer["instance"] == "example_5_1"}
    costs = {"order_cost": given["fixed_cost"], "holding_cost": given["holding_cost"]}
    found = reorder.cost_of(
        126.8, 328.5, given["demand_mean"], given["demand_sd"], lead_time=given["lead_time"],
        shortage_cost=given["stockout_cost"], **costs,
    )  # fmt: skip
    assert float(found) == near(printed["(r,Q) cost at r=126.8,Q=328.5"], 1e-6)
    mean, sd = given["demand_mean"] * given["lead_time"], given["demand_sd"] * given["lead_time"] ** 0.5
    lot, point = lot_and_point_by_cost(
        given["demand_mean"], mean, sd, shortage_cost=given["stockout_cost"], **costs
    )
    assert [point, lot] == pytest.approx(printed["(r,Q) EIL approximation"][:2], rel=1e-4)
