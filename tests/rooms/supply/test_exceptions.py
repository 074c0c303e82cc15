"""Exceptions worked as a list: what is proposed does something real, is kept, and can be taken back."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from einklang.catalog.models import Supplier
from einklang.kernel import clock
from einklang.kernel.errors import NotAllowed, Refused
from einklang.kernel.models import JournalEntry
from einklang.orders import queries as orders
from einklang.orders.models import PurchaseOrder, PurchaseOrderLine
from einklang.supply import actions, queries
from einklang.supply.models import PlanException, Remedy
from einklang.supply.remedies import MENDS
from tests.rooms.supply.kept_plan import keep, notice, policy


@pytest.fixture(autouse=True)
def _in_june():
    """The plan begins in June 2014; today is its second day."""
    with clock.at(datetime(2014, 6, 2, 10, tzinfo=UTC)):
        yield


@pytest.fixture
def run(plant, too_much, paul):
    """The bench is full in July; 9,000 screws come in September."""
    order = PurchaseOrder.objects.create(
        number="PO-1", supplier=Supplier.objects.get(), state="approved",
        ordered_on=date(2014, 5, 1), currency="EUR", buyer=paul,
    )  # fmt: skip
    PurchaseOrderLine.objects.create(
        order=order, line_number=1, item=plant["S"], quantity=9000, due_on=date(2014, 9, 10),
        price_cents=10, amount_cents=90000,
    )  # fmt: skip
    policy(plant["P1"], 25)
    return keep(too_much, plant)


@pytest.fixture
def screws(run, plant):
    """The screws are needed in July."""
    return notice(
        run, "reschedule_in", item=plant["S"], rank=6, until=date(2014, 9, 1), quantity=9000,
        reference="PO-1", value_cents=900_00,
    )  # fmt: skip


@pytest.fixture
def low(run, plant):
    """P1 falls below its safety stock."""
    return notice(run, "below_safety_stock", item=plant["P1"], rank=7, quantity=5)


def one_of(run, kind):
    return queries.exceptions(run, kind=kind).get()


def due(reference="PO-1"):
    rows = orders.open_supply(date(2014, 5, 31), decided_until=clock.today())
    return {row["reference"]: row["due"] for row in rows.iter_rows(named=True)}.get(reference)


def mends_of(run, one):
    return {mend.kind: mend for mend in queries.mends(run, [one])[one.pk]}


def test_every_kind_that_can_be_mended_is_a_kind_of_exception():
    assert set(MENDS) <= set(PlanException.Kind.values)
    assert {kind for kinds in MENDS.values() for kind in kinds} <= set(Remedy.Kind.values)


def test_an_open_order_is_brought_forward_in_the_orders_themselves(run, screws, paul):
    one = screws
    assert mends_of(run, one)["sooner"].sentence == "PO-1 (9,000 S) is due on Jul 1, 2014."
    remedy = actions.mend(one, "sooner", by=paul)
    assert due() == date(2014, 7, 1)
    assert remedy.changed["before"] == "2014-09-01"
    assert queries.exception(one.pk).handling.reason == "PO-1 (9,000 S) is due on Jul 1, 2014."


def test_what_was_done_is_taken_back_and_the_exception_is_open_again(run, screws, paul):
    one = screws
    remedy = actions.mend(one, "sooner", by=paul)
    actions.undo_remedy(remedy, by=paul)
    assert due() == date(2014, 9, 10)
    assert one in queries.exceptions(run, state="open")
    assert [entry.event for entry in JournalEntry.objects.order_by("-id")[:2]] == [
        "supply.remedy_undone",
        "orders.supply_undone",
    ]
    with pytest.raises(Refused, match="already"):
        actions.undo_remedy(remedy, by=paul)


def test_it_is_not_taken_back_once_goods_have_come(run, screws, paul):
    one = screws
    remedy = actions.mend(one, "sooner", by=paul)
    PurchaseOrderLine.objects.update(received=100)
    with pytest.raises(Refused, match="has come"):
        actions.undo_remedy(remedy, by=paul)
    assert queries.exception(one.pk).handling


def test_an_order_that_nobody_needs_is_cancelled(run, screws, paul):
    one = screws
    PlanException.objects.filter(pk=one.pk).update(kind="cancel")
    actions.mend(queries.exception(one.pk), "cancel", by=paul)
    assert due() is None


def test_overtime_is_allowed_where_the_hours_end(run, paul):
    one = one_of(run, "overload")
    remedy = actions.mend(one, "hours", by=paul, hours=40)
    assert remedy.edit.amount == 40
    assert remedy.edit.work_centre.code == "B"
    actions.undo_remedy(remedy, by=paul)
    assert not type(remedy.edit).objects.standing().exists()


def test_lost_sales_ask_for_the_hours_they_take_with_all_their_parts(run):
    """20 large pumps of 1 hour, each with a motor of half an hour."""
    change = mends_of(run, one_of(run, "lost"))["hours"].change
    assert (change["centre"], change["month"], change["hours"]) == ("B", "2014-07-01", 30)


def test_a_late_order_is_released_and_taken_back(run, plant, paul):
    late = notice(
        run, "lead_time_too_short", item=plant["M"], rank=5, months=1, quantity=140, reference="M#1"
    )
    remedy = actions.mend(late, "release", by=paul)
    assert (remedy.decision.kind, remedy.changed["orders"]) == ("released", ["M#1"])
    assert "release" not in mends_of(run, late)
    actions.undo_remedy(remedy, by=paul)
    assert mends_of(run, late)["release"].change["orders"] == ["M#1"]


def test_a_safety_stock_is_lowered_to_what_there_is_and_put_back(low, paul):
    before = queries.policy_of("P1").safety_stock
    remedy = actions.mend(low, "less_safety", by=paul)
    assert queries.policy_of("P1").safety_stock == int(before - 5)
    actions.undo_remedy(remedy, by=paul)
    policy = queries.policy_of("P1")
    assert (policy.safety_stock, policy.origin) == (before, "computed")


def test_a_policy_set_since_is_not_overwritten(low, paul):
    remedy = actions.mend(low, "less_safety", by=paul)
    actions.set_policy("P1", 99, "A fair.", by=paul)
    with pytest.raises(Refused, match="since"):
        actions.undo_remedy(remedy, by=paul)


def test_accepting_needs_a_reason(run, paul):
    with pytest.raises(Refused, match="Say how"):
        actions.mend(one_of(run, "lost"), "accept", " ", by=paul)


def test_only_what_is_proposed_can_be_done_and_only_once(run, screws, paul):
    one = screws
    with pytest.raises(Refused, match="would not mend"):
        actions.mend(one, "hours", by=paul)
    actions.mend(one, "accept", "Agreed with the supplier.", by=paul)
    with pytest.raises(Refused, match="already"):
        actions.mend(one, "sooner", by=paul)


def test_a_what_if_moves_nothing_real(run, plant, too_much, paul):
    other = keep(too_much, plant, scenario="half", number=2)
    one = one_of(other, "overload")
    assert queries.mends(other, [one]) == {one.pk: []}
    with pytest.raises(Refused, match="what-if"):
        actions.mend(one, "hours", by=paul)


def test_only_a_planner_works_the_list(run, rolf, mara):
    for user in (rolf, mara):
        with pytest.raises(NotAllowed):
            actions.mend(one_of(run, "lost"), "accept", "No.", by=user)
        with pytest.raises(NotAllowed):
            actions.mend_several([(one_of(run, "lost").pk, "")], by=user)


def test_several_are_answered_one_by_one(run, screws, plant, paul):
    over = notice(run, "excess", item=plant["M"], quantity=3)
    told = actions.mend_several([(screws.pk, ""), (over.pk, ""), (987654, "")], by=paul)
    assert [one.ok for one in told] == [True, False, False]
    assert due() == date(2014, 7, 1)
    assert told[0].remedy.kind == "sooner"


def test_the_list_is_narrowed_by_buyer_work_centre_and_kind_and_sorted_by_value(run, screws, paul):
    one = screws
    narrowed = queries.Narrowed(buyer="paul")
    assert set(queries.worklist(run, narrowed, seen_by=paul).values_list("item__code", flat=True)) == {"S"}
    at_bench = queries.worklist(run, queries.Narrowed(centre="B"), seen_by=paul)
    assert "overload" in set(at_bench.values_list("kind", flat=True))
    assert one not in at_bench
    values = [row.value_cents for row in queries.worklist(run, queries.Narrowed(), seen_by=paul)]
    assert values == sorted(values, reverse=True)


def test_the_page_does_it_tells_it_and_takes_it_back(run, screws, paul, client):
    one = screws
    client.force_login(paul)
    address = reverse("supply-exceptions", args=[run.pk])
    assert "PO-1 (9,000 S) is due on Jul 1, 2014." in client.get(address).text
    done = client.post(reverse("mend-exceptions", args=[run.pk]), {"do": f"{one.pk}:sooner"}, follow=True)
    assert "Done last" in done.text
    assert due() == date(2014, 7, 1)
    remedy = queries.remedies(run, seen_by=paul).first()
    back = client.post(reverse("undo-remedy", args=[remedy.pk]), follow=True)
    assert "Taken back" in back.text
    assert due() == date(2014, 9, 10)


def test_ticked_ones_are_done_together_and_refusals_are_told(run, screws, plant, paul, client):
    over = notice(run, "excess", item=plant["M"], quantity=3)
    client.force_login(paul)
    ticked = {"do": "several:first", "chosen": [screws.pk, over.pk]}
    page = client.post(reverse("mend-exceptions", args=[run.pk]), ticked, follow=True)
    assert "1 exception is done." in page.text
    assert "Nothing is proposed for it" in page.text


def test_an_empty_list_says_what_to_do_next(run, paul, client):
    client.force_login(paul)
    nothing = client.get(reverse("supply-exceptions", args=[run.pk]), {"item": "nothing"})
    assert "Show all" in nothing.text


def test_json_proposes_does_and_takes_back(run, screws, paul, client):
    one = screws
    client.force_login(paul)
    rows = client.get(f"/api/supply/runs/{run.pk}/exceptions", {"kind": "reschedule_in"}).json()["rows"]
    mine = next(row for row in rows if row["id"] == one.pk)
    assert [mend["kind"] for mend in mine["proposals"]] == ["sooner"]
    body = {"kind": "sooner", "due": "2014-07-15"}
    done = client.post(f"/api/supply/exceptions/{one.pk}/mend", body, "application/json").json()
    assert due() == date(2014, 7, 15)
    undone = client.post(f"/api/supply/remedies/{done['id']}/undo", {}, "application/json")
    assert undone.status_code == 200
    assert due() == date(2014, 9, 10)


def test_the_list_costs_the_same_number_of_queries_however_long(
    run, plant, paul, client, django_assert_max_num_queries
):
    client.force_login(paul)
    address = reverse("supply-exceptions", args=[run.pk])
    client.get(address)
    for _ in range(12):
        notice(run, "below_safety_stock", item=plant["P1"], quantity=5)
    with django_assert_max_num_queries(34):
        client.get(address)
