"""The risk that customers stay away: learned from earlier days, measured on later ones, told with reasons."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einklang.engine import scores
from einklang.engine.customers import (
    churn,
    contract_risk,
    held_back,
    lifetime_value,
    lost_to_silence,
    lost_to_stockouts,
    risk,
    sentence,
    summarised,
)
from einklang.engine.customers.facts import known_on, stayed_away
from einklang.engine.customers.frames import checked
from einklang.engine.errors import BadTable, Impossible
from einklang.engine.logistic import fit
from tests.engine.customer_tables import START, bought
from tests.shared import shared

TODAY = START + timedelta(days=719)


@pytest.fixture(scope="module")
def found():
    return risk(bought(), TODAY)


def test_what_is_kept_ranks_better_than_the_own_rhythm_alone(found):
    assert found.dates >= 2
    assert found.measured[found.way].log_loss <= found.measured["rhythm"].log_loss
    assert found.measured[found.way].auc > 0.6


def test_every_customer_has_a_risk_between_0_and_1(found):
    assert found.table["risk"].null_count() == 0
    assert found.table["risk"].is_between(0, 1).all()
    assert found.table.height == bought()["customer"].n_unique()


def test_every_customer_has_a_first_reason_with_its_numbers(found):
    first = found.reasons.filter(pl.col("rank") == 1)
    assert first.height == found.table.height
    assert first.select("now", "usual", "effect").null_count().row(0) == (0, 0, 0)


def test_reasons_stand_in_the_order_of_their_effect(found):
    ranks = found.reasons.filter(pl.col("effect") > 0).group_by("customer").agg(pl.col("effect"))
    assert all(row == sorted(row, reverse=True) for row in ranks["effect"].to_list())


def test_what_happens_later_changes_nothing_of_what_was_known_before():
    orders = checked(bought())
    half = START + timedelta(days=360)
    before = orders.filter(pl.col("day") <= half)
    assert known_on(orders, half, 60).equals(known_on(before, half, 60))


def test_who_orders_in_the_window_did_not_stay_away():
    orders = checked(
        pl.DataFrame(
            {
                "customer": ["a", "b", "a", "b"],
                "day": [date(2024, 1, 1), date(2024, 1, 1), date(2024, 1, 31), date(2024, 2, 1)],
                "amount": [1.0] * 4,
            }
        )
    )
    known = known_on(orders, date(2024, 1, 1), 30)
    assert stayed_away(orders, known, date(2024, 1, 1), 30).tolist() == [0.0, 1.0]


def test_with_too_little_history_the_rule_of_the_rhythm_answers_and_says_so():
    few = bought(customers=4, days=90)
    answer = risk(few, few["day"].max())
    assert answer.way == "rule"
    assert answer.table["risk"].null_count() == answer.table.height
    assert "rule of the own rhythm" in answer.why


def test_an_item_column_makes_breadth_a_fact():
    lines = bought().with_columns(item=pl.Series([f"i{n % 7}" for n in range(bought().height)]))
    assert risk(lines, TODAY).table["risk"].null_count() == 0


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 400), st.floats(-1e9, 1e9)), min_size=1, max_size=60)
)
def test_any_orders_give_an_answer_or_a_sentence(rows):
    table = pl.DataFrame(
        {
            "customer": [f"c{one}" for one, _, _ in rows],
            "day": [START + timedelta(days=day) for _, day, _ in rows],
            "amount": [amount for _, _, amount in rows],
        }
    )
    if not any(amount >= 0 for _, _, amount in rows):
        with pytest.raises(Impossible, match="no orders"):
            risk(table, START + timedelta(days=400))
    else:
        assert risk(table, START + timedelta(days=400)).table["customer"].is_unique().all()


def test_a_reason_is_a_sentence_with_its_numbers():
    said = sentence("silence", 84, 20, 90)
    assert said == "No order for 84 days; between orders 20 days are usual here."


def test_few_customers_have_wide_ranges_and_it_is_said():
    few, many = bought(customers=40), bought(customers=600)
    small = lifetime_value(summarised(few, TODAY), periods=26)
    large = lifetime_value(summarised(many, TODAY), periods=26)
    assert "pattern rests on few" in small.caution
    assert large.caution == ""
    assert (small.high - small.low) / small.total > (large.high - large.low) / large.total


def test_a_customers_range_holds_what_came_about_as_often_as_it_says():
    orders, half = bought(customers=800, seed=3), START + timedelta(days=537)
    said = lifetime_value(summarised(orders, half), periods=26).table
    came = orders.filter(pl.col("day").is_between(half, half + timedelta(days=182), closed="right"))
    sums = said.join(came.group_by("customer").agg(pl.col("amount").sum()), on="customer", how="left")
    inside = pl.col("amount").fill_null(0.0).is_between(pl.col("lo-80") - 1e-9, pl.col("hi-80") + 1e-9)
    assert 0.75 <= sums.select(inside.mean()).item() <= 0.95


def test_the_past_is_asked_with_nothing_that_came_later():
    orders = bought()
    asked = held_back(orders, TODAY, 182)
    assert asked is not None
    assert asked.orders_came == pytest.approx(asked.orders_expected, rel=0.35)
    known = orders.filter(pl.col("day") <= asked.on)["customer"].n_unique()
    later = orders.filter((pl.col("day") > asked.on) & (pl.col("day") <= TODAY))
    assert asked.orders_came <= later.select("customer", "day").unique().height
    assert known <= 300


def test_only_the_quiet_lose_sales_and_never_more_than_their_silence_allows():
    orders = bought()
    summary, quiet = summarised(orders, TODAY), churn(orders, TODAY)
    lost = lost_to_silence(quiet, summary, lifetime_value(summary), periods=13)
    assert set(lost.table["customer"]) == set(quiet.filter("lost")["customer"])
    assert lost.low <= lost.money <= lost.high
    twice = lost_to_silence(quiet, summary, lifetime_value(summary), periods=26)
    assert lost.money <= twice.money <= 2 * lost.money + 1e-6


def test_an_item_without_a_price_loses_units_but_no_money():
    wanted = pl.DataFrame(
        {
            "series": ["a", "a", "b"],
            "period": [date(2024, 1, 1), date(2024, 2, 1), date(2024, 1, 1)],
            "sold": [1.0, 5.0, 2.0],
            "wished": [4.0, 5.0, 6.0],
            "price": [10.0, 10.0, None],
        }
    )
    assert lost_to_stockouts(wanted).rows() == [("a", 1, 3.0, 30.0), ("b", 1, 4.0, None)]


@pytest.mark.shared
def test_contracts_are_told_as_well_as_published():
    """Telco customer churn: published models reach an AUC of about .84."""
    table = pl.read_csv(shared("data/telco_churn/WA_Fn-UseC_-Telco-Customer-Churn.csv"), infer_schema=False)
    answer = contract_risk(table, label="Churn", customer="customerID")
    assert answer.measured.auc > 0.845
    assert answer.measured.ece < 0.02
    assert answer.left_out == ()


def test_a_customer_on_contract_stands_once():
    table = pl.DataFrame({"customer": ["a", "a"], "gone": ["yes", "no"], "age": [1, 2]})
    with pytest.raises(BadTable, match="each customer once"):
        contract_risk(table, label="gone", customer="customer")


def test_a_fact_that_says_nothing_moves_nothing():
    random = np.random.default_rng(1)
    happened = (random.random(2000) < 0.3).astype(float)
    model = fit(np.column_stack([random.random(2000), np.ones(2000)]), happened, penalty=50.0)
    assert np.abs(model.weights).max() < 0.1


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=40))
def test_turning_a_ranking_round_turns_its_auc_round(rows):
    score, happened = np.array([one for one, _ in rows]), np.array([float(two) for _, two in rows])
    there, back = scores.auc(score, happened), scores.auc(-score, happened)
    assert np.isnan(there) or there + back == pytest.approx(1)


def test_a_column_that_knows_who_left_raises_an_alarm():
    left = [number % 4 == 0 for number in range(400)]
    table = pl.DataFrame(
        {
            "customer": [f"c{number}" for number in range(400)],
            "gone": ["yes" if one else "no" for one in left],
            "plan": ["a" if number % 3 else "b" for number in range(400)],
            "final_invoice": [1.0 if one else 0.0 + number % 2 * 0.1 for number, one in enumerate(left)],
        }
    )
    alarms = contract_risk(table, label="gone", customer="customer").alarms
    assert len(alarms) == 1
    assert alarms[0].startswith("final_invoice alone tells who left")


def test_where_nothing_ranks_better_than_chance_no_chance_is_told():
    """Everybody orders with the same chance every day: nobody can be told from another."""
    random = np.random.default_rng(5)
    rows = [
        (f"c{number:03d}", START + timedelta(days=day))
        for number in range(150)
        for day in range(540)
        if random.random() < 1 / 45
    ]
    orders = pl.DataFrame(rows, schema={"customer": pl.String, "day": pl.Date}, orient="row")
    answer = risk(orders, START + timedelta(days=540))
    assert answer.way == "rule"
    assert answer.measured
    assert "better than chance" in answer.why
