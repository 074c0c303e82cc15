"""Spare parts that sell now and then: RMSSE and pinball loss over rolling origins, beside Croston and SBA.

Published monthly sales of car parts, 1998-01 to 2000-12. From three dates the twelve months after are
forecast; parts with at least two sales before a date count. Errors are scaled per part by the root mean
square (RMSSE) or mean absolute (pinball) month-to-month change before that date. Never MASE: zero wins it.
A quantile in whole pieces covers more than its level by nature; what too much of it costs is in the
pinball loss.
"""

import sys
import time
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from benchmarks.measure import ROOT, Claim, tell
from einklang.engine.forecast import forecast
from einklang.engine.forecast.panel import Matrix
from einklang.engine.periods import month_range

PARTS = ROOT.parent / "shared" / "data" / "spare_parts_carparts" / "carparts_monthly.csv.gz"
ORIGINS, HORIZON = (18, 21, 24), 12
WEIGHT = 0.1


@dataclass(frozen=True, slots=True)
class Scored:
    """One date: errors of each way, and the time of ours."""

    errors: dict[str, float]
    seconds: float
    parts: int


def claims() -> list[Claim]:
    """Ours against Croston's method and its corrected form (SBA), its Poisson quantiles, and time."""
    if not PARTS.is_file():
        raise SystemExit(f"This benchmark needs the parts at {PARTS}.")
    table = pl.read_csv(PARTS)
    months = [name for name in table.columns if name != "part"]
    sold = table.select(pl.col(months).cast(pl.Float64, strict=False)).to_numpy()
    sold = sold[~np.isnan(sold).any(1)]
    scored = [_scored(sold, origin) for origin in ORIGINS]
    found = []
    for ours, theirs, what in (
        ("rmsse", "rmsse croston", "Croston"),
        ("rmsse", "rmsse sba", "SBA"),
        ("pinball 0.95", "pinball 0.95 sba", "SBA, Poisson"),
        ("pinball 0.99", "pinball 0.99 sba", "SBA, Poisson"),
        ("bias", "bias sba", "SBA"),
    ):
        mine, other = (float(np.mean([one.errors[name] for one in scored])) for name in (ours, theirs))
        found.append(Claim(f"spare parts, {ours}", mine, other, "", what))
    for level in (0.95, 0.99):
        covered = float(np.mean([one.errors[f"covered {level}"] for one in scored]))
        name = f"spare parts, the {level:.0%} quantile covers {covered:.1%}: short by"
        found.append(Claim(name, max(level - covered, 0.0) * 100, 1.5, "points", "goal"))
    last = scored[-1]
    found.append(
        Claim("spare parts, RMSSE, last date", last.errors["rmsse"], last.errors["rmsse sba"], "", "SBA")
    )
    each = 1000 * sum(one.seconds for one in scored) / sum(one.parts for one in scored)
    found.append(Claim("CPU a spare part with intervals", each, 1.5, "ms", "goal"))
    return found


def _scored(sold: Matrix, origin: int) -> Scored:
    """What was said at one date, and how it came."""
    before, after = sold[:, :origin], sold[:, origin : origin + HORIZON]
    used = (before > 0).sum(1) >= 2
    before, after = before[used], after[used]
    count = len(before)
    history = pl.DataFrame(
        {
            "series": np.repeat([f"{row:05}" for row in range(count)], origin),
            "period": month_range(date(1998, 1, 1), origin) * count,
            "quantity": before.ravel(),
        }
    )
    started = time.process_time()
    said = forecast(history, horizon=HORIZON, levels=(90, 98)).table
    seconds = time.process_time() - started
    mean, high, highest = (
        said[name].to_numpy().reshape(count, HORIZON) for name in ("mean", "hi-90", "hi-98")
    )
    croston = _croston(before)[:, None] * np.ones(HORIZON)
    sba = (1 - WEIGHT / 2) * croston
    change = np.diff(before, axis=1)
    root, size = np.sqrt((change**2).mean(1)), np.abs(change).mean(1)
    moved = root > 0

    def rmsse(forecast: Matrix) -> float:
        return float((np.sqrt(((forecast - after) ** 2).mean(1))[moved] / root[moved]).mean())

    def pinball(quantile: Matrix, level: float) -> float:
        loss = np.maximum(level * (after - quantile), (level - 1) * (after - quantile)).mean(1)
        return float((loss[moved] / size[moved]).mean())

    def bias(forecast: Matrix) -> float:
        return abs(float((forecast - after).sum() / after.sum()))

    errors = {
        "rmsse": rmsse(mean),
        "rmsse croston": rmsse(croston),
        "rmsse sba": rmsse(sba),
        "bias": bias(mean),
        "bias sba": bias(sba),
    }
    for level, ours in ((0.95, high), (0.99, highest)):
        errors[f"pinball {level}"] = pinball(ours, level)
        errors[f"pinball {level} sba"] = pinball(_poisson(sba, level), level)
        errors[f"covered {level}"] = float((after <= ours).mean())
    return Scored(errors, seconds, count)


def _croston(before: Matrix) -> Matrix:
    """Croston's method with weight 0.1: smoothed size of a sale by smoothed interval between sales."""
    size, interval = np.zeros(len(before)), np.zeros(len(before))
    since, seen = np.ones(len(before)), np.zeros(len(before), dtype=bool)
    for column in range(before.shape[1]):
        hit = before[:, column] > 0
        first = hit & ~seen
        size = np.where(
            first, before[:, column], np.where(hit, size + WEIGHT * (before[:, column] - size), size)
        )
        interval = np.where(first, since, np.where(hit, interval + WEIGHT * (since - interval), interval))
        seen |= hit
        since = np.where(hit, 1.0, since + 1)
    rate: Matrix = size / np.maximum(interval, 1.0)
    return rate


def _poisson(rate: Matrix, level: float) -> Matrix:
    """The Poisson quantile of each cell."""
    from scipy.stats import poisson

    quantile: Matrix = poisson.ppf(level, np.maximum(rate, 1e-9))
    return quantile


if __name__ == "__main__":
    sys.exit(tell(claims()))
