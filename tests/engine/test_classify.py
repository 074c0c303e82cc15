"""Classes by value and by variation."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einklang.engine.inventory.classify import abc, xyz
from tests.shared import oracle


@pytest.mark.shared
def test_the_published_ranking_and_classes():
    case = oracle("abc_classification")[0]
    values = pl.DataFrame(
        {
            "item": [i["item"] for i in case["inputs"]],
            "value": [i["annual_units"] * i["unit_cost"] for i in case["inputs"]],
        }
    )
    ranked = abc(values)
    assert ranked["value"].sum() == pytest.approx(case["expected"]["total"])
    assert ranked["item"].to_list() == [row["item"] for row in case["expected"]["ranking"]]
    assert ranked["cum_share"].to_list() == pytest.approx(
        [row["cum_share"] for row in case["expected"]["ranking"]], abs=1e-5
    )
    for name, members in case["expected"]["classes"].items():
        assert ranked.filter(pl.col("class") == name)["item"].to_list() == members


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=12))
def test_every_item_has_a_class_and_higher_value_never_a_lower_one(values):
    ranked = abc(pl.DataFrame({"item": [str(n) for n in range(len(values))], "value": values}))
    assert ranked["class"].to_list() == sorted(ranked["class"])


def test_steady_items_are_x_and_lumpy_ones_z():
    demand = pl.DataFrame(
        {"series": ["s"] * 4 + ["l"] * 4 + ["n"], "quantity": [10.0, 11, 9, 10, 0, 0, 0, 40, 5]}
    )
    assert dict(xyz(demand).select("series", "class").iter_rows()) == {"s": "X", "l": "Z", "n": "Z"}
