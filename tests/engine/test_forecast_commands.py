"""The demand engines at a terminal: tables in, tables out, and an exit code that says what was wrong."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from einklang.cli import app
from einklang.engine.periods import month_range

runner = CliRunner()


@pytest.fixture
def history(tmp_path: Path) -> Path:
    months = month_range(date(2020, 1, 1), 36)
    table = pl.DataFrame({"series": "a", "period": months, "quantity": [float(n % 12) for n in range(36)]})
    path = tmp_path / "history.csv"
    table.write_csv(path)
    return path


def call(*words: object) -> tuple[int, str, str]:
    result = runner.invoke(app, ["engine", *map(str, words)])
    return result.exit_code, result.stdout, result.stderr


def test_a_table_becomes_a_forecast_in_the_columns_of_the_contract(history, tmp_path):
    out = tmp_path / "out.csv"
    code, told, _ = call("forecast", history, "-o", out, "--horizon", 6, "--levels", "80,95", "--json")
    assert (code, json.loads(told)["status"], json.loads(told)["series"]) == (0, "ok", 1)
    table = pl.read_csv(out)
    assert table.columns == ["series", "period", "mean", "lo-80", "hi-80", "lo-95", "hi-95", "method"]
    assert table["period"].to_list()[0] == "2023-01-01"


def test_a_dry_run_writes_nothing(history, tmp_path):
    code, _, _ = call("forecast", history, "-o", tmp_path / "out.csv", "--dry-run")
    assert code == 0
    assert not (tmp_path / "out.csv").exists()


def test_with_a_hierarchy_the_total_is_forecast_too(history, tmp_path):
    tree = tmp_path / "tree.csv"
    tree.write_text("series,parent\na,total\n")
    out = tmp_path / "out.parquet"
    assert call("forecast", history, "-o", out, "--hierarchy", tree)[0] == 0
    assert set(pl.read_parquet(out)["series"]) == {"a", "total"}


def test_bad_rows_are_listed_and_the_code_is_3(tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text("series,period,quantity\na,2020-01-01,x\na,31.12.2020,1\n")
    code, _, said = call("forecast", bad, "-o", tmp_path / "out.csv")
    assert code == 3
    assert "row 1, quantity: got x" in said
    assert "row 2, period: got 31.12.2020" in said


@pytest.mark.parametrize("words", [["--levels", "x"], ["--levels", "0"], ["--horizon", "0"], ["--freq", "Y"]])
def test_a_wrong_option_is_a_usage_error(history, tmp_path, words):
    assert call("forecast", history, "-o", tmp_path / "out.csv", *words)[0] == 2


def test_a_missing_file_is_named(tmp_path):
    code, _, said = call("forecast", tmp_path / "none.csv", "-o", tmp_path / "out.csv")
    assert code == 3
    assert "no such file" in said


def test_accuracy_reads_two_files_or_a_folder(history, tmp_path):
    actuals = pl.read_csv(history, try_parse_dates=True)
    actuals.write_csv(tmp_path / "actuals.csv")
    actuals.tail(6).rename({"quantity": "mean"}).write_csv(tmp_path / "forecasts.csv")
    two = call(
        "accuracy", tmp_path / "actuals.csv", tmp_path / "forecasts.csv", "-o", tmp_path / "o.csv", "--json"
    )
    one = call("accuracy", tmp_path, "-o", tmp_path / "o.csv", "--json")
    assert two[0] == one[0] == 0
    assert json.loads(one[1])["wape"] == json.loads(two[1])["wape"] == 0.0
