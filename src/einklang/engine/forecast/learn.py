"""To learn: what the engine would have said at earlier dates of the same histories, and what to draw from it.

A bounded sample of series is enough, so that learning from 100,000 series takes no longer than from 1,000.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from einklang.engine.forecast.batch import Batch
from einklang.engine.forecast.blend import Blend, equal
from einklang.engine.forecast.combine import Past, Trial, chosen, examples, finished, fit, remixed
from einklang.engine.forecast.intervals import missed
from einklang.engine.forecast.learned import Learned, Step
from einklang.engine.forecast.panel import Matrix, Panel, Whole
from einklang.engine.forecast.reconcile import Nodes, shapes
from einklang.engine.forecast.tell import Origin, tell

SAMPLED = 600
"""At each earlier date, at most so many series are looked at."""
FEWEST_KNOWN = 6
TREE_DATES = 12


def learn(known: Panel, nodes: Nodes | None, season: int, horizon: int) -> Learned:
    """How to combine, and how far off it may be, from earlier dates of the given histories."""
    origins = rolling_origins(known, nodes, season, horizon)
    blend, before, steps = _combined(known, origins, season, horizon)
    # Errors of forecasts made with what was learned before they were due: those to come will be like them.
    untouched = [
        replace(origin, made=remixed(origin.made, before if origin.back <= horizon else equal(season)))
        for origin in origins
    ]
    return Learned(season, horizon, known.frequency, blend, missed(untouched, horizon), tuple(steps))


def _combined(
    known: Panel, origins: list[Origin], season: int, horizon: int
) -> tuple[Blend, Blend, list[Step]]:
    """The best way to combine, the same as it would have been learned a horizon ago, and what was tried."""
    start = equal(season)
    trials = []
    for back in (horizon, 2 * horizon):
        trial = _trial(known, origins, start, season, back)
        trials += [] if trial is None else [trial]
    every = examples([origin for origin in origins if origin.back >= horizon], start)
    if not trials or every is None:
        return start, start, []
    settings, steps = chosen(trials, start)
    trees = _past(known, season, horizon, 0) if settings.trees else []
    tried = fit(every, trees, start, known.frequency)
    return finished(settings, tried, start), finished(settings, trials[0].tried, start), steps


def _trial(known: Panel, origins: list[Origin], start: Blend, season: int, back: int) -> Trial | None:
    """What would have been learned before a date, to be tried on what came after it."""
    horizon = origins[0].came.shape[1] if origins else 0
    at = [origin for origin in origins if origin.back == back]
    past = examples([origin for origin in origins if origin.back >= back + horizon], start)
    test = examples(at, start)
    if past is None or test is None:
        return None
    tried = fit(past, _past(known, season, horizon, back), start, known.frequency)
    boosted = None
    if tried.booster is not None:
        then = known.before(back).take(test.series.astype(np.int64))
        blend = replace(start, booster=tried.booster, share=1.0)
        boosted = tell(then, blend, season, horizon).mean
    return Trial(test, tried, boosted)


def _past(known: Panel, season: int, horizon: int, back: int) -> Past:
    """Batches at many dates before one, with what came after each until then."""
    found: Past = []
    until = known.before(back)
    pace = max(horizon // 2, 1)
    for ago in range(pace, pace * (TREE_DATES + 1), pace):
        then = until.before(ago)
        rows = _spread(np.flatnonzero(then.lengths >= min(2 * season + 4, 60)))
        if len(rows):
            order = rows[np.argsort(then.starts[rows], kind="stable")]
            part = then.take(order)
            found.append(
                (Batch(part.values, part.starts, season, horizon), came_after(until, order, ago, horizon))
            )
    return found


def rolling_origins(known: Panel, nodes: Nodes | None, season: int, horizon: int) -> list[Origin]:
    """Forecasts as they would have been made at a few earlier dates, with what came."""
    found = []
    for back in dates_back(horizon):
        then = known.before(back)
        rows = _sample(known, then, season, horizon)
        if len(rows):
            then = then if nodes is None else replace(then, shapes=shapes(then, nodes, season))
            made = tell(then.take(rows), equal(season), season, horizon, with_parts=True)
            found.append(Origin(back, rows, made, came_after(known, rows, back, horizon)))
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
    return _spread(rows)


def _spread(rows: Whole) -> Whole:
    """A bounded number of series, spread evenly over all."""
    places = np.linspace(0, len(rows) - 1, min(len(rows), SAMPLED)).astype(np.int64)
    return rows[places]


def dates_back(horizon: int) -> Sequence[int]:
    """How many periods before the end the engine is asked what it would have said."""
    halves = (horizon * half // 2 for half in range(2, 7))
    return sorted({max(horizon // 3, 1), *halves})
