"""Units kept for a deal or an order line: nobody else is promised them, until the day is past."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from einklang.crm import actions as crm
from einklang.crm.models import Account
from einklang.kernel import clock
from einklang.kernel.errors import NotAllowed, NotFound, Refused
from einklang.kernel.models import JournalEntry
from einklang.orders import actions as orders
from einklang.supply import actions, queries
from einklang.supply.models import Reservation, ReservationEnd
from tests.conftest import person

JUNE, FIRST = date(2014, 6, 10), date(2014, 6, 1)
UNTIL = date(2014, 6, 20)


@pytest.fixture
def today():
    with clock.at(datetime(2014, 6, 3, 9, tzinfo=UTC)):
        yield


@pytest.fixture
def run(consensus, today, paul):
    return actions.plan_supply(consensus, by=paul)


@pytest.fixture
def mill(company, rolf):
    return Account.objects.create(code="A1", name="Mill", owner=rolf)


def dealt(account, item, quantity, by):
    """A deal about one item that is wished for in June."""
    made = crm.add_deal(account, f"{quantity} pumps", expected_on=JUNE, by=by)
    return crm.set_lines(made, [crm.NewLine(item, Decimal(quantity), 1_00)], version=made.version, by=by)


@pytest.fixture
def deal(run, plant, mill, rolf):
    return dealt(mill, plant["P1"], 20, rolf)


@pytest.fixture
def order(run, mill, sina):
    """Fifteen small pumps, booked for June."""
    wish = orders.Wish("P1", Decimal(15), Decimal(1), wished_on=JUNE)
    return orders.book(mill, [wish], currency="EUR", by=sina)


def free(by, item="P1"):
    return queries.free(item, seen_by=by)["free"].to_list()


def test_what_is_kept_for_one_is_not_promised_to_others(deal, rolf, paul):
    before = free(paul)[0]
    kept = actions.reserve_for_deal(deal, "P1", UNTIL, by=rolf)
    assert kept.period == FIRST
    assert free(paul)[0] == before - 20
    [told] = queries.promises([queries.Asked("P1", Decimal(int(before)), JUNE)], seen_by=paul)
    assert told.state == "later"


def test_what_is_kept_for_a_deal_does_not_stand_in_its_own_way(deal, rolf):
    actions.reserve_for_deal(deal, "P1", UNTIL, by=rolf)
    [told] = queries.promises_of_deal(deal.code, seen_by=rolf)
    assert told.state == "in_time"


def test_past_its_day_it_is_free_again_without_anybodys_doing(deal, rolf, paul):
    before = free(paul)[0]
    actions.reserve_for_deal(deal, "P1", UNTIL, by=rolf)
    with clock.at(datetime(2014, 6, 20, 21, tzinfo=UTC)):
        assert free(paul)[0] == before - 20
    with clock.at(datetime(2014, 6, 21, 9, tzinfo=UTC)):
        assert free(paul)[0] == before
        assert not queries.reservations(seen_by=paul).exists()
    assert not ReservationEnd.objects.exists()


def test_what_is_let_go_is_free_at_once(deal, rolf, paul):
    before = free(paul)[0]
    kept = actions.reserve_for_deal(deal, "P1", UNTIL, by=rolf)
    actions.free_reservation(kept, "Customer waits.", by=rolf)
    assert free(paul)[0] == before
    with pytest.raises(Refused, match="not kept any more"):
        actions.free_reservation(kept, by=rolf)


def test_kept_anew_it_is_kept_once(deal, rolf, paul):
    before = free(paul)[0]
    actions.reserve_for_deal(deal, "P1", UNTIL, by=rolf)
    actions.reserve_for_deal(deal, "P1", date(2014, 7, 1), by=rolf)
    assert free(paul)[0] == before - 20
    assert Reservation.objects.count() == 2


def test_what_a_deals_order_booked_is_not_kept_a_second_time(deal, mill, rolf, sina, paul):
    before = free(paul)[0]
    actions.reserve_for_deal(deal, "P1", UNTIL, by=rolf)
    wish = orders.Wish("P1", Decimal(12), Decimal(1), wished_on=JUNE)
    orders.book(mill, [wish], currency="EUR", by=sina, deal=deal)
    assert free(paul)[0] == before - 20


def test_a_lost_deal_keeps_nothing(deal, rolf, paul):
    before = free(paul)[0]
    actions.reserve_for_deal(deal, "P1", UNTIL, by=rolf)
    deal.refresh_from_db()
    crm.lose(deal, "price", version=deal.version, by=rolf)
    assert free(paul)[0] == before


def test_an_order_line_is_kept_in_the_place_of_its_wish(order, sina, paul):
    before = free(paul)
    kept = actions.reserve_for_order(order.lines.get(), UNTIL, by=sina)
    assert kept.quantity == 15
    assert free(paul) == before
    [(number, told)] = queries.promises_of_order(order.number, seen_by=paul)
    assert (number, told.state) == (1, "in_time")


def test_more_than_is_free_is_not_kept(run, plant, mill, rolf):
    deal = dealt(mill, plant["P1"], 1_000_000, rolf)
    with pytest.raises(Refused, match="the plan has"):
        actions.reserve_for_deal(deal, "P1", UNTIL, by=rolf)


@pytest.mark.parametrize("until", [date(2014, 6, 2), date(2014, 12, 1)])
def test_units_are_kept_for_a_while_from_today(until, deal, rolf):
    with pytest.raises(Refused, match="from today for at most 90 days"):
        actions.reserve_for_deal(deal, "P1", until, by=rolf)


def test_a_deal_keeps_only_what_it_is_about(deal, rolf):
    with pytest.raises(Refused, match="not about P2"):
        actions.reserve_for_deal(deal, "P2", UNTIL, by=rolf)


def test_deals_are_kept_for_by_sellers_and_orders_by_those_who_book(deal, order, rolf, fina):
    with pytest.raises(NotAllowed):
        actions.reserve_for_deal(deal, "P1", UNTIL, by=fina)
    with pytest.raises(NotAllowed):
        actions.reserve_for_order(order.lines.get(), UNTIL, by=rolf)


def test_a_stranger_sees_nothing_of_what_is_kept(deal, north, rolf):
    kept = actions.reserve_for_deal(deal, "P1", UNTIL, by=rolf)
    stranger = person("Rita", "rep")
    assert not queries.reservations(seen_by=stranger).exists()
    with pytest.raises(NotFound):
        queries.reservation(kept.pk, seen_by=stranger)


def test_each_is_one_line_of_the_journal(deal, rolf):
    JournalEntry.objects.all().delete()
    actions.free_reservation(actions.reserve_for_deal(deal, "P1", UNTIL, by=rolf), by=rolf)
    events = list(JournalEntry.objects.order_by("id").values_list("event", flat=True))
    assert events == ["supply.reserved", "supply.reservation_freed"]


def whom_it_hits(quantity, by, **more):
    asked = [queries.Asked("P1", Decimal(quantity), JUNE)]
    told = queries.promises(asked, seen_by=by)
    return queries.displacements(told, seen_by=by, **more)[0]


def test_a_promise_first_uses_the_forecast_of_its_own_month(run, paul):
    told = whom_it_hits(10, paul)
    assert {row.kind for row in told.rows} <= {"expected"}
    assert told.is_free
    assert told.cost_cents == 0


def test_where_hours_are_scarce_what_it_takes_from_the_forecast_costs_up_to_its_margin(too_much, today, paul):
    actions.plan_supply(too_much, by=paul)
    told = whom_it_hits(int(free(paul)[-1]), paul)
    short = sum(row.quantity for row in told.rows if row.kind == "forecast")
    assert short > 0
    assert 0 < told.cost_cents <= round(short * 50_00)
    assert "of the forecast for" in next(row for row in told.rows if row.kind == "forecast").sentence


def test_where_more_can_be_made_at_its_usual_cost_the_forecast_loses_nothing(run, paul):
    told = whom_it_hits(int(free(paul)[-1]), paul)
    assert any(row.kind == "forecast" for row in told.rows)
    assert told.cost_cents == 0


def test_kept_units_and_orders_give_way_only_if_it_is_insisted(deal, order, rolf, paul):
    actions.reserve_for_deal(deal, "P1", UNTIL, by=rolf)
    much = int(free(paul)[0]) + 25
    assert {row.kind for row in whom_it_hits(much, paul).rows} <= {"expected", "forecast"}
    insisted = whom_it_hits(much, paul, at_wish=True)
    kinds = {row.kind: row for row in insisted.rows}
    assert kinds["reservation"].reference == deal.code
    assert kinds["order"].reference == order.number
    assert f"of order {order.number}" in kinds["order"].sentence


def test_others_names_are_not_told_to_strangers_nor_costs_to_reps(deal, order, rolf, paul):
    actions.reserve_for_deal(deal, "P1", UNTIL, by=rolf)
    stranger = person("Rita", "rep")
    told = whom_it_hits(int(free(paul)[0]) + 25, stranger, at_wish=True)
    assert {row.reference for row in told.rows} == {""}
    assert told.cost_cents is None
    assert any("somebody else" in row.sentence for row in told.rows)


def test_many_lines_cost_no_more_questions_than_one(run, paul, django_assert_max_num_queries):
    asked = [queries.Asked("P1", Decimal(1), JUNE), queries.Asked("P2", Decimal(1), JUNE)] * 10
    with django_assert_max_num_queries(17):
        told = queries.promises(asked, seen_by=paul)
    with django_assert_max_num_queries(15):
        queries.displacements(told, seen_by=paul)


def test_lines_that_are_wanted_together_come_with_the_last(run, paul):
    early = queries.Asked("P2", Decimal(1), JUNE)
    late = queries.Asked("P1", Decimal(int(free(paul)[0]) + 1), JUNE)
    told = queries.promises([early, late], seen_by=paul)
    assert queries.together(told) == "All lines together: Jul 2014."
    assert queries.together(told[:1]) == ""
