"""To learn: what the engine would have said at earlier dates of the same histories, and what to draw from it.

A bounded sample of series is enough, so that learning from 100,000 series takes no longer than from 1,000.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from einklang.engine.forecast.batch import Batch
from einklang.engine.forecast.blend import Blend, equal
from einklang.engine.forecast.boosted import Booster, grown
from einklang.engine.forecast.classify import LONG_SEASON
from einklang.engine.forecast.combine import (
    Trial,
    Tried,
    chosen,
    examples,
    finished,
    fit,
    remixed,
    with_last_year,
)
from einklang.engine.forecast.intervals import missed
from einklang.engine.forecast.learned import Learned
from einklang.engine.forecast.panel import Matrix, Panel, Whole
from einklang.engine.forecast.reconcile import Nodes, shapes
from einklang.engine.forecast.tell import Origin, tell

SAMPLED = 600
"""At each earlier date, at most so many series are looked at."""
FEWEST_KNOWN = 6
TREE_DATES = 12


def learn(known: Panel, nodes: Nodes | None, season: int, horizon: int) -> Learned:
    """How to combine, and how far off it may be, from earlier dates of the given histories."""
    start = equal(season)
    boosters = {back: _boosted(known, season, horizon, back) for back in (horizon, 2 * horizon)}
    origins = rolling_origins(known, nodes, season, horizon, boosters)
    before = {back: _tried(known, origins, start, back, boosters[back]) for back in boosters}
    trials = [
        Trial(test, tried)
        for back, tried in before.items()
        if tried is not None and (test := examples(_at(origins, back), start)) is not None
    ]
    every = examples([origin for origin in origins if origin.back >= horizon], start)
    start, early = with_last_year(origins, start, horizon)
    if not trials or every is None:
        untouched = [replace(origin, made=remixed(origin.made, start)) for origin in origins]
        return Learned(season, horizon, known.frequency, start, missed(known, untouched, season), early)
    settings, steps = chosen(trials, start)
    booster = _boosted(known, season, horizon, 0) if settings.trees else None
    blend = finished(settings, fit(every, booster, start, known.frequency), start)
    # Errors of forecasts made with what was learned before they were due: those to come will be like them.
    then = finished(settings, trials[0].tried, start)
    untouched = [replace(at, made=remixed(at.made, then)) for at in origins if at.back <= horizon]
    return Learned(
        season, horizon, known.frequency, blend, missed(known, untouched, season), (*steps, *early)
    )


def _at(origins: list[Origin], back: int) -> list[Origin]:
    """The origin so many periods back."""
    return [origin for origin in origins if origin.back == back]


def _tried(
    known: Panel, origins: list[Origin], start: Blend, back: int, booster: Booster | None
) -> Tried | None:
    """What would have been learned before a date: nothing that was due after it takes part."""
    horizon = origins[0].came.shape[1] if origins else 0
    past = examples([origin for origin in origins if origin.back >= back + horizon], start)
    return None if past is None else fit(past, booster, start, known.frequency)


def _boosted(known: Panel, season: int, horizon: int, back: int) -> Booster | None:
    """Trees grown from many dates before one, with what came after each until then."""
    past = []
    until = known.before(back)
    pace = max(horizon // 2, 1)
    for ago in range(pace, pace * (TREE_DATES + 1), pace):
        then = until.before(ago)
        rows = _spread(np.flatnonzero(then.lengths >= min(2 * season + 4, 60)))
        if len(rows):
            order = rows[np.argsort(then.starts[rows], kind="stable")]
            part = then.take(order)
            batch = Batch(part.values, part.starts, season, horizon)
            past.append((batch, came_after(until, order, ago, horizon)))
    return grown(past)


def rolling_origins(
    known: Panel,
    nodes: Nodes | None,
    season: int,
    horizon: int,
    boosters: Mapping[int, Booster | None] | None = None,
) -> list[Origin]:
    """Forecasts as they would have been made at a few earlier dates, with what came.

    ``boosters``: trees grown before a date; they speak there, and later where there are none for it.
    """
    found, start = [], equal(season)
    for back in dates_back(horizon, season):
        then = known.before(back)
        rows = _sample(known, then, season, horizon)
        if len(rows):
            then = then if nodes is None else replace(then, shapes=shapes(then, nodes, season))
            booster = (boosters or {}).get(max(back, horizon))
            made = tell(then.take(rows), replace(start, booster=booster), season, horizon, with_parts=True)
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
    long = _spread(np.flatnonzero(then.lengths >= fewest))
    short = _spread(np.flatnonzero((then.lengths >= FEWEST_KNOWN) & (then.lengths < fewest)))
    # Of short ones a third is enough, unless there is nothing else.
    return np.sort(np.concatenate([long, short[::3] if len(long) >= SAMPLED // 2 else short]))


def _spread(rows: Whole) -> Whole:
    """A bounded number of series, spread evenly over all."""
    places = np.linspace(0, len(rows) - 1, min(len(rows), SAMPLED)).astype(np.int64)
    return rows[places]


def dates_back(horizon: int, season: int = 1) -> Sequence[int]:
    """How many periods before the end the engine is asked what it would have said.

    With a long season, dates over more than a year: a quarter says little about the rest.
    """
    paces = (2, 4, 6, 8, 12) if season > LONG_SEASON else (2, 3, 4, 5, 6)
    return sorted(
        {max(horizon * third // 3, 1) for third in (1, 2)} | {horizon * pace // 2 for pace in paces}
    )
