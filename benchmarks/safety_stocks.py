"""Safety stocks for 100,000 items, by normal and gamma demand, for cycle service and for a fill rate."""

import sys
import time
from typing import Any

import numpy as np
from scipy import optimize, stats

from benchmarks.measure import Claim, median_seconds, tell
from einklang.engine.inventory import service
from einklang.engine.inventory.exposure import exposure

ITEMS, SAMPLE = 100_000, 100
BUDGET_SECONDS = 1.0
Numbers = Any


def claims() -> list[Claim]:
    """Four kinds of target, each within a second; beside a loop over SciPy on a sample."""
    dice = np.random.default_rng(1)
    demand = dice.uniform(1, 1000, ITEMS)
    facts = (
        demand,
        demand * dice.uniform(0.1, 1.2, ITEMS),
        dice.uniform(0.25, 4, ITEMS),
        demand * 0 + dice.uniform(0, 1, ITEMS),
    )
    lot, wanted = demand * dice.uniform(0.5, 4, ITEMS), dice.uniform(0.85, 0.995, ITEMS)
    service.level_for_cycle(exposure(1.0, 1.0, 1.0).whole, 0.9)  # what is loaded once is not measured
    found = []
    for law in ("normal", "gamma"):
        for kind in ("cycle", "fill"):
            ours = median_seconds(lambda law=law, kind=kind: stocks(law, kind, facts, lot, wanted), 3)  # type: ignore[misc]
            theirs = peer(law, kind, facts, lot, wanted) * ITEMS / SAMPLE
            name = f"{ITEMS:,} safety stocks, {law}, {kind}"
            found.append(Claim(name, ours, BUDGET_SECONDS, "s", "budget"))
            found.append(Claim(name, ours, theirs, "s", f"SciPy item by item, {SAMPLE} of them"))
    return found


def stocks(law: str, kind: str, facts: Numbers, lot: Numbers, wanted: Numbers) -> Numbers:
    """Safety stocks by the product."""
    whole = exposure(*facts, law=law).whole
    level = (
        service.level_for_cycle(whole, wanted)
        if kind == "cycle"
        else service.level_for_fill(whole, lot, wanted)
    )
    return level - whole.mean


def peer(law: str, kind: str, facts: Numbers, lot: Numbers, wanted: Numbers) -> float:
    """Seconds that a loop over SciPy takes for a sample; both must say the same."""
    ours = stocks(law, kind, [one[:SAMPLE] for one in facts], lot[:SAMPLE], wanted[:SAMPLE])
    theirs = np.zeros(SAMPLE)
    started = time.perf_counter()
    for row in range(SAMPLE):
        d, sd, lead, lead_sd = (float(one[row]) for one in facts)
        mean, sigma = d * lead, float(np.sqrt(lead * sd**2 + d**2 * lead_sd**2))
        own = (
            stats.norm(mean, sigma)
            if law == "normal"
            else stats.gamma((mean / sigma) ** 2, scale=sigma**2 / mean)
        )
        theirs[row] = (
            own.ppf(wanted[row]) if kind == "cycle" else _for_fill(law, mean, sigma, lot[row], wanted[row])
        ) - mean
    seconds = time.perf_counter() - started
    if not np.allclose(ours, theirs, rtol=1e-4, atol=1e-2):
        raise SystemExit(f"SciPy says otherwise ({law}, {kind}): {np.abs(ours - theirs).max()}")
    return seconds


def _for_fill(law: str, mean: float, sigma: float, lot: float, wanted: float) -> float:
    """The level for a fill rate by root search over the law's own loss."""
    shape, scale = (mean / sigma) ** 2, sigma**2 / mean

    def short(at: float) -> float:
        if law == "normal":
            z = (at - mean) / sigma
            return float(sigma * (stats.norm.pdf(z) - z * stats.norm.sf(z)))
        if at <= 0:
            return mean - at
        longer = stats.gamma.sf(at, shape + 1, scale=scale)
        return float(mean * longer - at * stats.gamma.sf(at, shape, scale=scale))

    gap = lambda at: short(at) - short(at + lot) - (1 - wanted) * lot  # noqa: E731
    return float(optimize.brentq(gap, mean - lot - 10 * sigma, mean + 30 * sigma, xtol=1e-6))


if __name__ == "__main__":
    sys.exit(tell(claims()))
