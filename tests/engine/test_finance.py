"""Volume to money: everything foots to the cent."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einklang.engine.errors import Impossible
from einklang.engine.finance import gap, in_money, totals


def test_what_ships_without_a_price_is_refused():
    volumes = pl.DataFrame({"item": ["a"], "period": ["1"], "ship": [1.0]})
    none = pl.DataFrame({"item": ["b"], "price_cents": [1]})
    with pytest.raises(Impossible, match="a has no price"):
        in_money(volumes, none, pl.DataFrame({"item": ["a"], "cost_cents": [1]}))


def test_stock_is_a_level_and_not_summed_over_time():
    volumes = pl.DataFrame(
        {"item": ["a", "a"], "period": ["1", "2"], "ship": [1.0, 1.0], "stock": [5.0, 4.0]}
    )
    money = in_money(
        volumes,
        pl.DataFrame({"item": ["a"], "price_cents": [10]}),
        pl.DataFrame({"item": ["a"], "cost_cents": [2]}),
    )
    assert totals(money, "item")["stock_cents"].to_list() == [8]
    assert totals(money)["stock_cents"].to_list() == [10, 8]


rows = st.lists(
    st.tuples(st.floats(0, 1e6), st.floats(0, 1e6), st.integers(0, 10**7), st.integers(0, 10**7)),
    min_size=1,
    max_size=8,
)


@given(rows)
def test_margin_is_revenue_less_cost_in_every_line_and_total(lines):
    names = [f"i{n}" for n in range(len(lines))]
    money = in_money(
        pl.DataFrame(
            {
                "item": names,
                "period": "1",
                "ship": [line[0] for line in lines],
                "stock": [line[1] for line in lines],
            }
        ),
        pl.DataFrame({"item": names, "price_cents": [line[2] for line in lines]}),
        pl.DataFrame({"item": names, "cost_cents": [line[3] for line in lines]}),
    )
    whole = totals(money).row(0, named=True)
    assert (
        whole["margin_cents"] == whole["revenue_cents"] - whole["cogs_cents"] == money["margin_cents"].sum()
    )


amounts = st.lists(
    st.tuples(st.integers(0, 500), st.integers(0, 10**6), st.integers(0, 500), st.integers(0, 10**6)),
    min_size=1,
    max_size=8,
)


@given(amounts)
def test_price_volume_and_mix_sum_to_the_gap(lines):
    names = [f"i{n}" for n in range(len(lines))]
    plan = pl.DataFrame(
        {
            "item": names,
            "quantity": [float(line[0]) for line in lines],
            "revenue_cents": [line[1] if line[0] else 0 for line in lines],
        }
    )
    budget = pl.DataFrame(
        {
            "item": names,
            "quantity": [float(line[2]) for line in lines],
            "revenue_cents": [line[3] if line[2] else 0 for line in lines],
        }
    )
    got = gap(plan, budget)
    assert (got["price_cents"] + got["volume_cents"] + got["mix_cents"] - got["gap_cents"]).abs().sum() == 0
    assert got["gap_cents"].sum() == plan["revenue_cents"].sum() - budget["revenue_cents"].sum()


def test_selling_the_same_at_a_higher_price_is_price_alone():
    plan = pl.DataFrame({"item": ["a"], "quantity": [10.0], "revenue_cents": [1100]})
    budget = pl.DataFrame({"item": ["a"], "quantity": [10.0], "revenue_cents": [1000]})
    assert gap(plan, budget).select("price_cents", "volume_cents", "mix_cents").rows() == [(100, 0, 0)]


def test_what_was_not_budgeted_is_never_price():
    plan = pl.DataFrame({"item": ["a", "new"], "quantity": [10.0, 2.0], "revenue_cents": [1000, 500]})
    budget = pl.DataFrame({"item": ["a"], "quantity": [10.0], "revenue_cents": [1000]})
    assert gap(plan, budget)["price_cents"].sum() == 0
