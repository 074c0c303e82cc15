"""Exceptions are worked, policies are set by hand, stock is looked at: by those who may."""

from datetime import date

import pytest

from einklang.kernel.errors import NotAllowed, Refused
from einklang.kernel.models import JournalEntry
from einklang.supply import actions, queries


@pytest.fixture
def run(too_much, paul):
    return actions.plan_supply(too_much, by=paul)


def test_what_is_lost_is_said_first_with_item_and_months(run):
    first = queries.exceptions(run).first()
    assert first.kind == "lost"
    assert queries.exception_sentence(first).endswith("add hours, or agree less.")


def test_an_exception_is_handled_once_and_with_words(run, paul):
    one = queries.exceptions(run).first()
    with pytest.raises(Refused, match="how it was handled"):
        actions.handle(one, "  ", by=paul)
    actions.handle(one, "A second shift from July.", by=paul)
    with pytest.raises(Refused, match="already"):
        actions.handle(one, "Again.", by=paul)
    assert queries.exceptions(run, state="handled").get() == one
    assert (
        JournalEntry.objects.get(event="supply.exception_handled").facts["reason"]
        == "A second shift from July."
    )


def test_only_planners_work_exceptions(run, rolf):
    with pytest.raises(NotAllowed):
        actions.handle(queries.exceptions(run).first(), "Done.", by=rolf)


def test_a_policy_is_computed_for_all_that_is_sold(run):
    assert set(queries.standing_frame()["item"]) == {"P1", "P2"}
    assert queries.policy_of("P2").safety_stock > 0


def test_a_stock_set_by_hand_holds_in_the_next_plan_until_it_is_let_go(run, too_much, paul):
    computed = queries.policy_of("P1").safety_stock
    actions.set_policy("P1", 333, "The customer fines us.", by=paul)
    again = actions.plan_supply(too_much, by=paul)
    assert again != run
    assert queries.policy_of("P1").safety_stock == 333
    actions.release_policy("P1", by=paul)
    actions.plan_supply(too_much, by=paul)
    assert queries.policy_of("P1").safety_stock == computed
    assert [one.origin for one in queries.history("P1")] == ["computed", "computed", "hand", "computed"]


def test_stock_says_how_long_it_lasts_and_how_old_it_is(run):
    rows = {row["item"]: row for row in queries.stock_health(date(2014, 5, 31)).iter_rows(named=True)}
    assert rows["P1"]["quantity"] == 40
    assert rows["P1"]["days"] == pytest.approx(40 / 200 * 30.4375)
    assert rows["P1"]["oldest_days"] == 506
    assert rows["P1"]["old_quantity"] == 40
    assert rows["P1"]["value_cents"] == 40 * 50_00


def test_a_rep_sees_stock_but_not_what_it_cost(run, rolf):
    lines = queries.health(date(2014, 5, 31), seen_by=rolf)
    assert lines
    assert {line.value_cents for line in lines} == {None}
