"""What deals hold, who sees them, what the board adds up to."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from einklang.crm import actions, queries
from einklang.crm.models import Activity
from einklang.kernel import clock
from einklang.kernel.errors import NotAllowed, Refused, Stale
from einklang.kernel.models import JournalEntry


def test_a_deal_with_lines_is_worth_their_sum(deal, pump, rolf):
    lines = [actions.NewLine(pump, Decimal(24), 10_800_00)]
    priced = actions.set_lines(deal, lines, version=1, by=rolf)

    assert priced.amount_cents == 10_800_00
    with pytest.raises(Refused, match="sum of the lines"):
        actions.change_deal(priced, version=2, by=rolf, amount_cents=1)


def test_one_item_stands_on_one_line(deal, pump, rolf):
    twice = [actions.NewLine(pump, Decimal(1), 1), actions.NewLine(pump, Decimal(2), 2)]
    with pytest.raises(Refused, match="two lines"):
        actions.set_lines(deal, twice, version=1, by=rolf)


def test_a_change_that_comes_second_is_refused_with_both_values(deal, rolf, vera):
    actions.change_deal(deal, version=1, by=vera, next_step="Send the offer")

    with pytest.raises(Stale) as stale:
        actions.change_deal(deal, version=1, by=rolf, next_step="Visit Dora")
    assert (stale.value.yours, stale.value.theirs) == (
        {"next_step": "Visit Dora"},
        {"next_step": "Send the offer"},
    )


def test_the_journal_keeps_the_value_before_and_after(deal, rolf):
    actions.change_deal(deal, version=1, by=rolf, source="Fair")

    assert JournalEntry.objects.get(event="crm.deal_changed").facts["changed"] == {"source": ["", "Fair"]}


def test_only_who_may_assign_gives_a_deal_away(deal, rolf, mara):
    with pytest.raises(NotAllowed):
        actions.change_deal(deal, version=1, by=rolf, owner=mara)


def test_a_rep_sees_the_own_territory_and_nothing_else(deal, elsewhere, vera, rolf):
    actions.add_deal(elsewhere, "Dosing", by=vera)

    assert [one.name for one in queries.deals(seen_by=rolf)] == ["New pumps"]
    assert queries.deals(seen_by=vera).count() == 2


def test_the_board_counts_and_sums_by_stage_and_never_across_currencies(works, deal, stage, rolf):
    """Three deals in the first stage: 100.00 EUR, 40.00 CHF, and one without an amount."""
    actions.add_deal(works, "A", by=rolf, amount_cents=100_00)
    actions.add_deal(works, "B", by=rolf, amount_cents=40_00, currency="CHF")
    first = queries.board(seen_by=rolf)[0]

    assert (first.stage.code, first.count, first.sums) == ("prospect", 3, [("EUR", 100_00), ("CHF", 40_00)])


def test_the_board_holds_what_was_won_lately_and_nothing_that_was_lost(works, deal, stage, rolf):
    actions.win(deal, version=1, by=rolf, amount_cents=5_00)
    lost = actions.add_deal(works, "Lost", by=rolf)
    actions.lose(lost, "price", version=1, by=rolf)

    assert {column.stage.code: column.count for column in queries.board(seen_by=rolf) if column.count} == {
        "follow-up": 1
    }
    with clock.at(clock.now() + timedelta(days=queries.BOARD_DAYS + 1)):
        assert sum(column.count for column in queries.board(seen_by=rolf)) == 0


def test_a_deal_left_alone_longer_than_its_stage_allows_is_at_risk(deal, rolf):
    assert queries.at_risk(seen_by=rolf) == []
    with clock.at(clock.now() + timedelta(days=31)):
        assert [card.idle_days for card in queries.at_risk(seen_by=rolf)] == [31]


def test_something_noted_about_a_deal_touches_it(deal, rolf):
    with clock.at(clock.now() + timedelta(days=31)):
        actions.log_activity(deal, Activity.Kind.CALL, "Dora is on holiday", by=rolf)
        assert queries.at_risk(seen_by=rolf) == []


def test_what_lies_ahead_is_a_task_and_no_activity(deal, rolf):
    with pytest.raises(Refused, match="lies ahead"):
        actions.log_activity(deal, "call", "Call", at=clock.now() + timedelta(days=1), by=rolf)


def test_a_finished_task_can_be_taken_up_again(deal, rolf):
    task = actions.add_task("Send the offer", about=deal, by=rolf)
    done = actions.finish_task(task, version=1, by=rolf)
    assert list(queries.open_tasks(deal)) == []

    actions.reopen_task(done, version=2, by=rolf)
    assert [one.title for one in queries.open_tasks(deal)] == ["Send the offer"]


def test_the_board_asks_the_database_equally_often_however_many_deals(
    works, deal, rolf, client, django_assert_max_num_queries
):
    for number in range(30):
        actions.add_deal(works, f"Deal {number}", by=rolf, amount_cents=1)
    client.force_login(rolf)
    with django_assert_max_num_queries(40):
        client.get(reverse("deals"))
