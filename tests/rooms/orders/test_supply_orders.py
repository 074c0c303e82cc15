"""Supply orders: released, moved, cancelled, taken back; the order itself stays as it was placed."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from einklang.catalog.models import Item, RoutingStep, Supplier, SupplyTerm, WorkCentre
from einklang.kernel import clock
from einklang.kernel.errors import NotAllowed, NotFound, Refused
from einklang.kernel.models import JournalEntry
from einklang.orders import actions, queries
from einklang.orders.actions import ToRelease
from einklang.orders.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    SupplyDecision,
    WorkOrder,
)

pytestmark = pytest.mark.django_db
TODAY = datetime(2014, 6, 2, 8, tzinfo=UTC)
JUNE, JULY = date(2014, 6, 1), date(2014, 7, 1)


@pytest.fixture(autouse=True)
def _second_of_june():
    with clock.at(TODAY):
        yield


@pytest.fixture
def plant():
    """A pump that is made on a bench, a valve and a screw from one supplier, 30 days away."""
    pump = Item.objects.create(code="P-20", name="Pump 20", lead_time_days=5)
    bench = WorkCentre.objects.create(code="B", name="Bench", hours_per_day=8, cost_per_hour_cents=30_00)
    RoutingStep.objects.create(
        item=pump, sequence=10, work_centre=bench, setup_hours=1, hours_per_unit=Decimal("0.5")
    )
    works = Supplier.objects.create(code="S1", name="Valve works")
    for code, cents in (("V-1", 50_00), ("S-1", 10)):
        item = Item.objects.create(code=code, name=code, kind="buy")
        SupplyTerm.objects.create(
            item=item, supplier=works, lead_time_days=30, currency="EUR", price_cents=cents, minimum=10
        )


def bought(code="V-1", quantity="20", start=JUNE, due=JULY, supplier="S1"):
    return ToRelease(code, code, Decimal(quantity), start, due, supplier)


def made(code="P-20", quantity="4", start=JUNE, due=JUNE):
    return ToRelease(code, code, Decimal(quantity), start, due)


def coming(day=date(2014, 6, 2), **more):
    rows = queries.open_supply(day, **more)
    return {row["item"]: (row["due"], row["quantity"]) for row in rows.iter_rows(named=True)}


def test_what_one_supplier_sells_stands_on_one_order_and_each_make_on_its_own(plant, paul):
    told = actions.release([bought(), bought("S-1"), made(), made("P-20", "6")], by=paul)
    assert [one.reference for one in told[:2]] == ["P-100001"] * 2
    order = PurchaseOrder.objects.get()
    assert (order.supplier.code, order.subtotal_cents, order.lines.count()) == ("S1", 20 * 50_00 + 20 * 10, 2)
    assert WorkOrder.objects.count() == 2


def test_an_order_is_due_no_sooner_than_its_lead_time_allows(plant, paul):
    (told,) = actions.release([bought(due=JUNE)], by=paul)
    assert told.change.due_on == date(2014, 7, 2)
    assert "due Jul 2, 2014" in told.sentence
    assert "The plan counts on it in Jun 2014 already." in told.sentence


def test_a_work_order_brings_the_steps_and_the_cost_of_its_routing(plant, paul):
    actions.release([made(quantity="4")], by=paul)
    step = WorkOrder.objects.get().steps.get()
    assert (step.work_centre.code, step.planned_cost_cents) == ("B", 3 * 30_00)
    assert (step.planned_start, step.planned_end) == (date(2014, 6, 2), date(2014, 6, 7))


def test_a_row_that_cannot_be_ordered_says_why_and_the_others_are_ordered(plant, paul):
    told = actions.release([bought(), bought("V-1", supplier="S9"), made("X")], by=paul)
    assert [one.ok for one in told] == [True, False, False]
    assert told[2].sentence == "There is no item X."


def test_if_nothing_can_be_ordered_nothing_is(plant, paul):
    with pytest.raises(Refused, match="S9 does not sell V-1 to us"):
        actions.release([bought(supplier="S9")], by=paul)
    assert not SupplyDecision.objects.exists()


def test_less_than_the_suppliers_minimum_is_said(plant, paul):
    (told,) = actions.release([bought(quantity="3")], by=paul)
    assert "The supplier's minimum is 10." in told.sentence


def test_what_is_released_is_on_its_way_from_that_day(plant, paul):
    actions.release([bought(), made()], by=paul)
    assert coming() == {"V-1": (date(2014, 7, 2), 20.0), "P-20": (date(2014, 6, 7), 4.0)}
    assert coming(date(2014, 5, 31)) == {}
    assert set(coming(date(2014, 5, 31), decided_until=date(2014, 6, 2))) == {"V-1", "P-20"}


def test_a_work_order_that_starts_later_is_on_its_way_once_it_is_released(plant, paul):
    actions.release([made(start=JULY, due=JULY)], by=paul)
    assert set(coming()) == {"P-20"}


def test_a_moved_order_is_due_on_its_new_day_and_stays_as_it_was_placed(plant, paul):
    actions.release([bought()], by=paul)
    order = queries.supply_order("P-100001", "V-1")
    actions.reschedule(order, date(2014, 8, 4), "Supplier is full.", by=paul)
    assert coming() == {"V-1": (date(2014, 8, 4), 20.0)}
    assert PurchaseOrderLine.objects.get().due_on == date(2014, 7, 2)


def test_a_decision_counts_from_the_day_it_was_made(plant, paul):
    actions.release([bought()], by=paul)
    with clock.at(datetime(2014, 6, 20, tzinfo=UTC)):
        order = queries.supply_order("P-100001", "V-1")
        actions.cancel_supply(order, "Not needed.", by=paul)
        assert coming(date(2014, 6, 20)) == {}
    assert set(coming(date(2014, 6, 19))) == {"V-1"}


def test_every_decision_can_be_taken_back_latest_first(plant, paul):
    (told,) = actions.release([bought()], by=paul)
    placed, order = told.change.decision, queries.supply_order("P-100001", "V-1")
    moved = actions.reschedule(order, date(2014, 8, 4), "", by=paul)
    gone = actions.cancel_supply(order, "Not needed.", by=paul)
    with pytest.raises(Refused, match="take that back first"):
        actions.undo(placed, by=paul)
    assert coming() == {}
    actions.undo(gone, by=paul)
    assert coming()["V-1"][0] == date(2014, 8, 4)
    actions.undo(moved, by=paul)
    assert coming()["V-1"][0] == date(2014, 7, 2)
    actions.undo(placed, by=paul)
    assert coming() == {}
    assert PurchaseOrderLine.objects.get().quantity == 20


def test_nothing_is_taken_back_twice(plant, paul):
    (told,) = actions.release([bought()], by=paul)
    actions.undo(told.change.decision, by=paul)
    with pytest.raises(Refused, match="already"):
        actions.undo(told.change.decision, by=paul)
    with pytest.raises(Refused, match="decided anew"):
        actions.undo(SupplyDecision.objects.get(kind="undone"), by=paul)


def test_once_something_came_the_release_stays(plant, paul):
    (told,) = actions.release([bought()], by=paul)
    PurchaseOrderLine.objects.update(received=5)
    with pytest.raises(Refused, match="Something has come of P-100001 V-1"):
        actions.undo(told.change.decision, by=paul)


def test_what_was_moved_after_a_part_came_can_be_moved_back(plant, paul):
    actions.release([bought()], by=paul)
    PurchaseOrderLine.objects.update(received=5)
    order = queries.supply_order("P-100001", "V-1")
    moved = actions.reschedule(order, date(2014, 8, 4), "", by=paul)
    actions.undo(moved, by=paul)
    assert coming() == {"V-1": (date(2014, 7, 2), 15.0)}


def test_once_work_has_begun_the_release_stays(plant, paul):
    (told,) = actions.release([made()], by=paul)
    WorkOrder.objects.get().steps.update(started_on=date(2014, 6, 3))
    with pytest.raises(Refused, match="Something has come of W-100001 P-20"):
        actions.undo(told.change.decision, by=paul)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda order, by: actions.reschedule(order, date(2014, 6, 1), "", by=by), "into the past"),
        (lambda order, by: actions.reschedule(order, date(2014, 7, 2), "", by=by), "that day already"),
        (lambda order, by: actions.cancel_supply(order, " ", by=by), "Say why"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(change, says, plant, paul):
    actions.release([bought()], by=paul)
    with pytest.raises(Refused, match=says):
        change(queries.supply_order("P-100001", "V-1"), paul)


def test_what_no_longer_comes_is_not_moved(plant, paul):
    actions.release([bought()], by=paul)
    order = queries.supply_order("P-100001", "V-1")
    actions.cancel_supply(order, "Not needed.", by=paul)
    with pytest.raises(Refused, match="not open any more"):
        actions.reschedule(order, date(2014, 8, 4), "", by=paul)


def test_an_order_from_outside_can_be_moved_too(plant, paul):
    WorkOrder.objects.create(
        number="4711",
        item=Item.objects.get(code="P-20"),
        quantity=8,
        starts_on=date(2014, 5, 1),
        due_on=date(2014, 6, 20),
    )
    actions.reschedule(queries.supply_order("4711", "P-20"), date(2014, 7, 4), "Bench is full.", by=paul)
    assert coming() == {"P-20": (date(2014, 7, 4), 8.0)}
    with pytest.raises(NotFound, match="no order 4712"):
        queries.supply_order("4712", "P-20")


def test_only_those_may_who_release_orders(plant, rolf, paul):
    with pytest.raises(NotAllowed, match="release, move and cancel supply orders"):
        actions.release([bought()], by=rolf)
    (told,) = actions.release([bought()], by=paul)
    order = queries.supply_order("P-100001", "V-1")
    for refused in (
        lambda: actions.reschedule(order, date(2014, 8, 4), "", by=rolf),
        lambda: actions.cancel_supply(order, "x", by=rolf),
        lambda: actions.undo(told.change.decision, by=rolf),
    ):
        with pytest.raises(NotAllowed):
            refused()


def test_each_decision_is_one_line_of_the_journal(plant, paul):
    (told, _) = actions.release([bought(), made()], by=paul)
    actions.undo(told.change.decision, by=paul)
    events = list(JournalEntry.objects.order_by("id").values_list("event", flat=True))
    assert events == ["orders.supply_released", "orders.supply_undone"]


def test_many_decisions_cost_no_more_questions_than_one(plant, paul, django_assert_num_queries):
    actions.release([bought(), *(made() for _ in range(5))], by=paul)
    with django_assert_num_queries(3):
        queries.open_supply(date(2014, 6, 2))
