"""Many monthly series on one core, on all of them, and on Dask: seconds, memory, and the same answer.

python -m benchmarks.forecast_scale [--series 20000] [--workers 1 2 4]

The seconds are those of a whole forecast: reading the table into a panel, learning (once, on the driver),
telling every block, intervals, the table. Starting the workers is not counted: they have forecast
something small before. More workers than cores cannot be faster; how many there are stands in the claim.
"""

import resource
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from benchmarks.measure import Claim, tell
from einklang.engine.forecast import forecast
from einklang.engine.forecast.renewal import Former
from einklang.engine.forecast.scale import Run, cores, running
from einklang.engine.periods import month_range

SERIES, MONTHS, HORIZON = 20_000, 60, 12
WORKERS = (1, 2, 4)


def claims(series: int = SERIES, workers: Sequence[int] = WORKERS) -> list[Claim]:
    """Each way of sharing the work beside one process (all cores) and beside one worker (Dask)."""
    history = sold(series)
    with running(processes=1) as run:
        alone, expected = _timed(history, run)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = [
        Claim(f"{series:,} series in 1 process", alone, 1.5e-3 * series, "s", "goal: 1.5 ms a series"),
        Claim(f"{series:,} series, peak memory", peak, 4000, "MB", "budget"),
        *_changed(history, min(series, 1000)),
    ]
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


def _changed(history: pl.DataFrame, count: int) -> list[Claim]:
    """Some changed series after a run that has kept what it knew: alone, and among all the others."""
    former = Former.from_bytes(forecast(history, horizon=HORIZON).kept(history).to_bytes())
    names = history["series"].unique(maintain_order=True).gather_every(history.height // MONTHS // count)
    changed = pl.col("series").is_in(names.head(count).to_list())
    now = history.with_columns(
        pl.when(changed).then(pl.col("quantity") + 1).otherwise("quantity").alias("quantity")
    )
    found = []
    for rows, where in ((now.filter(changed), "given alone"), (now, f"among {history.height // MONTHS:,}")):
        started = time.perf_counter()
        made = forecast(rows, horizon=HORIZON, former=former)
        seconds = time.perf_counter() - started
        if len(made.base.fresh) != count:
            raise SystemExit(f"{len(made.base.fresh)} series were forecast anew, not {count}.")
        found.append(Claim(f"{count:,} changed series, {where}", seconds, 2.0, "s", "goal"))
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
