"""How sure a sum is: the intervals of its parts, joined by how far their errors went together before.

    W^2 = (1 - r) * sum of w_i^2 + r * (sum of w_i)^2

``w_i`` is the half-width of a part, ``r`` the mean correlation of errors at the same earlier dates, drawn
to 0.1 while those dates are few. Errors of one series in several periods are joined in the same way.
"""

from dataclasses import dataclass

import numpy as np

from einklang.engine.forecast.panel import Matrix

USUAL, WORTH = 0.1, 2.0
"""The correlation that is believed before anything is seen, and for how many dates that counts."""


@dataclass(frozen=True, slots=True)
class Shared:
    """How far errors go together: ``between`` series in a period, and from period to period (``along``)."""

    between: float = USUAL
    along: float = 0.5


def shared(errors: list[Matrix]) -> Shared:
    """The mean correlations of scaled errors; each matrix is one earlier date, series by step."""
    if not errors:
        return Shared()
    between = [_together(part) for part in errors if part.shape[0] > 1]
    along = [_together(part.T) for part in errors if part.shape[1] > 1]
    return Shared(_drawn(between, USUAL), _drawn(along, 0.5))


def _together(errors: Matrix) -> float:
    """The mean correlation between rows: what their sum varies beyond what they vary alone."""
    spread = np.sqrt(np.nanmean(errors**2, axis=1))
    unit = errors[spread > 0] / spread[spread > 0, None]
    count = len(unit)
    if count < 2:
        return 0.0
    own = np.nansum(unit**2, axis=0)
    joint = (np.nansum(unit, axis=0) ** 2 - own).sum() / (count * (count - 1))
    return float(joint / max(float(own.sum()) / count, 1e-300))


def _drawn(found: list[float], usual: float) -> float:
    """The mean over dates, drawn to what is usual."""
    return float(np.clip((sum(found) + WORTH * usual) / (len(found) + WORTH), 0.0, 1.0))


def joined(widths: Matrix, together: float) -> Matrix:
    """The half-width of the sum of some rows.

    Two parts of 3 and 4: independent 5, in step 7, and half-way:

    >>> [joined(np.array([[3.0], [4.0]]), r).round(2).tolist() for r in (0.0, 1.0, 0.5)]
    [[5.0], [7.0], [6.08]]
    """
    alone, all_of_them = (widths**2).sum(0), widths.sum(0) ** 2
    width: Matrix = np.sqrt((1 - together) * alone + together * all_of_them)
    return width
