"""The supply engines at a terminal: folders in, folders out, faults with their place."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from einklang.cli import app


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["engine", *[str(word) for word in words]])


@pytest.fixture
def plant(tmp_path):
    (tmp_path / "items.csv").write_text("item,on_hand,lead_time\nchair,2,1\nleg,0,2\n")
    (tmp_path / "bom.csv").write_text("parent,component,quantity\nchair,leg,4\n")
    (tmp_path / "demand.csv").write_text("item,period,quantity,reference\nchair,5,12,SO-1\n")
    return tmp_path


def test_requirements_come_out_as_four_tables(plant):
    out = plant / "out"
    done = run("mrp", plant, "-o", out, "--json")
    assert done.exit_code == 0, done.output
    orders = pl.read_csv(out / "planned_orders.csv").select("item", "release", "due", "quantity").rows()
    assert orders == [("chair", 4, 5, 10.0), ("leg", 2, 4, 40.0)]
    assert {path.name for path in out.iterdir()} == {
        "planned_orders.csv",
        "pegging.csv",
        "projected.csv",
        "exceptions.csv",
    }
    assert json.loads(done.stdout)["orders"] == 2


def test_a_cycle_is_invalid_data(plant):
    (plant / "bom.csv").write_text("parent,component,quantity\nchair,leg,4\nleg,chair,1\n")
    done = run("mrp", plant, "-o", plant / "out")
    assert done.exit_code == 3
    assert "chair > leg > chair" in done.output
    assert not (plant / "out").exists()


def test_a_missing_table_is_named(plant):
    (plant / "demand.csv").unlink()
    done = run("mrp", plant, "-o", plant / "out")
    assert done.exit_code == 3
    assert "demand.csv" in done.output


@pytest.fixture
def works(tmp_path):
    (tmp_path / "periods.csv").write_text("period,working_days\n2014-05,20\n2014-06,20\n")
    (tmp_path / "items.csv").write_text("item,material_cost,holding_cost,lost_sale_cost\npump,5,1,\n")
    (tmp_path / "demand.csv").write_text("item,period,quantity,price\npump,2014-05,4,9\npump,2014-06,16,9\n")
    (tmp_path / "resources.csv").write_text("resource,hours\nbench,10\n")
    (tmp_path / "routing.csv").write_text("item,resource,hours\npump,bench,1\n")
    return tmp_path


def test_a_balance_foots_and_names_its_bottleneck(works):
    done = run("balance", works, "-o", works / "out", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["status"], said["objective"], said["gap"]) == ("optimal", 106.0, 0.0)
    assert "bench is full" in said["bottlenecks"][0]
    assert pl.read_csv(works / "out" / "cost.csv")["amount"].sum() == pytest.approx(106)


def test_a_clash_is_said_in_a_sentence(works):
    (works / "resources.csv").write_text("resource,hours\nbench,9\n")
    done = run("balance", works, "-o", works / "out")
    assert done.exit_code == 3
    assert "2.0 more hours on bench" in done.output


def test_a_setting_nobody_knows_is_invalid_data(works):
    (works / "settings.json").write_text('{"objektive": "cost"}')
    done = run("balance", works, "-o", works / "out")
    assert done.exit_code == 3
    assert "objektive" in done.output


def test_stock_policies_from_demand_history(tmp_path):
    (tmp_path / "items.csv").write_text("item,lead_time\npump,2\n")
    (tmp_path / "demand.csv").write_text("item,period,quantity\npump,1,8\npump,2,12\npump,3,10\n")
    done = run("stock", tmp_path, "-o", tmp_path / "out", "--service", "0.95")
    assert done.exit_code == 0, done.output
    row = pl.read_csv(tmp_path / "out" / "stock.csv").row(0, named=True)
    assert row["safety_stock"] == pytest.approx(1.6449 * 2 * 2**0.5, rel=1e-3)


def test_quotas_sum_to_what_can_be_delivered(tmp_path):
    (tmp_path / "w.csv").write_text("territory,weight\nnorth,2\nsouth,1\n")
    done = run(
        "quota", tmp_path / "w.csv", "-o", tmp_path / "q.csv", "--target", 10000, "--sellable", 8000, "--json"
    )
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["uncovered"] == 2000
    assert pl.read_csv(tmp_path / "q.csv")["quota"].to_list() == [5333, 2667]


@pytest.fixture
def chain(tmp_path):
    """A shop supplied by a depot, and the link between them."""
    stages, links = tmp_path / "stages.csv", tmp_path / "links.csv"
    stages.write_text("item,lead_time,holding_cost,demand,error_sd\nshop,1,2,100,15\ndepot,1,1,,\n")
    links.write_text("item,goes_into\ndepot,shop\n")
    return stages, links, tmp_path / "stock.csv"


def test_safety_stock_lies_where_it_costs_least(chain):
    """In the shop alone it costs 2 * sqrt(2) = 2.83 deviations, in both places 1 + 2 = 3."""
    stages, links, out = chain
    done = run("stock", stages, "--network", links, "-o", out, "--json")
    assert done.exit_code == 0, done.output
    assert dict(pl.read_csv(out).select("item", "bridged").iter_rows()) == {"shop": 2, "depot": 0}


def test_base_stocks_of_a_chain_cost_what_is_published(chain):
    """Snyder and Shen (2019), problem 6.1: 166.25 a period."""
    stages, links, out = chain
    done = run("stock", stages, "--network", links, "--stockout-cost", 15, "-o", out, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["cost"] == pytest.approx(166.25, rel=0.005)


def test_the_policy_of_least_cost_is_the_published_one(tmp_path):
    """Snyder and Shen (2019), example 5.1: r 126.87, Q 328.45; time in years."""
    items = tmp_path / "items.csv"
    items.write_text(
        "item,lead_time,demand,error_sd,order_cost,holding_cost,shortage_cost\n"
        "joe,0.08333333333333333,1300,150,8,0.225,7.5\n"
    )
    out = tmp_path / "stock.csv"
    assert run("stock", items, "--target", "cost", "-o", out).exit_code == 0
    row = pl.read_csv(out).row(0, named=True)
    assert (row["reorder_point"], row["lot"]) == (
        pytest.approx(126.867, abs=0.01),
        pytest.approx(328.449, abs=0.01),
    )


def test_a_cost_that_is_missing_names_its_row(tmp_path):
    items = tmp_path / "items.csv"
    items.write_text("item,lead_time,demand,error_sd,order_cost,holding_cost\njoe,1,10,2,8,0.2\n")
    done = run("stock", items, "--target", "cost", "-o", tmp_path / "stock.csv")
    assert done.exit_code == 3
    assert "shortage_cost" in done.output
