"""Safety stock in closed form: what must lie against error in the forecast and in the lead time.

    sigma_L = sqrt(L * sd_d^2 + d^2 * sd_L^2)       demand error over an uncertain lead time
    safety  = z * sigma_L                           for normal demand and a cycle service level

Demand, error and lead time share one period. All functions take numbers or arrays. Other laws of demand and
other kinds of service are in :mod:`~einklang.engine.inventory.service`.
"""

from statistics import NormalDist
from typing import cast

import numpy as np
import numpy.typing as npt

from einklang.engine.errors import Impossible

Floats = npt.NDArray[np.float64]
Number = float | Floats
STANDARD = NormalDist()


def lead_time_error(
    demand: Number, error_sd: Number, lead_time: Number, lead_time_sd: Number = 0.0
) -> Floats:
    """Standard deviation of demand over the lead time.

    >>> round(float(lead_time_error(2500, 500, 7, 7)), 3)
    17549.929
    """
    d, sd, time, time_sd = (
        np.asarray(value, dtype=np.float64) for value in (demand, error_sd, lead_time, lead_time_sd)
    )
    return cast("Floats", np.sqrt(time * sd**2 + d**2 * time_sd**2))


def factor(service: Number) -> Floats:
    """z: how many standard deviations a cycle service level asks for.

    >>> round(float(factor(0.98)), 4)
    2.0537
    """
    wanted = np.asarray(service, dtype=np.float64)
    if ((wanted <= 0) | (wanted >= 1)).any():
        raise Impossible(
            "A service level lies between 0 and 1, without either: no stock serves every demand there may be."
        )
    return cast("Floats", np.vectorize(STANDARD.inv_cdf, otypes=[np.float64])(wanted))


def safety_stock(
    demand: Number, error_sd: Number, lead_time: Number, lead_time_sd: Number = 0.0, *, service: Number
) -> Floats:
    """Safety stock for a cycle service level.

    >>> round(float(safety_stock(2500, 500, 7, 0, service=0.9)), 2)
    1695.33
    """
    return factor(service) * lead_time_error(demand, error_sd, lead_time, lead_time_sd)


def loss(z: Number) -> Floats:
    """Expected shortage a cycle in standard deviations: phi(z) - z * (1 - Phi(z))."""
    at = np.asarray(z, dtype=np.float64)
    above = 1 - np.vectorize(STANDARD.cdf, otypes=[np.float64])(at)
    return cast("Floats", np.exp(-(at**2) / 2) / np.sqrt(2 * np.pi) - at * above)
