"""Demand behind empty shelves: equal to the published cases, and never less than what was sold."""

import json
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.errors import Impossible
from einklang.engine.forecast.panel import CENSORED, Panel
from einklang.engine.forecast.unconstrain import demand, lost_sales, unconstrained
from tests.shared import shared


def panel_of(values: list[float], out: set[int]) -> Panel:
    """One series, some periods of it without stock."""
    state = np.array([[CENSORED if place in out else 0 for place in range(len(values))]], dtype=np.uint8)
    return Panel(["a"], np.array([values], dtype=float), np.array([0]), [date(2024, 1, 1)], "M", state)


@pytest.fixture
def cases() -> dict[str, dict]:
    return {
        case["id"]: case for case in json.loads(shared("oracles/censored_demand.json").read_text())["cases"]
    }


@pytest.mark.shared
def test_the_published_normal_case_is_met(cases):
    case = cases["normal_mle_em"]
    found = demand(case["inputs"]["sales"], case["inputs"]["stockout"])
    assert found.mean == pytest.approx(case["expected"]["mu"], abs=1e-4)
    assert found.deviation == pytest.approx(case["expected"]["sigma"], abs=1e-3)
    assert found.lost == pytest.approx(case["expected"]["expected_lost_units_per_stockout"], abs=1e-3)


@pytest.mark.shared
def test_the_published_poisson_case_is_met(cases):
    case = cases["poisson_mle"]
    found = demand(case["inputs"]["sales"], case["inputs"]["stockout"], "poisson")
    assert found.mean == pytest.approx(case["expected"]["lam"], abs=1e-5)


@pytest.mark.shared
def test_the_published_exponential_case_is_met(cases):
    case = cases["exponential_mle"]
    found = demand(case["inputs"]["sales"], case["inputs"]["stockout"], "exponential")
    assert (found.mean, found.lost) == (
        case["expected"]["mean_demand"],
        case["expected"]["lost_per_stockout"],
    )


def test_shelves_that_were_always_empty_say_nothing():
    with pytest.raises(Impossible, match="Every period"):
        demand([3, 4], [1, 1])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0, 1e6, width=32), min_size=3, max_size=60),
    st.sets(st.integers(0, 59), max_size=20),
)
def test_demand_is_never_less_than_what_was_sold_and_told_periods_stay(values, out):
    sold = panel_of(values, {place for place in out if place < len(values)})
    wished = unconstrained(sold, 12)
    assert np.isfinite(wished.values).all()
    assert (wished.values >= sold.values).all()
    assert (wished.values[~sold.censored] == sold.values[~sold.censored]).all()
    assert (wished.values <= 2 * sold.values.max() + 1e-9).all()


def test_a_seasonal_peak_that_was_sold_out_is_seen():
    year = [100.0] * 11 + [200.0]
    values = year * 4
    values[35] = 40.0
    wished = unconstrained(panel_of(values, {35}), 12)
    assert wished.values[0, 35] > 150


def test_counts_are_filled_with_their_own_law():
    rng = np.random.default_rng(4)
    wish = rng.poisson(3.0, 200).astype(float)
    out = {place for place in range(200) if wish[place] > 4}
    sold = np.minimum(wish, 4)
    wished = unconstrained(panel_of(sold.tolist(), out), 1)
    assert sold.mean() < wished.values.mean()
    assert wished.values.mean() == pytest.approx(3.0, abs=0.25)


def test_lost_sales_are_the_difference():
    sold = panel_of([8.0, 8, 0, 8, 8], {2})
    assert lost_sales(sold, unconstrained(sold, 12)).tolist() == [[0.0, 0.0, 8.0, 0.0, 0.0]]
