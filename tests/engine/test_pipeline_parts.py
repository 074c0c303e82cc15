"""The parts of the pipeline engine by hand: chains of chances, the calendar, inflow, values, shock."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.pipeline.book import MOVED, STILL, WON, book_of, day_number
from einklang.engine.pipeline.calendar import place_effects
from einklang.engine.pipeline.chain import courses
from einklang.engine.pipeline.frames import checked, checked_odds, checked_visits
from einklang.engine.pipeline.hazards import BINS, Hazards, Tally, count, hazards, shrunk
from einklang.engine.pipeline.inflow import inflow
from einklang.engine.pipeline.shock import Shock
from einklang.engine.pipeline.values import values
from tests.engine.pipelines import AS_OF, company

TODAY = day_number(AS_OF)


def constant(won: list[float], lost: list[float], moved: list[float]) -> Hazards:
    """Chances of a day that do not depend on age; who moves goes to the next stage."""
    stages = len(won)
    wide = [np.repeat(np.array(rates)[:, None], BINS, axis=1) for rates in (won, lost, moved)]
    begins = np.eye(stages)[0]
    return Hazards(*wide, np.eye(stages, k=1), begins, np.ones((2, 12)))


def whole(deals: pl.DataFrame, visits: pl.DataFrame | None = None):
    way = checked_visits(visits)
    return book_of(checked(deals, way), way, checked_odds(None))


def test_one_stage_with_constant_chances_is_a_geometric_series():
    """Won with .1 and lost with .1 a day: after n days .5 * (1 - .8 ** n) are won."""
    found = courses(constant([0.1], [0.1], [0.0]), TODAY, np.array([5, 10]))
    five, ten = (0.5 * (1 - 0.8**days) for days in (5, 10))
    assert found.won[0, 0] == pytest.approx([five, ten - five])
    assert found.lost[0, 0] == pytest.approx(ten)
    assert found.won[0, 0].sum() + found.later[0, 0] == pytest.approx(0.5)


def test_a_deal_that_moves_today_can_be_won_in_the_next_stage_tomorrow():
    """It moves for sure and is then won for sure: on the second day."""
    found = courses(constant([0.0, 1.0], [0.0, 0.0], [1.0, 0.0]), TODAY, np.array([1, 2]))
    assert found.won[0, 0].tolist() == [0.0, 1.0]


def test_a_deal_made_on_the_last_day_has_that_day():
    found = courses(constant([0.25], [0.0], [0.0]), TODAY, np.array([10]))
    assert found.new[-1, 0] == pytest.approx(0.25)
    assert found.new[0, 0] == pytest.approx(1 - 0.75**10)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.floats(0, 0.33)] * 3), min_size=1, max_size=4), st.integers(1, 90))
def test_won_lost_and_open_make_one_at_every_age(rates, days):
    chances = constant(*(list(column) for column in zip(*rates, strict=True)))
    chances.moved[-1] = 0.0  # the last stage leads nowhere
    found = courses(chances, TODAY, np.array([days]), beyond=0)
    assert (found.won.sum(axis=2) + found.lost <= 1 + 1e-9).all()
    assert (found.won >= 0).all()


def test_a_way_through_the_stages_is_cut_into_stays():
    """In ``a`` from the 1st, in ``b`` from the 5th, won on the 9th: 5 days of chance in ``a``, 4 in ``b``."""
    deals = pl.DataFrame(
        {"deal": ["D"], "created_on": [date(2014, 5, 1)], "closed_on": [date(2014, 5, 9)], "outcome": ["won"]}
    ).with_columns(amount=pl.lit(1.0))
    visits = pl.DataFrame(
        {"deal": ["D", "D"], "stage": ["a", "b"], "entered_on": [date(2014, 5, 1), date(2014, 5, 5)]}
    )
    spells = whole(deals, visits).spells
    assert (spells.last - spells.first + 1).tolist() == [5, 4]
    assert spells.age.tolist() == [0, 1]
    assert spells.end.tolist() == [MOVED, WON]


def test_a_day_looked_back_to_knows_an_open_stay_only_up_to_it():
    deals, visits = company(50)
    spells = whole(deals, visits).spells
    early = count(spells, 2, TODAY - 400, TODAY - 200)
    late = count(spells, 2, TODAY - 199, TODAY)
    both = count(spells, 2, TODAY - 400, TODAY)
    assert early.risk + late.risk == pytest.approx(both.risk)
    assert early.events + late.events == pytest.approx(both.events)
    assert (spells.end[spells.last > TODAY] == STILL).all()


def test_chances_of_a_day_come_near_those_the_deals_were_made_with():
    deals, visits = company(3000)
    found = hazards(Tally(whole(deals, visits)), TODAY)
    close = found.won[1, 1:6]  # ages at which many deals are
    assert close == pytest.approx([0.03] * 5, rel=0.35)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5000)), min_size=2, max_size=18))
def test_a_shrunk_chance_lies_between_nothing_and_all_that_was_seen(cells):
    events = np.array([[float(min(pair)) for pair in cells]])
    risk = np.array([[float(pair[1]) for pair in cells]])
    rates = shrunk(events, risk)
    assert (rates > 0).all()
    assert (rates < 1).all()


def test_a_pattern_of_the_quarter_is_found_and_chance_is_not_taken_for_one():
    place = np.arange(24) % 3
    steady = np.random.default_rng(3).poisson(100, 24).astype(float)
    patterned = steady * np.array([0.7, 0.9, 1.4])[place]
    expected = np.full(24, 100.0)
    assert np.exp(place_effects(patterned, expected, place, 3)) == pytest.approx([0.7, 0.9, 1.4], rel=0.1)
    assert np.exp(place_effects(steady, expected, place, 3)) == pytest.approx([1, 1, 1], abs=0.05)


def test_a_pattern_seen_once_is_none():
    assert place_effects(np.array([50.0, 100, 150]), np.full(3, 100.0), np.arange(3), 3).tolist() == [0, 0, 0]


def test_as_many_deals_come_as_came():
    """One deal a day for 300 days."""
    days = [AS_OF - timedelta(days=back) for back in range(300)]
    deals = pl.DataFrame({"deal": [str(at) for at in range(300)], "created_on": days}).with_columns(
        closed_on=pl.lit(None, pl.Date), outcome=pl.lit("open"), amount=pl.lit(5.0)
    )
    book = whole(deals)
    coming = inflow(book, values(book, TODAY), TODAY, 60)
    assert coming.daily == pytest.approx([1.0] * 60, rel=0.03)
    assert (coming.mean, coming.square) == (5.0, 25.0)


def test_an_import_of_many_deals_on_one_day_is_no_rate_a_day():
    deals = pl.DataFrame({"deal": [str(at) for at in range(300)]}).with_columns(
        created_on=pl.lit(AS_OF), closed_on=pl.lit(None, pl.Date), outcome=pl.lit("open"), amount=pl.lit(5.0)
    )
    book = whole(deals)
    assert inflow(book, values(book, TODAY), TODAY, 30).daily.sum() == pytest.approx(300)


def test_the_shared_shock_is_one_on_average_and_as_wide_as_measured():
    shared = Shock(stretch=4.0, periods=20.0)
    factors = shared.drawn(20_000, 2, np.random.default_rng(1))
    assert factors.mean(axis=0) == pytest.approx([1, 1])
    assert np.log(factors).std(axis=0) == pytest.approx([shared.deviation] * 2, rel=0.05)
    assert np.corrcoef(np.log(factors).T)[0, 1] == pytest.approx(0.3, abs=0.05)


def test_the_record_and_the_deals_meet_in_the_middle_where_nothing_else_is_known():
    assert Shock().factors(np.array([100.0]), np.array([121.0])) == pytest.approx([1.1])


def test_without_a_record_the_deals_stand():
    assert Shock().factors(np.array([100.0]), np.array([np.nan])).tolist() == [1.0]
