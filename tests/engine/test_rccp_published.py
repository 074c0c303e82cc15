"""Rough-cut capacity against printed figures: overall factors, bills of hours, resource profiles."""

import json
from typing import Any

import polars as pl
import pytest

from einklang.engine.supply.capacity import bill_of_hours, by_profile, by_shares, load
from tests.shared import shared


def case(name: str) -> dict[str, Any]:
    cases = json.loads(shared("oracles/atp_rccp.json").read_text())["rccp"]
    return next(one for one in cases if one["id"] == name)


def test_overall_factors_of_vollmann():
    """Vollmann, Berry, Whybark and Jacobs, Manufacturing Planning and Control, capacity chapter."""
    given, expected = case("vollmann_cpof")["inputs"], case("vollmann_cpof")["expected"]
    plan = pl.DataFrame(
        [
            (item, period, float(quantity))
            for item, key in (("A", "mps_A"), ("B", "mps_B"))
            for period, quantity in enumerate(given[key], start=1)
        ],
        schema=["item", "period", "quantity"],
        orient="row",
    )
    found = by_shares(plan, given["hours_per_unit"], given["historical_share"])
    totals = dict(found.group_by("resource").agg(pl.col("load").sum()).iter_rows())

    assert found["load"].sum() == pytest.approx(expected["grand_total"], rel=1e-3)
    # Printed to two digits: the published totals add rounded figures up, so a hundredth is all they hold.
    for centre, hours in expected["totals"].items():
        assert totals[centre] == pytest.approx(hours, abs=0.06)
    for centre, hours in expected["by_work_center"].items():
        mine = found.filter(pl.col("resource") == centre).sort("period")["load"].to_list()
        assert mine == pytest.approx(hours, abs=0.006)
    by_period = found.group_by("period").agg(pl.col("load").sum()).sort("period")["load"].to_list()
    assert by_period == pytest.approx(expected["total_hours"], abs=0.006)


def test_overall_factors_of_three_products():
    given, expected = case("cpof_three_products")["inputs"], case("cpof_three_products")["expected"]
    plan = pl.DataFrame(
        {"item": list(given["mps"]), "period": 1, "quantity": [float(q) for q in given["mps"].values()]}
    )
    found = dict(
        by_shares(plan, given["hours_per_unit"], given["share"]).select("resource", "load").iter_rows()
    )

    assert found == {"WC1": pytest.approx(expected["WC1"]), "WC2": pytest.approx(expected["WC2"])}
    assert sum(found.values()) == pytest.approx(expected["total"])


def test_a_bill_of_hours_sees_the_mix_that_overall_factors_are_blind_to():
    """The same hours in all, once all for A and once all for B: shares deal them alike, the bill does not."""
    routing = pl.DataFrame({"item": ["A", "B"], "resource": ["saw", "press"], "hours": [1.0, 2.0]})
    bill = bill_of_hours(None, routing, ["A", "B"])
    plans = [
        pl.DataFrame({"item": ["A", "B"], "period": 1, "quantity": list(quantities)})
        for quantities in ((10.0, 0.0), (0.0, 5.0))
    ]
    shares = [
        by_shares(plan, {"A": 1.0, "B": 2.0}, {"saw": 0.5, "press": 0.5})["load"].to_list() for plan in plans
    ]
    billed = [load(plan, bill).filter(pl.col("load") > 0).select("resource", "load").rows() for plan in plans]

    assert shares[0] == shares[1] == [5.0, 5.0]
    assert billed == [[("saw", 10.0)], [("press", 10.0)]]


def test_a_resource_profile_puts_hours_before_the_period_they_are_for():
    plan = pl.DataFrame({"item": ["A", "A"], "period": [2, 3], "quantity": [10.0, 20.0]})
    profile = pl.DataFrame(
        {"item": ["A", "A"], "resource": ["saw", "bench"], "before": [2, 0], "hours": [0.5, 1.0]}
    )
    found = by_profile(plan, profile).rows()

    assert found == [("bench", 2, 10.0), ("bench", 3, 20.0), ("saw", 1, 15.0)]
