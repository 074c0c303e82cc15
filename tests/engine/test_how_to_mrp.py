"""The page on requirements: its tables are a plant that is planned, its commands and its code run."""

import re
import shlex
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from einklang.cli import app
from einklang.engine.supply.mrp.frames import FRAMES
from einklang.engine.supply.mrp.sentences import KINDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "plan-requirements.md"
TABLES = re.findall(r"\*\*(\w+\.csv)\*\*.*?\n```csv\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture
def plant(tmp_path, monkeypatch) -> Path:
    """The folder the page describes, as ``plant`` in the current one."""
    folder = tmp_path / "plant"
    folder.mkdir()
    for name, text in TABLES:
        (folder / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return folder


def blocks(language: str) -> list[str]:
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return found


def test_the_page_has_every_table():
    assert {name for name, _ in TABLES} == {f"{name}.csv" for name in FRAMES}


@pytest.mark.parametrize("name", FRAMES)
def test_every_column_stands_on_the_page(name):
    told = PAGE.read_text()
    words = set(re.findall(r"\w+", told))
    assert [column for column in FRAMES[name].columns if column not in words] == []


def test_every_kind_of_exception_stands_on_the_page():
    told = PAGE.read_text()
    assert [kind for kind in KINDS if f"`{kind}`" not in told] == []


def test_the_commands_run_one_after_the_other(plant):
    for line in "".join(blocks("sh")).strip().splitlines():
        program, *words = shlex.split(line)
        assert program == "einklang"
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
        assert "notes: []" in done.output or "where-used" in line
    assert pl.read_csv("plan/planned_orders.csv").height > 0
    assert pl.read_csv("plan/exceptions.csv")["sentence"].null_count() == 0


def test_the_code_runs(plant):
    for block in blocks("python"):
        exec(compile(block, PAGE.name, "exec"), {"__name__": "__main__"})
