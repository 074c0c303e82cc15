"""The page about forecasts at scale: its commands and its code run as they stand there."""

import re
import shlex
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from einklang.cli import app
from einklang.engine.periods import month_range
from tests.engine.test_scale import needs

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "forecast-at-scale.md"
NEEDS = {"dask": "distributed", "ray": "ray", "deep": "statsforecast"}


def blocks(language: str) -> list[str]:
    """The blocks of one language on the page."""
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return found


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder with sales to forecast, as the current one."""
    months = month_range(date(2022, 1, 1), 26)
    draw = np.random.default_rng(1)
    rows = [
        pl.DataFrame({"series": name, "period": months, "quantity": draw.gamma(9, 10, 26).round()})
        for name in ("pump", "valve", "hose")
    ]
    pl.concat(rows).write_csv(tmp_path / "sales.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def needed(text: str) -> None:
    for word, library in NEEDS.items():
        if re.search(rf"\b{word}\b", text):
            needs(library)


@pytest.mark.parametrize("block", blocks("sh"))
def test_the_commands_run(folder, block):
    needed(block)
    for line in block.strip().splitlines():
        program, *words = shlex.split(line)
        assert program == "einklang"
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.stderr


@pytest.mark.parametrize("block", blocks("python"))
def test_the_code_runs(folder, block):
    needed(block)
    exec(compile(block, PAGE.name, "exec"), {"__name__": "__main__"})
