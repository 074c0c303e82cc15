"""What a promise displaces: the forecast before reservations before orders, and never more than it takes."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einklang.engine.errors import Impossible
from einklang.engine.periods import add_months
from einklang.engine.supply.displace import CLAIMS, displaced
from einklang.engine.supply.promise import FLOW, LINES, position

JAN = date(2024, 1, 1)
MONTHS = [add_months(JAN, ahead) for ahead in range(4)]
units = st.integers(0, 40).map(float)
four = st.lists(units, min_size=4, max_size=4)


def flow(quantities) -> pl.DataFrame:
    rows = [("chair", month, float(units)) for month, units in zip(MONTHS, quantities, strict=True)]
    return pl.DataFrame(rows, schema=list(FLOW.columns), orient="row")


def supply(on_hand, receipts=(0, 0, 0, 0)):
    stock = pl.DataFrame({"item": ["chair"], "quantity": [float(on_hand)]})
    return position(stock, flow(receipts), FLOW.empty(), MONTHS)


def claims(**by_kind) -> pl.DataFrame:
    rows = [
        ("chair", month, float(units), kind, f"{kind}-{month.month}")
        for kind, quantities in by_kind.items()
        for month, units in zip(MONTHS, quantities, strict=True)
    ]
    return pl.DataFrame(rows, schema=list(CLAIMS.columns), orient="row")


def line(quantity, month=0, name="1"):
    rows = [(name, "chair", MONTHS[month], float(quantity))]
    return pl.DataFrame(rows, schema=list(LINES.columns), orient="row")


def told(found) -> list[tuple[str, int, float]]:
    return [
        (kind, period.month, units)
        for kind, period, units in found.select("kind", "period", "quantity").rows()
    ]


def test_what_nobody_claims_displaces_nothing():
    assert displaced(supply(20), claims(forecast=[10, 0, 0, 0]), line(10)).is_empty()


def test_the_forecast_of_its_own_month_counts_on_it():
    assert told(displaced(supply(10), claims(forecast=[10, 0, 0, 0]), line(4))) == [("expected", 1, 4.0)]


def test_the_latest_forecast_gives_way_before_the_earlier():
    found = displaced(supply(30), claims(forecast=[0, 10, 10, 10]), line(12))
    assert told(found) == [("forecast", 3, 2.0), ("forecast", 4, 10.0)]


def test_reservations_give_way_before_orders():
    found = displaced(supply(20), claims(reservation=[0, 10, 0, 0], order=[0, 10, 0, 0]), line(15))
    assert told(found) == [("reservation", 2, 10.0), ("order", 2, 5.0)]


def test_a_later_receipt_makes_up_for_what_was_taken():
    found = displaced(supply(10, [0, 0, 50, 0]), claims(forecast=[0, 10, 10, 10]), line(10))
    assert told(found) == [("forecast", 2, 10.0)]


def test_what_was_short_before_is_not_its_doing():
    found = displaced(supply(10, [0, 100, 0, 0]), claims(order=[30, 0, 0, 0]), line(5, month=1))
    assert found.is_empty()


def test_units_that_nobody_has_are_missing():
    assert told(displaced(supply(5), claims(), line(8))) == [("missing", 1, 3.0)]


def test_lines_after_the_first_leave_it_its_units():
    both = pl.concat([line(6), line(6, name="2")])
    found = displaced(supply(10), claims(forecast=[0, 10, 0, 0]), both)
    assert found.filter(line="2")["quantity"].sum() == 6
    assert found.filter(kind="missing")["quantity"].sum() == 2


@given(units, four, four, four, st.integers(0, 3), st.floats(0, 1))
def test_a_promise_within_what_is_free_touches_no_order(on_hand, receipts, forecast, orders, month, share):
    stands = position(
        pl.DataFrame({"item": ["chair"], "quantity": [on_hand]}), flow(receipts), flow(orders), MONTHS
    )
    quantity = float(stands.free[0, month]) * share
    found = displaced(
        supply(on_hand, receipts), claims(forecast=forecast, order=orders), line(quantity, month)
    )
    assert set(found["kind"]) <= {"expected", "forecast"}
    assert found["quantity"].sum() <= quantity + 1e-6


@given(units, four, four, four, st.integers(0, 3), units)
def test_no_more_is_displaced_than_is_promised(on_hand, receipts, forecast, orders, month, quantity):
    found = displaced(
        supply(on_hand, receipts), claims(forecast=forecast, order=orders), line(quantity, month)
    )
    assert found["quantity"].sum() <= quantity + 1e-6


def test_an_item_that_nobody_plans_is_named():
    with pytest.raises(Impossible, match="Line 1: chair has neither stock"):
        displaced(
            position(pl.DataFrame({"item": ["desk"], "quantity": [1.0]}), FLOW.empty(), FLOW.empty(), MONTHS),
            claims(),
            line(1),
        )


def test_a_claim_of_an_unknown_kind_is_named():
    with pytest.raises(Impossible, match="not a wish"):
        displaced(supply(1), claims(wish=[1, 0, 0, 0]).with_columns(kind=pl.lit("a wish")), line(1))
