"""Promises: no unit is promised twice, and a later shortfall is taken from what is free before it."""

import json
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einklang.engine.errors import Impossible
from einklang.engine.periods import add_months
from einklang.engine.supply.promise import FLOW, LINES, position, promise
from tests.shared import shared

JAN = date(2024, 1, 1)


def months(count: int) -> list[date]:
    return [add_months(JAN, ahead) for ahead in range(count)]


def flow(quantities: list[float]) -> pl.DataFrame:
    rows = [("chair", month, float(q)) for month, q in zip(months(len(quantities)), quantities, strict=True)]
    return pl.DataFrame(rows, schema=list(FLOW.columns), orient="row")


def chairs(on_hand: float, receipts: list[float], orders: list[float]):
    stock = pl.DataFrame({"item": ["chair"], "quantity": [float(on_hand)]})
    return position(stock, flow(receipts), flow(orders), months(len(receipts)))


def asked(*wishes: tuple[date, float]) -> pl.DataFrame:
    rows = [(str(place), "chair", month, quantity) for place, (month, quantity) in enumerate(wishes)]
    return pl.DataFrame(rows, schema=list(LINES.columns), orient="row")


def published(name: str):
    cases = json.loads(shared("oracles/atp_rccp.json").read_text())["atp"]
    return next(case for case in cases if case["id"] == name)


def test_the_ladder_back_chair_has_what_krajewski_and_ritzman_publish():
    """Krajewski and Ritzman, Operations Management, MPS chapter: 17, then 91, then 150 in week 7."""
    case = published("krajewski_ladder_back_chair")
    given_ = case["inputs"]
    atp = chairs(given_["on_hand"], given_["mps_receipts"], given_["customer_orders"]).table()["atp"]
    assert atp.to_list() == [value or 0 for value in case["expected"]["atp_discrete"]]


def test_a_later_shortfall_is_borrowed_from_earlier_weeks_and_not_cut_to_zero():
    """QAD's rule: a negative week is taken from those before it; cut to zero, units are promised twice."""
    case = published("model_A_negative_atp")
    given_ = case["inputs"]
    atp = chairs(given_["on_hand"], given_["mps_receipts"], given_["customer_orders"]).table()["atp"]
    assert atp.to_list() == case["expected"]["after_borrowing_from_earlier"]
    assert atp.to_list() != case["expected"]["naive_clip_to_zero"]


def test_a_line_that_cannot_be_had_in_time_gets_the_first_month_that_has_all_of_it():
    told = promise(chairs(5, [0, 4, 10], [0, 0, 0]), asked((JAN, 12.0)))
    assert told.row(0, named=True) == {
        "line": "0", "item": "chair", "quantity": 12.0, "wished": JAN,
        "in_time": 5.0, "promised": add_months(JAN, 2), "then": 12.0,
    }  # fmt: skip


def test_a_line_no_month_can_serve_has_no_date_and_says_what_there_would_be():
    told = promise(chairs(5, [0, 4], [0, 0]), asked((JAN, 12.0)))
    assert told.select("promised", "then").row(0) == (None, 9.0)


def test_orders_that_are_overdue_are_taken_from_the_first_month():
    stock = pl.DataFrame({"item": ["chair"], "quantity": [10.0]})
    overdue = pl.DataFrame({"item": ["chair"], "period": [add_months(JAN, -3)], "quantity": [4.0]})
    assert position(stock, FLOW.empty(), overdue, months(2)).free[0].tolist() == [6.0, 6.0]


def test_what_has_neither_stock_nor_plan_is_refused_by_name():
    table = position(
        pl.DataFrame({"item": ["table"], "quantity": [1.0]}), FLOW.empty(), FLOW.empty(), months(1)
    )
    with pytest.raises(Impossible, match="Line 0: chair has neither stock nor a plan"):
        promise(table, asked((JAN, 1.0)))


def test_a_date_between_two_months_is_refused():
    with pytest.raises(Impossible, match="2024-01-15 is not the first day"):
        position(
            pl.DataFrame({"item": ["chair"], "quantity": [1.0]}),
            flow([1, 1]).with_columns(pl.lit(date(2024, 1, 15)).alias("period")),
            FLOW.empty(),
            months(2),
        )


units = st.integers(0, 50)


@given(
    units,
    st.lists(st.tuples(units, units), min_size=1, max_size=8),
    st.lists(st.tuples(units, units), max_size=8),
)
def test_promises_never_leave_a_month_short_that_was_not_short_before(on_hand, plan, wishes):
    receipts, orders = ([row[side] for row in plan] for side in (0, 1))
    before = chairs(on_hand, receipts, orders)
    told = promise(before, asked(*((add_months(JAN, ahead % len(plan)), float(q)) for ahead, q in wishes)))
    taken = told.filter(pl.col("promised").is_not_null()).select("item", "promised", "quantity")
    more = pl.concat([flow(orders), taken.rename({"promised": "period"})])
    stock = pl.DataFrame({"item": ["chair"], "quantity": [float(on_hand)]})
    after = position(stock, flow(receipts), more, months(len(plan)))
    assert (after.balance >= before.balance.clip(max=0)).all()
