"""How long stock lasts and how long it has lain: published figures and small tables."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einklang.engine.inventory import ageing
from tests.shared import oracle


def the_case(name: str) -> dict:
    return next(case for case in oracle("inventory_kpis") if case["id"] == name)


@pytest.mark.shared
def test_turns_and_days():
    case = the_case("turns_days")
    given_ = case["inputs"]
    got = ageing.turns(given_["annual_cogs"], given_["opening_stock"], given_["closing_stock"])
    assert got == case["expected"]["turns"]
    assert 365 / got == pytest.approx(case["expected"]["days_of_supply"], abs=1e-4)


@pytest.mark.shared
def test_cover_walks_the_forecast():
    case = the_case("forward_cover")
    given_ = case["inputs"]
    days = ageing.days_of_supply(given_["stock"], given_["future_demand"], given_["period_days"])
    assert days == pytest.approx(case["expected"]["days_of_supply"])
    stock = pl.DataFrame({"item": ["x"], "quantity": [float(given_["stock"])]})
    months = [date(2024, n, 1) for n in range(1, 6)]
    ahead = pl.DataFrame(
        {"item": "x", "period": months, "quantity": [float(q) for q in given_["future_demand"]]}
    )
    row = ageing.cover(stock, ahead, period_days=30).row(0, named=True)
    assert (row["days"], row["runs_out"]) == (pytest.approx(109.5), date(2024, 4, 1))


@pytest.mark.shared
def test_return_on_stock():
    case = the_case("gross_margin_roi")
    assert (
        ageing.return_on_stock(case["inputs"]["gross_margin"], case["inputs"]["average_stock"])
        == case["expected"]["gmroi"]
    )


def test_stock_that_outlasts_the_forecast_says_at_least():
    stock = pl.DataFrame({"item": ["x"], "quantity": [100.0]})
    ahead = pl.DataFrame(
        {"item": "x", "period": [date(2024, 1, 1), date(2024, 2, 1)], "quantity": [10.0, 10.0]}
    )
    row = ageing.cover(stock, ahead, period_days=30).row(0, named=True)
    assert (row["days"], row["runs_out"], row["at_least_days"]) == (None, None, 60)


@given(st.floats(0, 500), st.lists(st.floats(0, 100).map(lambda q: round(q, 1)), min_size=1, max_size=6))
def test_cover_for_many_items_agrees_with_the_walk(stock, demand):
    months = [date(2024, n + 1, 1) for n in range(len(demand))]
    ahead = pl.DataFrame(
        {"item": "x", "period": months, "quantity": demand}, schema_overrides={"quantity": pl.Float64}
    )
    days = ageing.cover(pl.DataFrame({"item": ["x"], "quantity": [stock]}), ahead, period_days=30)["days"][0]
    walked = ageing.days_of_supply(stock, demand, 30)
    assert (days is None) == (walked is None)
    if days is not None:
        assert days == pytest.approx(walked, abs=1e-6)


def test_what_lies_came_in_last():
    received = pl.DataFrame(
        {
            "item": ["x"] * 3,
            "received": [date(2024, 1, 1), date(2024, 3, 1), date(2024, 5, 1)],
            "quantity": [50.0, 30.0, 20.0],
        }
    )
    aged = ageing.age(
        pl.DataFrame({"item": ["x", "y"], "quantity": [60.0, 5.0]}), received, date(2024, 5, 31)
    )
    assert aged.rows() == [
        ("x", date(2024, 1, 1), 10.0, 151),
        ("x", date(2024, 3, 1), 30.0, 91),
        ("x", date(2024, 5, 1), 20.0, 30),
        ("y", None, 5.0, None),
    ]
