"""Capacitated lots: the published "A" instances (10 items x 20 periods), ten seconds each.

Each plan stands beside the best known: those of HiGHS after 90 seconds on its strongest formulation; where
its gap was open, a plan may be better than they are (below 0 %).
python benchmarks/lots_clsp.py [instance ...]
"""

import csv
import os
import sys
import tarfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import ROOT, Claim, tell
from einklang.engine.supply.lotsizing.plan import Solved, solve
from einklang.engine.supply.lotsizing.problem import Lots, price_of_extra

FOLDER = ROOT.parent / "shared" / "data" / "lotsizing_clsp"
SECONDS = 10.0
GOAL_PERCENT = 1.0
WORST_PERCENT = 5.0


def parsed(text: str) -> Lots:
    """An instance as it is published: sizes, capacity, a line an item, a line of demand a period."""
    lines = text.splitlines()
    items, periods = map(int, lines[0].split())
    hours, hold, setup_hours, setup = np.array([line.split() for line in lines[3 : 3 + items]], float).T
    need = np.array([line.split() for line in lines[3 + items : 3 + items + periods]], float).T
    capacity = np.full((1, periods), float(lines[2]))
    lots = Lots(
        need, hold, np.full(items, np.inf), np.zeros(items), setup, np.arange(items),
        np.zeros(items, dtype=np.int64), hours, setup_hours, capacity, 0 * capacity, 0 * capacity, 1.0,
    )  # fmt: skip
    return replace(lots, extra=price_of_extra(lots))


def timed(text: str) -> tuple[Solved, float]:
    """The plan of one instance and the seconds it took."""
    started = time.perf_counter()
    plan = solve(parsed(text), seconds=SECONDS, gap=1e-5)
    return plan, time.perf_counter() - started


def claims(names: tuple[str, ...] = ()) -> list[Claim]:
    """A line for each instance, and the claims over all of them; two at a time where there are cores."""
    with (FOLDER / "reference_bounds_A_instances_highs.csv").open() as file:
        known = {row["instance"]: row for row in csv.DictReader(file)}
    with tarfile.open(FOLDER / "clsp_instances_A.tar.gz") as archive:
        texts = {
            Path(member.name).name: archive.extractfile(member).read().decode()
            for member in archive.getmembers()
            if member.isfile()
        }
    chosen = [name for name in sorted(known) if not names or name in names]
    with ProcessPoolExecutor(max(1, (os.cpu_count() or 2) // 2)) as pool:
        plans = list(pool.map(timed, [texts[name] for name in chosen]))
    away = []
    print("| Instance | Best known | Its bound | Plan | To best known | Own bound | Proven gap | Seconds |")
    print("|---|---|---|---|---|---|---|---|")
    for name, (plan, seconds) in zip(chosen, plans, strict=True):
        best = float(known[name]["best_obj"])
        if plan.missing.any():
            raise SystemExit(f"The plan of {name} lacks hours, so it is none.")
        away.append(100 * (plan.cost / best - 1))
        print(
            f"| {name} | {best:,.1f} | {float(known[name]['lower_bound']):,.1f} | {plan.cost:,.1f} "
            f"| {away[-1]:+.2f} % | {plan.bound:,.1f} | {100 * plan.gap:.2f} % | {seconds:.1f} |"
        )
    print()
    what = "goal, ten seconds each"
    return [
        Claim(
            f"{len(away)} CLSP instances: mean gap to best known",
            float(np.mean(away)),
            GOAL_PERCENT,
            "%",
            what,
        ),
        Claim(f"{len(away)} CLSP instances: worst gap", max(away), WORST_PERCENT, "%", what),
    ]


if __name__ == "__main__":
    sys.exit(tell(claims(tuple(sys.argv[1:]))))
