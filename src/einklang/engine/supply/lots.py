"""Lot sizes: how needs by period become lots a plant or supplier accepts.

Costs are K for each lot and h for each unit that lies over the end of a period. All functions take
needs as an array ``items x periods`` and decide for every item at once.

| Rule | Decides |
|---|---|
| L4L | each need is its own lot |
| FOQ | a fixed quantity, as often as needed |
| EOQ | as FOQ with Q = sqrt(2 K d / h), d the mean need per period |
| POQ | a fixed number of periods, or round(EOQ / d) |
| WW | least total cost (Wagner and Whitin) |
| SM | extend a lot while its cost per period does not rise (Silver and Meal) |
| LUC | extend a lot while its cost per unit does not rise |
| PPB | extend a lot until holding it comes nearest to K (part-period balancing) |
"""

from typing import cast

import numpy as np
import numpy.typing as npt

from einklang.engine.errors import Impossible
from einklang.engine.supply.lotsizing.wagner_whitin import cheapest

Floats = npt.NDArray[np.float64]
NOTHING = 1e-9
COSTED = ("EOQ", "WW", "SM", "LUC", "PPB")


def economic_quantity(mean_need: Floats, setup_cost: Floats, holding_cost: Floats) -> Floats:
    """Q = sqrt(2 K d / h), rounded to whole units, at least 1.

    >>> economic_quantity(np.array([100.0]), np.array([54.0]), np.array([0.4])).tolist()
    [164.0]
    """
    quantity = np.sqrt(2 * setup_cost * mean_need / holding_cost)
    return cast("Floats", np.maximum(1.0, np.floor(quantity + 0.5)))


def lots(
    rule: str,
    need: Floats,
    *,
    setup_cost: Floats | None = None,
    holding_cost: Floats | None = None,
    periods: Floats | None = None,
    price: Floats | None = None,
    calendar: bool = False,
) -> Floats:
    """The lots one rule places for these needs; each need is covered when it falls due.

    ``periods`` is POQ's number of periods; 0 means the one that follows from the economic quantity. They
    run from the first need on, or, with ``calendar``, from the first period on whether it needs or not.
    ``price`` is what a unit costs by item and period, for WW; where it is the same throughout it decides
    nothing.

    >>> need = np.array([[20.0, 50, 10, 50, 50, 10, 20, 40, 20, 30]])
    >>> lots("WW", need, setup_cost=np.array([100.0]), holding_cost=np.array([1.0])).tolist()
    [[80.0, 0.0, 0.0, 130.0, 0.0, 0.0, 0.0, 90.0, 0.0, 0.0]]
    """
    if rule in ("L4L", "FOQ"):
        return need.copy()
    count = need.shape[0]
    setup = np.zeros(count) if setup_cost is None else setup_cost
    holding = np.zeros(count) if holding_cost is None else holding_cost
    cover = np.zeros(count) if periods is None else periods
    uncosted = (holding <= 0) | (setup <= 0)
    if rule == "POQ":
        uncosted &= cover <= 0
    if rule in (*COSTED, "POQ") and uncosted.any():
        raise Impossible(
            f"Lot rule {rule} needs a set-up cost and a holding cost above zero (or, for POQ, lot_periods)."
        )
    match rule:
        case "EOQ":
            quantity = economic_quantity(need.mean(axis=1), setup, holding)
            return fit(need, multiple=quantity)
        case "POQ":
            every = _cover(need, cover, setup, holding)
            return _reviewed(need, every) if calendar else _every(need, every)
        case "WW":
            once = np.repeat(setup[:, None], need.shape[1], axis=1)
            each = np.zeros_like(need) if price is None else price
            return cheapest(need, once, each, holding, np.full(count, np.inf)).make
        case "SM" | "LUC" | "PPB":
            return _extended(rule, need, setup, holding)
    raise Impossible(f"{rule!r} is not a lot rule; use one of L4L, FOQ, POQ, EOQ, WW, SM, LUC, PPB.")


def _cover(need: Floats, periods: Floats, setup: Floats, holding: Floats) -> Floats:
    mean = need.mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        economic = np.sqrt(2 * setup / (holding * mean))
    own = np.maximum(1.0, np.floor(np.nan_to_num(economic, nan=1.0, posinf=1.0) + 0.5))
    return cast("Floats", np.where(periods > 0, periods, own))


def _every(need: Floats, cover: Floats) -> Floats:
    """A lot at each need that no earlier lot covers, for ``cover`` periods."""
    placed = np.zeros_like(need)
    item = np.arange(len(need))
    start = np.full(len(need), -1)
    for period in range(need.shape[1]):
        opens = (need[:, period] > NOTHING) & ((start < 0) | (period >= start + cover))
        start = np.where(opens, period, start)
        running = start >= 0
        placed[item[running], start[running]] += need[running, period]
    return placed


def _reviewed(need: Floats, cover: Floats) -> Floats:
    """A lot at the start of every span of ``cover`` periods that needs anything."""
    span = np.arange(need.shape[1]) // cover[:, None].astype(np.int64)
    placed = np.zeros_like(need)
    np.add.at(placed, (np.arange(len(need))[:, None], span * cover[:, None].astype(np.int64)), need)
    return placed


