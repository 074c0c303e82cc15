"""What begins and what ends: heirs inherit, launches follow their siblings, nothing is sold after the end."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.errors import Impossible
from einklang.engine.forecast import forecast
from einklang.engine.forecast.successors import Siblings, hand_over_scale, launch
from einklang.engine.periods import add_months

START = date(2020, 1, 1)
TREE = pl.DataFrame(
    {"series": ["a", "b", "old", "heir", "fresh", "F"], "parent": ["F", "F", "F", "F", "F", "T"]}
)


def table(**series: list[float]) -> pl.DataFrame:
    """Monthly histories from the same first month."""
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "series": name,
                    "period": [add_months(START, place) for place in range(len(values))],
                    "quantity": [float(value) for value in values],
                }
            )
            for name, values in series.items()
        ]
    )


def life(**rows: tuple[str | None, date | None, date | None]) -> pl.DataFrame:
    """A lifecycle: name = (predecessor, launched, ends)."""
    schema = {"series": pl.String, "predecessor": pl.String, "launched": pl.Date, "ends": pl.Date}
    return pl.DataFrame([(name, *row) for name, row in rows.items()], schema=schema, orient="row")


HISTORY = table(a=[100, 120] * 24, b=[50, 60] * 24, old=[80, 90] * 24)


def means(found, series: str) -> list[float]:
    """The forecast of one series."""
    return found.table.filter(pl.col("series") == series)["mean"].to_list()


def test_a_successor_sells_what_its_predecessor_sold_from_its_launch_on():
    given_life = life(heir=("old", date(2024, 3, 1), None))
    found = forecast(HISTORY, horizon=4, lifecycle=given_life)
    assert means(found, "heir")[:2] == [0.0, 0.0]
    assert sum(means(found, "heir")[2:]) == pytest.approx(170, rel=0.1)
    assert means(found, "old")[2:] == [0.0, 0.0]
    assert found.table.filter(pl.col("series") == "old")["hi-95"].to_list()[2:] == [0.0, 0.0]
    assert "inherits the history of old" in " ".join(found.notes["sentence"])


def test_a_hand_over_changes_nothing_in_the_sum():
    plain = forecast(HISTORY, horizon=4, hierarchy=TREE.filter(~pl.col("series").is_in(["heir", "fresh"])))
    found = forecast(HISTORY, horizon=4, hierarchy=TREE, lifecycle=life(heir=("old", date(2024, 3, 1), None)))
    tree = TREE.filter(pl.col("series") != "F")["series"].to_list()
    assert means(found, "T") == pytest.approx(means(plain, "T"), rel=0.05)
    leaves = found.table.filter(pl.col("series").is_in(tree)).group_by("period").agg(pl.col("mean").sum())
    assert leaves.sort("period")["mean"].to_list() == pytest.approx(means(found, "T"))


def test_a_launch_without_a_history_follows_its_siblings():
    found = forecast(HISTORY, horizon=6, hierarchy=TREE, lifecycle=life(fresh=(None, date(2024, 4, 1), None)))
    assert means(found, "fresh")[:3] == [0.0, 0.0, 0.0]
    assert 40 < means(found, "fresh")[4] < 120


def test_each_sale_of_a_launch_counts_more_than_the_siblings():
    family = Siblings(10.0, 25.0, np.ones(12))
    believed = [launch(family, np.full(count, 30.0), 1)[0][0] for count in range(7)]
    assert believed[0] == 10
    assert believed == sorted(believed)
    assert believed[6] > 28


@given(st.lists(st.floats(0, 1e6), max_size=12), st.floats(0.1, 1e5), st.floats(0.1, 1e9))
def test_a_launch_is_never_negative_and_its_doubt_is_finite(own, level, variance):
    mean, deviation = launch(Siblings(level, variance, np.ones(12)), np.array(own), 5)
    assert (mean >= 0).all()
    assert np.isfinite(mean).all()
    assert np.isfinite(deviation)


def test_what_ends_is_not_sold_any_more():
    found = forecast(HISTORY, horizon=6, lifecycle=life(b=(None, None, date(2024, 3, 31))))
    sold = means(found, "b")
    assert sold[3:] == [0.0] * 3
    assert sold[0] > sold[2] > 0


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=8), st.floats(0.1, 1e4))
def test_a_successor_is_believed_to_lie_between_its_predecessor_and_its_own_sales(own, before):
    sold = np.array(own)
    scale = hand_over_scale(sold, np.full(len(own), before))
    share = sold.mean() / before
    assert min(1, share) - 1e-9 <= scale <= max(1, share) + 1e-9


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"heir": ("nobody", None, None)}, "nobody, which has no history"),
        ({"old": ("old", None, None)}, "cannot succeed itself"),
        ({"a": ("b", None, None), "b": ("a", None, None)}, "in a circle"),
        ({"a": (None, date(2024, 2, 1), date(2024, 1, 1))}, "ends .* before it is launched"),
    ],
)
def test_a_lifecycle_that_cannot_be_is_refused_by_name(rows, said):
    with pytest.raises(Impossible, match=said):
        forecast(HISTORY, horizon=2, lifecycle=life(**rows))
