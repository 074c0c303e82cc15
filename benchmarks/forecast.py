"""The forecast against published series: error beside Theta's, coverage of its intervals, time a series."""

import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.measure import ROOT, Claim, tell
from einklang.engine.forecast import forecast
from einklang.engine.forecast.batch import Batch as batch
from einklang.engine.forecast.panel import Matrix, panel
from einklang.engine.forecast.tell import equal
from einklang.engine.forecast.tell import tell as told
from einklang.engine.periods import Frequency, step

KIT = ROOT.parent / "shared" / "data" / "forecast_kit" / "dev_series.parquet"
START = date(1950, 1, 1)


def claims() -> list[Claim]:
    """The M3 sample by month and quarter: OWA (error against Naive2) beside Theta's in the same run."""
    if not KIT.is_file():
        raise SystemExit(f"This benchmark needs the series at {KIT}.")
    found = []
    for name, frequency in (("Monthly", "M"), ("Quarterly", "Q")):
        found += _claims(Path(KIT), name, frequency)  # type: ignore[arg-type]
    return found


def _claims(kit: Path, name: str, frequency: Frequency) -> list[Claim]:
    sample = pl.read_parquet(kit).filter(pl.col("freq") == name).sort("unique_id")
    season, horizon = int(sample["season"][0]), int(sample["horizon"][0])
    came = np.array(sample["y"].to_list())
    history = _history(sample, frequency)
    started = time.process_time()
    table = forecast(history, horizon=horizon, frequency=frequency).table
    milliseconds = 1000 * (time.process_time() - started) / sample.height
    mean, low, high = (table[column].to_numpy().reshape(-1, horizon) for column in ("mean", "lo-95", "hi-95"))
    known = panel(history, frequency)
    whole = batch(known.values, known.starts, season, horizon)
    naive = whole.tested.applied(np.repeat(whole.plain_tested.values[:, -1:], horizon, axis=1))
    scale = np.nanmean(np.abs(known.values[:, season:] - known.values[:, :-season]), axis=1)[:, None]
    theta = told(known, equal(), season, horizon, with_parts=True).parts["theta"]
    missed = abs(((came >= low) & (came <= high)).mean() - 0.95) * 100
    return [
        Claim(
            f"OWA, {name.lower()}",
            _owa(mean, naive, came, scale),
            _owa(theta, naive, came, scale),
            "",
            "Theta",
        ),
        Claim(f"coverage of 95 %, {name.lower()}: off by", missed, 1.5, "points", "goal"),
        Claim(f"CPU a series with intervals, {name.lower()}", milliseconds, 1.5, "ms", "goal"),
    ]


def _history(sample: pl.DataFrame, frequency: Frequency) -> pl.DataFrame:
    """The series as the engine reads them, on a calendar of their own."""
    longest = int(sample["x"].list.len().max() or 0)  # type: ignore[arg-type]
    calendar = [step(START, frequency, place) for place in range(longest)]
    rows = [
        pl.DataFrame({"series": name, "period": calendar[: len(values)], "quantity": values})
        for name, values in sample.select("unique_id", "x").iter_rows()
    ]
    return pl.concat(rows)


def _owa(said: Matrix, naive: Matrix, came: Matrix, scale: Matrix) -> float:
    """The mean of sMAPE and MASE, each against that of Naive2 (as in the M4 competition)."""

    def smape(forecast: Matrix) -> float:
        return float((200 * np.abs(came - forecast) / (np.abs(came) + np.abs(forecast))).mean())

    def mase(forecast: Matrix) -> float:
        return float((np.abs(came - forecast) / scale).mean())

    return (smape(said) / smape(naive) + mase(said) / mase(naive)) / 2


if __name__ == "__main__":
    sys.exit(tell(claims()))
