"""Many voices become one number that adds up and says why."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einklang.engine.consensus import (
    LEAST,
    MOST,
    Places,
    agree,
    by_item,
    confidence,
    share,
    value_added,
    waterfall,
    weights,
)
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


PLACES = Places(
    pl.DataFrame(
        {
            "series": ["P-20", "P-20", "P-30"],
            "territory": ["north", "south", "north"],
            "share": [0.75, 0.25, 1.0],
        }
    ),
    pl.DataFrame({"series": ["north", "south"], "parent": ["germany", "germany"]}),
)


def local(series: str, territory: str, quantity: float) -> pl.DataFrame:
    return voice(series, quantity).with_columns(pl.lit(territory).alias("territory"))


def figures(*voices: pl.DataFrame) -> dict[str, float]:
    shared = by_item(FORECAST, pl.concat(voices), FAMILIES, PLACES)
    return dict(shared.select("series", "quantity").iter_rows())


def test_a_territory_speaks_about_its_share_alone():
    """P-20: 45 of 60 come from the north, which says 60; the 15 of the south stay."""
    assert figures(local("P-20", "north", 60)) == {"P-20": 75.0}


def test_a_territory_above_shares_what_those_below_leave():
    """Germany says 120 of both pumps; the north says 50 of P-20."""
    both = figures(local("pumps", "germany", 120), local("P-20", "north", 50))
    assert both == {"P-20": 50 + 23, "P-30": 47}


def test_a_voice_about_an_item_everywhere_and_one_about_a_territory_add_up_to_the_item():
    assert figures(local("P-20", "north", 60), local("P-20", "", 100)) == {"P-20": 100.0}


def test_a_territory_that_asked_for_nothing_is_refused():
    with pytest.raises(Impossible, match="Nothing of P-30 was sold in south"):
        figures(local("P-30", "south", 10))
    with pytest.raises(Impossible, match="no demand from territory moon"):
        figures(local("P-20", "moon", 10))


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 2000))
def test_what_a_wider_voice_says_is_met_wherever_narrower_ones_leave_room(item, place, whole):
    both = figures(local("P-20", "north", item), local("pumps", "south", place), local("pumps", "", whole))
    assert both["P-20"] == item + place
    assert both["P-30"] == max(whole - item - place, 0)


def test_what_deals_add_comes_on_top_of_the_forecast_before_voices():
    deals = pl.DataFrame({"series": ["P-20"], "period": [MAY], "quantity": [20.0]})
    first, second = agree(FORECAST, voice("P-20", 100), pipeline=deals).iter_rows(named=True)
    assert (first["quantity"], first["statistical"], first["pipeline"]) == (90.0, 60.0, 20.0)
    assert (first["low"], first["high"]) == (80.0, 100.0)
    assert (second["quantity"], second["pipeline"]) == (30.0, 0.0)


@given(
    st.lists(st.tuples(st.floats(0, 1e4), st.floats(0.25, 4)), max_size=4),
    st.floats(0, 1e4),
    st.floats(0, 1e4),
)
def test_the_steps_add_up_to_what_was_agreed(heard, naive, effects):
    voices = pl.concat(
        [voice("P-20", 1).clear(), *(voice("P-20", q, kind=f"k{n}") for n, (q, _w) in enumerate(heard))]
    )
    lines = agree(FORECAST, voices, trust={f"k{n}": w for n, (_q, w) in enumerate(heard)})
    lines = lines.with_columns(pl.lit(naive).alias("naive"), pl.lit(effects).alias("effects"))
    assert waterfall(lines)["quantity"][-1] == pytest.approx(float(lines["quantity"].sum()), abs=1e-6)


def comparisons(count: int, better: float) -> pl.DataFrame:
    """So many months in which the forecast missed by 20 and the voice by ``better`` less, with some luck."""
    luck = [(7 * n) % 11 - 5 for n in range(count)]
    return pl.DataFrame(
        {
            "kind": ["sales"] * count,
            "period": [date(2020 + n // 12, n % 12 + 1, 1) for n in range(count)],
            "actual": [100.0] * count,
            "statistical": [120.0 + one for one in luck],
            "quantity": [120.0 - better - one for one in luck],
        }
    )


@pytest.mark.parametrize(("better", "verdict"), [(15.0, "better"), (-15.0, "worse"), (0.0, "unsure")])
def test_how_sure_a_value_added_is(better, verdict):
    row = confidence(comparisons(24, better)).row(0, named=True)
    assert row["verdict"] == verdict
    assert row["low"] <= row["value_added"] <= row["high"]


def test_few_comparisons_prove_nothing():
    row = confidence(comparisons(7, 15.0)).row(0, named=True)
    assert (row["verdict"], row["low"]) == ("few", None)


def test_the_same_record_gives_the_same_interval():
    assert confidence(comparisons(12, 3.0)).equals(confidence(comparisons(12, 3.0)))
