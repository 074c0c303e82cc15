"""The KPI formulas: the published figures, and the edges where a number would mislead."""

from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine import kpis
from einklang.engine.errors import Impossible
from einklang.engine.kpis import Span, WhyNot, WorkingTime
from tests.engine.kpi_tables import MAY, frame
from tests.shared import oracle

IN_MAY = date(2014, 5, 9)


# -- deals -----------------------------------------------------------------------------------------


DEALS = """
deal  created_on  closed_on   outcome  amount
a     2014-04-01  2014-05-16  won      100
b     2014-04-01  2014-05-25  won      300
c     2014-04-01  2014-05-10  lost     100
d     2014-05-01  -           open     500
e     2014-05-02  2014-05-02  won      -
"""


def test_the_cycle_of_45_54_and_39_days_is_46_in_the_mean():
    deals = frame(DEALS).filter(pl.col("deal") != "e")
    figure = kpis.sales_cycle(deals, MAY)
    assert (figure.value, figure.beside["mean"]) == (45, 46)
    assert (figure.beside["won"], figure.beside["lost"]) == (49.5, 39)


def test_a_deal_decided_on_its_first_day_counts_zero_days():
    assert kpis.sales_cycle(frame(DEALS), MAY).beside["mean"] == pytest.approx(138 / 4)


def test_the_age_of_open_deals_stands_beside_the_cycle():
    figure = kpis.sales_cycle(frame(DEALS), MAY)
    assert (figure.beside["open"], figure.beside["open_age"]) == (1, 30)


def test_ten_decided_of_a_hundred_are_three_percent_won_and_thirty_closed():
    deals = pl.DataFrame(
        {
            "created_on": [IN_MAY] * 100,
            "closed_on": [IN_MAY] * 10 + [None] * 90,
            "outcome": ["won"] * 3 + ["lost"] * 7 + ["open"] * 90,
        }
    )
    won, closed = kpis.win_rate(deals, MAY), kpis.close_rate(deals, MAY)
    assert (won.value, won.numerator, won.denominator, won.beside["share_open"]) == (0.03, 3, 100, 0.9)
    assert (closed.value, closed.numerator, closed.denominator) == (0.3, 3, 10)


def test_by_value_a_deal_without_an_amount_is_left_out_and_said():
    figure = kpis.close_rate(frame(DEALS), MAY, by_value=True)
    assert (figure.value, figure.beside["without_amount"]) == (0.8, 1)


@pytest.mark.parametrize("formula", [kpis.win_rate, kpis.close_rate, kpis.sales_cycle])
def test_without_a_deal_nothing_is_measurable(formula):
    figure = formula(frame(DEALS), Span.read("2013-01", date(2014, 7, 31)))
    assert (figure.value, figure.why_not) == (None, WhyNot.NO_RECORDS)


def test_velocity_is_that_of_the_published_cases():
    assert kpis.velocity(50, 0.2, 10_000, 30) == pytest.approx(3333.33, abs=0.005)
    assert kpis.velocity(100, 0.25, 50_000, 60) == pytest.approx(20_833.33, abs=0.005)


def test_velocity_takes_rate_and_value_from_the_same_qualified_deals():
    deals = frame(DEALS).with_columns(
        pl.when(pl.col("deal") == "c").then(None).otherwise(pl.col("created_on")).alias("qualified_on")
    )
    figure = kpis.pipeline_velocity(deals, MAY)
    assert figure.beside == {"open": 1, "close_rate": 1, "won_value": 200, "days": 33}
    assert figure.value == pytest.approx(200 / 33)


def test_velocity_without_a_won_deal_says_why():
    deals = frame(DEALS).filter(pl.col("outcome") != "won")
    assert kpis.pipeline_velocity(deals, MAY).why_not is WhyNot.NO_CLOSED


# -- leads -----------------------------------------------------------------------------------------


def leads(*arrivals: datetime) -> pl.DataFrame:
    return pl.DataFrame({"lead": [str(at) for at in range(len(arrivals))], "created_at": list(arrivals)})


@pytest.mark.parametrize(("created", "converted", "share"), [(100, 12, 0.12), (150, 18, 0.12), (60, 18, 0.3)])
def test_conversion_is_converted_of_created(created, converted, share):
    table = leads(*[datetime(2014, 5, 5)] * created).with_columns(
        pl.Series("converted_on", [date(2014, 6, 1)] * converted + [None] * (created - converted))
    )
    assert kpis.lead_conversion(table, MAY).value == pytest.approx(share)


