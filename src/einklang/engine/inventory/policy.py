"""Order policies: how much, from when, up to where.

| Policy | Rule |
|---|---|
| (r, Q) | when stock and open orders fall to r, order Q |
| (R, S) | every R periods, order up to S |
| (s, S) | when stock falls to s, order up to S |
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from einklang.engine.errors import Impossible
from einklang.engine.inventory import safety

Floats = npt.NDArray[np.float64]
Number = float | Floats


@dataclass(frozen=True, slots=True)
class Policy:
    """One item's policy: what to keep, when to order, up to where, and what service and turns to expect."""

    safety_stock: Floats
    reorder_point: Floats
    order_up_to: Floats
    lot: Floats
    cycle_service: Floats
    fill_rate: Floats
    turns: Floats


def economic_order_quantity(demand: Number, order_cost: Number, holding_cost: Number) -> Floats:
    """Q = sqrt(2 K D / h), demand and holding cost over the same time.

    >>> round(float(economic_order_quantity(1300, 8, 0.225)), 4)
    304.0468
    """
    held = np.asarray(holding_cost, dtype=np.float64)
    if (held <= 0).any():
        raise Impossible("An economic order quantity needs a holding cost above 0.")
    return cast("Floats", np.sqrt(2 * np.asarray(order_cost, dtype=np.float64) * demand / held))


def reorder_point(demand: Number, lead_time: Number, safety_stock: Number) -> Floats:
    """Demand over the lead time and the safety stock.

    >>> float(reorder_point(30, 7, 154))
    364.0
    """
    return np.asarray(demand, dtype=np.float64) * lead_time + safety_stock


def policy(
    demand: Number,
    error_sd: Number,
    lead_time: Number,
    lead_time_sd: Number = 0.0,
    *,
    service: Number,
    by_fill: bool = False,
    review: Number = 0.0,
    lot: Number | None = None,
) -> Policy:
    """A policy for a service target; the exposure is the lead time and the review period together.

    ``lot`` is what one order brings; without one it is a period's demand or the review period's.
    """
    d = np.asarray(demand, dtype=np.float64)
    exposed = np.asarray(lead_time, dtype=np.float64) + review
    sigma = safety.lead_time_error(d, error_sd, exposed, lead_time_sd)
    usual = d * np.maximum(1.0, np.asarray(review, dtype=np.float64))
    quantity = np.maximum(usual if lot is None else np.asarray(lot, dtype=np.float64), 1e-9)
    kept = (
        safety.safety_stock_for_fill(sigma, quantity, fill=service)
        if by_fill
        else safety.factor(service) * sigma
    )
    point = reorder_point(d, exposed, kept)
    mean_stock = np.maximum(kept, 0.0) + quantity / 2
    return Policy(
        kept,
        point,
        point + quantity,
        quantity,
        safety.cycle_service(kept, sigma),
        safety.fill_rate(kept, sigma, quantity),
        np.divide(d, mean_stock, out=np.zeros_like(mean_stock), where=mean_stock > 0),
    )


def lot_and_point_by_cost(
    demand: float, mean: float, sigma: float, *, order_cost: float, holding_cost: float, shortage_cost: float
) -> tuple[float, float]:
    """(Q, r) of least cost when each unit short costs ``shortage_cost``: the classical iteration.

    Q = sqrt(2 D (K + p n(r)) / h) and 1 - F(r) = Q h / (p D), in turn until both stand still.

    >>> q, r = lot_and_point_by_cost(200, 100, 25, order_cost=50, holding_cost=2, shortage_cost=25)
    >>> round(q, 3), round(r, 3)
    (110.774, 142.568)
    """
    quantity = float(economic_order_quantity(demand, order_cost, holding_cost))
    point = mean
    for _ in range(200):
        risk = quantity * holding_cost / (shortage_cost * demand)
        if risk >= 1:
            raise Impossible(
                "Being short costs so little that no order point pays: raise the cost or do not stock."
            )
        z = safety.STANDARD.inv_cdf(1 - risk)
        point = mean + z * sigma
        short = sigma * float(safety.loss(z))
        again = float(np.sqrt(2 * demand * (order_cost + shortage_cost * short) / holding_cost))
        if abs(again - quantity) < 1e-10:
            break
        quantity = again
    return quantity, point
