"""How good the outlook is, measured on published deals, and that the measure itself is fair."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from einklang.engine.errors import Impossible
from einklang.engine.periods import month_end, month_range
from einklang.engine.pipeline import backtest
from einklang.engine.pipeline.measures import brier_skill, calibration_error, crps
from tests.engine.maven import maven
from tests.engine.pipelines import AS_OF, book, company


@pytest.fixture(scope="module")
def of_maven() -> pl.DataFrame:
    """Six month ends looked from, 30 and 60 days ahead."""
    deals = maven()
    days = [month_end(month) for month in month_range(date(2017, 5, 1), 6)]
    last = date(2017, 12, 31)
    return pl.concat(
        backtest(deals, None, None, until=last, since=day, every=(last - day).days).table for day in days
    ).filter(pl.col("as_of").is_in(days))


def error(table: pl.DataFrame, days: int, name: str = "mean") -> float:
    some = table.filter(pl.col("days") == days)
    return float((some[name] / some["actual"] - 1).abs().mean())


def test_bookings_of_60_days_err_by_less_than_15_percent(of_maven):
    assert error(of_maven, 60) < 0.15


def test_the_outlook_errs_less_than_the_roll_up_and_the_last_period(of_maven):
    for days in (30, 60):
        assert error(of_maven, days) < error(of_maven, days, "last_period")
        assert error(of_maven, days) < 0.3 * error(of_maven, days, "roll_up")


def test_ranges_of_90_percent_hold_what_came_in_at_least_four_of_five_cases(of_maven):
    assert of_maven["covered-90"].mean() >= 0.8


def test_chances_by_age_are_better_than_one_chance_for_all(of_maven):
    assert of_maven["brier_skill"].mean() > 0.05


def test_amounts_that_know_the_outcome_are_not_used_for_deals_that_were_open():
    """Lost deals are set to nothing: without ``stated`` the value of what was open comes from won deals."""
    deals = maven().drop("stated")
    day = date(2017, 9, 30)
    row = backtest(deals, None, None, until=date(2017, 12, 31), since=day, horizons=(60,)).table.row(
        0, named=True
    )
    rolled = maven().filter(
        pl.col("created_on") <= day, pl.col("closed_on").is_null() | (pl.col("closed_on") > day)
    )
    assert row["roll_up"] == pytest.approx(0.64 * rolled["stated"].sum(), rel=0.05)
    assert abs(row["mean"] / row["actual"] - 1) < 0.2


def test_a_backtest_knows_only_what_was_known():
    """Deals closed after the day looked from may have closed otherwise: what is said stays the same."""
    deals, visits = company(400)
    day = AS_OF - timedelta(days=60)
    other = deals.with_columns(
        outcome=pl.when(pl.col("closed_on") > day).then(pl.lit("lost")).otherwise("outcome")
    )
    rows = [
        backtest(some, visits, None, until=AS_OF, since=day).table.row(0, named=True)
        for some in (deals, other)
    ]
    assert rows[0]["mean"] == rows[1]["mean"]
    assert rows[0]["actual"] > rows[1]["actual"] == 0


def test_what_came_is_the_money_won_in_the_days_ahead():
    deals, visits = company(400)
    day = AS_OF - timedelta(days=60)
    row = backtest(deals, visits, None, until=AS_OF, since=day, horizons=(60,)).table.row(0, named=True)
    won = deals.filter(pl.col("outcome") == "won", pl.col("closed_on") > day, pl.col("closed_on") <= AS_OF)
    assert row["actual"] == pytest.approx(won["amount"].sum())


def test_with_too_few_decided_deals_there_is_nothing_to_look_back_at():
    tested = backtest(*book(3, 3), None, until=AS_OF)
    assert tested.table.is_empty()
    assert tested.summary.is_empty()


def test_a_backtest_of_no_days_is_refused():
    with pytest.raises(Impossible, match="at least one day"):
        backtest(*book(3, 3), None, until=AS_OF, horizons=(0,))


def test_ranges_cover_what_comes_for_companies_of_many_kinds():
    """Five invented companies, each looked at from nine days."""
    tables = [
        backtest(
            *company(400, seed=seed), None, until=AS_OF, since=AS_OF - timedelta(days=270), every=30
        ).table
        for seed in range(5)
    ]
    assert 0.85 <= pl.concat(tables)["covered-90"].mean() <= 0.99


def test_perfect_chances_have_all_the_skill_and_no_calibration_error():
    came = np.array([0.0, 1.0, 1.0, 0.0])
    assert brier_skill(came, came, np.full(4, 0.5)) == 1
    assert calibration_error(came, came) == 0


def test_drawn_courses_that_all_hit_have_no_crps():
    assert crps(np.full(50, 7.0), 7.0) == 0
