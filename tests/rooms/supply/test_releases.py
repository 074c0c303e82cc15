"""Planned orders become orders: once, from the newest plan, and the way back stays."""

from datetime import UTC, datetime

import pytest

from einklang.kernel import clock
from einklang.kernel.errors import NotAllowed, Refused
from einklang.orders import actions as order_actions
from einklang.orders import queries as orders
from einklang.supply import actions, queries
from einklang.supply.models import Release


@pytest.fixture(autouse=True)
def _second_of_june():
    with clock.at(datetime(2014, 6, 2, 8, tzinfo=UTC)):
        yield


@pytest.fixture
def run(consensus, paul):
    return actions.plan_supply(consensus, by=paul)


def first_of(run, by, **where):
    return queries.proposals(run, seen_by=by, state="open", **where)["order"][0]


def test_a_proposal_says_whom_from_or_where_it_is_made(run, paul):
    rows = queries.proposals(run, seen_by=paul)
    bought, made = rows.filter(kind="buy"), rows.filter(kind="make")
    assert set(bought["supplier_name"]) == {"Screws Ltd"}
    assert set(made["centre_name"]) == {"Bench"}
    assert set(made["supplier"]) == {None}
    assert bought["value_cents"][0] == bought["quantity"][0] * 10


def test_who_sees_no_costs_sees_no_prices_of_proposals(run, rolf):
    assert "value_cents" not in queries.proposals(run, seen_by=rolf).columns


def test_released_orders_know_the_plan_they_come_from(run, paul):
    name = first_of(run, paul, kind="buy")
    (told,) = actions.release(run, [name], by=paul)
    assert told.ok
    planned = queries.origins([told.change.pk])[told.change.pk]
    assert (planned.order, planned.run) == (name, run)
    assert {peg.for_item.code for peg in queries.purposes(planned)} <= {"P1", "P2", "M", "S"}
    row = queries.proposals(run, seen_by=paul, state="released").row(0, named=True)
    assert (row["order"], row["reference"]) == (name, told.reference)


def test_nothing_is_released_twice(run, paul):
    name = first_of(run, paul, kind="buy")
    (told,) = actions.release(run, [name], by=paul)
    with pytest.raises(Refused, match=f"released already, with {told.reference}"):
        actions.release(run, [name], by=paul)
    assert Release.objects.count() == 1


def test_each_of_many_is_answered(run, paul):
    make = first_of(run, paul, kind="make")
    told = actions.release(run, [make, "nothing"], by=paul)
    assert [one.ok for one in told] == [True, False]
    assert told[1].sentence == "This plan has no order nothing."


def test_what_was_taken_back_can_be_released_again(run, paul):
    name = first_of(run, paul, kind="make")
    (told,) = actions.release(run, [name], by=paul)
    order_actions.undo(told.change.decision, by=paul)
    assert queries.proposals(run, seen_by=paul, state="released").is_empty()
    (again,) = actions.release(run, [name], by=paul)
    assert again.ok
    assert again.reference != told.reference


def test_a_cancelled_order_frees_its_proposal(run, paul):
    name = first_of(run, paul, kind="buy")
    (told,) = actions.release(run, [name], by=paul)
    order_actions.cancel_supply(orders.supply_order(told.reference, "S"), "Wrong supplier.", by=paul)
    assert queries.proposals(run, seen_by=paul, state="released").is_empty()


def test_an_older_plan_releases_nothing(run, consensus, paul):
    name = first_of(run, paul)
    actions.release(run, [name], by=paul)
    newer = actions.plan_supply(consensus, by=paul)
    assert newer.pk != run.pk
    with pytest.raises(Refused, match="There is a newer plan"):
        actions.release(run, [first_of(run, paul)], by=paul)


def test_the_next_plan_counts_what_was_released_and_does_not_order_it_again(run, consensus, paul):
    def ordered(of):
        return queries.proposals(of, seen_by=paul, kind="buy")["quantity"].sum()

    before = ordered(run)
    names = queries.proposals(run, seen_by=paul, kind="buy")["order"].to_list()[:1]
    actions.release(run, names, by=paul)
    placed = orders.open_supply(clock.today())["quantity"].sum()
    newer = actions.plan_supply(consensus, by=paul)
    assert placed > 0
    assert ordered(newer) + placed == pytest.approx(before, abs=100)


def test_only_those_may_who_release_orders(run, rolf, paul):
    with pytest.raises(NotAllowed):
        actions.release(run, [first_of(run, paul)], by=rolf)


def test_proposals_cost_the_same_questions_however_many(run, paul, django_assert_max_num_queries):
    with django_assert_max_num_queries(7):
        assert queries.proposals(run, seen_by=paul).height > 5
