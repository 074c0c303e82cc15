"""KPIs at the terminal: a folder of tables in, figures out, every bad cell named."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from einklang.cli import app

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
    "leads": """
        lead,created_at,converted_on
        x,2014-05-02 16:30,2014-05-20
        y,2014-05-06T10:00,""",
    "activities": """
        lead,at
        x,2014-05-05 09:30
        y,2014-05-06 12:30""",
    "orders": """
        order,customer,ordered_on,amount,cost,promised_on,shipped_on
        1,a,2014-05-05,100,60,2014-05-09,2014-05-08
        2,b,2014-05-06,60,36,2014-05-09,2014-05-10""",
    "costs": """
        period,kind,amount
        2014-05-01,marketing,160""",
    "people": """
        person,hired_on,left_on
        rolf,2010-01-01,
        anna,2010-01-01,2014-05-15""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in TABLES.items():
        lines = [line.strip() for line in text.strip().splitlines()]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines))
    return tmp_path


def run(*words: object):
    return CliRunner().invoke(app, ["engine", *map(str, words)])


def figures(folder: Path, *more: str) -> dict[str, dict[str, object]]:
    done = run("kpis", folder, "--json", "--as-of", "2014-06-30", "--period", "2014-05", *more)
    assert done.exit_code == 0, done.output
    return {line["kpi"]: line for line in json.loads(done.stdout)["kpis"]}


@pytest.mark.parametrize(
    ("kpi", "value"),
    [
        ("sales_cycle", 45),
        ("close_rate", 2 / 3),
        ("close_rate_by_value", 0.8),
        ("win_rate", 0),
        ("lead_conversion", 0.5),
        ("response_time", 1.75),
        ("cac", 80),
        ("revenue", 160),
        ("margin", 0.4),
        ("team_turnover", 2 / 3),
        ("order_cycle_time", 3.5),
        ("on_time", 0.5),
    ],
)
def test_a_folder_gives_the_figure(folder, kpi, value):
    assert figures(folder)[kpi]["value"] == pytest.approx(value)


def test_a_table_that_is_missing_is_named_with_the_figure(folder):
    (folder / "costs.csv").unlink()
    assert figures(folder)["cac"]["why_not"] == "The table costs is missing."


def test_office_hours_change_the_response_time(folder):
    assert figures(folder, "--hours", "08:30-17:30")["response_time"]["value"] == pytest.approx(2.25)


def test_every_bad_cell_is_listed_and_nothing_is_written(folder, tmp_path):
    (folder / "deals.csv").write_text(
        "deal,created_on,closed_on,outcome,amount\na,2014-13-01,,perhaps,-1\nb,2014-05-01,,won,1"
    )
    done = run("kpis", folder, "-o", tmp_path / "out.csv")
    assert done.exit_code == 3
    assert "row 1, created_on" in done.output
    assert "row 1, amount" in done.output
    assert not (tmp_path / "out.csv").exists()


def test_a_decided_deal_needs_the_day_of_its_decision(folder):
    (folder / "deals.csv").write_text("deal,created_on,closed_on,outcome,amount\nb,2014-05-01,,won,1")
    done = run("kpis", folder)
    assert done.exit_code == 3
    assert "closed_on" in done.output


def test_an_empty_folder_is_invalid_data(tmp_path):
    assert run("kpis", tmp_path).exit_code == 3
