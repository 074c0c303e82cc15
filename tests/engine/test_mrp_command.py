"""Requirements at a terminal: calendars, alternates, a former plan, and what an item goes into."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from einklang.cli import app


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["engine", "mrp", *[str(word) for word in words]])


@pytest.fixture
def plant(tmp_path) -> Path:
    (tmp_path / "items.csv").write_text("item,on_hand,lead_time,supplier\nchair,2,1,\nleg,0,2,Kappa\n")
    (tmp_path / "bom.csv").write_text("parent,component,quantity\nchair,leg,4\n")
    (tmp_path / "demand.csv").write_text("item,period,quantity,reference\nchair,6,12,SO-1\n")
    return tmp_path


def told(done: Result) -> dict[str, object]:
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_pegging_leads_from_every_order_to_the_end_demand(plant):
    told(run(plant, "-o", plant / "out", "--json"))
    assert pl.read_csv(plant / "out" / "pegging.csv").sort("supply").rows() == [
        ("chair#1", "SO-1", "chair", 10.0),
        ("leg#1", "SO-1", "leg", 40.0),
        ("on hand", "SO-1", "chair", 2.0),
    ]


def test_a_calendar_in_the_folder_is_kept_to(plant):
    (plant / "calendar.csv").write_text("name,period,working\nKappa,5,no\nKappa,4,no\n")
    told(run(plant, "-o", plant / "out", "--json"))
    orders = pl.read_csv(plant / "out" / "planned_orders.csv")
    assert orders.filter(pl.col("item") == "leg").select("release", "due", "source").rows() == [
        (1, 3, "Kappa")
    ]


def test_alternates_in_the_folder_are_used_and_said(plant):
    (plant / "demand.csv").write_text("item,period,quantity\nchair,3,12\n")
    (plant / "alternates.csv").write_text("kind,item,alternate,lead_time\nsupplier,leg,Swift,1\n")
    told(run(plant, "-o", plant / "out", "--json"))
    assert "goes to Swift instead" in (plant / "out" / "exceptions.csv").read_text()


def test_a_former_plan_says_how_much_changes_and_can_be_held_on_to(plant):
    told(run(plant, "-o", plant / "one", "--json"))
    (plant / "demand.csv").write_text("item,period,quantity,reference\nchair,7,12,SO-1\n")
    free = told(run(plant, "-o", plant / "two", "--former", plant / "one", "--json"))
    held = told(run(plant, "-o", plant / "three", "--former", plant / "one", "--hold", 2, "--json"))
    assert free["instability"] == free["orders_changed"] == 1
    assert held["instability"] == held["orders_changed"] == 0
    assert pl.read_csv(plant / "two" / "changes.csv")["item"].to_list() == ["leg", "chair"]


def test_what_an_item_goes_into_is_told_without_planning(plant):
    (plant / "bom.csv").write_text("parent,component,quantity\nsuite,chair,6\nchair,leg,4\n")
    done = told(run(plant, "-o", plant / "out", "--where-used", "leg", "--json"))
    assert done["end_items"] == ["suite"]
    rows = pl.read_csv(plant / "out" / "where_used.csv").select("level", "parent", "total").rows()
    assert rows == [(1, "chair", 4.0), (2, "suite", 24.0)]


def test_an_item_in_no_bill_is_said(plant):
    done = run(plant, "-o", plant / "out", "--where-used", "lamp")
    assert done.exit_code == 3
    assert "lamp stands in no bill" in done.output


def test_a_column_nobody_knows_is_said(plant):
    (plant / "items.csv").write_text("item,on_hand,lead_time,safetystock\nchair,2,1,5\nleg,0,2,0\n")
    done = told(run(plant, "-o", plant / "out", "--json"))
    assert done["notes"] == ["items: the column safetystock is not known and was not used."]
