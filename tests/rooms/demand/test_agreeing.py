"""One demand plan: from the forecast and all voices, locked, and never changed afterwards."""

from decimal import Decimal

import polars as pl
import pytest

from einklang.demand import actions, queries
from einklang.kernel import journal
from einklang.kernel.errors import NotAllowed, Refused
from tests.rooms.demand.conftest import JUNE, MAY


def june(consensus, series="P-30"):
    frame = queries.consensus_frame(consensus)
    return frame.filter((pl.col("series") == series) & (pl.col("period") == JUNE)).row(0, named=True)


def test_without_voices_the_forecast_is_agreed(run, mara):
    agreed = actions.agree(MAY, by=mara)
    line = june(agreed)
    assert line["quantity"] == pytest.approx(line["statistical"])
    assert not queries.moved_lines(agreed)
    assert queries.consensus_frame(agreed).height == 3 * 6


def test_a_voice_moves_the_plan_half_way_and_says_why(run, mara, rolf):
    actions.give_voice(MAY, "P-30", JUNE, Decimal(50), kind="sales", reason="tender", by=rolf)
    agreed = actions.agree(MAY, by=mara)
    line = june(agreed)
    assert line["quantity"] == pytest.approx((line["statistical"] + 50) / 2)
    heard = queries.moved_lines(agreed).get().heard
    assert heard == [{"kind": "sales", "quantity": 50.0, "weight": 1.0, "reason": "tender"}]


def test_a_voice_about_a_family_reaches_its_items(run, mara, rolf):
    actions.give_voice(MAY, "family:pumps", JUNE, Decimal(300), kind="sales", reason="tender", by=rolf)
    agreed = actions.agree(MAY, by=mara)
    moved = sum(june(agreed, code)["quantity"] for code in ("P-20", "P-30"))
    stated = sum(june(agreed, code)["statistical"] for code in ("P-20", "P-30"))
    assert moved == pytest.approx((stated + 300) / 2)
    assert {line.series for line in queries.moved_lines(agreed)} == {"P-20", "P-30"}


def test_agreeing_twice_without_anything_new_is_one_consensus(run, mara):
    assert actions.agree(MAY, by=mara) == actions.agree(MAY, by=mara)


def test_a_later_voice_makes_the_next_number_and_leaves_the_former(run, mara, rolf):
    first = actions.agree(MAY, by=mara)
    before = june(first)
    actions.give_voice(MAY, "P-30", JUNE, Decimal(50), kind="sales", reason="tender", by=rolf)
    second = actions.agree(MAY, by=mara)
    assert (second.number, june(first)) == (2, before)
    assert queries.latest_consensus(MAY) == second


def test_the_review_says_when_something_is_new_since_the_consensus(run, mara, rolf):
    actions.agree(MAY, by=mara)
    assert not queries.review(run, seen_by=mara).outdated
    actions.give_voice(MAY, "P-30", JUNE, Decimal(50), kind="sales", reason="tender", by=rolf)
    assert queries.review(run, seen_by=mara).outdated


def test_a_rep_may_not_agree(run, rolf):
    with pytest.raises(NotAllowed, match="agree the consensus demand"):
        actions.agree(MAY, by=rolf)


def test_without_a_forecast_there_is_nothing_to_agree(company, mara):
    with pytest.raises(Refused, match="run one first"):
        actions.agree(MAY, by=mara)


def test_an_agreement_is_one_line_in_the_journal(run, mara):
    actions.agree(MAY, by=mara)
    assert journal.entries(event="demand.agreed").get().facts["run"] == run.pk
