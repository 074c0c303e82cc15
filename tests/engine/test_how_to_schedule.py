"""The page about the schedule and lean: its commands and its code run as they stand there."""

import re
import shlex
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from einklang.cli import app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "schedule-and-lean.md"
PLANT = {
    "items": "item,on_hand,lead_time,lot_min,material_cost\npump,0,,5,40\nmotor,2,14,,20\n",
    "demand": "order,item,quantity,due,priority,price\nA,pump,8,2026-01-09,1,90\nB,pump,4,2026-02-06,2,95\n",
    "bom": "parent,component,quantity\npump,motor,1\n",
    "routing": "item,step,resource,hours,setup_hours\npump,10,bench,0.5,1\n",
    "resources": "resource,hours_per_day,machines,shadow_price\nbench,8,1,30\n",
}
FLOOR = {
    "kanban": "item,daily_demand,wait_days,processing_days,policy_variable,container\n"
    "wheel,2000,.25,.15,.1,200\n",
    "levelled": "item,quantity,container\nA,40,10\nB,20,10\n",
    "buffers": "item,adu,dlt,lead_time_factor,variability_factor\npump,4,10,0.5,0.5\n",
    "flow": "item,on_hand,incoming,qualified_demand\npump,200,0,150\n",
    "tasks": "task,seconds,after\na,40,\nb,30,a\nc,25,a\n",
}


def blocks(language: str) -> list[str]:
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return found


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder with a plant and a floor, as the current one."""
    for name, tables in (("plant", PLANT), ("floor", FLOOR)):
        (tmp_path / name).mkdir()
        for table, text in tables.items():
            (tmp_path / name / f"{table}.csv").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(line: str) -> None:
    program, *words = shlex.split(line)
    assert program == "einklang"
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.stderr


def test_the_commands_run_and_write_what_the_page_says(folder):
    for line in "\n".join(blocks("sh")).split("\n"):
        if line.strip():
            run(line)
    orders = pl.read_csv(folder / "plan" / "orders.csv")

    assert orders.filter(pl.col("order") == "A")["sentence"].item().startswith("motor is bought and takes 14")
    assert pl.read_csv(folder / "levelled" / "kanban.csv")["cards"].to_list() == [5]
    assert pl.read_csv(folder / "levelled" / "buffers.csv")["order"].to_list() == [40.0]
    assert pl.read_csv(folder / "levelled" / "stations.csv")["station"].max() == 2


@pytest.mark.parametrize("block", blocks("python"))
def test_the_code_runs(folder, block, capsys):
    exec(compile(block, PAGE.name, "exec"), {"__name__": "__main__"})

    assert capsys.readouterr().out.startswith("A 10 motor is bought")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["schedule", "nowhere", "-o", "x"], "items.csv"),
        (["schedule", "plant", "--rank", "luck", "-o", "x"], "priority or throughput"),
        (["lean", "plant", "-o", "x"], "no table"),
        (["lean", "floor", "-o", "x"], "--takt"),
    ],
)
def test_what_is_missing_or_wrong_is_said_with_exit_code_three(folder, words, said):
    result = CliRunner().invoke(app, ["engine", *words])

    assert result.exit_code == 3
    assert said in result.stderr
