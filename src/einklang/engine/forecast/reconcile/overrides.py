"""What people know better: overrides at any node, as constraints with a variance.

    variance blank or 0    the node holds exactly
    variance v             value = (forecast / w + override / v) / (1 / w + 1 / v)

``w`` is the variance of the node's own forecast.
"""

from datetime import date

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.forecast.histories import named
from einklang.engine.forecast.panel import Matrix, Panel
from einklang.engine.forecast.reconcile.trees import Nodes
from einklang.engine.forecast.reconcile.weighted import reconciled
from einklang.engine.frames import Frame, day, number, text
from einklang.engine.periods import step

OVERRIDES = Frame(
    "overrides",
    {
        "series": text(),
        "period": day(),
        "quantity": number("units"),
        "variance": number("units squared", optional=True, blank=True, at_least=0),
    },
    ("series", "period"),
    "What is said to come instead of the forecast, and how sure that is: variance blank or 0 is exactly.",
)
LEAST_SHARE = 1e-9
"""Even an item that has always sold the same gives a little where its family is overridden."""
OFF = 1e-6


def with_overrides(
    overrides: pl.DataFrame,
    known: Panel,
    mean: Matrix,
    variance: Matrix,
    nodes: Nodes | None,
    floor: Matrix,
    still: np.ndarray | None = None,
) -> Matrix:
    """The forecasts that are closest to the given ones, follow the overrides and add up.

    What is ``still`` (node by step) moves only where it is overridden itself. Refused by name: a node
    nobody knows, a period outside the horizon, overrides that contradict each other.
    """
    table = OVERRIDES.check(overrides)
    if "variance" not in table.columns:
        table = table.with_columns(pl.lit(0.0).alias("variance"))
    cells = _cells(table, known, mean.shape[1])
    said, doubt = table["quantity"].to_numpy(), table["variance"].fill_null(0.0).to_numpy()
    mean = mean.copy()
    spread = np.broadcast_to(variance[:, None] if variance.ndim == 1 else variance, mean.shape).copy()
    if nodes is not None:
        leaf = nodes.leaves[:, None]
        least = LEAST_SHARE * (np.abs(mean) + 1) ** 2
        spread = np.where(leaf, np.maximum(spread, least), spread)
    if still is not None:
        spread[still] = 0.0
    own = np.maximum(spread[cells], LEAST_SHARE)
    heard = np.isfinite(own)
    share = np.divide(own, own + doubt, out=np.ones_like(own), where=heard & (own + doubt > 0))
    mean[cells] += share * (said - mean[cells])
    spread[cells] = np.where(heard, share * doubt, doubt)
    if nodes is None:
        return np.maximum(mean, np.minimum(floor[:, None], mean))
    found = reconciled(mean, spread, nodes, _lowered(floor, cells, said), holds=True)
    _must_hold(found, table, doubt, cells, said)
    return found


def _cells(table: pl.DataFrame, known: Panel, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Row and step of each override."""
    row_of = {name: row for row, name in enumerate(known.names)}
    step_of: dict[date, dict[date, int]] = {
        end: {step(end, known.frequency, ahead + 1): ahead for ahead in range(horizon)}
        for end in set(known.ends)
    }
    rows, steps = [], []
    for name, period in table.select("series", "period").iter_rows():
        if name not in row_of:
            raise Impossible(
                f"Series {named(name)} is overridden, but is neither in the history nor above it."
            )
        ahead = step_of[known.ends[row_of[name]]].get(period)
        if ahead is None:
            raise Impossible(f"Series {named(name)}: {period} is no period of this forecast.")
        rows.append(row_of[name])
        steps.append(ahead)
    return np.array(rows, dtype=np.int64), np.array(steps, dtype=np.int64)


def _lowered(floor: Matrix, cells: tuple[np.ndarray, np.ndarray], said: Matrix) -> Matrix:
    """Floors that let a planner say less than was ever sold (returns)."""
    found = floor.copy()
    np.minimum.at(found, cells[0], np.where(said < 0, said, np.inf))
    return found


def _must_hold(
    found: Matrix, table: pl.DataFrame, doubt: Matrix, cells: tuple[np.ndarray, np.ndarray], said: Matrix
) -> None:
    """Exact overrides must have come true; else two of them contradict each other."""
    missed = np.abs(found[cells] - said) > OFF * np.maximum(np.abs(said), 1.0)
    wrong = np.flatnonzero(missed & (doubt == 0))
    if len(wrong):
        name, period, quantity = table.select("series", "period", "quantity").row(int(wrong[0]))
        raise Impossible(
            f"Series {named(name)}, {period}: {quantity:g} contradicts the other overrides, "
            f"which add up to {found[cells][wrong[0]]:g}; change one of them or give it a variance."
        )
