"""Fit what gates are drawn to, on published series that are no company's: tools/gate_prior.py FOLDER.

FOLDER holds ``other_series_for_training.parquet`` (M1, M3 and tourism series, by month and quarter). The
result is a few hundred numbers in ``engine/forecast/gate_prior.json``; the engine tries them on a
company's own past and leaves them where they do not help.
"""

import json
import sys
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from einklang.engine.forecast import gate
from einklang.engine.forecast.blend import LASTING, equal
from einklang.engine.forecast.combine import examples
from einklang.engine.forecast.panel import Panel
from einklang.engine.forecast.tell import Origin, tell
from einklang.engine.periods import SEASON, Frequency

TARGET = Path(__file__).resolve().parent.parent / "src/einklang/engine/forecast/gate_prior.json"
SERIES = "other_series_for_training.parquet"
SOURCE = "series of the M1, M3 and tourism forecasting competitions, none of those the engine is measured on"
HORIZON = {"M": 18, "Q": 8}
NAMES: dict[str, Frequency] = {"Monthly": "M", "Quarterly": "Q"}
PULL, TURNS, PACE = 0.1, 300, 0.05
FURTHEST = 10.0
"""No example costs more than so many times the usual one."""


def main(folder: str) -> None:
    """Write the file."""
    series = pl.read_parquet(Path(folder) / SERIES)
    gates = {}
    for name, frequency in NAMES.items():
        own = series.filter(pl.col("freq") == name)
        gates[frequency] = fitted(own, frequency)
    TARGET.write_text(json.dumps({"source": SOURCE, "gates": gates}) + "\n", "utf-8")


def fitted(series: pl.DataFrame, frequency: Frequency) -> dict[str, object]:
    """The gate of one frequency, rounded."""
    horizon, season = HORIZON[frequency], SEASON[frequency]
    origins = [
        found for back in range(0, 3 * horizon, horizon) for found in at(series, frequency, horizon, back)
    ]
    start = equal(season)
    past = examples(origins, start)
    if past is None:
        raise SystemExit("Too few series to fit from.")
    cost = np.minimum(past.cost, FURTHEST * np.median(past.cost))
    flat = gate.opening(past.methods, start.weights[LASTING[0]], past.seen, "D")
    gate.TURNS, gate.PACE = TURNS, PACE
    found = gate.fitted(flat, past.seen, past.said, past.came, cost, PULL)
    tables = {name: getattr(found, name) for name in ("centre", "spread", "coefficients")}
    return {"methods": found.methods, **{name: np.round(table, 4).tolist() for name, table in tables.items()}}


def at(series: pl.DataFrame, frequency: Frequency, horizon: int, back: int) -> Origin:
    """What would have been said some periods before the end of each series, and what came."""
    whole = [np.array([*x, *y]) for x, y in series.select("x", "y").iter_rows()]
    known = [values[: max(len(values) - horizon - back, 0)] for values in whole]
    rows = [row for row, values in enumerate(known) if len(values) >= 3 * SEASON[frequency] + 2]
    width = max(len(known[row]) for row in rows)
    values = np.full((len(rows), width), np.nan)
    came = np.zeros((len(rows), horizon))
    for place, row in enumerate(rows):
        values[place, width - len(known[row]) :] = known[row]
        came[place] = whole[row][len(known[row]) :][:horizon]
    starts = np.array([width - len(known[row]) for row in rows], dtype=np.int64)
    ends = [date(2000, 1, 1)] * len(rows)
    panel = Panel([str(row) for row in rows], values, starts, ends, frequency).last(200)
    made = tell(panel, equal(SEASON[frequency]), SEASON[frequency], horizon, with_parts=True)
    return Origin(back, np.array(rows, dtype=np.int64), made, came)


if __name__ == "__main__":
    main(sys.argv[1])
