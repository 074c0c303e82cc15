"""Items that sell now and then: how fast they fade, and how many pieces it may be (negative binomial).

    mean_h     = rate * exp(level + slope * h)                     rate = mean of ADIDA, IMAPA, TSB
    variance   = rate + over * rate^(2 - power)                    size = rate^power / over
    over       = exp(shift + tilt * log vm)
    vm         = (10 * pooled * m + sum (x - m)^2) / ((10 + n) * m)    variance by mean, shrunk

``level`` and ``slope``: what had sold now and then fades, because some items end and others take over;
how fast is learned over all items at earlier dates. The quantiles are those of items that go on: the
fade is a mean over some that end and others that do not, and stock is held for the latter.
``shift``, ``tilt`` and ``power`` come from what earlier forecasts missed by, by likelihood; ``m`` is the
mean of an item's history of ``n`` periods, ``pooled`` the variance by mean over all items.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einklang.engine.forecast.panel import Matrix, Whole

BORROWED = 10.0
"""An item's own scatter counts like the pooled one after this many periods."""
LEAST_RATIO, LEAST_SIZE, LEAST_RATE = 0.2, 1e-3, 1e-6
COUNTED = 60.0
"""Above this mean, quantiles are taken from the gamma curve: single pieces no longer matter."""
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Counts:
    """What is learned about all items that sell now and then.

    ``level``, ``slope``: logarithm of the fade at step 0 and by step. ``shift``, ``tilt``, ``power``: how
    far they scatter. ``pooled``: variance by mean of the histories. The defaults are those of items whose
    rate does not fade, with the scatter of a few thousand spare parts.
    """

    level: float = 0.0
    slope: float = 0.0
    shift: float = -0.6
    tilt: float = 1.6
    power: float = 0.4
    pooled: float = 2.0

    def fade(self, horizon: int) -> Matrix:
        """The share of the rate that is left at each step; never more than all of it.

        >>> Counts(level=np.log(0.9), slope=np.log(0.5)).fade(2).round(3)
        array([0.45 , 0.225])
        """
        steps = np.arange(1, horizon + 1)
        share: Matrix = np.minimum(np.exp(self.level + self.slope * steps), 1.0)
        return share

    def size(self, rate: Matrix, ratio: Matrix) -> Matrix:
        """The size of the negative binomial; the smaller, the further it scatters."""
        over = np.exp(self.shift + self.tilt * np.log(np.maximum(ratio, LEAST_RATIO)))
        found: Matrix = np.maximum(np.maximum(rate, LEAST_RATE) ** self.power / over, LEAST_SIZE)
        return found


def is_counted(values: Matrix) -> NDArray[np.bool_]:
    """Rows that hold whole numbers of pieces, none of them returned."""
    known = np.nan_to_num(values)
    counted: NDArray[np.bool_] = ((known == np.rint(known)) & (known >= 0)).all(1)
    return counted


def ratio_of(values: Matrix, starts: Whole, pooled: float) -> Matrix:
    """Each item's variance by mean, drawn to the pooled one as far as its history is short.

    Ten periods of 0 and 4 by turns: mean 2, squares 40; pooled 1 counts for ten periods more:

    >>> ratio_of(np.array([[0.0, 4] * 5]), np.array([0]), 1.0)
    array([1.5])
    """
    mean, squares, count = _moments(values, starts)
    safe = np.maximum(mean, LEAST_RATE)
    ratio: Matrix = (BORROWED * pooled * safe + squares) / ((BORROWED + count) * safe)
    return ratio


def pooled_ratio(values: Matrix, starts: Whole) -> float:
    """Variance by mean over all items; 1 is Poisson."""
    mean, squares, count = _moments(values, starts)
    return max(float(squares.sum() / max((mean * count).sum(), LEAST_RATE)), LEAST_RATIO)


def quantiles(rate: Matrix, size: Matrix, chances: tuple[float, ...]) -> list[Matrix]:
    """The least number of pieces that is enough with each chance (negative binomial), for every cell.

    At a rate of 1 with size 1, each further piece is half as likely: 1/2, 1/4, 1/8 ...

    >>> [found.tolist() for found in quantiles(np.array([1.0]), np.array([1.0]), (0.5, 0.75, 0.9))]
    [[0.0], [1.0], [3.0]]
    """
    flat, r = np.maximum(np.ravel(rate), LEAST_RATE), np.broadcast_to(size, np.shape(rate)).ravel()
    found = [np.zeros_like(flat) for _ in chances]
    small = flat <= COUNTED
    for place, chance in enumerate(chances):
        if not small.all():
            found[place][~small] = _curve(flat[~small], r[~small], chance)
    rows = np.flatnonzero(small)
    _stepwise(flat[rows], r[rows], chances, rows, found)
    return [part.reshape(np.shape(rate)) for part in found]


def _stepwise(
    mean: Matrix, size: Matrix, chances: tuple[float, ...], rows: Whole, into: list[Matrix]
) -> None:
    """Add up the chances of 0, 1, 2 ... pieces until every cell has reached each chance."""
    share = mean / (size + mean)
    piece = np.exp(size * np.log1p(-share))
    reached = piece.copy()
    highest = max(chances, default=0.0)
    for k in range(MOST):
        for place, chance in enumerate(chances):
            into[place][rows[reached < chance]] = k + 1
        going = np.flatnonzero(reached < highest)
        if not len(going):
            return
        if len(going) < len(rows) // 2:
            rows, size, share = rows[going], size[going], share[going]
            piece, reached = piece[going], reached[going]
        piece = piece * (size + k) / (k + 1) * share
        reached = reached + piece


def _curve(mean: Matrix, size: Matrix, chance: float) -> Matrix:
    """Quantiles of a gamma with the same mean and variance, in whole pieces (Wilson and Hilferty)."""
    from statistics import NormalDist

    variance = mean + mean**2 / size
    shape = mean**2 / variance
    z = NormalDist().inv_cdf(chance)
    cube = np.maximum(1 - 1 / (9 * shape) + z / (3 * np.sqrt(shape)), 0.0) ** 3
    pieces: Matrix = np.ceil(mean * cube)
    return pieces


def _moments(values: Matrix, starts: Whole) -> tuple[Matrix, Matrix, Matrix]:
    """Mean, sum of squares around it and number of periods of each row."""
    inside = (np.arange(values.shape[1]) >= starts[:, None]) & np.isfinite(values)
    count = inside.sum(1).astype(float)
    known = np.where(inside, values, 0.0)
    mean = known.sum(1) / np.maximum(count, 1)
    squares = np.where(inside, (known - mean[:, None]) ** 2, 0.0).sum(1)
    return mean, squares, count
