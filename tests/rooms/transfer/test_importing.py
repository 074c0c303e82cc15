"""Taking tables in: whole or refused with a reason, once however often, and back again."""

import random

import pytest

from einklang.catalog.models import Family, Item, Price
from einklang.crm.models import Account
from einklang.engine.errors import BadTable
from einklang.kernel.errors import NotAllowed, Refused
from einklang.kernel.models import JournalEntry
from einklang.orders.models import OrderLine, SalesOrder
from einklang.transfer import actions
from einklang.transfer.models import ImportedRow
from tests.rooms.transfer.conftest import ITEMS, LINES, ORDERS, PRICES, counts, reasons


def test_a_folder_of_tables_comes_in_whole(whole):
    run = whole.take()

    assert counts(run) == (13, 0, 0, 0)
    assert Item.objects.get(code="P-20").family.parent.code == "pumps"
    assert Price.objects.get(item__code="V-1").amount_cents == 1250
    assert OrderLine.objects.filter(order__number="SO1").count() == 3


def test_the_second_time_all_is_unchanged(whole):
    whole.take()
    assert counts(whole.take()) == (0, 0, 13, 0)


def test_rows_in_another_order_are_the_same_rows(whole):
    whole.take()
    head, *rows = LINES.strip().split("\n")
    random.Random(7).shuffle(rows)
    whole.write(orders_order_lines="\n".join([head, *rows]))

    assert counts(whole.take()) == (0, 0, 13, 0)


def test_what_somebody_entered_by_hand_is_found_by_its_key(whole):
    Family.objects.create(code="pumps", name="Pumps")
    assert counts(whole.take()) == (12, 0, 1, 0)


def test_a_changed_master_record_is_changed_here_too(whole):
    whole.take()
    whole.write(catalog_items=ITEMS.replace("Valve", "Ball valve"))

    assert counts(whole.take()) == (0, 1, 12, 0)
    valve = Item.objects.get(code="V-1")
    assert (valve.name, valve.version) == ("Ball valve", 2)


def test_what_was_changed_by_hand_stays_where_the_source_has_not_changed(whole):
    whole.take()
    Item.objects.filter(code="V-1").update(name="Our valve")
    whole.take()
    assert Item.objects.get(code="V-1").name == "Our valve"


def test_a_booked_amount_stays_and_the_row_is_rejected(whole):
    whole.take()
    whole.write(orders_sales_orders=ORDERS.replace("24.99", "25.99"))
    plan = whole.plan()

    assert reasons(plan) == [("orders.sales_orders.csv", 3, "number", "SO2")]
    assert "subtotal: 24.99" in plan.tables[-2].faults["expected"][0]


def test_the_progress_of_an_order_may_change(whole):
    whole.take()
    whole.write(orders_sales_orders=ORDERS.replace("SO2,A1,open", "SO2,A1,shipped"))

    assert counts(whole.take()) == (0, 1, 12, 0)
    assert SalesOrder.objects.get(number="SO2").state == "shipped"


def test_lines_foot_to_their_order_to_the_cent(whole):
    """SO1: 3.3333 + 3.3333 + 3.3334 = 10.00, but each alone rounds to 3.33."""
    whole.take()
    lines = list(OrderLine.objects.filter(order__number="SO1").values_list("amount_cents", flat=True))
    assert sorted(lines) == [333, 333, 334]


def test_lines_that_are_not_their_whole_order_foot_to_their_own_sum(whole):
    whole.write(orders_order_lines=LINES.replace("SO1,3,V-1,1,3.3334,3.3334,2014-05-01\n", ""))
    whole.take()
    lines = OrderLine.objects.filter(order__number="SO1").values_list("amount_cents", flat=True)
    assert sum(lines) == 667


@pytest.mark.parametrize(
    ("table", "old", "new", "column", "got"),
    [
        ("catalog_prices", "450.00", "NaN", "amount", "NaN"),
        ("catalog_prices", "450.00", "inf", "amount", "inf"),
        ("catalog_prices", "450.00", "-450.00", "amount_cents", "-45000"),
        ("catalog_prices", "450.00", "1e400", "amount", "1e400"),
        ("catalog_prices", "2014-01-01\nV", "2014-02-31\nV", "valid_from", "2014-02-31"),
        ("catalog_items", "small-pumps,make", "no-such,make", "family", "no-such"),
        ("catalog_items", "small-pumps,make", "small-pumps,grow", "kind", "grow"),
        ("catalog_items", "P-20,Pump 20", "P-20,", "name", "nothing"),
        ("catalog_items", "P-20,Pump 20", f"P-20,{'x' * 201}", "name", "x" * 200),
        ("catalog_families", "Small pumps,pumps", "Small pumps,nowhere", "parent", "nowhere"),
    ],
)
def test_a_bad_cell_is_named_with_its_row_and_column(whole, table, old, new, column, got):
    place = whole.place / f"{table.replace('_', '.', 1)}.csv"
    place.write_text(place.read_text().replace(old, new, 1))
    found = reasons(whole.plan())

    row = 3 if table == "catalog_families" else 2
    assert (place.name, row, column, got) in found


