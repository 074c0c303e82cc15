"""Many monthly series on one core, on all of them, and on Dask with 1, 2 and 4 workers: seconds, same answer.

python benchmarks/forecast_scale.py [--series 20000] [--workers 1 2 4]

The seconds are those of a whole forecast: reading the table into a panel, learning (once, on the driver),
telling every block, intervals, the table. Starting the workers is not counted: they have forecast
something small before. More workers than cores cannot be faster; how many there are stands in the claim.
"""

import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from benchmarks.measure import Claim, tell
from einklang.engine.forecast import forecast
from einklang.engine.forecast.scale import Run, cores, running
from einklang.engine.periods import month_range

SERIES, MONTHS, HORIZON = 20_000, 60, 12
WORKERS = (1, 2, 4)


def claims(series: int = SERIES, workers: Sequence[int] = WORKERS) -> list[Claim]:
    """Each way of sharing the work beside one process (all cores) and beside one worker (Dask)."""
    history = sold(series)
    with running(processes=1) as run:
        alone, expected = _timed(history, run)
    found = []
    if cores() > 1:
        with running(processes=cores()) as run:
            _warmed(run, cores())
            shared, table = _timed(history, run)
        _same(expected, table, "several processes")
        name = f"{series:,} series on {cores()} processes"
        found.append(Claim(name, shared, alone, "s", f"1 process, {cores()} cores there"))
    found += _on_dask(history, series, workers, expected)
    return found


def _on_dask(
    history: pl.DataFrame, series: int, workers: Sequence[int], expected: pl.DataFrame
) -> list[Claim]:
    """Dask with several numbers of workers beside the first of them."""
    found: list[Claim] = []
    first = None
    for count in workers:
        with running("dask", processes=count) as run:
            _warmed(run, count)
            seconds, table = _timed(history, run)
        _same(expected, table, f"{count} Dask workers")
        first = first or seconds
        what = f"Dask with {workers[0]}, {cores()} cores there"
        found.append(Claim(f"{series:,} series on Dask with {count}", seconds, first, "s", what))
    return found


def sold(series: int) -> pl.DataFrame:
    """Months of invented sales: levels, trends and seasons of many sizes, one item in five now and then."""
    draw = np.random.default_rng(20)
    time_ = np.arange(MONTHS)
    level = draw.lognormal(4, 1, (series, 1))
    trend = 1 + draw.normal(0, 0.004, (series, 1)) * time_
    year = 1 + draw.uniform(0, 0.5, (series, 1)) * np.sin((time_ + draw.integers(0, 12, (series, 1))) / 1.91)
    values = level * np.maximum(trend, 0.1) * year * draw.gamma(12, 1 / 12, (series, MONTHS))
    values[::5] = draw.poisson(0.4, values[::5].shape)
    return pl.DataFrame(
        {
            "series": np.repeat([f"item {row:06d}" for row in range(series)], MONTHS),
            "period": month_range(date(2020, 1, 1), MONTHS) * series,
            "quantity": values.round(2).ravel(),
        }
    )


def _timed(history: pl.DataFrame, run: Run) -> tuple[float, pl.DataFrame]:
    """Seconds of one whole forecast, and its table."""
    started = time.perf_counter()
    table = forecast(history, horizon=HORIZON, run=run).table
    return time.perf_counter() - started, table


def _warmed(run: Run, workers: int) -> None:
    """Workers that have loaded the engine."""
    small = sold(40)
    run(_load, [small] * (2 * workers))


def _load(history: pl.DataFrame) -> int:
    return forecast(history, horizon=HORIZON).table.height


def _same(expected: pl.DataFrame, table: pl.DataFrame, where: str) -> None:
    """The answer does not depend on where it was found."""
    if not table.equals(expected):
        raise SystemExit(f"The forecast of {where} is not that of one process.")


if __name__ == "__main__":
    asked = ArgumentParser(description="Many series on more or fewer processes.")
    asked.add_argument("--series", type=int, default=SERIES)
    asked.add_argument("--workers", type=int, nargs="+", default=list(WORKERS))
    options = asked.parse_args()
    sys.exit(tell(claims(options.series, options.workers)))
