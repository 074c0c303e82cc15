"""What customers wished while the shelf was empty: sales then are only the least that was wished.

Censored likelihood, solved by expectation and maximisation over all series at once. With ``mu_t`` the
level around a period (its season put in), ``c_t`` what was sold in a period without stock:

    normal     E[wish | wish > c] = mu + sigma * phi(z) / (1 - Phi(z))          z = (c - mu) / sigma
    counts     E[wish | wish >= c] = (mu - sum_{k<c} k p_k) / (1 - sum_{k<c} p_k)
    expect:    x_t = E[wish | wish >= c_t] where there was no stock, what was sold elsewhere
    maximise:  mu_t = mean of x around t      sigma^2 = mean of (x - mu)^2 + what is not known of x

(Tobin 1958; the counts are Poisson, or negative binomial where they scatter more.) The level may move:
a period half a season away counts half as much. No wish is put above twice the most ever sold.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from einklang.engine.errors import Impossible
from einklang.engine.forecast.panel import Matrix, Panel, Whole
from einklang.engine.forecast.season import measured

Law = Literal["normal", "poisson", "exponential"]
Flags = NDArray[np.bool_]

ROUNDS, CLOSE = 200, 1e-9
SMALL_COUNTS = 20.0
"""Whole numbers with a smaller mean are counted; larger ones are near enough to normal."""
FEWEST_TOLD = 2
"""A series with fewer periods in stock says too little about what was missed."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What is wished a period, how much that scatters, and what a period without stock lost (units)."""

    mean: float
    deviation: float
    lost: float


def demand(sold: ArrayLike, stocked_out: ArrayLike, law: Law = "normal") -> Demand:
    """The demand behind the sales of one item, of which some periods ran out of stock.

    Eight periods, four of them emptied the shelf; 123 units were sold. If wishes are exponential, each
    of the four periods that were not cut short stands for 123 / 4 wishes:

    >>> demand([12, 7, 20, 20, 15, 20, 9, 20], [0, 0, 1, 1, 0, 1, 0, 1], "exponential")
    Demand(mean=30.75, deviation=30.75, lost=30.75)
    """
    values = np.asarray(sold, dtype=float)[None, :]
    out = np.asarray(stocked_out, dtype=bool)[None, :]
    told = int((~out).sum())
    if not told:
        raise Impossible("Every period ran out of stock: the sales say nothing about what was wished.")
    if law == "exponential":
        # Without memory: whatever was sold, the expected rest is a whole mean.
        mean = float(values.sum() / told)
        return Demand(mean, mean, mean if out.any() else 0.0)
    weights = np.full((values.shape[1], values.shape[1]), 1 / values.shape[1])
    counted = np.array([law == "poisson"])
    found, level, deviation = _expected(values, out, weights, counted, np.array([np.inf]))
    lost = float((found - values)[out].mean()) if out.any() else 0.0
    mean = float(level.mean())
    return Demand(mean, float(np.sqrt(mean)) if counted[0] else float(deviation[0]), lost)


def unconstrained(panel: Panel, season: int) -> Panel:
    """The panel with demand in place of sales where there was no stock; never less than what was sold.

    >>> from datetime import date
    >>> from einklang.engine.forecast.panel import CENSORED
    >>> values, state = np.array([[8.0, 8, 0, 8, 8]]), np.array([[0, 0, CENSORED, 0, 0]], dtype=np.uint8)
    >>> sold = Panel(["a"], values, np.array([0]), [date(2024, 5, 1)], "M", state)
    >>> unconstrained(sold, 12).values
    array([[8., 8., 8., 8., 8.]])
    """
    out = panel.censored & (np.arange(panel.values.shape[1]) >= panel.starts[:, None])
    told = panel.lengths - out.sum(1)
    rows = np.flatnonzero(out.any(1) & (told >= FEWEST_TOLD))
    if not len(rows):
        return panel
    values = panel.values.copy()
    for begin in range(0, len(rows), 256):
        some = rows[begin : begin + 256]
        values[some] = _wished(panel.values[some], out[some], panel.starts[some], season)
    return panel.with_values(values)


def lost_sales(sold: Panel, wished: Panel) -> Matrix:
    """Units that were wished and not sold, by series and period: demand less sales."""
    lost: Matrix = np.where(sold.censored, np.nan_to_num(wished.values - sold.values), 0.0)
    return lost


def _wished(sold: Matrix, out: Flags, starts: Whole, season: int) -> Matrix:
    """Demand of a batch of rows: the season is taken out, the level estimated, the season put back."""
    width = sold.shape[1]
    inside = np.arange(width) >= starts[:, None]
    weights = _nearness(width, season)
    most = 2 * np.where(inside, np.abs(sold), 0.0).max(1)
    counted = _counts(sold, out | ~inside)
    # Rough first, so that a season can be measured that the empty shelves do not hide.
    rough = _expected(np.where(inside, sold, 0.0), out, weights, counted & False, most, inside)[0]
    shape = measured(np.where(inside, rough, np.nan), starts, season)[1]
    plain_sold = np.where(inside, shape.removed(np.where(inside, sold, np.nan)), 0.0)
    units = shape.removed(np.ones_like(sold))
    found = _expected(plain_sold, out, weights, counted, most, inside)[0]
    back = np.where(shape.additive[:, None], found + 1 - units, found / units)
    wished: Matrix = np.where(out, np.maximum(back, sold), sold)
    return wished


