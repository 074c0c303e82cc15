"""The forecast against published series: OWA, MSIS and coverage by frequency, beside peers and goals.

python -m benchmarks.forecast_accuracy [--held-out FOLDER]

Published figures (M3 methods; SCUM, AutoETS and the goals measured before) stand for peers that are not
run here. With ``--held-out`` the series without answers are forecast too, by ``engine forecast``, into
FOLDER/Monthly.csv ... (unique_id, step, value, lo, hi), for someone who has the answers.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.measure import ROOT, Claim
from benchmarks.measure import tell as tabled
from einklang.engine.forecast import forecast
from einklang.engine.forecast.batch import Batch
from einklang.engine.forecast.panel import Matrix, Panel, chunks, panel
from einklang.engine.forecast.tell import equal, tell
from einklang.engine.periods import Frequency, step

KIT = ROOT.parent / "shared" / "data" / "forecast_kit"
START = date(1800, 1, 6)
"""A Monday, and far enough back for 2,600 weeks."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One frequency of the kit: how the engine is asked, how the score counts, and what is aimed at."""

    name: str
    frequency: Frequency
    season: int
    scored: int
    owa_goal: float
    msis_goal: float


SAMPLES = (
    Sample("Monthly", "M", 12, 12, 0.7914, 6.5),
    Sample("Quarterly", "Q", 4, 4, 0.8689, 9.8),
    Sample("Weekly", "W", 52, 1, 0.7173, 14.5),
)
HOURLY = Sample("Hourly", "D", 24, 24, 1.0, 10.0)
"""Hours are told as days with a season of 24: the engine's calendar knows no hours."""


def claims() -> list[Claim]:
    """Every frequency beside its peers, in one run."""
    found = []
    for sample in SAMPLES:
        series = kit("dev_series.parquet", sample.name)
        found += _claims(sample, series)
    return found


def kit(file: str, name: str) -> pl.DataFrame:
    """The series of one frequency."""
    path = KIT / file
    if not path.is_file():
        raise SystemExit(f"This benchmark needs the series at {path}.")
    return pl.read_parquet(path).filter(pl.col("freq") == name).sort("unique_id")


def history(series: pl.DataFrame, sample: Sample) -> pl.DataFrame:
    """The series as the engine reads them, on a calendar of their own."""
    longest = int(series["x"].list.len().max() or 0)  # type: ignore[arg-type]
    first = START if sample.frequency in "DW" else date(1800, 1, 1)
    calendar = pl.DataFrame({"period": [step(first, sample.frequency, at) for at in range(longest)]})
    rows = series.select(
        pl.col("unique_id").alias("series"),
        pl.int_ranges(0, pl.col("x").list.len()).alias("at"),
        pl.col("x").alias("quantity"),
    ).explode("at", "quantity")
    return rows.join(calendar.with_row_index("at").cast({"at": pl.Int64}), on="at").select(
        "series", "period", "quantity"
    )


def _claims(sample: Sample, series: pl.DataFrame) -> list[Claim]:
    horizon = int(series["horizon"][0])
    came = np.array(series["y"].to_list())
    rows = history(series, sample)
    table = forecast(rows, horizon=horizon, frequency=sample.frequency).table.sort("series", "period")
    names = ["mean", *(f"{side}-{level}" for level in (80, 95) for side in ("lo", "hi"))]
    said = {name: table[name].to_numpy().reshape(-1, horizon) for name in names}
    naive, scale = naive2(series, sample, horizon), scales(series, sample)
    theta, mixed = peers(rows, sample, horizon)
    at = sample.name.lower()

    def against(other: float, what: str) -> Claim:
        """OWA in percent of Naive2's error."""
        return Claim(f"OWA, {at}", 100 * ours, 100 * other, "%", what)

    ours = owa(said["mean"], naive, came, scale)
    found = [
        against(owa(theta, naive, came, scale), "Theta, same run"),
        against(owa(mixed, naive, came, scale), "equal mean of the light pool"),
        against(sample.owa_goal, "sketch, as measured before"),
    ]
    found += [against(value, f"{name}, published") for name, value in published(sample.name)]
    for level in (80, 95):
        low, high = said[f"lo-{level}"], said[f"hi-{level}"]
        off = abs(((came >= low) & (came <= high)).mean() * 100 - level)
        found.append(Claim(f"coverage of {level} %, {at}: off by", off, 1.5, "points", "goal"))
    width = msis(said["lo-95"], said["hi-95"], came, scale)
    return [*found, Claim(f"MSIS of 95 %, {at}", width, sample.msis_goal, "", "moonshot")]


