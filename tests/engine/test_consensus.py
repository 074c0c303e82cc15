"""Many voices become one number that adds up and says why."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einklang.engine.consensus import LEAST, MOST, agree, by_item, share, value_added, weights
from einklang.engine.errors import Impossible

MAY = date(2024, 5, 1)
FAMILIES = pl.DataFrame({"series": ["P-20", "P-30", "pumps"], "parent": ["pumps", "pumps", "total"]})
FORECAST = pl.DataFrame(
    {
        "series": ["P-20", "P-30"],
        "period": MAY,
        "mean": [60.0, 30.0],
        "lo-80": [50.0, 20.0],
        "hi-80": [70.0, 40.0],
    }
)


def voice(
    series: str, quantity: float, kind: str = "sales", author: str = "rolf", reason: str = "fair"
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "series": [series],
            "period": [MAY],
            "quantity": [float(quantity)],
            "kind": [kind],
            "author": [author],
            "reason": [reason],
        }
    )


def test_without_voices_the_forecast_stands():
    agreed = agree(FORECAST, voice("P-20", 1).clear())
    assert agreed.select("quantity", "low", "high").rows() == [(60.0, 50.0, 70.0), (30.0, 20.0, 40.0)]
    assert agreed["heard"].to_list() == [[], []]


def test_a_voice_without_a_record_weighs_as_much_as_the_forecast():
    agreed = agree(FORECAST, voice("P-20", 100)).row(0, named=True)
    assert (agreed["quantity"], agreed["low"], agreed["high"]) == (80.0, 70.0, 90.0)
    assert agreed["heard"] == [{"kind": "sales", "quantity": 100.0, "weight": 1.0, "reason": "fair"}]


def test_a_voice_weighs_by_its_trust():
    assert agree(FORECAST, voice("P-20", 100), trust={"sales": 3.0})["quantity"][0] == 90.0


def test_two_voices_of_one_kind_count_as_their_mean():
    both = pl.concat([voice("P-20", 100), voice("P-20", 140, author="rita", reason="tender")])
    assert agree(FORECAST, both)["quantity"][0] == 90.0


def test_a_voice_about_a_family_is_shared_by_forecast():
    shared = by_item(FORECAST, voice("pumps", 120), FAMILIES)
    assert dict(shared.select("series", "quantity").iter_rows()) == {"P-20": 80.0, "P-30": 40.0}


def test_an_item_with_its_own_voice_keeps_it_and_the_others_share_the_rest():
    both = pl.concat([voice("total", 120), voice("P-20", 100)])
    shared = by_item(FORECAST, both, FAMILIES)
    assert dict(shared.select("series", "quantity").iter_rows()) == {"P-20": 100.0, "P-30": 20.0}


@given(st.integers(0, 10**6), st.dictionaries(st.text(min_size=1), st.floats(0, 1e6), min_size=1))
def test_what_is_shared_is_whole_and_adds_up(quantity, means):
    parts = share(quantity, means)
    assert sum(parts.values()) == quantity
    assert all(part == int(part) and part >= 0 for part in parts.values())


def test_a_voice_about_an_unknown_family_is_refused():
    with pytest.raises(Impossible, match="valves has no items"):
        agree(FORECAST, voice("valves", 10), hierarchy=FAMILIES)


def test_a_voice_that_made_forecasts_worse_is_heard_less_but_never_silenced():
    """Sales said 150 and key account 100 where the forecast said 110 and 100 came."""
    record = pl.DataFrame(
        {
            "kind": ["sales", "key account"],
            "quantity": [150.0, 100.0],
            "statistical": [110.0, 110.0],
            "actual": [100.0, 100.0],
        }
    )
    assert weights(record) == {"key account": MOST, "sales": LEAST}
    assert dict(value_added(record).select("kind", "value_added").iter_rows()) == pytest.approx(
        {"key account": 0.1, "sales": -0.4}
    )
