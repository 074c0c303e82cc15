"""To learn: what the engine would have said at earlier dates of the same histories, and what to draw from it.

A bounded sample of series is enough, so that learning from 100,000 series takes no longer than from 1,000.
"""

from dataclasses import replace

import numpy as np

from einklang.engine.forecast.combine import best_weights, remixed
from einklang.engine.forecast.intervals import missed
from einklang.engine.forecast.learned import Learned
from einklang.engine.forecast.panel import Matrix, Panel, Whole
from einklang.engine.forecast.reconcile import Nodes, shapes
from einklang.engine.forecast.tell import Origin, equal, tell

SAMPLED = 250
"""At each earlier date, at most so many series are looked at."""
FEWEST_KNOWN = 6


def learn(known: Panel, nodes: Nodes | None, season: int, horizon: int) -> Learned:
    """Weights and intervals from rolling origins of the given histories, never from what they forecast."""
    origins = rolling_origins(known, nodes, season, horizon)
    weights = best_weights(origins)
    origins = [replace(origin, made=remixed(origin.made, weights)) for origin in origins]
    return Learned(season, horizon, known.frequency, weights, missed(origins, horizon))


def rolling_origins(known: Panel, nodes: Nodes | None, season: int, horizon: int) -> list[Origin]:
    """Forecasts as they would have been made at a few earlier dates, with what came."""
    found = []
    for back in dates_back(horizon):
        then = known.before(back)
        rows = _sample(known, then, season, horizon)
        if len(rows):
            then = then if nodes is None else replace(then, shapes=shapes(then, nodes, season))
            made = tell(then.take(rows), equal(), season, horizon, with_parts=True)
            found.append(Origin(made, came_after(known, rows, back, horizon)))
    return found


def came_after(known: Panel, rows: Whole, back: int, horizon: int) -> Matrix:
    """What came in the periods after an earlier date, NaN where it has not come yet."""
    came = np.full((len(rows), horizon), np.nan)
    steps, first = min(back, horizon), known.values.shape[1] - back
    came[:, :steps] = known.values[rows, first : first + steps]
    return came


def _sample(known: Panel, then: Panel, season: int, horizon: int) -> Whole:
    """Series with enough of a past at an earlier date, spread evenly over all of them."""
    fewest = min(3 * season + 2, max(int(np.median(known.lengths)) - horizon, FEWEST_KNOWN))
    rows = np.flatnonzero(then.lengths >= fewest)
    if not len(rows):
        rows = np.flatnonzero(then.lengths >= FEWEST_KNOWN)
    return rows[:: -(-len(rows) // SAMPLED)] if len(rows) else rows


def dates_back(horizon: int) -> list[int]:
    """How many periods before the end the engine is asked what it would have said."""
    return sorted({max(horizon // 3, 1), horizon, horizon + -(-horizon // 2), 2 * horizon})
