"""Adding up: a million leaves in seconds, and Australian tourism by level.

Tourism: quarterly trips of 304 regions by purpose, summed along two trees (regions and states; purposes).
From five dates, half a year to a year apart, the eight quarters after are forecast. The mean absolute
scaled error of each level is held against that of each node's own forecast, which does not add up, and
against the plain sum of the regions' forecasts, which does.
"""

import sys
import time

import numpy as np
import polars as pl

from benchmarks.measure import ROOT, Claim, tell
from einklang.engine.forecast import Forecast, forecast
from einklang.engine.forecast.reconcile import reconciled, tree

TOURISM = ROOT.parent / "shared" / "data" / "australia_tourism_hierarchical" / "australia_tourism.csv"
GROUPS, LEAVES, HORIZON = 1000, 1_000_000, 12
HELD_OUT, SEASON = 8, 4
DATES = (24, 20, 16, 12, 8)


def claims() -> list[Claim]:
    """Time for a million leaves; error by level with and without adding up."""
    return [*_million(), *_tourism()]


def _million() -> list[Claim]:
    """A total, a thousand groups and a million leaves, twelve periods."""
    names = [str(leaf) for leaf in range(LEAVES)]
    groups = [f"group {group}" for group in range(GROUPS)]
    share = LEAVES // GROUPS
    table = pl.DataFrame(
        {
            "series": [*names, *groups],
            "parent": [*(group for group in groups for _ in range(share)), *["total"] * GROUPS],
        }
    )
    started = time.process_time()
    nodes = tree(table, names)
    built = time.process_time() - started
    rng = np.random.default_rng(0)
    count = len(nodes.names)
    said = rng.gamma(2, 10, (count, HORIZON))
    variance = np.concatenate([np.ones(LEAVES), np.full(GROUPS, share), [LEAVES]]) * rng.uniform(1, 3, count)
    started = time.process_time()
    found = reconciled(said, variance, nodes, np.zeros(count))
    seconds = time.process_time() - started
    if not np.allclose(found[:LEAVES].sum(0), found[-1]):
        raise SystemExit("A million leaves do not add up.")
    return [
        Claim("a million leaves add up, CPU", seconds, 2.0, "s", "goal"),
        Claim("the tree of a million leaves is built, CPU", built, 10.0, "s", "budget"),
    ]


def _tourism() -> list[Claim]:
    """Quarterly trips, the last two years held out: regions, states, purposes and the country."""
    if not TOURISM.is_file():
        raise SystemExit(f"This benchmark needs the trips at {TOURISM}.")
    trips = pl.read_csv(TOURISM, try_parse_dates=True).with_columns(
        pl.format("{} | {}", "Region", "Purpose").alias("series")
    )
    pairs = [("series", "Region"), ("Region", "State"), ("series", "Purpose")]
    rows = [
        trips.select(pl.col(low).alias("series"), pl.col(high).alias("parent")).unique()
        for low, high in pairs
    ]
    tops = pl.concat([trips.select(pl.col(name).alias("series")).unique() for name in ("State", "Purpose")])
    hierarchy = pl.concat([*rows, tops.with_columns(pl.lit("Australia").alias("parent"))])
    history = trips.select("series", pl.col("date_time").alias("period"), pl.col("Trips").alias("quantity"))
    quarters = history["period"].unique().sort()
    errors = []
    for back in DATES:
        before = history.filter(pl.col("period") <= quarters[-back - 1])
        errors.append(
            _errors(forecast(before, horizon=HELD_OUT, frequency="Q", hierarchy=hierarchy), trips, back)
        )
    levels = {
        "regions by purpose": trips["series"].unique(),
        "regions": trips["Region"].unique(),
        "states": trips["State"].unique(),
        "purposes": trips["Purpose"].unique(),
        "country": pl.Series(["Australia"]),
    }
    claims = []
    for level, names in levels.items():
        inside = pl.concat(errors).filter(pl.col("series").is_in(names.implode()))
        ours, own, summed = (float(inside[name].mean()) for name in ("ours", "own", "summed"))  # type: ignore[arg-type]
        claims.append(Claim(f"tourism, MASE, {level}", ours, own, "", "own forecasts, which do not add up"))
        claims.append(Claim(f"tourism, MASE, {level}", ours, summed, "", "regions by purpose, summed"))
    return claims


def _errors(found: Forecast, trips: pl.DataFrame, back: int) -> pl.DataFrame:
    """MASE of each node at one date: ours, each node's own forecast, and the sum of its leaves' own."""
    whole = pl.concat(
        [
            trips.group_by(pl.col(name).alias("series"), "date_time").agg(pl.col("Trips").sum())
            for name in ("series", "Region", "State", "Purpose")
        ]
        + [trips.group_by(pl.lit("Australia").alias("series"), "date_time").agg(pl.col("Trips").sum())]
    ).sort("series", "date_time")
    base = found.base
    if base.nodes is None:
        raise SystemExit("Tourism has lost its hierarchy.")
    row_of = {name: row for row, name in enumerate(base.known.names)}
    ways = (
        found.table["mean"].to_numpy().reshape(-1, HELD_OUT),
        base.made.mean,
        base.nodes.summed(base.made.mean),
    )
    rows = []
    for (name,), part in whole.group_by("series", maintain_order=True):
        values = part["Trips"].to_numpy()
        past, came = values[:-back], values[len(values) - back : len(values) - back + HELD_OUT]
        scale = np.abs(past[SEASON:] - past[:-SEASON]).mean()
        errors = [float(np.abs(said[row_of[str(name)]] - came).mean() / scale) for said in ways]
        rows.append((str(name), *errors))
    return pl.DataFrame(rows, schema=["series", "ours", "own", "summed"], orient="row")


if __name__ == "__main__":
    sys.exit(tell(claims()))
