"""The KPI formulas of delivering: promises, work orders, stock."""

from datetime import date

import polars as pl
import pytest

from einklang.engine import kpis
from einklang.engine.kpis import Span, WhyNot
from tests.engine.kpi_tables import MAY, frame
from tests.shared import oracle

# -- delivery --------------------------------------------------------------------------------------


LINES = """
line_id  line  quantity  promised_on  order_shipped_on  period
1      1     10        2014-05-10   2014-05-09        2014-05-01
2      1     10        2014-05-10   2014-05-12        2014-05-01
3      1     10        2014-05-10   2014-05-09        2014-05-01
4      1     10        2014-05-10   -                 2014-05-01
5      1     10        2014-05-10   -                 2014-05-01
"""
SHIPMENTS = """
line_id  shipped_on  shipped
3      2014-05-09  6
3      2014-05-15  4
"""


def delivered() -> pl.DataFrame:
    lines = frame(LINES).with_columns(pl.Series("lost", [False] * 4 + [True]))
    return kpis.delivered(lines, frame(SHIPMENTS))


def test_on_time_in_full_needs_both():
    """One whole and in time, one late, one in two parts, one not at all; the lost one was never promised."""
    figure = kpis.on_time_in_full(delivered(), MAY)
    assert (figure.numerator, figure.denominator) == (1, 4)
    assert (figure.beside["on_time"], figure.beside["in_full"]) == (0.25, 0.75)


def test_what_was_lost_for_want_of_stock_lowers_the_fill_rate():
    figure = kpis.fill_rate(delivered(), MAY)
    assert (figure.numerator, figure.denominator, figure.beside["lost_wishes"]) == (16, 50, 10)


def test_a_promise_that_is_not_due_yet_is_not_late():
    early = Span.read("2014-05", date(2014, 5, 9))
    assert kpis.on_time_in_full(delivered(), early).why_not is WhyNot.NO_RECORDS


def test_a_work_order_that_is_not_finished_is_late():
    orders = frame("number due_on ended_on\n1 2014-05-10 2014-05-10\n2 2014-05-10 2014-05-11\n3 2014-05-10 -")
    figure = kpis.schedule_adherence(orders, MAY)
    assert (figure.numerator, figure.denominator, figure.beside["late"]) == (1, 3, 2)


# -- stock -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published() -> dict[str, dict[str, dict[str, float]]]:
    return {case["id"]: case for case in oracle("inventory_kpis")}


def test_turns_and_days_are_those_of_the_published_case(published):
    said, expected = published["turns_days"]["inputs"], published["turns_days"]["expected"]
    levels = pl.DataFrame(
        {
            "item": ["a", "a"],
            "period": [date(2014, 1, 1), date(2014, 12, 1)],
            "value": [float(said["opening_stock"]), float(said["closing_stock"])],
            "used": [float(said["annual_cogs"]), 0.0],
        }
    )
    figure = kpis.stock_turns(levels, Span.read("2014-12", date(2015, 1, 1)))
    assert figure.denominator == expected["average_stock"]
    assert figure.value == expected["turns"]
    assert figure.beside["days"] == pytest.approx(expected["days_of_supply"], abs=5e-5)


def test_cover_walks_along_the_demand_to_come(published):
    case = published["forward_cover"]
    said = case["inputs"]
    found = kpis.forward_cover(said["stock"], said["future_demand"], said["period_days"])
    assert found == pytest.approx(case["expected"]["days_of_supply"])


def test_stock_that_outlasts_the_demand_known_has_no_number_of_days():
    assert kpis.forward_cover(500, [10, 10], 30) is None


def test_stock_outs_are_counted_in_item_days():
    days = pl.DataFrame(
        {"item": ["a", "b"], "period": [date(2014, 5, 1)] * 2, "days": [31, 31], "days_out": [0, 6]}
    )
    figure = kpis.stock_outs(days, MAY)
    assert (figure.numerator, figure.denominator, figure.beside["items_out"]) == (6, 62, 1)
