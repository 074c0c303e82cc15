"""Order policies: how much, from when, up to where.

| Policy | Rule |
|---|---|
| (r, Q) | when stock and open orders fall to r, order Q |
| (R, S) | every R periods, order up to S |
| (s, S) | when stock falls to s, order up to S |
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from einklang.engine.errors import Impossible
from einklang.engine.inventory import safety
from einklang.engine.inventory import service as serving
from einklang.engine.inventory.exposure import AUTO, Exposure, exposure
from einklang.engine.inventory.laws import NORMAL
from einklang.engine.inventory.reorder import point_and_lot

Floats = npt.NDArray[np.float64]
Number = float | Floats


@dataclass(frozen=True, slots=True)
class Policy:
    """What to keep of each item, when to order, up to where, and what service and turns to expect."""

    safety_stock: Floats
    reorder_point: Floats
    order_up_to: Floats
    lot: Floats
    cycle_service: Floats
    fill_rate: Floats
    ready_rate: Floats
    turns: Floats
    law: list[str]


@dataclass(frozen=True, slots=True)
class Costs:
    """What an order costs, and a unit held or short, for a period."""

    order: Number
    holding: Number
    shortage: Number


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
    service: Number = 0.95,
    target: str = "cycle",
    review: Number = 0.0,
    lot: Number | None = None,
    law: str = AUTO,
    histories: Sequence[Floats] | None = None,
    costs: Costs | None = None,
) -> Policy:
    """A policy for a service target; the exposure is the lead time and the review period together.

    ``target``: cycle, fill or ready (see :mod:`~einklang.engine.inventory.service`), or cost, which needs
    ``costs`` and no service. ``lot`` is what one order brings; without one it is a period's demand or the
    review period's. ``law`` "auto" lets the data choose the law of demand.

    >>> kept = policy(2500.0, 500.0, 2.0, service=0.92135)
    >>> float(kept.safety_stock.round(0)[0]), kept.law
    (1000.0, ['normal'])
    """
    exposed = exposure(demand, error_sd, lead_time, lead_time_sd, review=review, law=law, histories=histories)
    asked = exposed.demand * exposed.review
    usual = np.where(exposed.review > 0, asked, exposed.demand)
    quantity = usual if lot is None else np.broadcast_to(np.asarray(lot, dtype=np.float64), usual.shape)
    quantity = np.maximum(np.maximum(quantity, asked), 1e-9)
    if target == "cost":
        quantity, level = _cheapest(exposed, costs, quantity)
    else:
        level = _level(exposed, quantity, service, target)
    return _told(exposed, level, quantity)


def _level(exposed: Exposure, lot: Floats, service: Number, target: str) -> Floats:
    if target == "cycle":
        return serving.level_for_cycle(exposed.whole, service)
    if target == "ready":
        return serving.level_for_ready(exposed, lot, service)
    if target != "fill":
        raise Impossible(f"{target!r} is not a service target; use {', '.join(serving.TARGETS)}.")
    reviewed = _filled_up(exposed, lot)
    if reviewed.all():
        return serving.level_for_review(exposed, service)
    by_lot = serving.level_for_fill(exposed.whole, lot, service)
    return (
        np.where(reviewed, serving.level_for_review(exposed, service), by_lot) if reviewed.any() else by_lot
    )


def _filled_up(exposed: Exposure, lot: Floats) -> npt.NDArray[np.bool_]:
    """Items that each review fills up: (R, S), no lot larger than what a review period asks for."""
    asked = exposed.demand * exposed.review
    return (asked > 0) & (lot <= asked * (1 + 1e-9))


def _cheapest(exposed: Exposure, costs: Costs | None, lot: Floats) -> tuple[Floats, Floats]:
    """Lot and level of least cost.

    Exact for normal demand. For other laws the lot is the economic one with backorders, and the level the
    best for that lot: something is in stock for p / (p + h) of the time.
    """
    if costs is None:
        raise Impossible("A policy of least cost needs the costs of ordering, holding and being short.")
    order, held, short = (
        np.broadcast_to(np.asarray(one, np.float64), exposed.demand.shape)
        for one in (costs.order, costs.holding, costs.shortage)
    )
    if min(order.min(initial=1), held.min(initial=1), short.min(initial=1)) <= 0:
        raise Impossible("Ordering, holding and being short must each cost something.")
    whole = exposed.whole
    quantity = np.sqrt(2 * order * exposed.demand * (held + short) / (held * short))
    quantity = np.maximum(np.maximum(quantity, exposed.demand * exposed.review), 1e-9)
    level = serving.level_for_ready(exposed, quantity, short / (held + short))
    exact = (whole.kind == NORMAL) & (whole.mean > 0) & (whole.sd > 0)
    if exact.any():
        best = point_and_lot(
            exposed.demand[exact],
            whole.sd[exact] / np.sqrt((exposed.lead_time + exposed.review)[exact]),
            lead_time=(exposed.lead_time + exposed.review)[exact],
            order_cost=order[exact],
            holding_cost=held[exact],
            shortage_cost=short[exact],
        )
        quantity[exact], level[exact] = best.lot, best.point
    return quantity, level


def _told(exposed: Exposure, level: Floats, lot: Floats) -> Policy:
    """What a level and a lot mean: stock, service and turns."""
    whole = exposed.whole
    kept, asked = level - whole.mean, exposed.demand * exposed.review
    filled = serving.fill(whole, level, lot)
    reviewed = _filled_up(exposed, lot)
    if reviewed.any():
        filled = np.where(reviewed, serving.review_fill(exposed, level), filled)
    mean_stock = np.maximum(kept, 0.0) + lot / 2
    return Policy(
        kept,
        level,
        level + np.maximum(0.0, lot - asked),
        lot,
        serving.cycle(whole, level),
        np.clip(filled, 0.0, 1.0),
        np.clip(serving.ready(exposed, level, lot), 0.0, 1.0),
        np.divide(exposed.demand, mean_stock, out=np.zeros_like(mean_stock), where=mean_stock > 0),
        whole.law,
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
