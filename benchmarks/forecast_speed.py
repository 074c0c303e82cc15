"""What a forecast costs: CPU a series, 100,000 monthly series end to end, 1,000 changed series anew.

python -m benchmarks.forecast_speed [SERIES]
"""

import resource
import sys
import time
from collections.abc import Callable
from datetime import date

import numpy as np
import polars as pl

from benchmarks.measure import Claim
from benchmarks.measure import tell as tabled
from einklang.engine.forecast import Forecast, forecast
from einklang.engine.periods import month_range

SERIES, MONTHS, HORIZON, CHANGED = 100_000, 60, 12, 1_000


def claims(series: int = SERIES) -> list[Claim]:
    """All in: table in, learning, intervals, table out; in one process."""
    rows = invented(series)
    whole, cpu, seconds = _timed(lambda: forecast(rows, horizon=HORIZON))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    former = whole.kept(rows)
    names = rows["series"].unique(maintain_order=True).head(CHANGED).implode()
    moved = pl.when(pl.col("series").is_in(names)).then(pl.col("quantity") * 1.1).otherwise("quantity")
    later = rows.with_columns(moved.alias("quantity"))
    some = later.filter(pl.col("series").is_in(names))
    _, anew, _ = _timed(lambda: forecast(some, horizon=HORIZON, former=former))
    _, within, _ = _timed(lambda: forecast(later, horizon=HORIZON, former=former))
    print(f"{series:,} series of {MONTHS} months: {series / cpu:,.0f} a second of one core")
    return [
        Claim("CPU a monthly series, all in", 1000 * cpu / series, 1.5, "ms", "goal"),
        Claim("CPU a monthly series, all in", 1000 * cpu / series, 0.5, "ms", "moonshot"),
        Claim(f"{series:,} monthly series, end to end", seconds, 1.5e-3 * series, "s", "goal, one core"),
        Claim("peak memory of that", peak, 8.0, "GB", "budget"),
        Claim(f"CPU of {CHANGED:,} changed series anew", anew, 2.0, "s", "goal"),
        Claim(f"CPU of {CHANGED:,} changed among {series:,}", within, 30.0, "s", "budget"),
    ]


def invented(series: int) -> pl.DataFrame:
    """Series with a level, a trend, a year and noise; one in five sells now and then."""
    chance = np.random.default_rng(1)
    months = np.arange(MONTHS)
    level = np.exp(chance.normal(5, 1.5, (series, 1)))
    trend = 1 + chance.normal(0, 0.004, (series, 1)) * months
    year = 1 + chance.uniform(0, 0.4, (series, 1)) * np.sin(
        2 * np.pi * months / 12 + chance.uniform(0, 6, (series, 1))
    )
    values = np.maximum(level * trend * year * np.exp(chance.normal(0, 0.2, (series, MONTHS))), 0)
    rare = np.arange(series) % 5 == 0
    sold = chance.random((series, MONTHS)) < 0.25
    values[rare] = np.where(sold[rare], chance.poisson(3, (series, MONTHS))[rare], 0)
    names = pl.Series("series", [f"S-{number:06d}" for number in range(series)])
    calendar = month_range(date(2020, 1, 1), MONTHS)
    return pl.DataFrame(
        {
            "series": np.repeat(names.to_numpy(), MONTHS),
            "period": calendar * series,
            "quantity": np.round(values, 2).ravel(),
        },
        schema_overrides={"series": pl.String, "period": pl.Date},
    )


def _timed(work: Callable[[], Forecast]) -> tuple[Forecast, float, float]:
    """The result, CPU seconds and seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    found = work()
    return found, time.process_time() - cpu, time.perf_counter() - wall


if __name__ == "__main__":
    sys.exit(tabled(claims(int(sys.argv[1]) if len(sys.argv) > 1 else SERIES)))
