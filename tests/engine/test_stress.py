"""A plan before many possible demands."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einklang.engine.errors import BadTable, Impossible
from einklang.engine.supply.stress import shared_shock, stress


def case(low: float, high: float, *, mean: float = 100.0, items: int = 1, on_hand: float = 0.0):
    """Some like items that are wished and brought in alike for six periods."""
    names = [f"item {number}" for number in range(items)]
    rows = pl.DataFrame({"item": names}).join(pl.DataFrame({"period": range(1, 7)}), how="cross")
    return (
        pl.DataFrame({"item": names, "on_hand": on_hand, "price": 3.0, "cost": 2.0}),
        rows.with_columns(quantity=pl.lit(mean)),
        rows.with_columns(mean=pl.lit(mean), low=pl.lit(low), high=pl.lit(high)),
    )


def told(of, measure: str) -> dict[str, float]:
    return of.whole.filter(pl.col("measure") == measure).row(0, named=True)


def test_a_certain_demand_is_met_by_a_plan_that_covers_it():
    found = stress(*case(100.0, 100.0))
    assert told(found, "service") == {"measure": "service", "low": 1.0, "mean": 1.0, "high": 1.0}
    assert found.items["short"].to_list() == [0.0]
    assert found.items["worst"].to_list() == [None]


def test_the_ends_of_the_range_are_met_by_a_tenth_each():
    found = stress(*case(70.0, 160.0, mean=110.0), draws=20_000, lasting=0.0)
    demand = found.periods.filter((pl.col("measure") == "demand") & (pl.col("period") == 3)).row(
        0, named=True
    )
    assert demand["low"] == pytest.approx(70.0, rel=0.02)
    assert demand["high"] == pytest.approx(160.0, rel=0.02)
    assert demand["mean"] == pytest.approx(110.0, rel=0.02)


def test_what_all_items_feel_together_widens_their_total():
    apart = stress(*case(60.0, 140.0, items=40), together=0.0)
    shared = stress(*case(60.0, 140.0, items=40), together=1.0)
    width = [told(one, "demand")["high"] - told(one, "demand")["low"] for one in (apart, shared)]
    assert width[1] > 4 * width[0]


def test_a_miss_that_lasts_costs_more_service_than_one_that_passes():
    passing, lasting = (stress(*case(60.0, 140.0), lasting=share, draws=4000) for share in (0.0, 0.9))
    assert told(lasting, "service")["low"] < told(passing, "service")["low"]


def test_stock_at_the_start_buys_service():
    bare, stocked = (stress(*case(60.0, 140.0, on_hand=units)) for units in (0.0, 200.0))
    assert told(stocked, "service")["mean"] > told(bare, "service")["mean"]
    assert stocked.items["short"][0] < bare.items["short"][0]


@given(st.floats(0, 90), st.floats(110, 300), st.floats(0, 150), st.booleans(), st.integers(0, 9))
def test_every_unit_is_delivered_owed_lost_or_left(low, high, on_hand, waits, seed):
    items, arrivals, demand = case(low, high, on_hand=on_hand)
    found = stress(items.with_columns(waits=pl.lit(waits)), arrivals, demand, draws=20, seed=seed)
    mean = {row["measure"]: row["mean"] for row in found.whole.iter_rows(named=True)}
    assert mean["demand"] == pytest.approx(mean["delivered"] + mean["lost"] + mean["owed"], rel=1e-9)
    assert on_hand + 600 == pytest.approx(mean["delivered"] + mean["stock"], rel=1e-9)
    assert mean["revenue"] == pytest.approx(3 * mean["delivered"])
    assert (mean["lost"] == 0) if waits else (mean["owed"] == 0)


def test_the_same_seed_draws_the_same_futures():
    assert stress(*case(60.0, 140.0), seed=3).whole.equals(stress(*case(60.0, 140.0), seed=3).whole)


def test_many_items_are_drawn_in_parts_and_lose_none():
    names = [f"i{number}" for number in range(700)]
    demand = pl.DataFrame({"item": names, "period": 1, "mean": 1.0, "low": 1.0, "high": 1.0})
    items = pl.DataFrame({"item": names, "on_hand": np.arange(700) % 2 * 1.0})
    found = stress(items, demand.select("item", "period", quantity=pl.lit(0.0)).head(0), demand, draws=5000)
    assert told(found, "delivered")["mean"] == 350.0
    assert found.items.height == 700
    assert found.items["short"].sum() == 350.0


def test_the_share_that_all_feel_is_read_from_the_total():
    share, sizes = 0.4, np.array([3.0, 4.0, 12.0])
    total = np.sqrt(share * sizes.sum() ** 2 + (1 - share) * (sizes**2).sum())
    parts = pl.DataFrame({"period": [1, 1, 1], "low": [0.0] * 3, "high": sizes})
    assert shared_shock(parts, pl.DataFrame({"period": [1], "low": [0.0], "high": [total]})) == pytest.approx(
        0.4
    )


def test_one_item_alone_tells_nothing_about_what_all_feel():
    one = pl.DataFrame({"period": [1], "low": [0.0], "high": [9.0]})
    assert shared_shock(one, one) is None


def test_strangers_and_impossible_shares_are_refused():
    items, arrivals, demand = case(60.0, 140.0)
    with pytest.raises(BadTable, match="a name that stands in items"):
        stress(items, arrivals.with_columns(item=pl.lit("stranger")), demand)
    with pytest.raises(Impossible, match="shares from 0 to 1"):
        stress(items, arrivals, demand, together=1.5)
    with pytest.raises(Impossible, match="at least 10"):
        stress(items, arrivals, demand, draws=3)
    with pytest.raises(Impossible, match="nothing to test"):
        stress(items.head(0), arrivals.head(0), demand.head(0))
