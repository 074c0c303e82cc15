"""The journal: one line a deed, chained, so that tampering shows."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from einklang.kernel import clock, journal
from einklang.kernel.models import JournalEntry

pytestmark = pytest.mark.django_db


def test_a_line_says_who_did_what_about_what_with_which_facts(vera, north):
    with clock.at(datetime(2014, 5, 12, 10, tzinfo=UTC)):
        entry = journal.record("territory.praised", about=north, by=vera, stars=5)

    assert (entry.event, entry.by_name, entry.about_kind, entry.about_name) == (
        "territory.praised",
        "Vera",
        "people.territory",
        "North",
    )
    assert entry.facts == {"stars": 5}
    assert entry.at == datetime(2014, 5, 12, 10, tzinfo=UTC)


def test_an_untouched_chain_has_no_broken_links(vera):
    for number in range(5):
        journal.record("test.done", by=vera, number=number, price="1.50")

    assert list(journal.broken_links()) == []


@pytest.mark.parametrize(
    "change", [{"facts": {"number": 99}}, {"by_name": "Somebody"}, {"event": "test.undone"}]
)
def test_a_changed_line_shows(vera, change):
    for number in range(3):
        journal.record("test.done", by=vera, number=number)
    middle = JournalEntry.objects.order_by("id")[1]
    JournalEntry.objects.filter(pk=middle.pk).update(**change)

    assert [line for line, _ in journal.broken_links()] == [middle.pk]


def test_a_line_taken_out_shows(vera):
    for number in range(3):
        journal.record("test.done", by=vera, number=number)
    _first, middle, last = JournalEntry.objects.order_by("id")
    middle.delete()

    assert [line for line, _ in journal.broken_links()] == [last.pk]


def test_what_is_undone_leaves_no_line(vera):
    with transaction.atomic():
        journal.record("test.done", by=vera)
        transaction.set_rollback(True)

    assert not JournalEntry.objects.exists()
