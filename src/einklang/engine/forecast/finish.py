"""From each series' own forecast to what is said: fades, launches and ends, effects, sums, overrides.

A sum's own forecast knows nothing of launches and ends to come; it moves by what its leaves are moved by.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from einklang.engine.forecast.counts import Counts, is_counted, quantiles, ratio_of
from einklang.engine.forecast.panel import Matrix, Panel
from einklang.engine.forecast.prepare import Prepared
from einklang.engine.forecast.reconcile import with_overrides
from einklang.engine.forecast.reconcile.choice import Adding
from einklang.engine.forecast.renewal import EFFECTS
from einklang.engine.forecast.successors import with_launches
from einklang.engine.forecast.tell import Means
from einklang.engine.periods import step

Told = Callable[[Panel], Means]


def counted_rows(made: Means, known: Panel, leaves: int) -> np.ndarray:
    """The leaves that sell whole pieces now and then."""
    rows = np.flatnonzero(made.kinds[:leaves] == "intermittent")
    return rows[is_counted(known.values[rows])] if len(rows) else rows


def faded(made: Means, known: Panel, counts: Counts, leaves: int) -> Means:
    """The means of items that sell now and then, fading as such items do."""
    rows = counted_rows(made, known, leaves)
    mean = made.mean.copy()
    mean[rows] *= counts.fade(mean.shape[1])
    return replace(made, mean=mean)


def lived(made: Means, prepared: Prepared, shapes: Matrix | None, told: Told) -> Means:
    """Means of what begins and ends; sums move along with their leaves."""
    life, count = prepared.life, prepared.leaves
    if life is None:
        return made
    leaves = replace(prepared.plain, shapes=None if shapes is None else shapes[:count])
    mean, scale, kinds = made.mean.copy(), made.scale.copy(), made.kinds.copy()
    mean[:count], scale[:count] = with_launches(
        leaves, life, mean[:count], scale[:count], prepared.families, prepared.season
    )
    kinds[life.young] = "new"
    if prepared.nodes is not None and len(life.touched):
        moved = np.zeros_like(mean)
        moved[life.touched] = mean[life.touched] - told(leaves.take(life.touched)).mean
        moved = prepared.nodes.summed(moved)
        low = np.where(made.mean[count:] >= 0, 0.0, -np.inf)
        mean[count:] = np.maximum(made.mean[count:] + moved[count:], low)
    return replace(made, mean=mean, scale=scale, kinds=kinds)


def with_effects(
    made: Means, prepared: Prepared, without: tuple[str, ...]
) -> tuple[Means, dict[str, Matrix]]:
    """Means with the effects that are not switched off, and what each adds to every node."""
    if prepared.effects is None:
        return made, {}
    count = prepared.leaves
    lines = prepared.effects.without(without).ahead(made.mean[:count])
    if prepared.nodes is not None:
        above = np.zeros((len(made.mean) - count, made.mean.shape[1]))
        lines = {name: prepared.nodes.summed(np.concatenate([line, above])) for name, line in lines.items()}
    mean = made.mean.copy()
    for line in lines.values():
        mean = mean + line
    return replace(made, mean=mean), lines


def effect_table(lines: dict[str, Matrix], known: Panel) -> pl.DataFrame:
    """series, period, effect, quantity: only what adds or takes something."""
    found = [EFFECTS.empty()]
    for name, line in lines.items():
        rows, steps = np.nonzero(np.abs(line) > 1e-9)
        ahead = {
            end: [step(end, known.frequency, place + 1) for place in range(line.shape[1])]
            for end in {known.ends[row] for row in np.unique(rows)}
        }
        found.append(
            pl.DataFrame(
                {
                    "series": [known.names[row] for row in rows],
                    "period": [ahead[known.ends[row]][place] for row, place in zip(rows, steps, strict=True)],
                    "effect": [name] * len(rows),
                    "quantity": line[rows, steps],
                },
                schema=found[0].schema,
            )
        )
    return pl.concat(found)


def added_up(
    made: Means, prepared: Prepared, adding: Adding, overrides: pl.DataFrame | None, floor: Matrix
) -> Means:
    """Means that add up where there is a hierarchy, and follow what people override."""
    nodes, still = prepared.nodes, None
    if prepared.life is not None:
        still = np.zeros(made.mean.shape, dtype=bool)
        still[: prepared.leaves] = prepared.life.alive == 0
    if overrides is not None and not overrides.is_empty():
        variance = made.scale**2 if nodes is None else adding.variance(made.mean, made.scale, nodes)
        mean = with_overrides(overrides, prepared.known, made.mean, variance, nodes, floor, still)
        return replace(made, mean=mean)
    if nodes is None:
        return made
    return replace(made, mean=adding.added_up(made.mean, made.scale, nodes, floor, still))


def bounded(
    limits: dict[str, Matrix],
    made: Means,
    prepared: Prepared,
    counts: Counts,
    levels: Sequence[float],
) -> dict[str, Matrix]:
    """Bounds of counted items from their negative binomial, and none where nothing is sold any more."""
    known, count = prepared.known, prepared.leaves
    rows = counted_rows(made, known, count)
    if len(rows):
        rate = made.mean[rows] / counts.fade(made.mean.shape[1])
        size = counts.size(rate, ratio_of(known.values[rows], known.starts[rows], counts.pooled)[:, None])
        for level in levels:
            tail = (100 - level) / 200
            below, above = quantiles(rate, size, (tail, 1 - tail))
            limits[f"lo-{level:g}"][rows] = np.minimum(below, made.mean[rows])
            limits[f"hi-{level:g}"][rows] = np.maximum(above, made.mean[rows])
    if prepared.life is not None:
        sold = prepared.life.alive > 0
        for bound in limits.values():
            bound[:count] = np.where(sold, bound[:count], 0.0)
    return limits