def test_a_key_that_stands_twice_is_taken_from_neither_row(whole):
    whole.write(catalog_items=ITEMS + "V-1,Other valve,,buy\n")
    found = [reason for reason in reasons(whole.plan()) if reason[0] == "catalog.items.csv"]
    assert found == [("catalog.items.csv", 3, "code", "V-1"), ("catalog.items.csv", 4, "code", "V-1")]


def test_an_order_with_a_bad_line_is_set_aside_whole(whole):
    whole.write(orders_order_lines=LINES.replace("SO1,2,V-1", "SO1,2,X-9"))
    run = whole.take()

    assert list(SalesOrder.objects.values_list("number", flat=True)) == ["SO2"]
    assert counts(run)[3] == 4


def test_a_wrong_column_stops_the_import_and_says_which_was_meant(whole):
    whole.write(catalog_prices=PRICES.replace("amount", "amuont"))
    with pytest.raises(BadTable) as bad:
        whole.take()
    assert "amuont" in str(bad.value)
    assert not Family.objects.exists()


def test_undo_takes_back_what_was_added_and_puts_back_what_was_changed(whole):
    first = whole.take()
    whole.write(catalog_items=ITEMS.replace("Valve", "Ball valve") + "N-1,New,,buy\n")
    second = whole.take()

    actions.undo(second, by=whole.by)
    assert set(Item.objects.values_list("code", "name")) == {("P-20", "Pump 20"), ("V-1", "Valve")}

    actions.undo(first, by=whole.by)
    assert not Item.objects.exists()
    assert not Account.objects.exists()
    assert not ImportedRow.objects.exists()


def test_after_an_undo_the_same_files_can_come_again(whole):
    actions.undo(whole.take(), by=whole.by)
    assert counts(whole.take()) == (13, 0, 0, 0)


def test_an_import_whose_rows_a_later_one_changed_is_not_undone_first(whole):
    first = whole.take()
    whole.write(catalog_items=ITEMS.replace("Valve", "Ball valve"))
    whole.take()
    with pytest.raises(Refused, match="undo that first"):
        actions.undo(first, by=whole.by)


def test_an_import_that_something_rests_on_is_not_undone(whole):
    run = whole.take()
    item = Item.objects.get(code="V-1")
    Price.objects.create(item=item, currency="USD", amount_cents=1, valid_from="2014-06-01")

    with pytest.raises(Refused, match="1 prices rest on its items"):
        actions.undo(run, by=whole.by)
    assert Item.objects.count() == 2


def test_a_row_that_was_deleted_here_comes_again(whole):
    whole.take()
    Price.objects.filter(item__code="V-1").delete()
    assert counts(whole.take()) == (1, 0, 12, 0)


def test_who_may_not_import_is_refused(whole, rolf):
    whole.by = rolf
    with pytest.raises(NotAllowed):
        whole.take()


def test_people_are_taken_in_only_by_who_manages_users(folder, sina):
    folder.by = sina
    folder.write(people_users="username,name,role\neve,Eve,admin\n")
    with pytest.raises(NotAllowed):
        folder.plan()


def test_people_who_come_by_a_file_cannot_sign_in(folder):
    folder.write(people_users="username,name,role,is_active,password\neve,Eve,rep,1,secret\n")
    folder.take()
    eve = type(folder.by).objects.get(username="eve")
    assert not eve.is_active
    assert not eve.has_usable_password()


def test_every_transaction_leaves_a_line_in_the_journal(whole):
    run = whole.take()
    events = set(JournalEntry.objects.filter(about_id=str(run.pk)).values_list("event", flat=True))
    assert {"transfer.run_opened", "transfer.checked", "transfer.rows_added", "transfer.imported"} <= events


def test_a_list_of_texts_comes_in_as_a_list(folder):
    folder.write(
        crm_pipelines="code,name\nmain,Main\n",
        crm_stages='pipeline,code,name,sequence,odds,needs\nmain,offer,Offer,1,0.5,"[""amount""]"\n',
    )
    folder.take()
    from einklang.crm.models import Stage

    assert Stage.objects.get().needs == ["amount"]
    assert counts(folder.take()) == (0, 0, 2, 0)
