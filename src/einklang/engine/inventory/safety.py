"""Safety stock: what must lie against error in the forecast and in the lead time.

    sigma_L = sqrt(L * sd_d^2 + d^2 * sd_L^2)       demand error over an uncertain lead time
    cycle   safety = z * sigma_L                    share of replenishment cycles without a stock-out
    fill    1 - sigma_L * loss(z) / Q               share of units served from stock, Q the lot

with loss(z) = phi(z) - z * (1 - Phi(z)). Demand, error and lead time share one period. All
functions take numbers or arrays.
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
    """Expected shortage per cycle in standard deviations: phi(z) - z * (1 - Phi(z))."""
    at = np.asarray(z, dtype=np.float64)
    above = 1 - np.vectorize(STANDARD.cdf, otypes=[np.float64])(at)
    return cast("Floats", np.exp(-(at**2) / 2) / np.sqrt(2 * np.pi) - at * above)


def cycle_service(safety: Number, sigma: Number) -> Floats:
    """Share of cycles without a stock-out that a safety stock gives.

    >>> round(float(cycle_service(1000, 500 * 2**0.5)), 5)
    0.92135
    """
    stock, error = np.broadcast_arrays(
        np.asarray(safety, dtype=np.float64), np.asarray(sigma, dtype=np.float64)
    )
    sure = np.where(stock >= 0, 1.0, 0.0)
    z = np.divide(stock, error, out=np.zeros_like(stock), where=error > 0)
    return cast("Floats", np.where(error > 0, np.vectorize(STANDARD.cdf, otypes=[np.float64])(z), sure))


def fill_rate(safety: Number, sigma: Number, lot: Number) -> Floats:
    """Share of units served from stock that a safety stock gives, with lots of this size.

    >>> round(float(fill_rate(1000, 500 * 2**0.5, 10_000)), 6)
    0.997487
    """
    stock, error = np.broadcast_arrays(
        np.asarray(safety, dtype=np.float64), np.asarray(sigma, dtype=np.float64)
    )
    z = np.divide(stock, error, out=np.zeros_like(stock), where=error > 0)
    short = np.where(error > 0, error * loss(z), np.maximum(0.0, -stock))
    return 1 - short / np.asarray(lot, dtype=np.float64)


def safety_stock_for_fill(sigma: Number, lot: Number, *, fill: Number) -> Floats:
    """Safety stock for a fill rate; may be negative where the lots alone give more than is asked.

    >>> round(float(safety_stock_for_fill(500 * 2**0.5, 10_000, fill=0.975)), 3)
    66.698
    """
    error, quantity, wanted = np.broadcast_arrays(
        *(np.asarray(value, dtype=np.float64) for value in (sigma, lot, fill))
    )
    if ((wanted <= 0) | (wanted >= 1)).any() or (quantity <= 0).any():
        raise Impossible("A fill rate lies between 0 and 1, and a lot is above 0.")
    allowed = np.divide((1 - wanted) * quantity, error, out=np.full(wanted.shape, np.inf), where=error > 0)
    # Far below zero the loss is -z, so a low fill lies no further down than what may be short.
    low = -np.where(np.isfinite(allowed), np.maximum(40.0, allowed), 40.0)
    high = np.full(wanted.shape, 40.0)
    for _ in range(80):
        middle = (low + high) / 2
        enough = loss(middle) <= allowed
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return cast("Floats", np.where(error > 0, high * error, 0.0))


def safety_stock_gamma(mean: Number, sigma: Number, *, service: Number) -> Floats:
    """Safety stock for a cycle service level when lead-time demand is skewed and never negative (gamma).

    With the same mean and deviation it asks for more than the normal at high service.

    >>> bool(safety_stock_gamma(10.0, 10.0, service=0.98) > 10 * factor(0.98))
    True
    """
    from scipy.special import gammaincinv

    middle, error = (np.asarray(value, dtype=np.float64) for value in (mean, sigma))
    if ((middle <= 0) | (error <= 0)).any():
        raise Impossible("Gamma demand needs a mean and a deviation above 0.")
    shape = (middle / error) ** 2
    factor(service)
    return cast("Floats", gammaincinv(shape, np.asarray(service)) * error**2 / middle - middle)
