"""The forecast in several processes, on Dask and on Ray: the same as in one, bit for bit."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib import util

import numpy as np
import polars as pl
import pytest

from einklang.engine.errors import Impossible
from einklang.engine.forecast import forecast, scale, tell
from einklang.engine.forecast.scale import Run, in_turn, running
from einklang.engine.periods import month_range

WORKERS = 2


def needs(library: str) -> None:
    """Skip where an extra is not installed; under ``CI=true`` nothing may be left out."""
    if util.find_spec(library) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{library} is not installed, and CI may leave nothing out")
        pytest.skip(f"{library} is not installed; it comes with the development extra")


@dataclass
class Shared:
    """Workers that run for all tests of one engine, and what they said of their progress."""

    run: Run
    heard: list[tuple[int, int]]


@pytest.fixture(scope="module", params=["local", "dask", "ray"])
def workers(request: pytest.FixtureRequest) -> Iterator[Shared]:
    name = request.param
    if name != "local":
        needs("distributed" if name == "dask" else name)
    heard: list[tuple[int, int]] = []
    with running(name, processes=WORKERS, progress=lambda done, blocks: heard.append((done, blocks))) as run:
        yield Shared(run, heard)


def history(series: int = 40, months: int = 40) -> pl.DataFrame:
    """Seasonal, intermittent and short series, drawn once and for all."""
    draw = np.random.default_rng(7)
    year = 1 + 0.4 * np.sin(np.arange(months) * np.pi / 6)
    values = draw.gamma(4.0, 25.0, (series, months)) * year
    values[::5] = np.where(draw.random((len(values[::5]), months)) < 0.7, 0.0, values[::5])
    rows = pl.DataFrame(
        {
            "series": np.repeat([f"item {row:02d}" for row in range(series)], months),
            "period": month_range(date(2021, 1, 1), months) * series,
            "quantity": values.ravel(),
        }
    )
    late = (pl.col("series") == "item 03") & (pl.col("period") < date(2024, 1, 1))
    return rows.filter(~late)


def who(_part: int) -> int:
    """The process that does the work."""
    time.sleep(0.2)
    return os.getpid()


def test_the_forecast_of_several_processes_is_that_of_one_bit_for_bit(workers, monkeypatch):
    monkeypatch.setattr(tell, "BLOCK", 8)
    alone = forecast(history(), horizon=6)
    workers.heard.clear()
    shared = forecast(history(), horizon=6, run=workers.run)
    assert shared.table.equals(alone.table)
    assert shared.series.equals(alone.series)
    assert workers.heard == [(done, 5) for done in range(1, 6)]


def test_several_processes_do_the_work_and_none_is_this_one(workers):
    processes = set(workers.run(who, range(8)))
    assert len(processes) == WORKERS
    assert os.getpid() not in processes


def test_results_come_in_the_order_of_the_parts(workers):
    parts = [3, -1, 4, -1, 5, -9, 2, -6]
    assert workers.run(abs, parts) == in_turn(abs, parts)


def test_a_fault_in_a_block_is_raised_here(workers):
    with pytest.raises(TypeError):
        workers.run(abs, [1, "two", 3])


def test_one_process_works_in_this_one():
    with running(processes=1) as run:
        assert run(who, [0, 1]) == [os.getpid()] * 2


def test_a_worker_that_dies_is_said_in_a_sentence():
    with running(processes=2) as run, pytest.raises(Impossible, match="ended in the middle"):
        run(os._exit, [1, 1])


def test_workers_keep_to_one_core_and_the_setting_is_forgotten(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    with running(processes=2) as run:
        assert run(os.getenv, ["OMP_NUM_THREADS", "POLARS_MAX_THREADS"]) == ["1", "1"]
    assert os.environ["OMP_NUM_THREADS"] == "7"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"engine": "spark"}, "spark is not one of local, dask, ray"),
        ({"processes": 0}, "at least one process"),
        ({"address": "tcp://127.0.0.1:1"}, "choose dask or ray"),
    ],
)
def test_what_cannot_run_is_refused(asked, sentence):
    with pytest.raises(Impossible, match=sentence), running(**asked):
        pass


@pytest.mark.parametrize("engine", ["dask", "ray"])
def test_a_missing_library_says_how_to_get_it(engine, monkeypatch):
    monkeypatch.setattr(scale.util, "find_spec", lambda _name: None)
    with pytest.raises(Impossible, match=rf"pip install \"einklang\[{engine}\]\""), running(engine):
        pass
