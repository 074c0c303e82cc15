"""Lots at a terminal: the page about them runs as it stands, bad input is named."""

import json
import re
import shlex
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from einklang.cli import app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "plan-lots.md"


def blocks(language: str) -> list[str]:
    """The blocks of one language on the page."""
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return found


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The page's tables as a folder, in the current one."""
    names = re.findall(r"\*\*(\w+\.csv)\*\*", PAGE.read_text())
    (tmp_path / "case").mkdir()
    for name, text in zip(names, blocks("csv"), strict=True):
        (tmp_path / "case" / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str):
    return CliRunner().invoke(app, list(words))


@pytest.mark.parametrize("block", blocks("sh"))
def test_the_commands_run(folder, block):
    result = run(*shlex.split(block)[1:])
    assert result.exit_code == 0, result.stderr
    plan = pl.read_csv(folder / "plan" / "plan.csv")
    assert plan.columns == ["item", "period", "demand", "make", "setup", "stock", "lost"]
    assert plan["stock"].min() >= 0


@pytest.mark.parametrize("block", blocks("python"))
def test_the_code_runs(block):
    exec(compile(block, PAGE.name, "exec"), {"__name__": "__main__"})


def test_the_summary_names_objective_bound_and_gap(folder):
    result = run("engine", "lots", "case", "-o", "plan", "--json", "--gap", "0")
    summary = json.loads(result.stdout)
    assert {"status", "seconds", "objective", "bound", "gap", "setups", "notes"} <= set(summary)
    assert 0 <= summary["gap"] < 0.05
    assert summary["objective"] == pytest.approx(pl.read_csv(folder / "plan" / "cost.csv")["amount"].sum())


def test_a_missing_table_is_invalid_data(folder):
    (folder / "case" / "routing.csv").unlink()
    result = run("engine", "lots", "case", "-o", "plan")
    assert result.exit_code == 3
    assert "routing.csv" in result.stderr


def test_a_stranger_in_the_demand_is_named_with_its_row(folder):
    path = folder / "case" / "demand.csv"
    path.write_text(path.read_text() + "gasket,1,5\n")
    result = run("engine", "lots", "case", "-o", "plan")
    assert result.exit_code == 3
    assert "gasket" in result.stderr
    assert "10" in result.stderr


def test_hours_that_do_not_suffice_are_a_sentence(folder):
    (folder / "case" / "resources.csv").write_text("resource,hours\nassembly,40\n")
    result = run("engine", "lots", "case", "-o", "plan", "--seconds", "2")
    assert result.exit_code == 3
    assert "hours are lacking, most on assembly in" in result.stderr
