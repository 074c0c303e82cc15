"""How a deal goes through the seven steps."""

from datetime import timedelta

import pytest

from einklang.crm import actions, queries
from einklang.crm.models import Deal, StageEntry
from einklang.crm.stages import STEPS
from einklang.kernel import clock
from einklang.kernel.errors import NotAllowed, NotFound, Refused, Stale
from einklang.kernel.models import JournalEntry


def test_the_first_deal_of_a_house_brings_the_seven_steps(deal):
    assert [one.code for one in queries.stages()] == [step.code for step in STEPS]
    assert deal.stage.code == "prospect"


def test_a_gate_names_what_is_missing_and_moves_nothing(deal, stage, rolf):
    with pytest.raises(actions.NeedsMore) as refused:
        actions.move_deal(deal, stage.present, version=1, by=rolf)

    assert refused.value.needs == ["amount_cents", "decision_maker"]
    assert str(refused.value) == "To enter “Present” this deal still needs: Amount, Decision maker."
    assert Deal.objects.get().stage == stage.prospect


def test_what_the_gate_asks_for_may_be_given_along(deal, stage, decider, rolf):
    moved = actions.move_deal(
        deal, stage.present, version=1, by=rolf, amount_cents=500_00, decision_maker=decider
    )

    assert (moved.stage, moved.amount_cents, moved.version) == (stage.present, 500_00, 2)


def test_each_stage_entered_is_logged_with_what_the_deal_was_worth(deal, stage, rolf):
    actions.move_deal(deal, stage.prepare, version=1, by=rolf, amount_cents=700_00)

    log = StageEntry.objects.values_list("stage__code", "amount_cents", "by__username")
    assert list(log) == [("prospect", None, "rolf"), ("prepare", 700_00, "rolf")]


def test_a_loss_needs_a_reason_that_is_one_of_the_list(deal, stage, rolf):
    with pytest.raises(actions.NeedsMore):
        actions.lose(deal, "", version=1, by=rolf)
    with pytest.raises(Refused, match="Name one of these reasons"):
        actions.lose(deal, "mood", version=1, by=rolf)

    assert actions.lose(deal, "late", version=1, by=rolf).lost_reason == "late"


def test_a_won_deal_is_closed_today_and_opened_again_it_is_not(deal, stage, day, rolf):
    won = actions.win(deal, version=1, by=rolf, amount_cents=1)
    assert (won.stage, won.closed_on) == (stage.follow_up, day)

    opened = actions.reopen(won, stage.close if won.expected_on else stage.approach, version=2, by=rolf)
    assert (opened.stage, opened.closed_on) == (stage.approach, None)
    events = JournalEntry.objects.filter(event__startswith="crm.deal_").order_by("id")
    assert [entry.event for entry in events] == ["crm.deal_added", "crm.deal_won", "crm.deal_reopened"]


def test_a_lost_deal_that_is_reopened_forgets_the_reason_but_the_journal_does_not(deal, stage, rolf):
    lost = actions.lose(deal, "price", version=1, by=rolf)
    opened = actions.reopen(lost, stage.prospect, version=2, by=rolf)

    assert opened.lost_reason == ""
    assert JournalEntry.objects.get(event="crm.deal_lost").facts["lost_reason"] == "price"


def test_who_saw_an_older_version_moves_nothing(deal, stage, rolf):
    actions.change_deal(deal, version=1, by=rolf, source="Fair")

    with pytest.raises(Stale):
        actions.move_deal(deal, stage.prepare, version=1, by=rolf)
    assert Deal.objects.get().stage == stage.prospect


def test_the_way_of_a_deal_counts_the_days_in_each_stage(deal, stage, day, rolf):
    with clock.at(clock.now() + timedelta(days=9)):
        actions.move_deal(deal, stage.prepare, version=1, by=rolf)
    with clock.at(clock.now() + timedelta(days=14)):
        way = queries.passages(deal)

    assert [(one.stage.code, one.days) for one in way] == [("prospect", 9), ("prepare", 5)]


def test_a_deal_nobody_may_see_cannot_be_moved(elsewhere, stage, vera, rolf):
    hidden = actions.add_deal(elsewhere, "Dosing", by=vera, next_step="Call")

    with pytest.raises(NotFound):
        actions.move_deal(hidden, stage.prepare, version=1, by=rolf)


def test_a_planner_moves_no_deals(deal, stage, paul):
    with pytest.raises(NotAllowed):
        actions.move_deal(deal, stage.prepare, version=1, by=paul)
