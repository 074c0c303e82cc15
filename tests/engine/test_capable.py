"""What could be made in addition: parts, hours and time all bind, and nothing promised before is touched."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einklang.engine.errors import Impossible
from einklang.engine.periods import add_months
from einklang.engine.supply.capable import capable
from einklang.engine.supply.promise import FLOW, LINES, position

JAN = date(2024, 1, 1)
MONTHS = [add_months(JAN, ahead) for ahead in range(4)]


def asked(*wishes):
    rows = [(str(place), item, month, float(q)) for place, (item, month, q) in enumerate(wishes)]
    return pl.DataFrame(rows, schema=list(LINES.columns), orient="row")


def told(stock, lines, *, hours=(100.0, 100.0, 100.0, 100.0), leads=(0, 1), bench=0.5, legs=4.0):
    """Chairs are made on a bench of four legs; legs are bought within a month."""
    here = pl.DataFrame(list(stock.items()), schema={"item": pl.String, "quantity": pl.Float64}, orient="row")
    return capable(
        position(here, FLOW.empty(), FLOW.empty(), MONTHS),
        lines,
        making=pl.DataFrame({"item": ["chair", "leg"], "kind": ["make", "buy"], "lead_time": list(leads)}),
        bom=pl.DataFrame({"parent": ["chair"], "component": ["leg"], "quantity": [legs]}),
        hours=pl.DataFrame({"item": ["chair"], "resource": ["bench"], "hours": [bench]}),
        spare=pl.DataFrame({"resource": ["bench"] * 4, "period": MONTHS, "hours": list(hours)}),
    )


def test_parts_that_must_be_bought_first_put_the_date_off():
    answer = told({"chair": 0.0, "leg": 8.0}, asked(("chair", JAN, 5)))
    assert answer.select("capable", "obstacle", "at").row(0) == (MONTHS[1], "time", "leg")


def test_hours_are_taken_from_all_months_between_start_and_due_date():
    answer = told(
        {"chair": 0.0, "leg": 400.0}, asked(("chair", MONTHS[1], 10)), hours=(2.5, 2.5, 0, 0), leads=(1, 1)
    )
    assert answer["capable"][0] == MONTHS[1]


def test_what_no_month_can_make_has_no_date():
    answer = told({"leg": 400.0}, asked(("chair", JAN, 50)), hours=(1.0, 1.0, 1.0, 1.0))
    assert answer.select("capable", "obstacle", "at").row(0) == (None, "hours", "bench")


def test_two_lines_do_not_use_the_same_parts_and_hours():
    answer = told({"leg": 400.0}, asked(("chair", JAN, 4), ("chair", JAN, 4)), hours=(2.0, 0.0, 2.0, 0.0))
    assert answer["capable"].to_list() == [JAN, MONTHS[2]]


def test_a_line_that_fails_leaves_everything_to_the_next():
    answer = told({"leg": 8.0}, asked(("chair", JAN, 999), ("chair", JAN, 2)), hours=(1.0, 0.0, 0.0, 0.0))
    assert answer["capable"].to_list() == [None, JAN]


def test_a_circle_in_the_bill_is_named():
    here = pl.DataFrame({"item": ["a"], "quantity": [0.0]})
    with pytest.raises(Impossible, match="a > b > a"):
        capable(
            position(here, FLOW.empty(), FLOW.empty(), MONTHS),
            asked(("a", JAN, 1)),
            making=pl.DataFrame({"item": ["a", "b"], "kind": ["make"] * 2, "lead_time": [0, 0]}),
            bom=pl.DataFrame({"parent": ["a", "b"], "component": ["b", "a"], "quantity": [1.0, 1.0]}),
            hours=pl.DataFrame({"item": ["a"], "resource": ["r"], "hours": [0.0]}),
            spare=pl.DataFrame({"resource": ["r"], "period": [JAN], "hours": [1.0]}),
        )


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 12)), max_size=8), st.integers(0, 40))
def test_hours_and_legs_are_never_used_twice(wishes, legs):
    lines = asked(*(("chair", MONTHS[ahead], quantity) for ahead, quantity in wishes))
    answer = told({"chair": 3.0, "leg": float(legs)}, lines, hours=(2.0, 3.0, 1.0, 4.0))
    kept = answer.filter(pl.col("capable").is_not_null())
    assert kept["made"].sum() * 0.5 <= 10.0 + 1e-9
    early = kept.filter(pl.col("capable") == JAN)
    assert early["made"].sum() * 4 <= legs + 1e-9