def _nearness(width: int, season: int) -> Matrix:
    """How much a period counts for the level around another: half as much half a season away."""
    apart = np.abs(np.subtract.outer(np.arange(width), np.arange(width)))
    nearness: Matrix = 0.5 ** (apart / max(season / 2, 6))
    return nearness


def _counts(sold: Matrix, unseen: Flags) -> Flags:
    """Rows of small whole numbers."""
    seen = np.where(unseen, 0.0, sold)
    mean = seen.sum(1) / np.maximum((~unseen).sum(1), 1)
    counts: Flags = (seen == np.rint(seen)).all(1) & (seen >= 0).all(1) & (mean < SMALL_COUNTS)
    return counts


def _expected(
    sold: Matrix, out: Flags, weights: Matrix, counted: Flags, most: Matrix, inside: Flags | None = None
) -> tuple[Matrix, Matrix, Matrix]:
    """What was wished in each cell, the level around it, and each row's deviation."""
    inside = np.ones(sold.shape, dtype=bool) if inside is None else inside
    seen = inside & ~out
    near = inside @ weights
    level = _around(np.where(seen, sold, 0.0), weights, np.maximum(seen @ weights, 1e-300))
    deviation = np.sqrt(_mean((sold - level) ** 2, seen))
    size = _size(sold, level, seen)
    cap = np.maximum(most[:, None], sold)
    wished = np.where(out, np.maximum(sold, level), sold)
    for _turn in range(ROUNDS):
        mean, unknown = _tail(sold, level, deviation, out & ~counted[:, None])
        if counted.any():
            mean = np.where(counted[:, None], _count_tail(sold, level, size, out & counted[:, None]), mean)
        now = np.where(out, np.clip(mean, sold, cap), sold)
        moved = np.abs(now - wished).max(initial=0.0)
        wished = now
        level = _around(np.where(inside, wished, 0.0), weights, near)
        deviation = np.sqrt(_mean((wished - level) ** 2 + unknown, inside))
        if moved <= CLOSE * np.abs(wished).max(initial=1e-300):
            break
    return wished, level, deviation


def _around(values: Matrix, weights: Matrix, near: Matrix) -> Matrix:
    """The weighted mean around each period."""
    level: Matrix = values @ weights / near
    return level


def _mean(values: Matrix, where: Flags) -> Matrix:
    """The mean of some cells of each row."""
    mean: Matrix = np.where(where, values, 0.0).sum(1) / np.maximum(where.sum(1), 1)
    return mean


def _tail(sold: Matrix, level: Matrix, deviation: Matrix, out: Flags) -> tuple[Matrix, Matrix]:
    """Normal wishes above what was sold: their mean, and the variance that is left in it."""
    from scipy.special import log_ndtr

    sigma = np.broadcast_to(deviation[:, None], sold.shape)
    some = out & (sigma > 0)
    z = np.divide(sold - level, sigma, out=np.zeros_like(sold), where=some)
    near = np.clip(z, -30.0, 30.0)
    steep = np.exp(-0.5 * near**2 - 0.5 * np.log(2 * np.pi) - log_ndtr(-near))
    steep = np.where(z > 30.0, z + 1 / np.maximum(z, 1.0), steep)
    mean = np.where(some, level + sigma * steep, np.maximum(sold, level))
    left = np.where(some, sigma**2 * np.clip(1 + z * steep - steep**2, 0.0, 1.0), 0.0)
    return mean, left


def _size(sold: Matrix, level: Matrix, seen: Flags) -> Matrix:
    """The size of the negative binomial by the method of moments; infinite is Poisson.

    variance = mu + mu^2 / size
    """
    squared, excess = _mean(level**2, seen), _mean((sold - level) ** 2 - level, seen)
    # A handful of periods cannot tell overdispersion from chance.
    sure = excess > 2 * _mean(level, seen) * np.sqrt(2 / np.maximum(seen.sum(1), 1))
    size: Matrix = np.divide(squared, excess, out=np.full(len(sold), np.inf), where=sure & (excess > 0))
    return np.maximum(size, 0.05)


def _count_tail(sold: Matrix, level: Matrix, size: Matrix, out: Flags) -> Matrix:
    """Counted wishes at or above what was sold: their mean."""
    rows, columns = np.nonzero(out)
    mean, r = np.maximum(level[rows, columns], 1e-12), size[rows]
    least = np.ceil(sold[rows, columns] - 1e-9)
    poisson = np.isinf(r)
    safe = np.where(poisson, 1.0, r)
    chance = np.where(poisson, np.exp(-mean), (safe / (safe + mean)) ** safe)
    below, weighted = np.zeros_like(mean), np.zeros_like(mean)
    for k in range(int(least.max(initial=0))):
        counts = k < least
        below += np.where(counts, chance, 0.0)
        weighted += np.where(counts, k * chance, 0.0)
        grown = np.where(poisson, mean / (k + 1), (safe + k) / (k + 1) * mean / (safe + mean))
        chance = chance * grown
    above = 1 - below
    found = sold.copy()
    tail = np.divide(mean - weighted, above, out=sold[rows, columns].copy(), where=above > 1e-9)
    found[rows, columns] = np.maximum(tail, sold[rows, columns])
    return found


__all__ = ["Demand", "demand", "lost_sales", "unconstrained"]
