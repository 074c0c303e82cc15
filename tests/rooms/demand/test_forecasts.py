"""A forecast run is a fact: it adds up, can be told apart by its inputs, and nobody changes it."""

from datetime import date

import polars as pl
import pytest

from einklang.catalog.models import Item
from einklang.demand import actions, queries
from einklang.demand.models import ForecastRun
from einklang.kernel import jobs, journal
from einklang.kernel.errors import NotAllowed, Refused
from einklang.orders.models import OrderLine
from tests.rooms.demand.conftest import JUNE, MAY


def month(run, series, period=JUNE):
    return queries.points(run, series).filter(pl.col("period") == period).row(0, named=True)


def test_items_add_up_to_families_and_the_total(run):
    parts = [month(run, code)["mean"] for code in ("P-20", "P-30")]
    assert month(run, "family:pumps")["mean"] == pytest.approx(sum(parts))
    valves = month(run, "family:valves")["mean"]
    assert month(run, "total")["mean"] == pytest.approx(sum(parts) + valves)


def test_the_forecast_begins_the_month_after_the_last_known_one(run):
    periods = queries.forecast_frame(run, ["P-20"])["period"]
    assert (periods[0], periods[-1], len(periods)) == (JUNE, date(2014, 11, 1), 6)


def test_a_june_peak_is_expected_again(run):
    assert month(run, "P-20")["mean"] == pytest.approx(120, rel=0.1)
    assert month(run, "P-20", date(2014, 7, 1))["mean"] == pytest.approx(60, rel=0.1)


def test_the_same_orders_give_the_run_that_exists(run, anna):
    assert actions.run_forecast(MAY, horizon=6, by=anna) == run
    assert ForecastRun.objects.count() == 1


def test_a_new_order_line_gives_a_new_run_and_leaves_the_old_one(run, anna):
    before = month(run, "V-1")
    line = OrderLine.objects.filter(item__code="V-1", period=MAY).get()
    OrderLine.objects.create(
        order=line.order,
        line_number=9,
        item=line.item,
        quantity=50,
        unit_price_exact=1,
        amount_cents=0,
        amount_exact=0,
        period=MAY,
    )
    later = actions.run_forecast(MAY, horizon=6, by=anna)
    assert later != run
    assert month(run, "V-1") == before
    assert queries.latest_run(MAY) == later


def test_nothing_is_expected_after_a_planned_end_and_the_families_lose_as_much(run, anna):
    Item.objects.filter(code="P-30").update(ended_on=date(2014, 6, 30))
    later = actions.run_forecast(MAY, horizon=6, by=anna)
    july = date(2014, 7, 1)
    assert month(later, "P-30")["mean"] > 0
    assert month(later, "P-30", july)["mean"] == 0
    assert month(later, "family:pumps", july)["mean"] == pytest.approx(month(later, "P-20", july)["mean"])


def test_an_item_without_orders_stands_in_the_forecast_so_that_people_can_speak_about_it(ordered, anna):
    Item.objects.create(code="P-99", name="Pump 99", family=ordered["P-20"].family)
    run = actions.run_forecast(MAY, horizon=6, by=anna)
    assert month(run, "P-99")["method"] == "new: no orders yet"
    assert month(run, "P-99")["mean"] == 0


def test_a_walk_back_says_how_right_the_engine_would_have_been(run):
    measured = queries.snapshot(run)
    assert measured.count == 36
    assert measured.wape < 0.1
    assert {one.series for one in queries.accuracy(run, level="family")} == {"family:pumps", "family:valves"}


def test_a_run_leaves_one_line_in_the_journal(run, anna):
    entry = journal.entries(event="demand.forecast_run").get()
    assert (entry.by_id, entry.facts["fingerprint"]) == (anna.pk, run.fingerprint)


def test_only_some_roles_may_run_a_forecast(ordered, rolf):
    with pytest.raises(NotAllowed, match="run a forecast"):
        actions.run_forecast(MAY, by=rolf)


def test_without_orders_there_is_nothing_to_forecast_from(items, anna):
    with pytest.raises(Refused, match="no orders"):
        actions.run_forecast(MAY, by=anna)


def test_the_job_makes_the_same_run_as_the_action(run, anna):
    job = jobs.run_now(
        "demand.jobs.forecast", about="x", by=anna, as_of="2014-05-01", horizon=6, username="anna"
    )
    assert job.result["run"] == run.pk


def test_the_forecast_is_explained_in_sentences(run, anna):
    sentences = queries.item_view(run, "P-20", seen_by=anna).sentences
    assert "36 months of orders are known." in sentences
    assert any("four times out of five" in sentence for sentence in sentences)
