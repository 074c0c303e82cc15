"""Whole units and whole lots from a plan of fractions, item by item along the periods.

With a[t] the planned arrivals and A[t] their running sum, whole units follow the plan from below, so that
they never need more parts or hours than the plan has, and whole lots from above, so that they are never late:

    units   U[t] = step * floor(A[t] / step)                 order[t] = U[t] - U[t-1]
    lots    a lot of max(minimum, missing rounded up to the multiple) wherever A[t] exceeds what was placed
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
DUST = 1e-6


def whole_units(arriving: Floats, step: Floats) -> Floats:
    """Arrivals (item x period) in whole steps; a step of 0 leaves fractions as they are.

    >>> whole_units(np.array([[2.6, 2.6, 2.8]]), np.array([1.0])).tolist()
    [[2.0, 3.0, 3.0]]
    """
    so_far = arriving.cumsum(axis=1)
    size = np.where(step > 0, step, 1.0)[:, None]
    whole = np.where(step[:, None] > 0, np.floor(so_far / size + DUST) * size, so_far)
    return np.diff(whole, axis=1, prepend=0.0)


def whole_lots(arriving: Floats, *, minimum: Floats, multiple: Floats) -> Floats:
    """Arrivals (item x period) in lots of at least ``minimum``, in multiples, never later than planned.

    >>> whole_lots(
    ...     np.array([[30.0, 30.0, 30.0]]), minimum=np.array([50.0]), multiple=np.array([10.0])
    ... ).tolist()
    [[50.0, 50.0, 0.0]]
    """
    placed = np.zeros_like(arriving)
    size = np.where(multiple > 0, multiple, 1.0)
    missing = np.zeros(arriving.shape[0])
    for period in range(arriving.shape[1]):
        missing = missing + arriving[:, period]
        lot = np.maximum(missing, minimum)
        lot = np.where(multiple > 0, np.ceil(lot / size - DUST) * size, lot)
        placed[:, period] = np.where(missing > DUST, lot, 0.0)
        missing = missing - placed[:, period]
    return placed
