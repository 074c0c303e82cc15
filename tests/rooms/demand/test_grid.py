"""The review as a grid: every cell with its forecast and voices, many said at once, and taken back."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from einklang.catalog.models import Item
from einklang.demand import actions, queries
from einklang.demand.actions import Said
from einklang.demand.models import Voice, VoiceBatch
from einklang.kernel import journal
from einklang.kernel.errors import NotAllowed, Refused
from tests.rooms.demand.conftest import JUNE, MAY

JULY = date(2014, 7, 1)


def said(series="P-20", quantity=100, period=JUNE, kind="sales", reason="tender", **more):
    quantity = None if quantity is None else Decimal(quantity)
    return Said(series, period, kind, quantity, reason, **more)


def give(by, *rows):
    return actions.give_voices(MAY, list(rows), by=by)


def figures(by):
    return {
        (voice.series, voice.period.month): float(voice.quantity) for voice in queries.voices(MAY, seen_by=by)
    }


def test_many_figures_are_one_batch_and_one_line_in_the_journal(run, rolf):
    outcomes = give(rolf, said(), said(period=JULY), said("family:valves", 20))
    assert [outcome.state for outcome in outcomes] == ["given"] * 3
    assert len({outcome.batch for outcome in outcomes}) == VoiceBatch.objects.count() == 1
    assert journal.entries(event="demand.voices_given").get().facts["given"] == 3


def test_each_row_is_taken_or_refused_by_itself(run, rolf):
    outcomes = give(rolf, said(), said("X-1"), said("V-1", -1), said("P-30", reason=" "))
    assert [outcome.state for outcome in outcomes] == ["given", "refused", "refused", "refused"]
    assert all(outcome.sentence for outcome in outcomes[1:])
    assert Voice.objects.count() == 1


def test_a_row_somebody_spoke_about_since_shows_both_figures_and_overwrites_nothing(run, rolf, sina):
    give(sina, said(quantity=80))
    (stale, fresh) = give(rolf, said(quantity=100), said("P-30", 40))
    assert (stale.state, stale.standing.quantity, stale.said.quantity) == ("stale", 80, 100)
    assert "Sina says 80" in stale.sentence
    assert fresh.state == "given"
    assert figures(rolf) == {("P-20", 6): 80, ("P-30", 6): 40}


def test_the_same_figure_again_is_nothing_new(run, rolf):
    give(rolf, said())
    (again,) = give(rolf, said(seen_version=1))
    assert (again.state, again.batch, Voice.objects.count()) == ("unchanged", None, 1)


def test_a_cell_that_stands_twice_counts_once(run, rolf):
    first, second = give(rolf, said(quantity=1), said(quantity=2))
    assert (first.state, second.state) == ("given", "refused")


def test_an_emptied_cell_takes_the_voice_back(run, rolf):
    give(rolf, said())
    (gone,) = give(rolf, said(quantity=None, seen_version=1))
    assert gone.state == "withdrawn"
    assert figures(rolf) == {}


def test_a_batch_that_is_taken_back_leaves_what_stood_before(run, rolf):
    give(rolf, said(quantity=70))
    outcomes = give(rolf, said(quantity=100, seen_version=1), said("P-30", 40))
    actions.take_back(outcomes[0].batch, by=rolf)
    assert figures(rolf) == {("P-20", 6): 70}
    assert Voice.objects.count() == 4  # 70, 100, 40, and 70 again


def test_what_was_taken_back_can_be_brought_again(run, rolf):
    (_first,) = give(rolf, said(quantity=70))
    (changed,) = give(rolf, said(quantity=100, seen_version=1))
    undone = actions.take_back(changed.batch, by=rolf)
    actions.take_back(undone[0].batch, by=rolf)
    assert figures(rolf) == {("P-20", 6): 100}


def test_an_emptied_cell_comes_back_when_its_batch_is_taken_back(run, rolf):
    give(rolf, said(quantity=70))
    (gone,) = give(rolf, said(quantity=None, seen_version=1))
    actions.take_back(gone.batch, by=rolf)
    assert figures(rolf) == {("P-20", 6): 70}


def test_what_somebody_said_since_is_kept_when_a_batch_is_taken_back(run, rolf, sina):
    (mine,) = give(rolf, said(quantity=100))
    give(sina, said(quantity=60, seen_version=1))
    (kept,) = actions.take_back(mine.batch, by=rolf)
    assert (kept.state, figures(rolf)) == ("stale", {("P-20", 6): 60})


def test_a_batch_is_taken_back_once_and_by_who_gave_it(run, rolf, sina):
    (mine,) = give(rolf, said())
    with pytest.raises(NotAllowed):
        actions.take_back(mine.batch, by=sina)
    actions.take_back(mine.batch, by=rolf)
    with pytest.raises(Refused, match="already"):
        actions.take_back(mine.batch, by=rolf)


def test_a_grid_shows_items_and_what_they_add_up_to(run, rolf):
    give(rolf, said(quantity=200), said(kind="finance", quantity=90))
    shown = queries.grid(run, seen_by=rolf, family="family:pumps", months=[JUNE, JULY])
    assert (shown.series, shown.branches) == (["P-20", "P-30"], ["family:pumps"])
    june = shown.row("P-20").cells[0]
    assert (june.quantity, june.version, june.author) == (200, 1, "Rolf")
    assert june.others == {"finance": 90}
    assert june.year_ago == 120
    assert june.outlook == pytest.approx((june.statistical + 200 + 90) / 3)
    family = shown.row("family:pumps").cells[0]
    parts = [shown.row(code).cells[0] for code in ("P-20", "P-30")]
    assert family.outlook == pytest.approx(sum(part.outlook for part in parts))
    assert family.statistical == pytest.approx(sum(part.statistical for part in parts))


def test_a_grid_finds_and_sorts(run, rolf):
    assert queries.grid(run, seen_by=rolf, search="pump 3").series == ["P-30"]
    assert queries.grid(run, seen_by=rolf, sort="name").series == ["P-20", "P-30", "V-1"]


def test_who_may_not_speak_gets_a_grid_to_read(run, adam, rolf):
    assert not queries.grid(run, seen_by=adam).editable
    assert queries.grid(run, seen_by=rolf).editable


def test_a_grid_asks_the_database_as_often_however_many_items_there_are(run, anna, items):
    with CaptureQueriesContext(connection) as few:
        queries.grid(run, seen_by=anna)
    Item.objects.bulk_create(
        Item(code=f"N-{n}", name=f"New {n}", family=items["V-1"].family) for n in range(20)
    )
    later = actions.run_forecast(MAY, horizon=6, by=anna)
    with CaptureQueriesContext(connection) as many:
        shown = queries.grid(later, seen_by=anna)
    assert "N-19" in shown.series
    assert len(many) == len(few)


def test_what_the_grid_promises_is_what_is_agreed(run, rolf, mara):
    give(rolf, said(quantity=200), said("family:pumps", 300, period=JULY))
    promised = queries.grid(run, seen_by=rolf).frame.filter(pl.col("level") == "item")
    agreed = queries.consensus_frame(actions.agree(MAY, by=mara))
    both = promised.join(agreed, on=["series", "period"], suffix="_then")
    assert both["outlook"].to_list() == pytest.approx(both["quantity_then"].to_list())


def test_batches_are_listed_with_what_became_of_them(run, rolf):
    (mine,) = give(rolf, replace(said(), reason="fair"))
    actions.take_back(mine.batch, by=rolf)
    undo, batch = queries.batches(MAY, seen_by=rolf)
    assert (batch.count, batch.reason, batch.taken_back) == (1, "fair", True)
    assert (undo.undoes, undo.taken_back) == (batch.pk, False)
