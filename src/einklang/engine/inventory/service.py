"""Service: which level a target asks for, and what service a level gives, for any law of demand.

    cycle   P(X <= r)                                       cycles without a stock-out
    fill    1 - (E[(X - r)+] - E[(X - r - Q)+]) / Q         units from stock, lots of Q (r, Q)
    fill    1 - (E[(X_L+R - S)+] - E[(X_L - S)+]) / (d R)   units from stock, ordered up to S every R (R, S)
    ready   share of the time with anything in stock: under review the mean of P(X_t <= S), t from L to L + R

The second term of a fill rate is what was short before already: without it, small lots look worse than they
are. Levels are found by Newton's steps between two bounds (Axsäter 2015; Silver, Pyke and Thomas 2017).
"""

from collections.abc import Callable
from typing import cast

import numpy as np

from einklang.engine.errors import Impossible
from einklang.engine.inventory.exposure import Exposure
from einklang.engine.inventory.laws import CERTAIN, Demand, Floats, Number

Gap = tuple[Floats, Floats, Floats]
TARGETS = ("cycle", "fill", "ready", "cost")
STEPS = 60
CLOSE = 1e-8
THIRDS = (1 / 6, 4 / 6, 1 / 6)  # Simpson: begin, middle and end of the review period


def shares(service: Number) -> Floats:
    """Service targets, each between 0 and 1."""
    wanted = np.asarray(service, np.float64)
    if not ((wanted > 0) & (wanted < 1)).all():
        raise Impossible(
            "A service level lies between 0 and 1, without either: no stock serves every demand there may be."
        )
    return wanted


def level_for_cycle(demand: Demand, service: Number) -> Floats:
    """The reorder point that this share of cycles gets by with.

    >>> from einklang.engine.inventory.laws import known
    >>> float(level_for_cycle(known("normal", 100.0, 25.0), 0.98).round(3)[0])
    151.344
    """
    return demand.quantile(shares(service))


def level_for_fill(demand: Demand, lot: Number, service: Number) -> Floats:
    """The reorder point from which this share of units is served, with lots of this size.

    >>> from einklang.engine.inventory.laws import known
    >>> float(level_for_fill(known("normal", 100.0, 25.0), 100.0, 0.98).round(2)[0])
    125.53
    """
    wanted, quantity = shares(service), _lots(demand, lot)
    allowed = (1 - wanted) * quantity

    def gap(part: Demand, at: Floats, here: np.ndarray) -> Gap:
        size = quantity[here]
        over, short = part.beyond(at)
        more, rest = part.beyond(at + size)
        return short - rest, np.broadcast_to(allowed, quantity.shape)[here], over - more

    # All short below the least level; at the highest, nothing is.
    return _found(demand, gap, demand.mean - quantity - 40 * demand.sd, demand.mean + 60 * demand.sd)


def level_for_review(exposed: Exposure, service: Number) -> Floats:
    """The level to order up to every review period, so that this share of units is served.

    >>> from einklang.engine.inventory.exposure import exposure
    >>> weekly = exposure(50.0, 10.0, 2.0, review=1.0)
    >>> level = level_for_review(weekly, 0.98)
    >>> float(level.round(2)[0]), float(review_fill(weekly, level).round(4)[0])
    (170.54, 0.98)
    """
    wanted, lead, whole = shares(service), exposed.over(exposed.lead_time), exposed.whole
    asked = exposed.demand * exposed.review

    def gap(part: Demand, at: Floats, here: np.ndarray) -> Gap:
        over, short = part.beyond(at)
        before, rest = lead.at(here).beyond(at)
        allowed = (1 - np.broadcast_to(wanted, here.shape)[here]) * asked[here]
        return short - rest, allowed, over - before

    return _found(whole, gap, np.minimum(0.0, whole.mean - 40 * whole.sd), whole.mean + 60 * whole.sd)


def level_for_ready(exposed: Exposure, lot: Number, service: Number) -> Floats:
    """The level from which something is in stock for this share of the time."""
    wanted, whole, moments = shares(service), exposed.whole, _moments(exposed)
    reviewed = exposed.review > 0
    low, high = whole.mean - 40 * whole.sd - 1, whole.mean + 60 * whole.sd + 1
    for _ in range(STEPS):
        middle = (low + high) / 2
        enough = _stocked(moments, middle) >= wanted
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high if reviewed.all() else np.where(reviewed, high, level_for_fill(whole, lot, wanted))


