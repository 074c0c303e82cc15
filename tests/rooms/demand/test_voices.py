"""Voices are added, never edited; who speaks second sees what was said first."""

from datetime import date
from decimal import Decimal

import pytest

from einklang.demand import actions, queries
from einklang.demand.models import Voice
from einklang.kernel import journal
from einklang.kernel.errors import NotAllowed, Refused, Stale
from tests.rooms.demand.conftest import JUNE, MAY


def speak(by, quantity=100, series="P-20", kind="sales", reason="tender", seen=0, period=JUNE):
    return actions.give_voice(
        MAY, series, period, Decimal(quantity), kind=kind, reason=reason, by=by, seen_version=seen
    )


def test_a_change_is_a_new_voice_that_replaces_the_former(run, rolf):
    first = speak(rolf, 100)
    second = speak(rolf, 120, seen=1)
    assert second.replaces == first
    assert list(queries.voices(MAY, seen_by=rolf)) == [second]
    assert Voice.objects.count() == 2


def test_who_speaks_second_without_having_seen_the_first_sees_both_figures(run, rolf, sina):
    speak(rolf, 100, reason="tender in the north")
    with pytest.raises(Stale) as conflict:
        speak(sina, 80)
    assert (conflict.value.yours, conflict.value.theirs) == (80, 100)
    assert "Rolf says 100 by now (tender in the north); you say 80" in str(conflict.value)
    assert Voice.objects.count() == 1


def test_different_kinds_of_voices_stand_side_by_side(run, rolf, fina):
    speak(rolf, 100)
    speak(fina, 80, kind="finance")
    assert queries.voices(MAY, seen_by=rolf).count() == 2
    assert queries.seen(MAY, "P-20", JUNE) == "finance:1;sales:1"


def test_a_withdrawn_voice_stays_on_record_and_stands_no_more(run, rolf):
    voice = speak(rolf)
    actions.withdraw_voice(voice, by=rolf)
    assert not queries.voices(MAY, seen_by=rolf)
    assert queries.about(MAY, "P-20", JUNE).get() == voice
    assert speak(rolf).version == 2


def test_a_voice_is_withdrawn_once(run, rolf):
    voice = speak(rolf)
    actions.withdraw_voice(voice, by=rolf)
    with pytest.raises(Refused, match="does not stand"):
        actions.withdraw_voice(voice, by=rolf)


def test_another_ones_voice_is_withdrawn_only_by_who_agrees_the_demand(run, rolf, sina, mara):
    voice = speak(rolf)
    with pytest.raises(NotAllowed):
        actions.withdraw_voice(voice, by=sina)
    actions.withdraw_voice(voice, by=mara)


def test_a_voice_about_a_family_is_heard(run, rolf):
    assert speak(rolf, 500, series="family:pumps").level == "family"


@pytest.mark.parametrize(
    "wrong",
    [
        {"series": "X-1"},
        {"period": MAY},
        {"period": date(2020, 1, 1)},
        {"quantity": -1},
        {"quantity": "NaN"},
        {"reason": "  "},
        {"kind": "gossip"},
    ],
)
def test_a_voice_that_says_nothing_usable_is_refused(run, rolf, wrong):
    with pytest.raises(Refused):
        speak(rolf, **wrong)
    assert not Voice.objects.exists()


def test_not_every_role_may_speak(run, adam):
    with pytest.raises(NotAllowed):
        speak(adam)


def test_a_voice_is_in_the_journal_with_what_was_said_before(run, rolf):
    speak(rolf, 100)
    speak(rolf, 120, seen=1)
    facts = journal.entries(event="demand.voice_given").first().facts
    assert (Decimal(facts["quantity"]), Decimal(facts["before"]), facts["reason"]) == (120, 100, "tender")
