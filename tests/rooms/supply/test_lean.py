"""Lean from a plan: takt against hours, kanban loops and cards, the levelled month, buffers."""

from datetime import date

import polars as pl
import pytest
from django.urls import reverse

from einklang.catalog.models import Family, Item
from einklang.supply import actions, queries

JUNE = date(2014, 6, 1)


@pytest.fixture
def run(plant, consensus, paul):
    return actions.plan_supply(consensus, by=paul)


@pytest.fixture
def floor(run, paul):
    return queries.floor(run, seen_by=paul)


def test_takt_is_the_hours_of_the_month_over_its_units(floor):
    takt = queries.takts(floor, JUNE).row(0, named=True)

    assert takt["name"] == "Bench"
    assert takt["takt_minutes"] == pytest.approx(takt["hours"] / takt["units"] * 60)
    assert takt["share"] == pytest.approx(takt["needed"] / takt["hours"])


def test_a_family_has_the_hours_that_the_others_leave(run, plant, paul):
    large = Family.objects.create(code="L", name="Large")
    Item.objects.filter(code="P2").update(family=large)
    whole = queries.takts(queries.floor(run, seen_by=paul), JUNE).row(0, named=True)
    part = queries.takts(queries.floor(run, family="L", seen_by=paul), JUNE).row(0, named=True)

    assert part["units"] < whole["units"]
    assert part["hours"] + (whole["needed"] - part["needed"]) == pytest.approx(whole["hours"])


def test_a_family_holds_the_items_of_the_families_below_it(run, plant, paul):
    above = Family.objects.create(code="T", name="Top")
    below = Family.objects.create(code="L", name="Large", parent=above)
    Item.objects.filter(code="P2").update(family=below)

    assert queries.floor(run, family="T", seen_by=paul).family_items.to_list() == ["P2"]


def test_loops_run_from_the_supplier_to_where_the_part_is_used_and_on_to_shipping(floor):
    loops = {row["item"]: row for row in queries.loops(floor, 0.1).iter_rows(named=True)}

    assert (loops["S"]["source"], loops["S"]["target"]) == ("Screws Ltd", "Bench")
    assert (loops["M"]["source"], loops["M"]["target"]) == ("Bench", "Bench")
    assert loops["P1"]["target"] == "Shipping"
    assert loops["S"]["container"] % 100 == 0


def test_more_safety_means_more_cards(floor):
    few = queries.loops(floor, 0.0)["cards"].sum()

    assert queries.loops(floor, 2.0)["cards"].sum() > few


def test_the_levelled_month_makes_what_the_plan_makes_on_working_days_only(floor):
    board = queries.board(floor, JUNE)
    made = floor.plan.filter((pl.col("period") == JUNE) & pl.col("item").is_in(["P1", "P2"]))["make"].sum()

    assert sum(board.totals) == pytest.approx(made, abs=1)
    assert all(day.weekday() < 5 for day in board.days)
    assert max(board.totals) - min(board.totals) <= 1


def test_buffers_propose_an_order_up_to_the_top_of_green_in_whole_lots(floor):
    found = {row["item"]: row for row in queries.buffered(floor).iter_rows(named=True)}
    pump = found["P2"]

    assert pump["zone"] == "red"
    assert pump["order"] >= pump["top_of_green"] - pump["net_flow"]
    assert pump["order"] == int(pump["order"])
    assert found["S"]["order"] % 100 == 0


def test_the_pages_show_loops_cards_board_and_buffers(run, paul, client):
    client.force_login(paul)
    cards = client.get(reverse("lean-cards"), {"item": "M"})

    assert "Bench" in client.get(reverse("lean"), {"search": "mot", "safety": "20"}).text
    assert (
        cards.text.count('class="floor-card"')
        == queries.loops(queries.floor(run, seen_by=paul), 0.1).filter(pl.col("item") == "M")["cards"].sum()
    )
    assert "Small pump" in client.get(reverse("lean-levelled"), {"month": "2014-07"}).text
    assert "floor-buffer" in client.get(reverse("lean-buffers"), {"zone": "red"}).text


def test_what_does_not_exist_is_not_found(run, paul, client):
    client.force_login(paul)

    assert client.get(reverse("lean"), {"month": "1999-01"}).status_code == 404
    assert client.get(reverse("lean-cards"), {"item": "NONE"}).status_code == 404


def test_without_a_plan_the_pages_say_what_is_missing(company, paul, client):
    client.force_login(paul)

    for name in ("lean", "lean-cards", "lean-levelled", "lean-buffers"):
        assert client.get(reverse(name)).status_code == 200


def test_loops_and_buffers_over_json_are_those_of_the_pages(run, paul, client):
    client.force_login(paul)
    floor = queries.floor(run, seen_by=paul)
    loops = client.get(f"/api/supply/runs/{run.pk}/kanban").json()
    buffers = client.get(f"/api/supply/runs/{run.pk}/buffers").json()

    assert [one["cards"] for one in loops] == queries.loops(floor, 0.1)["cards"].to_list()
    assert [one["order"] for one in buffers] == queries.buffered(floor)["order"].to_list()