def published(name: str) -> list[tuple[str, float]]:
    """The published methods of the M3 competition on the same series, best first."""
    figures = json.loads((KIT / "published_M3_methods_on_dev.json").read_text())["dev"]
    known = [(method, values[name]) for method, values in figures.items() if name in values]
    return sorted(known, key=lambda pair: pair[1])


def peers(rows: pl.DataFrame, sample: Sample, horizon: int) -> tuple[Matrix, Matrix]:
    """Theta as published, and the equal mean, on the same histories."""
    known = _kept(panel(rows, sample.frequency), sample)
    order = np.argsort(np.array(known.names))
    made = tell(known, equal(sample.season), sample.season, horizon, with_parts=True)
    theta = np.where(np.isfinite(made.parts["theta tested"]), made.parts["theta tested"], made.parts["theta"])
    return theta[order], made.mean[order]


def _kept(known: Panel, sample: Sample) -> Panel:
    return known.last(max(8 * sample.season, 200))


def naive2(series: pl.DataFrame, sample: Sample, horizon: int) -> Matrix:
    """The last value with the season that a test finds: what OWA is measured against."""
    values = series["x"].to_list()
    width = max(map(len, values))
    laid = np.full((len(values), width), np.nan)
    for row, own in enumerate(values):
        laid[row, width - len(own) :] = own
    starts = np.array([width - len(own) for own in values], dtype=np.int64)
    known = Panel([str(row) for row in range(len(values))], laid, starts, [START] * len(values), "M")
    found = np.zeros((len(values), horizon))
    for rows, part in chunks(known, 200):
        batch = Batch(part.values, part.starts, sample.scored, horizon)
        found[rows] = batch.tested.applied(np.repeat(batch.plain_tested.values[:, -1:], horizon, axis=1))
    return found


def scales(series: pl.DataFrame, sample: Sample) -> Matrix:
    """How much each series moves by itself over a season."""
    values = [np.array(own) for own in series["x"].to_list()]
    return np.array([np.abs(own[sample.scored :] - own[: -sample.scored]).mean() for own in values])[:, None]


def owa(said: Matrix, naive: Matrix, came: Matrix, scale: Matrix) -> float:
    """The mean of sMAPE and MASE, each against that of Naive2 (as in the M4 competition)."""

    def smape(told: Matrix) -> float:
        return float((200 * np.abs(came - told) / (np.abs(came) + np.abs(told))).mean())

    def mase(told: Matrix) -> float:
        return float((np.abs(came - told) / scale).mean())

    return (smape(said) / smape(naive) + mase(said) / mase(naive)) / 2


def msis(low: Matrix, high: Matrix, came: Matrix, scale: Matrix) -> float:
    """Width of the 95 % interval and what it was missed by, in units of each series' moves."""
    missed = 40 * np.maximum(low - came, 0) + 40 * np.maximum(came - high, 0)
    return float(((high - low + missed) / scale).mean())


def held_out(folder: Path) -> None:
    """Forecast the series without answers at the terminal, and write them as the score reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    for sample in (*SAMPLES, HOURLY):
        series = kit("heldout_inputs_only.parquet", sample.name)
        horizon = int(series["horizon"][0])
        with tempfile.TemporaryDirectory() as place:
            given, told = Path(place) / "history.parquet", Path(place) / "forecast.parquet"
            history(series, sample).write_parquet(given)
            words = ["--horizon", horizon, "--freq", sample.frequency, "--season", sample.season]
            command = [sys.executable, "-m", "einklang", "engine", "forecast", given, "-o", told, *words]
            subprocess.run(list(map(str, command)), check=True)
            table = pl.read_parquet(told).sort("series", "period")
        names = {"series": "unique_id", "mean": "value", "lo-95": "lo", "hi-95": "hi"}
        table = table.with_columns(step=pl.int_range(1, pl.len() + 1).over("series")).rename(names)
        table.select("unique_id", "step", "value", "lo", "hi").write_csv(folder / f"{sample.name}.csv")


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--held-out", type=Path, metavar="FOLDER")
    asked = words.parse_args()
    if asked.held_out:
        held_out(asked.held_out)
    sys.exit(tabled(claims()))