def cycle(demand: Demand, level: Number) -> Floats:
    """Share of cycles without a stock-out."""
    return 1 - demand.above(level)


def fill(demand: Demand, level: Number, lot: Number) -> Floats:
    """Share of units from stock with lots of this size.

    >>> from einklang.engine.inventory.laws import known
    >>> float(fill(known("normal", 5000.0, 500 * 2**0.5), 6000.0, 10_000.0).round(6)[0])
    0.997487
    """
    quantity, at = _lots(demand, lot), np.asarray(level, np.float64)
    return 1 - (demand.short(at) - demand.short(at + quantity)) / quantity


def review_fill(exposed: Exposure, level: Number) -> Floats:
    """Share of units from stock when it is filled up to a level every review period."""
    asked = exposed.demand * exposed.review
    short = exposed.whole.short(level) - exposed.over(exposed.lead_time).short(level)
    return 1 - np.divide(short, asked, out=np.zeros_like(short), where=asked > 0)


def ready(exposed: Exposure, level: Number, lot: Number) -> Floats:
    """Share of the time with anything in stock."""
    at = np.broadcast_to(np.asarray(level, np.float64), exposed.demand.shape)
    reviewed, over_time = exposed.review > 0, _stocked(_moments(exposed), at)
    return over_time if reviewed.all() else np.where(reviewed, over_time, fill(exposed.whole, at, lot))


def _moments(exposed: Exposure) -> list[Demand]:
    """Demand until the begin, the middle and the end of the review period."""
    return [exposed.over(exposed.lead_time + part * exposed.review) for part in (0.0, 0.5, 1.0)]


def _stocked(moments: list[Demand], level: Floats) -> Floats:
    """Share of a review period with anything in stock."""
    parts = [weight * (1 - one.above(level)) for weight, one in zip(THIRDS, moments, strict=True)]
    return cast("Floats", np.sum(parts, axis=0))


def _lots(demand: Demand, lot: Number) -> Floats:
    quantity = np.broadcast_to(np.asarray(lot, np.float64), demand.mean.shape)
    if (quantity <= 0).any():
        raise Impossible("A lot is above 0.")
    return quantity


def _found(
    demand: Demand,
    gap: Callable[[Demand, Floats, np.ndarray], Gap],
    low: Floats,
    high: Floats,
) -> Floats:
    """The level where no more is short than allowed; ``gap`` says both, and how fast the first one falls.

    The steps are those of Newton on the logarithm, which is nearly a parabola in the tail of any law.
    """
    low, high = low.copy(), high.copy()
    at = demand.mean + 0.5 * demand.sd
    unsure = demand.kind != CERTAIN
    open_ = unsure.copy()
    allowed = CLOSE * np.maximum(1.0, demand.sd)
    part = demand.at(open_)
    for _ in range(STEPS):
        if not open_.any():
            break
        here = at[open_]
        short, limit, slope = gap(part, here, open_)
        low[open_] = np.where(short > limit, here, low[open_])
        high[open_] = np.where(short > limit, high[open_], here)
        sound = (slope > 1e-300) & (short > 1e-300)
        ratio = np.divide(short, limit, out=np.ones_like(short), where=sound & (limit > 0))
        plain = np.divide(short - limit, slope, out=np.full_like(short, np.inf), where=sound)
        step = np.divide(np.log(ratio) * short, slope, out=np.full_like(short, np.inf), where=sound)
        # Far below the tail what is short is a line, and the logarithm would leap over it.
        step = np.where(np.abs(plain) < np.abs(step), plain, step)
        new = here + step
        inside = (new > low[open_]) & (new < high[open_])
        new = np.where(inside, new, (low[open_] + high[open_]) / 2)
        at[open_] = new
        still = (np.abs(new - here) > allowed[open_]) & (high[open_] - low[open_] > allowed[open_])
        if not still.all():
            done = open_.copy()
            done[open_] = still
            open_, part = done, part.at(still)
    return np.where(unsure, at, demand.mean)
