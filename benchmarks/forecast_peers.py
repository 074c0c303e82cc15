"""The forecast beside statsforecast's models on published series: error, intervals and time in one run.

python -m benchmarks.forecast_peers [--monthly 30] [--quarterly 30]

SCUM is the median of AutoETS, AutoCES, AutoARIMA and DynamicOptimizedTheta, ends of intervals likewise.
Both are scored by the kit's own script, on the same sample; ours has learned from the histories of all
series of the frequency, as it does in a company. What came afterwards is known to neither.
"""

import json
import subprocess
import sys
import time
import warnings
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from benchmarks.measure import ROOT, Claim, tell
from einklang.engine.forecast import forecast
from einklang.engine.periods import Frequency, step

KIT = ROOT.parent / "shared" / "data" / "forecast_kit"
START = date(1900, 1, 1)
SAMPLE = 30
"""Series of each frequency the peers are asked: about two seconds of a core each, by month."""
SCUM = ("AutoETS", "AutoCES", "AutoARIMA", "DynamicOptimizedTheta")
Scores = dict[str, float]


def claims(sample: dict[str, int] | None = None) -> list[Claim]:
    """By frequency: OWA, MSIS, coverage and CPU beside SCUM; OWA beside AutoETS and Theta."""
    if not KIT.is_dir():
        raise SystemExit(f"This benchmark needs the series at {KIT}.")
    found = []
    for name, frequency in (("Monthly", "M"), ("Quarterly", "Q")):
        count = (sample or {}).get(name, SAMPLE)
        if count:
            found += _claims(name, frequency, count)  # type: ignore[arg-type]
    return found


def _claims(name: str, frequency: Frequency, count: int) -> list[Claim]:
    every = pl.read_parquet(KIT / "dev_series.parquet").filter(pl.col("freq") == name).sort("unique_id")
    sample = every.gather_every(max(every.height // count, 1)).head(count)
    with TemporaryDirectory() as folder:
        truth = Path(folder) / "series.parquet"
        sample.write_parquet(truth)
        ours, milliseconds = _ours(every, frequency)
        scored = {
            "ours": _scored(ours.filter(pl.col("unique_id").is_in(sample["unique_id"].to_list())), truth)
        }
        peers, spent = _peers(sample)
        for peer, said in peers.items():
            scored[peer] = _scored(said, truth)
    us, scum, about = scored["ours"], scored["SCUM"], f"{name.lower()}, {sample.height} series"
    off = [abs(scores["coverage"] - 95) for scores in (us, scum)]
    return [
        *(
            Claim(f"OWA, {about}", us["OWA"], scored[peer]["OWA"], "", f"statsforecast {peer}")
            for peer in ("SCUM", "AutoETS", "Theta")
        ),
        Claim(f"MSIS, {about}", us["MSIS"], scum["MSIS"], "", "statsforecast SCUM"),
        Claim(f"coverage of 95 %, {about}: off by", *off, "points", "statsforecast SCUM"),
        *(
            Claim(f"CPU a series, {name.lower()}", milliseconds, spent[peer], "ms", f"statsforecast {peer}")
            for peer in ("SCUM", "AutoETS", "Theta")
        ),
    ]


def _ours(every: pl.DataFrame, frequency: Frequency) -> tuple[pl.DataFrame, float]:
    """Our forecasts of all series, and CPU milliseconds a series."""
    longest, horizon = int(every["x"].list.len().max() or 0), int(every["horizon"][0])  # type: ignore[arg-type]
    calendar = [step(START, frequency, place) for place in range(longest)]
    rows = [
        pl.DataFrame({"series": name, "period": calendar[: len(values)], "quantity": values})
        for name, values in every.select("unique_id", "x").iter_rows()
    ]
    history = pl.concat(rows)
    started = time.process_time()
    table = forecast(history, horizon=horizon, frequency=frequency).table
    milliseconds = 1000 * (time.process_time() - started) / every.height
    steps = pl.int_range(1, pl.len() + 1).over("series")
    said = table.select(
        pl.col("series").alias("unique_id"), steps.alias("step"), value="mean", lo="lo-95", hi="hi-95"
    )
    return said, milliseconds


def _peers(sample: pl.DataFrame) -> tuple[dict[str, pl.DataFrame], dict[str, float]]:
    """The peers' forecasts of a sample, and CPU milliseconds a series."""
    from statsforecast import models

    names = (*SCUM, "Theta")
    spent, said = dict.fromkeys(names, 0.0), {name: [] for name in (*names, "SCUM")}  # type: dict, dict
    for series, values, season, horizon in sample.select("unique_id", "x", "season", "horizon").iter_rows():
        made = {}
        for name in names:
            model = getattr(models, name)(season_length=season)
            made[name], seconds = _timed(model.forecast, np.array(values, dtype=float), horizon)
            spent[name] += seconds
        made["SCUM"] = {end: np.median([made[name][end] for name in SCUM], axis=0) for end in made[SCUM[0]]}
        for name, ends in made.items():
            line = {"unique_id": series, "step": np.arange(1, horizon + 1), **ends}
            said[name].append(pl.DataFrame(line))
    spent["SCUM"] = sum(spent[name] for name in SCUM)
    milliseconds = {name: 1000 * seconds / sample.height for name, seconds in spent.items()}
    return {name: pl.concat(lines) for name, lines in said.items()}, milliseconds


def _timed(
    model: Callable[..., dict[str, np.ndarray]], values: np.ndarray, horizon: int
) -> tuple[dict[str, np.ndarray], float]:
    """One model's forecast of one series with its interval, and the CPU seconds it took."""
    started = time.process_time()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = model(y=values, h=horizon, level=[95])
    seconds = time.process_time() - started
    ends = {"value": found["mean"], "lo": found["lo-95"], "hi": found["hi-95"]}
    return {end: np.asarray(said, dtype=float) for end, said in ends.items()}, seconds


def _scored(said: pl.DataFrame, truth: Path) -> Scores:
    """OWA, MSIS and coverage by the kit's own script."""
    table = truth.with_name("forecasts.csv")
    said.write_csv(table)
    command = [sys.executable, str(KIT / "score_m4.py"), str(table), str(truth), "--json"]
    found: Scores = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["ALL"]
    return found


if __name__ == "__main__":
    asked = ArgumentParser(description="The forecast beside statsforecast's models.")
    asked.add_argument("--monthly", type=int, default=SAMPLE)
    asked.add_argument("--quarterly", type=int, default=SAMPLE)
    options = asked.parse_args()
    sys.exit(tell(claims({"Monthly": options.monthly, "Quarterly": options.quarterly})))
