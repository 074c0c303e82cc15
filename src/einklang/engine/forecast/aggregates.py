"""The sum of any nodes and periods of a forecast, with an interval that knows how errors go together."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.forecast.histories import named
from einklang.engine.forecast.panel import Matrix, Panel, Whole
from einklang.engine.forecast.reconcile.sums import Shared, joined, shared
from einklang.engine.forecast.renewal import Base
from einklang.engine.forecast.tell import Means

SAMPLED = 250


def aggregate(
    table: pl.DataFrame,
    base: Base,
    series: str | Sequence[str],
    levels: Sequence[float],
    told: Callable[[Panel], Means],
) -> pl.DataFrame:
    """first, last (periods), mean, lo-80, hi-80 ...: a row a period, and all of them in the last row.

    Only levels that the forecast was asked for. Nodes that share a leaf are refused: it would count twice.
    """
    names = [series] if isinstance(series, str) else list(series)
    rows = _rows(base, names)
    ends = {base.known.ends[row] for row in rows}
    if len(ends) > 1:
        raise Impossible(
            f"These series end in different periods ({min(ends)}, {max(ends)}); a sum needs one."
        )
    missing = [level for level in levels if f"lo-{level:g}" not in table.columns]
    if missing:
        raise Impossible(
            f"The forecast was made without an interval of {missing[0]:g} percent; ask it for one."
        )
    horizon = base.made.mean.shape[1]
    parts = table.select(
        "period", "mean", *(f"{side}-{level:g}" for level in levels for side in ("lo", "hi"))
    )
    periods = parts["period"].to_numpy().reshape(-1, horizon)[rows[0]]
    together = _together(base, told)

    def laid(column: str) -> Matrix:
        """A column of the wanted nodes, by period."""
        found: Matrix = parts[column].to_numpy().reshape(-1, horizon)[rows]
        return found

    mean = laid("mean")
    sums = {"mean": np.append(mean.sum(0), mean.sum())}
    for level in levels:
        for side, sign in (("lo", -1), ("hi", 1)):
            width = joined(np.abs(laid(f"{side}-{level:g}") - mean), together.between)
            whole = joined(width[:, None], together.along)[0]
            sums[f"{side}-{level:g}"] = sums["mean"] + sign * np.append(width, whole)
    return pl.DataFrame(
        {"first": np.append(periods, periods[0]), "last": np.append(periods, periods[-1]), **sums}
    )


def _rows(base: Base, names: list[str]) -> Whole:
    """The rows of some nodes that have no leaf in common."""
    row_of = {name: row for row, name in enumerate(base.known.names)}
    if not names:
        raise Impossible("A sum needs at least one series.")
    for name in names:
        if name not in row_of:
            raise Impossible(f"Series {named(name)} is not in this forecast.")
    rows = np.array([row_of[name] for name in names], dtype=np.int64)
    seen: set[int] = set()
    for name, row in zip(names, rows, strict=True):
        leaves = {int(row)} if base.nodes is None else set(base.nodes.leaves_of(int(row)).tolist())
        if seen & leaves:
            raise Impossible(f"Series {named(name)} is already part of the sum; it would count twice.")
        seen |= leaves
    return rows


def _together(base: Base, told: Callable[[Panel], Means]) -> Shared:
    """How far errors went together at two earlier dates, over a sample of the leaves."""
    known, horizon = base.known, base.made.mean.shape[1]
    leaves = np.arange(len(known.names)) if base.nodes is None else np.flatnonzero(base.nodes.leaves)
    errors = []
    for back in (horizon, 2 * horizon):
        then = known.before(back)
        rows = leaves[then.lengths[leaves] >= horizon]
        rows = rows[:: -(-len(rows) // SAMPLED)] if len(rows) else rows
        if not len(rows):
            continue
        made = told(then.take(rows))
        first = then.values.shape[1]
        missed = known.values[rows, first : first + horizon] - made.mean
        sure = made.scale > 0
        errors.append(missed[sure] / made.scale[sure, None])
    return shared([part for part in errors if len(part)])
