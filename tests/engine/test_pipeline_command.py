"""The pipeline at the terminal: a folder of deals in, chances and months out, every bad row named."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from einklang.cli import app
from tests.engine.pipelines import AS_OF, company

TABLES = {
    "deals": """
        deal,created_on,closed_on,outcome,amount
        a,2014-04-01,2014-05-16,won,100
        b,2014-04-01,2014-05-25,won,300
        c,2014-04-01,2014-05-10,lost,100
        d,2014-05-01,,open,500""",
    "stages": """
        deal,stage,entered_on
        a,present,2014-04-01
        b,present,2014-04-01
        c,present,2014-04-01
        d,present,2014-05-01
        d,close,2014-05-20""",
    "odds": """
        stage,odds
        present,0.3
        close,0.7""",
    "lines": """
        deal,item,quantity
        a,P-20,10
        d,P-20,40""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small company's folder."""
    place = tmp_path / "in"
    place.mkdir()
    for name, table in TABLES.items():
        write(place, name, table)
    return place


def write(folder: Path, name: str, table: str) -> None:
    lines = [line.strip() for line in table.strip().splitlines()]
    (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


def run(folder: Path, out: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["engine", "pipeline", str(folder), "-o", str(out), *options])


def test_each_open_deal_gets_a_chance_and_the_months_their_money(folder, tmp_path):
    done = run(folder, tmp_path / "out", "--json")
    summary = json.loads(done.stdout)
    assert done.exit_code == 0, done.output
    assert (summary["open_deals"], summary["decided_deals"], summary["basis"]) == (1, 3, "stated odds")
    assert summary["from_open"] + summary["from_inflow"] == pytest.approx(summary["expected"])
    assert pl.read_csv(tmp_path / "out" / "deals.csv")["chance"][0] == pytest.approx(0.7)


def test_it_writes_its_six_tables(folder, tmp_path):
    run(folder, tmp_path / "out")
    written = {place.stem for place in (tmp_path / "out").iterdir()}
    assert written == {"deals", "months", "stages", "items", "calibration", "leaks"}


def test_the_items_of_an_open_deal_stand_in_the_months_it_may_be_won(folder, tmp_path):
    run(folder, tmp_path / "out")
    items = pl.read_csv(tmp_path / "out" / "items.csv")
    assert items["item"].unique().to_list() == ["P-20"]
    assert 0.4 * 40 < items["mean"].sum() <= 0.7 * 40


def test_deals_alone_are_enough(folder, tmp_path):
    for name in ("stages", "odds", "lines"):
        (folder / f"{name}.csv").unlink()
    done = run(folder, tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["basis"] == "base rate"


def test_a_dry_run_writes_nothing(folder, tmp_path):
    assert run(folder, tmp_path / "out", "--dry-run").exit_code == 0
    assert not (tmp_path / "out").exists()


def test_a_backtest_is_written_and_summed_up(tmp_path):
    deals, visits = company(300)
    (tmp_path / "in").mkdir()
    deals.write_csv(tmp_path / "in" / "deals.csv")
    visits.write_csv(tmp_path / "in" / "stages.csv")
    done = run(
        tmp_path / "in", tmp_path / "out", "--backtest", "--every", "60", "--as-of", str(AS_OF), "--json"
    )
    summary = json.loads(done.stdout)
    assert done.exit_code == 0, done.output
    assert [row["days"] for row in summary["backtest"]] == [30, 60]
    assert pl.read_csv(tmp_path / "out" / "backtest.csv").height == 2 * summary["backtest"][1]["views"] + 1


@pytest.mark.parametrize(
    ("name", "row", "said"),
    [
        ("deals", "d,2014-05-01,,open,500", "row 5, deal: got d, expected each key once"),
        ("deals", "e,2014-05-01,2014-04-30,won,500", "row 5, closed_on: got 2014-04-30, expected 2014-05-01"),
        ("deals", "e,2014-05-01,2014-05-30,perhaps,500", "row 5, outcome: got perhaps, expected open, won"),
        ("deals", "e,2014-05-01,2014-05-30,won,-1", "row 5, amount: got -1, expected 0 or more"),
        ("deals", "e,2014-05-01,2014-05-30,won,NaN", "row 5, amount: got NaN, expected a finite number"),
        ("deals", "e,2014-05-01,,won,5", "row 5, closed_on: got nothing, expected the day it was decided"),
        ("deals", "e,2014-05-01,2014-05-30,open,5", "row 5, closed_on: got 2014-05-30, expected nothing"),
        ("deals", "e,2014-05-01,,open,5", "row 5, deal: got e, open without a stage"),
        ("stages", "z,present,2014-05-01", "row 6, deal: got z, expected a deal of the deals table"),
        ("odds", "other,30", "row 3, odds: got 30, expected a share from 0 to 1"),
        ("lines", "z,P-20,1", "row 3, deal: got z, expected a deal of the deals table"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_written(folder, tmp_path, name, row, said):
    with (folder / f"{name}.csv").open("a") as file:
        file.write(row + "\n")
    done = run(folder, tmp_path / "out")
    assert done.exit_code == 3
    assert said in done.output
    assert not (tmp_path / "out").exists()


def test_a_column_that_knows_the_outcome_is_said_in_the_summary(tmp_path):
    deals, visits = company(300)
    (tmp_path / "in").mkdir()
    known = pl.when(pl.col("outcome") == "won").then(1.0).otherwise(0.0)
    deals.with_columns(bonus_paid=known).write_csv(tmp_path / "in" / "deals.csv")
    visits.write_csv(tmp_path / "in" / "stages.csv")
    summary = json.loads(run(tmp_path / "in", tmp_path / "out", "--json").stdout)
    assert [sentence.split()[0] for sentence in summary["leaks"]] == ["bonus_paid"]