def _extended(rule: str, need: Floats, setup: Floats, holding: Floats) -> Floats:
    """One lot at a time, extended period by period while the rule's measure does not get worse."""
    count, horizon = need.shape
    placed = np.zeros_like(need)
    item = np.arange(count)
    start = np.full(count, -1)
    units, held, measure = np.zeros(count), np.zeros(count), np.full(count, np.inf)
    for period in range(horizon):
        wanted = need[:, period]
        lying = np.maximum(0, period - start)
        held_then, units_then = held + holding * lying * wanted, units + wanted
        if rule == "SM":
            measure_then = (setup + held_then) / (lying + 1)
        elif rule == "LUC":
            measure_then = (setup + held_then) / np.maximum(units_then, NOTHING)
        else:
            measure_then = np.abs(held_then - setup)
        # Part-period balancing takes a further need only when that brings holding nearer to a lot's cost.
        slack = -NOTHING if rule == "PPB" else NOTHING
        extends = (start >= 0) & ((measure_then <= measure + slack) | (wanted <= NOTHING))
        opens = ~extends & (wanted > NOTHING)
        closes = ~extends & ~opens
        start = np.where(opens, period, np.where(closes, -1, start))
        units = np.where(extends, units_then, np.where(opens, wanted, 0.0))
        held = np.where(extends, held_then, 0.0)
        measure = np.where(extends, measure_then, _first_measure(rule, setup, wanted))
        running = start >= 0
        placed[item[running], start[running]] += wanted[running]
    return placed


def _first_measure(rule: str, setup: Floats, wanted: Floats) -> Floats:
    return setup / np.maximum(wanted, NOTHING) if rule == "LUC" else setup


def cost(
    need: Floats, placed: Floats, setup_cost: Floats, holding_cost: Floats, price: Floats | None = None
) -> Floats:
    """What a lot plan costs: K for each lot, h for each unit over the end of each period, and the price."""
    over = np.cumsum(placed - need, axis=1)
    if (over < -1e-6).any():
        raise Impossible("These lots leave a need uncovered, so they have no cost to compare.")
    bought = np.zeros(len(need)) if price is None else (price * placed).sum(axis=1)
    return cast(
        "Floats", setup_cost * (placed > NOTHING).sum(axis=1) + holding_cost * over.sum(axis=1) + bought
    )


def fit(
    need: Floats,
    *,
    minimum: Floats | None = None,
    multiple: Floats | None = None,
    maximum: Floats | None = None,
) -> Floats:
    """Round lots to minimum, multiple and maximum; what is over covers later needs first.

    The limits hold for a period's whole need, not for each demand in it. A lot above the maximum is
    several orders (:func:`pieces`), whose last one again respects minimum and multiple.

    >>> fit(np.array([[16.0, 20, 20]]), minimum=np.array([50.0])).tolist()
    [[50.0, 0.0, 50.0]]
    """
    count = len(need)
    least = np.zeros(count) if minimum is None else minimum
    step = np.zeros(count) if multiple is None else multiple
    most = whole_maximum(np.full(count, np.inf) if maximum is None else maximum, step)
    if (least > most + NOTHING).any():
        raise Impossible("A lot's minimum is above its maximum: no lot can satisfy both.")
    if not (least.any() or step.any()):
        return need.copy()
    placed = np.zeros_like(need)
    over = np.zeros(count)
    for period in range(need.shape[1]):
        wanted = need[:, period] - over
        lot = np.where(wanted > NOTHING, _rounded(wanted, least, step, most), 0.0)
        over = over + lot - need[:, period]
        placed[:, period] = lot
    return placed


def whole_maximum(maximum: Floats, step: Floats) -> Floats:
    """The largest whole number of multiples within the maximum."""
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = np.floor(maximum / step + NOTHING) * step
    return cast("Floats", np.where((step > 0) & np.isfinite(maximum), np.maximum(whole, step), maximum))


def _rounded(wanted: Floats, least: Floats, step: Floats, most: Floats) -> Floats:
    full = np.where(np.isfinite(most), np.floor(wanted / most + NOTHING), 0.0)
    rest = wanted - np.where(full > 0, full * np.where(np.isfinite(most), most, 0.0), 0.0)
    last = np.where(rest > NOTHING, np.maximum(rest, least), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        stepped = np.ceil(last / step - NOTHING) * step
    last = np.where(step > 0, stepped, last)
    return cast("Floats", np.where(full > 0, full * np.where(np.isfinite(most), most, 0.0), 0.0) + last)


def pieces(quantity: float, maximum: float) -> list[float]:
    """One lot as orders of at most the maximum.

    >>> pieces(150.0, 100.0)
    [100.0, 50.0]
    """
    if not np.isfinite(maximum) or quantity <= maximum + NOTHING:
        return [quantity]
    full = int(np.floor(quantity / maximum + NOTHING))
    rest = quantity - full * maximum
    return [maximum] * full + ([rest] if rest > NOTHING else [])
