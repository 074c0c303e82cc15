"""What stands behind work: hours dealt along pegs and shared among orders, deals and forecast, none lost."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einklang.engine.supply.behind import claimed, dealt
from einklang.engine.supply.throughput import bought_for, by_hour

amounts = st.floats(0.5, 500)


def links(rows):
    names = ("item", "supply", "demand", "kind", "for_item")
    shape = dict.fromkeys(names, pl.String) | {"period": pl.Int64, "quantity": pl.Float64}
    return pl.DataFrame(rows, schema=shape, orient="row")


@given(to_pump=amounts, to_stock=amounts, sold=amounts, kept=amounts, hours=amounts)
def test_every_hour_of_an_order_ends_in_a_demand_or_in_stock(to_pump, to_stock, sold, kept, hours):
    pegs = links(
        [
            ("motor", "m1", "p1", "order", "pump", 1, to_pump),
            ("motor", "m1", "stock", "stock", "motor", None, to_stock),
            ("pump", "p1", "pump 1", "end", "pump", 2, sold),
            ("pump", "p1", "stock", "stock", "pump", None, kept),
        ]
    )
    found = dealt(pegs, pl.DataFrame({"item": ["motor"], "supply": ["m1"], "amount": [hours]}))
    assert found["amount"].sum() == pytest.approx(hours)
    sold_hours = hours * to_pump / (to_pump + to_stock) * sold / (sold + kept)
    assert found.filter(pl.col("kind") == "end")["amount"].sum() == pytest.approx(sold_hours)


def test_an_order_that_nothing_draws_on_stays_in_stock():
    found = dealt(links([]), pl.DataFrame({"item": ["motor"], "supply": ["m9"], "amount": [3.0]}))
    assert found.select("kind", "item", "amount").rows() == [("stock", "motor", 3.0)]


def test_a_part_used_on_two_levels_is_dealt_by_each_way():
    pegs = links(
        [
            ("screw", "s1", "m1", "order", "motor", 1, 6.0),
            ("screw", "s1", "p1", "order", "pump", 1, 2.0),
            ("motor", "m1", "p1", "order", "pump", 1, 1.0),
            ("pump", "p1", "A", "end", "pump", 1, 1.0),
        ]
    )
    found = dealt(pegs, pl.DataFrame({"item": ["screw"], "supply": ["s1"], "amount": [8.0]}))
    assert found.select("demand", "amount").rows() == [("A", 8.0)]


@given(wanted=amounts, booked=st.lists(amounts, max_size=4), hoped=st.lists(amounts, max_size=4))
def test_who_makes_up_a_demand_sums_to_it_and_orders_come_first(wanted, booked, hoped):
    demand = pl.DataFrame({"item": ["P"], "period": [1], "quantity": [wanted]})
    found = claimed(demand, named("E", booked), named("D", hoped))
    assert found["share"].sum() == pytest.approx(1.0)
    first = found.filter(pl.col("kind") == "order")["share"].sum()
    assert first == pytest.approx(min(1.0, sum(booked) / wanted))
    if sum(booked) >= wanted:
        assert found.filter(pl.col("kind") == "deal")["share"].sum() == pytest.approx(0.0)


def named(letter, quantities):
    shape = {"item": pl.String, "period": pl.Int64, "reference": pl.String, "quantity": pl.Float64}
    rows = [("P", 1, f"{letter}{number}", quantity) for number, quantity in enumerate(quantities)]
    return pl.DataFrame(rows, schema=shape, orient="row")


def test_nothing_below_a_bought_item_counts_as_bought():
    bom = pl.DataFrame(
        {"parent": ["pump", "motor"], "component": ["motor", "copper"], "quantity": [1.0, 3.0]}
    )
    costs = pl.DataFrame({"item": ["motor", "copper"], "cost": [40.0, 5.0]})
    assert bought_for(bom, costs, ["pump"]).rows() == [("pump", 40.0)]


def test_the_product_mix_of_the_constraint_is_ranked_by_the_hour_not_by_the_unit():
    """Throughput of 45 on a quarter of an hour beats 60 on half an hour: 180 against 120 an hour."""
    hours = pl.DataFrame({"item": ["P", "Q"], "resource": ["B", "B"], "hours": [0.25, 0.5]})
    prices = pl.DataFrame({"item": ["P", "Q"], "price": [90.0, 100.0]})
    material = pl.DataFrame({"item": ["P", "Q"], "material": [45.0, 40.0]})
    ranked = by_hour(hours, prices, material)
    assert ranked["item"].to_list() == ["P", "Q"]
    assert ranked["throughput"].to_list() == [45.0, 60.0]