def test_a_cohort_younger_than_a_cycle_says_so():
    table = leads(datetime(2014, 5, 5), datetime(2014, 5, 30)).with_columns(
        pl.Series("converted_on", [None, None], dtype=pl.Date)
    )
    assert kpis.lead_conversion(table, MAY, cycle_days=80).beside["mature"] == 0.5


@pytest.mark.parametrize(
    ("arrives", "answers", "hours"),
    [
        (datetime(2024, 5, 3, 16, 30), datetime(2024, 5, 6, 9, 30), 1.0),
        (datetime(2024, 5, 4, 11), datetime(2024, 5, 6, 10), 1.0),
        (datetime(2024, 5, 7, 10), datetime(2024, 5, 7, 12, 30), 2.5),
    ],
)
def test_only_working_hours_count_until_the_answer(arrives, answers, hours):
    assert WorkingTime().hours(pl.Series([arrives]), pl.Series([answers])).item() == pytest.approx(hours)


def test_a_holiday_is_no_working_day():
    clock = WorkingTime(holidays=[date(2024, 5, 1)])
    before, after = pl.Series([datetime(2024, 4, 30, 16)]), pl.Series([datetime(2024, 5, 2, 10)])
    assert clock.hours(before, after).item() == 2


moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2040, 1, 1))


@settings(deadline=None)
@given(st.tuples(moments, moments, moments))
def test_working_time_adds_up_over_a_stop_on_the_way(three):
    first, middle, last = (pl.Series([moment]) for moment in sorted(three))
    clock = WorkingTime()
    way = clock.hours(first, middle).item() + clock.hours(middle, last).item()
    assert way == pytest.approx(clock.hours(first, last).item(), abs=1e-4)


def test_an_automatic_reply_is_no_answer():
    arrived = leads(datetime(2014, 5, 5, 10))
    touches = pl.DataFrame(
        {
            "lead": ["0", "0"],
            "at": [datetime(2014, 5, 5, 10, 1), datetime(2014, 5, 5, 12)],
            "automatic": [True, False],
        }
    )
    assert kpis.response_time(arrived, touches, MAY).value == 2


def test_leads_nobody_answered_do_not_make_the_team_look_fast():
    arrived = leads(*[datetime(2014, 5, 5, 10)] * 3)
    touches = pl.DataFrame({"lead": ["0"], "at": [datetime(2014, 5, 5, 10, 30)]})
    figure = kpis.response_time(arrived, touches, MAY)
    assert (figure.value, figure.why_not) == (None, WhyNot.NOT_YET)
    assert figure.beside["unanswered"] == pytest.approx(2 / 3)
    assert figure.beside["within_sla"] == pytest.approx(1 / 3)


# -- customers -------------------------------------------------------------------------------------


def test_twelve_thousand_for_150_customers_are_80_each():
    costs = pl.DataFrame({"period": [date(2014, 5, 1)], "kind": ["marketing"], "amount": [12_000.0]})
    orders = pl.DataFrame({"customer": range(150), "ordered_on": [IN_MAY] * 150})
    assert kpis.acquisition_cost(costs, orders, MAY).value == 80


def test_a_customer_who_comes_back_is_not_won_again():
    costs = pl.DataFrame({"period": [date(2014, 5, 1)], "kind": ["sales"], "amount": [100.0]})
    orders = pl.DataFrame({"customer": ["a", "a"], "ordered_on": [date(2013, 1, 1), IN_MAY]})
    assert kpis.acquisition_cost(costs, orders, MAY).value is None


def test_costs_of_keeping_customers_do_not_win_any():
    costs = pl.DataFrame(
        {"period": [date(2014, 5, 1)] * 2, "kind": ["sales", "retention"], "amount": [100.0, 900.0]}
    )
    orders = pl.DataFrame({"customer": ["a"], "ordered_on": [IN_MAY]})
    assert kpis.acquisition_cost(costs, orders, MAY).value == 100


def test_a_contract_is_worth_what_the_textbook_says():
    assert kpis.contract_value(1, 0.8, 0.1) == pytest.approx(2.6667, abs=5e-5)


def test_24_lost_of_800_are_three_percent():
    """Monthly buyers; 24 stopped so long ago that their patience ended in May, 10 are new in May."""
    days = [date(2014, month, 1) for month in range(1, 6)]
    stays = [(str(who), day) for who in range(776) for day in days]
    goes = [(f"gone {who}", day) for who in range(24) for day in (date(2014, 1, 1), date(2014, 2, 1))]
    new = [(f"new {who}", date(2014, 5, 20)) for who in range(10)]
    orders = pl.DataFrame(stays + goes + new, schema=["customer", "ordered_on"], orient="row")
    figure = kpis.churn(orders, MAY)
    assert (figure.numerator, figure.denominator, figure.value) == (24, 800, 0.03)
    assert figure.rows.height == 24


