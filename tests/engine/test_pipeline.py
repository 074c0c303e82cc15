"""The pipeline engine: chances that follow the record, and stay modest where there is little of it."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine.errors import BadTable, Impossible
from einklang.engine.pipeline import base_rates, outlook, weighted
from tests.engine.pipelines import AS_OF, ODDS, book, company

EMPTY = pl.DataFrame(
    schema={
        "deal": pl.String,
        "created_on": pl.Date,
        "closed_on": pl.Date,
        "outcome": pl.String,
        "amount": pl.Float64,
    }
)


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


def test_without_a_decided_deal_the_stated_odds_are_the_chances_and_it_says_so():
    deals, visits = book(0, 0)
    found = outlook(deals, visits, ODDS, AS_OF)
    assert found.deals["chance"].to_list() == [pytest.approx(0.6)]
    assert found.deals["basis"].to_list() == ["stated odds"]
    assert found.known.sentence == "No deal is decided yet: there is nothing but the stated odds."


def test_without_odds_and_decided_deals_chances_are_even_and_it_says_so():
    deals, visits = book(0, 0)
    found = outlook(deals, visits, None, AS_OF)
    assert found.deals["chance"].to_list() == [pytest.approx(0.5)]
    assert "even chances" in found.known.sentence


def test_twelve_decided_deals_are_too_few_for_chances_of_their_own():
    deals, visits = book(7, 5)
    found = outlook(deals, visits, ODDS, AS_OF)
    assert set(found.deals["basis"]) == {"stated odds"}
    assert "7 of 12 decided deals were won: too few" in found.known.sentence


def test_an_outlook_with_a_record_rests_on_it():
    found = outlook(*company(), ODDS, AS_OF)
    assert found.known.basis == "history"
    assert found.known.replays > 10


def test_with_hardly_a_won_deal_one_closes_about_the_day_its_seller_expects():
    deals, visits = book(0, 0)
    deals = deals.with_columns(expected_on=AS_OF + timedelta(days=100))
    likely = outlook(deals, visits, ODDS, AS_OF).deals["likely_on"][0]
    assert abs((likely - AS_OF).days - 100) <= 7


def test_no_deals_bring_nothing_and_are_no_fault():
    found = outlook(EMPTY, None, None, AS_OF)
    assert found.deals.is_empty()
    assert found.months["mean"].to_list() == [0.0] * 12
    assert found.months["period"].to_list()[:2] == [date(2014, 7, 1), date(2014, 8, 1)]


def test_one_open_deal_has_an_outlook():
    deals, _visits = book(0, 0)
    row = outlook(deals, None, None, AS_OF).deals.row(0, named=True)
    assert (row["deal"], row["stage"], row["value"]) == ("0", "", 1000.0)


def test_deals_without_stages_are_judged_by_their_age_alone():
    """All were won or lost on their 40th day: one of 30 days is about to be, one of 200 is beyond any."""
    found = [outlook(book(60, 60, since=days)[0], None, None, AS_OF).deals for days in (30, 200)]
    assert [table["comparable"][0] for table in found] == [120, 0]
    assert found[0]["chance"][0] > found[1]["chance"][0]


def test_won_deals_say_when_the_open_one_closes():
    """Comparable deals were won 20 days after coming into ``close``; this one has been there for 10."""
    likely = outlook(*book(90, 30), ODDS, AS_OF).deals["likely_on"][0]
    assert AS_OF + timedelta(days=5) <= likely <= AS_OF + timedelta(days=15)


def test_a_later_stage_is_likelier_to_be_won_where_the_record_says_so():
    chances = outlook(*company(), None, AS_OF).deals.group_by("stage").agg(pl.col("chance").mean())
    by_stage = dict(chances.iter_rows())
    assert by_stage["close"] > by_stage["present"]


def test_chances_come_near_those_the_deals_were_made_with():
    """In ``close`` a deal is won with .03 and lost with .01 a day: three of four are won."""
    deals = outlook(*company(1500), None, AS_OF).deals
    assert deals.filter(stage="close")["chance"].mean() == pytest.approx(0.75, abs=0.05)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 300), st.booleans(), st.booleans())
def test_won_lost_and_open_are_chances_and_make_one(won, lost, since, staged, stated):
    deals, visits = book(won, lost, since=since)
    rows = outlook(deals, visits if staged else None, ODDS if stated else None, AS_OF, horizon=3).deals
    for name in ("won", "lost", "open", "chance", "lo-80", "hi-80"):
        assert rows[name].is_between(0, 1).all()
    assert (rows["won"] + rows["lost"] + rows["open"]).to_list() == pytest.approx([1.0] * rows.height)
    assert (rows["lo-80"] <= rows["hi-80"]).all()


def test_the_drawn_courses_agree_with_the_exact_mean():
    found = outlook(*company(), None, AS_OF)
    assert found.drawn.total.mean(axis=0) == pytest.approx(found.months["mean"].to_numpy(), rel=0.06)


def test_open_deals_and_new_ones_make_the_month():
    months = outlook(*company(), None, AS_OF).months
    assert (months["open"] + months["inflow"]).to_list() == pytest.approx(months["mean"].to_list())
    assert months["open"][0] > months["inflow"][0]
    assert months["open"][11] < months["inflow"][11]


def test_the_wider_range_holds_the_narrower_one():
    months = outlook(*company(), None, AS_OF).months
    assert (months["lo-90"] <= months["lo-80"]).all()
    assert (months["hi-80"] <= months["hi-90"]).all()


def test_the_same_seed_gives_the_same_range_and_another_one_another():
    deals, visits = company(200)
    first, again, other = (outlook(deals, visits, None, AS_OF, seed=seed).months for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)
    assert first["mean"].equals(other["mean"])


def test_the_order_of_the_deals_makes_no_difference():
    deals, visits = company(300)
    lines = deals.select("deal", pl.lit("P-20").alias("item"), pl.int_range(pl.len()).alias("quantity"))
    straight = outlook(deals, visits, None, AS_OF, lines=lines)
    mixed = outlook(
        *(one.sample(fraction=1, shuffle=True, seed=3) for one in (deals, visits)), None, AS_OF, lines=lines
    )
    assert mixed.deals.equals(straight.deals)
    assert mixed.months.equals(straight.months)
    assert mixed.items.equals(straight.items)


def test_each_deals_items_go_by_its_own_chance():
    """Two open deals of very different stages ask for one item each; deals come in no order."""
    deals, visits = company(300)
    deals = deals.sample(fraction=1, shuffle=True, seed=5)
    lines = deals.select("deal", pl.col("deal").alias("item"), pl.lit(1.0).alias("quantity"))
    found = outlook(deals, visits, None, AS_OF, lines=lines)
    months = found.months["factor"].to_list()
    by_item = dict(found.items.group_by("item").agg(pl.col("mean").sum()).iter_rows())
    for deal, won in found.deals.select("deal", "won").iter_rows():
        assert won * min(months) - 1e-9 <= by_item[deal] <= won * max(months) + 1e-9


def test_what_happened_after_the_day_changes_nothing():
    """Looked at from half a year before, the later closing days and stages make no difference."""
    deals, visits = company()
    then = AS_OF - timedelta(days=180)
    known = deals.filter(pl.col("created_on") <= then).with_columns(
        closed_on=pl.when(pl.col("closed_on") <= then).then("closed_on"),
        outcome=pl.when(pl.col("closed_on") <= then).then("outcome").otherwise(pl.lit("open")),
    )
    seen = visits.filter(pl.col("deal").is_in(known["deal"].to_list()), pl.col("entered_on") <= then)
    assert outlook(deals, visits, None, then).months.equals(outlook(known, seen, None, then).months)


def test_a_deal_without_an_amount_is_worth_what_won_ones_of_its_product_were():
    deals, visits = book(40, 40)
    amounts = [100.0, 9000.0] * 40 + [None]
    deals = deals.with_columns(
        amount=pl.Series(amounts), product=pl.Series(["small", "large"] * 40 + ["large"])
    )
    row = outlook(deals, visits, ODDS, AS_OF).deals.row(0, named=True)
    assert row["value"] == pytest.approx(9000, rel=0.05)


def test_amounts_are_taken_down_as_far_as_closing_took_them_down():
    """Won deals closed at 80 % of what was stated."""
    deals, visits = book(40, 40)
    deals = deals.with_columns(stated=pl.lit(1000.0), amount=pl.lit(800.0))
    assert outlook(deals, visits, ODDS, AS_OF).deals["value"][0] == pytest.approx(800, rel=0.01)


def test_a_deal_of_unknown_value_has_a_chance_but_brings_no_guess():
    deals, visits = book(0, 0)
    row = outlook(deals.with_columns(amount=pl.lit(None, pl.Float64)), visits, ODDS, AS_OF).deals.row(
        0, named=True
    )
    assert (row["value"], row["expected"]) == (None, None)
    assert row["chance"] == pytest.approx(0.6)


def test_a_stage_without_odds_is_named():
    deals, visits = book(3, 3)
    with pytest.raises(Impossible, match="'close'"):
        outlook(deals, visits, ODDS.head(1), AS_OF)


def test_an_open_deal_without_a_stage_is_named():
    deals, visits = book(3, 3)
    with pytest.raises(BadTable, match="row 7, deal: got 6, open without a stage"):
        outlook(deals, visits.filter(pl.col("deal") != "6"), ODDS, AS_OF)


def test_a_feature_that_tells_deals_apart_sets_chances_right():
    """Two of three won deals are of the segment ``key``, one of three lost ones, and every other open one."""
    deals, visits = company(1500)
    third, half = pl.int_range(pl.len()) % 3 == 0, pl.int_range(pl.len()) % 2 == 0
    key = (
        pl.when(pl.col("outcome") == "won")
        .then(~third)
        .when(pl.col("outcome") == "lost")
        .then(third)
        .otherwise(half)
    )
    deals = deals.with_columns(segment=pl.when(key).then(pl.lit("key")).otherwise(pl.lit("other")))
    found = outlook(deals, visits, None, AS_OF, features=("segment",))
    chances = dict(found.deals.group_by("segment").agg(pl.col("won").mean()).iter_rows())
    assert found.known.calibrated
    assert chances["key"] > 1.1 * chances["other"]


def test_a_feature_that_gives_the_outcome_away_is_refused():
    deals, visits = company()
    deals = deals.with_columns(
        segment=pl.when(pl.col("outcome") == "won")
        .then(pl.lit("key"))
        .when(pl.col("outcome") == "lost")
        .then(pl.lit("other"))
        .otherwise(pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("key")).otherwise(pl.lit("other")))
    )
    with pytest.raises(Impossible, match="segment alone tells won from lost"):
        outlook(deals, visits, None, AS_OF, features=("segment",))


def test_a_feature_that_is_not_there_is_named():
    with pytest.raises(Impossible, match="'mood'"):
        outlook(*book(3, 3), ODDS, AS_OF, features=("mood",))
