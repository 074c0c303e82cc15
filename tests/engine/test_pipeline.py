"""The pipeline engine: chances that follow the record, and stay modest where there is little of it."""

from datetime import date, timedelta

import polars as pl
import pytest

from einklang.engine.errors import Impossible
from einklang.engine.pipeline import base_rates, outlook, weighted

AS_OF = date(2014, 6, 30)
ODDS = pl.DataFrame({"stage": ["present", "close"], "odds": [0.2, 0.6]})


def book(won: int, lost: int, *, days: int = 40) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Decided deals, 20 days in ``present`` and the rest in ``close``; and one that is open in ``close``."""
    start = date(2013, 1, 1)
    outcomes = ["won"] * won + ["lost"] * lost + ["open"]
    starts = [start + timedelta(days=at % 300) for at in range(won + lost)] + [AS_OF - timedelta(days=30)]
    closed = [day + timedelta(days=days) for day in starts[:-1]] + [None]
    names = [str(at) for at in range(len(outcomes))]
    deals = pl.DataFrame(
        {"deal": names, "created_on": starts, "closed_on": closed, "outcome": outcomes, "amount": 1000.0},
        schema_overrides={"closed_on": pl.Date},
    )
    visits = pl.concat(
        pl.DataFrame(
            {"deal": names, "stage": stage, "entered_on": [day + timedelta(days=late) for day in starts]}
        )
        for stage, late in (("present", 0), ("close", 20))
    )
    return deals, visits


def test_the_plain_roll_up_is_amount_times_odds():
    deals = pl.DataFrame(
        {"stage": ["close", "close"], "amount": [1000.0, 500.0], "expected_on": [AS_OF, AS_OF]}
    )
    assert weighted(deals, ODDS).row(0) == (date(2014, 6, 1), 2, 1500.0, 900.0)


def test_without_a_record_a_stage_keeps_the_odds_it_was_given():
    deals, visits = book(0, 0)
    assert base_rates(deals, visits, ODDS, AS_OF)["chance"].to_list() == [0.2, 0.6]


def test_three_lucky_deals_do_not_make_a_certainty():
    deals, visits = book(3, 0)
    chance, low, high = base_rates(deals, visits, ODDS, AS_OF).row(1)[3:6]
    assert chance == pytest.approx((3 + 10 * 0.6) / 13)
    assert low < chance < high < 1


def test_a_long_record_outweighs_the_stated_odds():
    deals, visits = book(100, 900)
    rate = base_rates(deals, visits, ODDS, AS_OF).filter(pl.col("stage") == "close").row(0, named=True)
    assert rate["chance"] == pytest.approx(0.1, abs=0.01)
    assert rate["hi-80"] - rate["lo-80"] < 0.03


def test_what_was_decided_later_is_not_known_yet():
    deals, visits = book(50, 50)
    assert base_rates(deals, visits, ODDS, date(2012, 12, 31))["decided"].to_list() == [0, 0]


def test_a_deal_older_than_any_comparable_one_falls_back_to_its_stage():
    deals, visits = book(30, 30)
    row = outlook(deals, visits, ODDS, AS_OF + timedelta(days=90)).deals.row(0, named=True)
    assert row["comparable"] == 0
    assert row["chance"] == pytest.approx(
        base_rates(deals, visits, ODDS, AS_OF + timedelta(days=90))["chance"][1]
    )


def test_won_deals_say_when_the_open_one_closes():
    """Comparable deals were won 20 days after coming into ``close``; this one has been there for 10."""
    deals, visits = book(30, 10)
    found = outlook(deals, visits, ODDS, AS_OF)
    row = found.deals.row(0, named=True)
    assert row["likely_on"] == AS_OF + timedelta(days=10)
    july = found.months.filter(pl.col("period") == date(2014, 7, 1)).row(0, named=True)
    assert july["mean"] == pytest.approx(row["chance"] * 1000)
    assert (july["lo-80"], july["hi-80"]) == (0, 1000)


def test_the_same_seed_gives_the_same_range():
    deals, visits = book(30, 10)
    assert outlook(deals, visits, ODDS, AS_OF).months.equals(outlook(deals, visits, ODDS, AS_OF).months)


def test_a_stage_without_odds_is_named():
    deals, visits = book(3, 3)
    with pytest.raises(Impossible, match="'close'"):
        outlook(deals, visits, ODDS.head(1), AS_OF)
