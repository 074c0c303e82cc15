"""How far off it may be: intervals from what the engine missed by at earlier dates (conformal).

    low_h, high_h = mean_h + scale * quantile of ((actual - forecast) / scale at step h)

The quantiles are pooled over all series of a kind and step, so that a short history borrows from the
others; ``scale`` is each series' own. Such intervals hold what they promise where a model's own do not.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from einklang.engine.forecast.classify import KINDS
from einklang.engine.forecast.combine import Means
from einklang.engine.forecast.panel import Matrix

SKEWED = ("ended", "intermittent")
"""Kinds whose errors lean to one side by nature. For the others both signs count alike: the few earlier
dates share their shocks, and that they erred upwards says little about the next one."""
FEWEST = 30
"""A pool of fewer errors says too little about its tails."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Low and high quantiles of scaled errors, by kind of history and step ahead, for one level."""

    level: int
    low: dict[str, Matrix]
    high: dict[str, Matrix]

    def around(self, made: Means, floor: Matrix) -> tuple[Matrix, Matrix]:
        """The interval of every series and step; it holds the mean and does not pass ``floor``."""
        low, high = np.empty_like(made.mean), np.empty_like(made.mean)
        for kind in np.unique(made.kinds):
            rows = np.flatnonzero(made.kinds == kind)
            scale = made.scale[rows, None]
            low[rows] = made.mean[rows] + scale * self.low[kind]
            high[rows] = made.mean[rows] + scale * self.high[kind]
        return np.minimum(np.maximum(low, floor[:, None]), made.mean), high


def spreads(origins: list[tuple[Means, Matrix]], horizon: int, levels: tuple[int, ...]) -> list[Spread]:
    """The quantiles for each level, from forecasts made at earlier dates and what came."""
    errors, kinds = _scaled_errors(origins, horizon)
    found = []
    for level in levels:
        tail = (100 - level) / 200
        usual = _quantiles(errors, tail, mirrored=True) if len(errors) else None
        low, high = {}, {}
        for kind in KINDS:
            own = errors[kinds == kind]
            pair = _quantiles(own, tail, mirrored=kind not in SKEWED) if len(own) >= FEWEST else None
            low[kind], high[kind] = pair or usual or _normal(horizon, tail)
        found.append(Spread(level, low, high))
    return found


def _scaled_errors(origins: list[tuple[Means, Matrix]], horizon: int) -> tuple[Matrix, np.ndarray]:
    """What came minus what was said, in units of each series' scale, with the kind it had then."""
    errors, kinds = [np.zeros((0, horizon))], [np.zeros(0, dtype="<U12")]
    for made, came in origins:
        rows = np.flatnonzero(made.scale > 0)
        errors.append((came[rows] - made.mean[rows]) / made.scale[rows, None])
        kinds.append(made.kinds[rows])
    return np.concatenate(errors), np.concatenate(kinds)


def _quantiles(errors: Matrix, tail: float, *, mirrored: bool) -> tuple[Matrix, Matrix] | None:
    """Both tails by step, neighbouring steps pooled; steps nobody has seen grow with the square root."""
    horizon = errors.shape[1]
    low, high = np.full(horizon, np.nan), np.full(horizon, np.nan)
    for step in range(horizon):
        pool = errors[:, max(step - 1, 0) : step + 2].ravel()
        pool = pool[np.isfinite(pool)]
        if mirrored:
            pool = np.concatenate([pool, -pool])
        if len(pool) >= FEWEST:
            sure = min(1.0, (1 - tail) * (len(pool) + 1) / len(pool))
            low[step], high[step] = np.quantile(pool, [1 - sure, sure])
    seen = np.flatnonzero(np.isfinite(low))
    if not len(seen):
        return None
    last = seen[-1]
    growth = np.sqrt((np.arange(horizon) + 1) / (last + 1))
    low = np.where(np.arange(horizon) > last, low[last] * growth, low)
    high = np.where(np.arange(horizon) > last, high[last] * growth, high)
    # What lies further ahead is never surer.
    return np.minimum.accumulate(np.minimum(low, 0.0)), np.maximum.accumulate(np.maximum(high, 0.0))


def _normal(horizon: int, tail: float) -> tuple[Matrix, Matrix]:
    """Without any past to learn from: normal errors that grow like those of smoothing with weight 0.3."""
    reach = NormalDist().inv_cdf(1 - tail) * np.sqrt(1 + 0.09 * np.arange(horizon))
    return -reach, reach
