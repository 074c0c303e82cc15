"""The page on planning cases: its tables are a case that runs, its code runs, its sentence is true."""

import json
import re
import shlex
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from einklang.cli import app
from einklang.engine.errors import Impossible
from einklang.engine.supply.balance.frames import FRAMES
from tests.engine.balance_tables import asked, item, plan_of, table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "describe-a-planning-case.md"
TABLES = re.findall(r"\*\*(\w+\.(?:csv|json))\*\*.*?\n```\w+\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture
def case(tmp_path, monkeypatch) -> Path:
    """The folder the page describes, as ``case`` in the current one."""
    folder = tmp_path / "case"
    folder.mkdir()
    for name, text in TABLES:
        (folder / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return folder


def test_the_page_has_every_table():
    assert {name for name, _ in TABLES} == {f"{name}.csv" for name in FRAMES} | {"settings.json"}


def test_every_column_of_items_stands_on_the_page():
    told = PAGE.read_text()
    assert [name for name in FRAMES["items"].columns if f"`{name}`" not in told and name not in told] == []


def test_the_case_of_the_page_is_planned(case):
    command = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)[0].strip()
    program, *words = shlex.split(command)
    assert program == "einklang"
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["status"] == "optimal"
    assert said["gap"] <= 1e-6
    written = {path.stem for path in Path("plan").iterdir()}
    told = set(re.findall(r"`(\w+)\.csv`", PAGE.read_text()))
    assert written <= told
    cost = pl.read_csv("plan/cost.csv")
    assert cost["amount"].sum() == pytest.approx(said["objective"])


def test_the_code_of_the_page_runs():
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        exec(compile(block, PAGE.name, "exec"), {"__name__": "__main__"})


def test_the_sentence_of_the_page_is_what_is_said():
    press = {
        "resources": table({"resource": "assembly", "hours": 90.0}),
        "routing": table({"item": "pump", "resource": "assembly", "hours": 4.0}),
    }
    with pytest.raises(Impossible) as refused:
        plan_of([item("pump")], asked("pump", [30, 10]), count=2, **press)
    quoted = " ".join(re.findall(r"^> (.*)$", PAGE.read_text(), re.MULTILINE))
    told = str(refused.value)
    assert told.replace(" in 1", " in May") == quoted