def test_with_nobody_there_at_the_start_churn_is_not_measurable():
    orders = pl.DataFrame({"customer": ["a"], "ordered_on": [IN_MAY]})
    assert kpis.churn(orders, MAY).value is None


# -- people, plan and money ------------------------------------------------------------------------


def test_three_leavers_of_24_heads_are_an_eighth():
    people = pl.DataFrame(
        {
            "hired_on": [date(2010, 1, 1)] * 24 + [date(2014, 5, 16)] * 3,
            "left_on": [date(2014, 5, 15)] * 3 + [None] * 24,
        }
    )
    figure = kpis.team_turnover(people, MAY)
    assert (figure.numerator, figure.denominator, figure.value) == (3, 24, 0.125)
    assert figure.beside["annualised"] == 1.5


def test_heads_are_averaged_month_by_month_when_hiring_moves():
    """Ten until the 30th of November, forty in December: 12.5 + ..., not (10 + 40) / 2."""
    people = pl.DataFrame(
        {"hired_on": [date(2010, 1, 1)] * 10 + [date(2014, 12, 1)] * 30, "left_on": [None] * 40},
        schema_overrides={"left_on": pl.Date},
    )
    assert kpis.team_turnover(people, Span.read("2014", date(2015, 1, 1))).denominator == 11.25


def test_errors_are_taken_series_by_series():
    pairs = pl.DataFrame(
        {
            "series": ["a", "b", "c"],
            "period": [date(2014, 5, 1)] * 3,
            "forecast": [100.0, 50.0, 0.0],
            "actual": [80.0, 70.0, 10.0],
        }
    )
    figure = kpis.forecast_accuracy(pairs, MAY)
    assert figure.value == pytest.approx(1 - 0.3125)
    assert figure.beside["bias"] == pytest.approx(-0.0625)
    assert figure.beside["error_in_total"] == pytest.approx(0.0625)


def test_forecast_accuracy_is_that_of_the_published_case():
    case = oracle("forecast_metrics")[0]
    given_, expected = case["inputs"], case["expected"]
    pairs = pl.DataFrame(
        {
            "series": [str(at) for at in range(6)],
            "period": [date(2014, 5, 1)] * 6,
            "forecast": given_["forecast"],
            "actual": given_["actual"],
        }
    )
    figure = kpis.forecast_accuracy(pairs, MAY)
    assert figure.value == pytest.approx(expected["forecast_accuracy_1_minus_wape"], abs=1e-6)
    assert figure.beside["wape"] == pytest.approx(expected["wape"], abs=1e-6)
    assert figure.beside["bias"] == pytest.approx(expected["bias_pct"], abs=1e-6)


def test_a_forecast_worse_than_silence_is_below_zero():
    pairs = pl.DataFrame(
        {"series": ["a"], "period": [date(2014, 5, 1)], "forecast": [30.0], "actual": [10.0]}
    )
    assert kpis.forecast_accuracy(pairs, MAY).value == -1


def test_a_month_without_demand_has_no_accuracy():
    pairs = pl.DataFrame({"series": ["a"], "period": [date(2014, 5, 1)], "forecast": [3.0], "actual": [0.0]})
    figure = kpis.forecast_accuracy(pairs, MAY)
    assert (figure.value, figure.why_not) == (None, WhyNot.ZERO)


def test_a_quarters_quota_is_shared_over_its_months_without_loss():
    quotas = frame("holder start end amount\nrolf 2014-04-01 2014-06-30 91000")
    sold = frame("holder period amount\nrolf 2014-05-01 31000\nanna 2014-05-01 5000")
    months = [kpis.attainment(sold, quotas, Span.read(f"2014-0{at}", date(2014, 7, 31))) for at in (4, 5, 6)]
    assert months[1].value == 1
    assert sum(month.denominator or 0 for month in months) == pytest.approx(91_000)


# -- periods ---------------------------------------------------------------------------------------


def test_a_trend_is_the_twelve_months_to_the_end():
    trend = Span.read("2014-Q2", date(2014, 7, 1)).trend()
    assert [trend[0].label, trend[-1].label, len(trend)] == ["2013-07", "2014-06", 12]


def test_the_quarter_before_is_a_quarter():
    assert Span.read("2014-Q1", date(2014, 7, 1)).back(1).label == "2013-Q4"


@pytest.mark.parametrize("text", ["", "May", "2014-13", "2014-Q5", "0014"])
def test_what_is_no_period_is_refused(text):
    with pytest.raises(Impossible):
        Span.read(text, date(2014, 7, 1))
