"""A policy put to the test: what service and what stock it would have given, played step by step.

Three ways to draw the demand: by the law the policy rests on, from the item's own past (bootstrap), or the
past as it was (replay). Each period is cut into steps; at every review the position (stock, orders on their
way, less what is owed) at or below the point is filled up to the level. Orders come in after their lead time.

    fill   units served at once, of all that were wished
    cycle  reviews (or orders, where every step is a review) until the next of which nothing ran short
    ready  steps that end with anything in stock
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from einklang.engine.errors import Impossible
from einklang.engine.inventory.laws import Floats

Whole = NDArray[np.int64]
BAND = (10, 50, 90)


@dataclass(frozen=True, slots=True)
class Rule:
    """Every ``review`` steps: when the position is at ``point`` or below, order up to ``level``."""

    point: float
    level: float
    review: int = 1


@dataclass(frozen=True, slots=True)
class Band:
    """Low, middle and high: a tenth of the runs lies below the low, a tenth above the high.

    The middle is the mean of the runs, since a mean is what a service target promises.
    """

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Played:
    """What the runs measured; ``course`` is the stock at the end of each step: low, median, high."""

    fill: Band
    cycle: Band
    ready: Band
    stock: Band
    orders: Band
    course: Floats


def drawn_by_law(
    law: str, mean: float, sd: float, *, runs: int, periods: int, steps: int, dice: np.random.Generator
) -> Floats:
    """Demand of runs by steps under a law; its parts add up to the law of the whole period.

    >>> drawn = drawn_by_law("gamma", 40, 30, runs=500, periods=8, steps=4, dice=np.random.default_rng(1))
    >>> drawn.shape, abs(float(drawn.sum(1).mean()) / 320 - 1) < 0.05
    ((500, 32), True)
    """
    shape, part, spread = (runs, periods * steps), mean / steps, sd / np.sqrt(steps)
    if sd <= 0 or mean <= 0 or law == "certain":
        return np.full(shape, max(0.0, part))
    if law == "gamma":
        return dice.gamma((part / spread) ** 2, spread**2 / part, shape)
    if law == "poisson" or (law == "negative binomial" and sd**2 <= mean):
        return dice.poisson(part, shape).astype(np.float64)
    if law == "negative binomial":
        return dice.negative_binomial(mean**2 / (sd**2 - mean) / steps, mean / sd**2, shape).astype(
            np.float64
        )
    if law != "normal":
        raise Impossible(f"Demand cannot be drawn by {law!r}; draw it from the history.")
    return dice.normal(part, spread, shape)  # a step below nothing is goods sent back


def drawn_from_past(
    past: Sequence[float],
    *,
    runs: int,
    periods: int,
    steps: int,
    dice: np.random.Generator,
    mean: float | None = None,
    sd: float | None = None,
) -> Floats:
    """Periods of the past in a new order, scaled to mean and error expected now; lumpy ones on one step."""
    seen = np.asarray(past, np.float64)
    if len(seen) < 2 or not np.isfinite(seen).all() or (seen < 0).any():
        raise Impossible("To draw from the past needs two periods or more, none of them below 0.")
    centre, spread = float(seen.mean()), float(seen.std(ddof=1))
    scale = sd / spread if sd is not None and spread > 0 else 1.0
    values = np.maximum(0.0, (centre if mean is None else mean) + (seen - centre) * scale)
    picked = values[dice.integers(len(values), size=(runs, periods))]
    lumpy = spread > 0.5 * centre
    if not lumpy:
        return np.repeat(picked / steps, steps, axis=1)
    out = np.zeros((runs, periods, steps))
    np.put_along_axis(out, dice.integers(steps, size=(runs, periods, 1)), picked[:, :, None], axis=2)
    return out.reshape(runs, periods * steps)


def drawn_lead_times(
    mean: float,
    sd: float,
    *,
    shape: tuple[int, int],
    steps: int,
    dice: np.random.Generator,
    seen: Sequence[float] = (),
) -> Whole:
    """Lead times in steps: drawn from those that were seen, else gamma around their mean."""
    if len(seen) >= 2:
        times = np.asarray(seen, np.float64)[dice.integers(len(seen), size=shape)]
    elif sd > 0 and mean > 0:
        times = dice.gamma((mean / sd) ** 2, sd**2 / mean, shape)
    else:
        times = np.full(shape, mean)
    return np.maximum(0, np.rint(times * steps)).astype(np.int64)


def play(
    rule: Rule,
    demand: Floats,
    lead: Whole,
    *,
    opening: float | None = None,
    lost: bool = False,
    warm: int = 0,
) -> Played:
    """Play a rule against demand by run and step; orders placed in a step take that step's lead time.

    ``opening``: stock at first, else the level. ``lost``: who finds no stock goes away, else waits.
    ``warm``: steps that are played and not measured.

    >>> steady = np.full((1, 8), 10.0)
    >>> calm = play(Rule(20, 20), steady, np.ones((1, 8), dtype=np.int64), warm=1)
    >>> calm.fill.middle, calm.stock.middle
    (1.0, 0.0)
    """
    runs, steps = demand.shape
    if rule.review < 1 or rule.level < rule.point or steps <= warm:
        raise Impossible("A rule reviews every step or less often, its level is at the point or above.")
    coming = np.zeros((runs, steps + int(lead.max(initial=0)) + 1))
    stock = np.full(runs, rule.level if opening is None else opening, dtype=np.float64)
    on_way, every = np.zeros(runs), np.arange(runs)
    ends, short, ordered = np.zeros((runs, steps)), np.zeros((runs, steps)), np.zeros(runs)
    for step in range(steps):
        if step % rule.review == 0:
            needs = stock + on_way <= rule.point + 1e-9
            wanted = np.where(needs, np.maximum(0.0, rule.level - stock - on_way), 0.0)
            coming[every, step + lead[:, step]] += wanted
            on_way += wanted
            ordered += (wanted > 0) & (step >= warm)
        stock, on_way = stock + coming[:, step], on_way - coming[:, step]
        here = np.maximum(0.0, stock)
        short[:, step] = np.maximum(0.0, demand[:, step] - here)
        stock = np.maximum(0.0, stock - demand[:, step]) if lost else stock - demand[:, step]
        ends[:, step] = stock
    return _measured(rule, demand[:, warm:], ends[:, warm:], short[:, warm:], ordered)


def _measured(rule: Rule, demand: Floats, ends: Floats, short: Floats, orders: Floats) -> Played:
    wished = demand.sum(1)
    fill = 1 - np.divide(short.sum(1), wished, out=np.zeros_like(wished), where=wished > 0)
    held = np.maximum(0.0, ends)
    return Played(
        _band(fill),
        _band(_cycles(rule, short, orders)),
        _band((ends > 0).mean(1)),
        _band(held.mean(1)),
        _band(orders),
        np.percentile(ends, BAND, axis=0),
    )


def _cycles(rule: Rule, short: Floats, orders: Floats) -> Floats:
    """Share of cycles without a stock-out: of reviews, or, where every step is one, of orders."""
    if rule.review == 1 and rule.level > rule.point:
        out = short > 1e-9
        spells = out[:, 0] + (out[:, 1:] & ~out[:, :-1]).sum(1)
        missed = np.divide(spells, orders, out=np.zeros(len(orders)), where=orders > 0)
        return cast("Floats", 1 - np.minimum(1.0, missed))
    whole = max(rule.review, short.shape[1] // rule.review * rule.review)
    cycles = (
        short[:, :whole].reshape(len(short), -1, rule.review).sum(2) if whole <= short.shape[1] else short
    )
    return cast("Floats", (cycles <= 1e-9).mean(1))


def _band(values: Floats) -> Band:
    low, _, high = np.percentile(values, BAND)
    return Band(float(low), float(values.mean()), float(high))
