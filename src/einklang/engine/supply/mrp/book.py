"""The book of planned orders: level by level, from what is needed to what is released and drawn.

For an item with stock over time A (on hand, plus open receipts, minus gross need) the good units that
must have arrived by period t are

    R[t] = max(0, max over s <= t of -A[s])            net[t] = R[t] - R[t-1]

and safety stock raises them from the first period an order placed today can arrive in: it is rebuilt at
once, but never by an order that claims to be late. Needs inside the frozen periods wait until their end,
needs of closed periods come before them, safety time brings all of them forward. The item's rule turns
them into lots (:mod:`lots`), lots into orders, and each order draws what its bill says when it is released.
"""

from dataclasses import dataclass, field
from typing import cast

import numpy as np
import numpy.typing as npt

from einklang.engine.supply import lots as rules_of_lots
from einklang.engine.supply.lots import NOTHING
from einklang.engine.supply.mrp import choosing
from einklang.engine.supply.mrp.choosing import Desk, Used
from einklang.engine.supply.mrp.damping import Former, kept_of
from einklang.engine.supply.mrp.orders import Draws, Orders, joined, joined_draws
from einklang.engine.supply.mrp.tables import Tables

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Book:
    """Everything that is planned, before it is told as tables."""

    orders: Orders
    draws: Draws
    demand_number: Ints
    demand_quantity: Floats
    gross: Floats
    scheduled: Floats
    net: Floats
    used: list[Used] = field(default_factory=list)


def plan_book(
    tables: Tables,
    former: Former | None = None,
    *,
    known: Orders | None = None,
    changed: Flags | None = None,
) -> Book:
    """Plan all levels; with ``known`` orders only the items that are ``changed`` are planned anew."""
    at = choosing.desk(tables)
    demand_number, demand_quantity = choosing.demand(at)
    net = np.zeros_like(at.gross)
    draws = [_drawn(at, _firm(tables), _places_of_firm(tables))]
    parts: list[Orders] = []
    placed = 0
    for level in range(tables.tree.levels):
        here = tables.tree.level == level
        rows = np.flatnonzero(here if changed is None else here & changed)
        net[rows], orders = _orders(tables, rows, at.gross[rows], at.scheduled[rows], former)
        choosing.sources(at, orders, placed)
        choosing.bills(at, orders, placed)
        if known is not None and changed is not None:
            standing = known.take(here[known.number] & ~changed[known.number])
            orders = _among(standing, orders, at.used, placed)
        draws.append(_drawn(at, orders, placed + np.arange(orders.number.size)))
        parts.append(orders)
        placed += orders.number.size
    whole = joined(parts)
    by_item = np.argsort(whole.number, kind="stable")
    drawn = joined_draws(draws)
    place = np.empty_like(by_item)
    place[by_item] = np.arange(by_item.size)
    planned = drawn.order >= 0
    drawn.order[planned] = place[drawn.order[planned]]
    for one in at.used:
        one.order = int(place[one.order]) if one.order >= 0 else one.order
    return Book(
        whole.take(by_item), drawn, demand_number, demand_quantity, at.gross, at.scheduled, net, at.used
    )


def _among(standing: Orders, new: Orders, used: list[Used], placed: int) -> Orders:
    """New orders put among those that stand, by item; those that were noted get their new place."""
    together = joined([standing, new])
    by_item = np.argsort(together.number, kind="stable")
    place = np.empty_like(by_item)
    place[by_item] = np.arange(by_item.size)
    for one in used:
        if one.order >= placed:
            one.order = placed + int(place[standing.number.size + one.order - placed])
    return together.take(by_item)


def _orders(
    tables: Tables, rows: Ints, gross: Floats, scheduled: Floats, former: Former | None
) -> tuple[Floats, Orders]:
    """Net needs of some items in good units, and the orders that start for them."""
    net = _net(tables, rows, gross, scheduled)
    wanted = _when_open(tables, rows, net)
    kept = np.zeros_like(wanted)
    if former is not None:
        kept, wanted = kept_of(tables, former, rows, wanted)
    need = wanted / (1 - tables.scrap[rows, None])
    new = _sized(tables, rows, need)
    number, at, quantity = _pieces(tables, rows, new)
    old, old_at = np.nonzero(kept > NOTHING)
    amount = kept[old, old_at] / (1 - tables.scrap[rows[old]])
    number, at = np.concatenate([number, rows[old]]), np.concatenate([at, old_at])
    quantity = np.concatenate([quantity, amount])
    is_kept = np.arange(number.size) >= number.size - old.size
    if old.size:
        order = np.lexsort((~is_kept, at, number))
        number, at, quantity, is_kept = number[order], at[order], quantity[order], is_kept[order]
    release, late = tables.work.release(tables.work.of[number], at, tables.lead_of(number, quantity))
    zero = np.zeros_like(number)
    return net, Orders(number, at, release, late, quantity, zero, zero - 1, is_kept)


def _net(tables: Tables, rows: Ints, gross: Floats, scheduled: Floats) -> Floats:
    """What stock and receipts leave uncovered, in the period it is needed."""
    over = tables.on_hand[rows, None] + np.cumsum(scheduled - gross, axis=1)
    due = np.maximum.accumulate(np.maximum(0.0, -over), axis=1)
    safety = tables.safety[rows]
    kept = np.flatnonzero(safety > 0)
    if kept.size:
        some = rows[kept]
        soonest = tables.work.soonest(tables.work.of[some], tables.lead[some]) + tables.safety_time[some]
        possible = np.arange(tables.periods) >= np.minimum(soonest, tables.periods - 1)[:, None]
        whole = np.where(possible, safety[kept, None] - over[kept], 0.0)
        due[kept] = np.maximum(due[kept], np.maximum.accumulate(np.maximum(0.0, whole), axis=1))
    net = np.diff(due, axis=1, prepend=0.0)
    net[net < NOTHING] = 0.0
    return cast("Floats", net)


def _when_open(tables: Tables, rows: Ints, net: Floats) -> Floats:
    """The same needs in the period an order for them may be due: after the fence, before a shutdown.

    Nothing is brought forward to where an order placed today could not arrive: that would only make it late.
    """
    work, fence, ahead = tables.work, tables.frozen[rows], tables.safety_time[rows]
    if work.always_open and not (fence.any() or ahead.any()):
        return net
    item, at = np.nonzero(net)
    calendar = work.of[rows][item]
    first = work.open_from(calendar, fence[item])
    possible = first < tables.periods
    item, at, first, calendar = item[possible], at[possible], first[possible], calendar[possible]
    soonest = work.soonest(calendar, tables.lead[rows][item])
    target = np.maximum(np.maximum(at - ahead[item], np.minimum(at, soonest)), first)
    before, after = work.last_open(calendar, target), work.open_from(calendar, target)
    too_soon = (before < np.maximum(soonest, first)) & (after < tables.periods)
    wanted = np.zeros_like(net)
    np.add.at(wanted, (item, np.where(too_soon, after, np.maximum(before, first))), net[item, at])
    return wanted


def _sized(tables: Tables, rows: Ints, need: Floats) -> Floats:
    """Needs as lots by each item's rule, within its minimum, multiple and maximum."""
    rules = tables.rules
    grouped = np.zeros_like(need)
    for rule in np.unique(rules.rule[rows]):
        mine = rules.rule[rows] == rule
        chosen = rows[mine]
        grouped[mine] = rules_of_lots.lots(
            str(rule),
            need[mine],
            setup_cost=rules.setup_cost[chosen],
            holding_cost=rules.holding_cost[chosen],
            periods=rules.periods[chosen],
        )
    return rules_of_lots.fit(
        grouped, minimum=rules.minimum[rows], multiple=rules.multiple[rows], maximum=rules.maximum[rows]
    )


def _pieces(tables: Tables, rows: Ints, placed: Floats) -> tuple[Ints, Ints, Floats]:
    """Item, due period and quantity of each order; a lot above its maximum is several."""
    row, at = np.nonzero(placed > NOTHING)
    quantity, number = placed[row, at], rows[row]
    most = tables.rules.largest[number]
    if not (quantity > most + NOTHING).any():
        return number, at, quantity
    full = np.where(np.isfinite(most), np.floor(quantity / most + NOTHING), 0.0)
    rest = quantity - np.where(full > 0, full * np.where(np.isfinite(most), most, 0.0), 0.0)
    times = full.astype(np.int64) + (rest > NOTHING)
    last = np.cumsum(times) - 1
    size = np.repeat(np.where(full > 0, most, quantity), times)
    ends = rest > NOTHING
    size[last[ends]] = rest[ends]
    return np.repeat(number, times), np.repeat(at, times), size


def _firm(tables: Tables) -> Orders:
    """Firm receipts as orders: started a lead time before they are due."""
    is_firm = tables.receipts["firm"].to_numpy()
    number = tables.receipts["number"].to_numpy()[is_firm]
    due = np.clip(tables.receipts["period"].to_numpy()[is_firm] - 1, 0, tables.periods - 1)
    quantity = tables.receipts["quantity"].to_numpy()[is_firm] / (1 - tables.scrap[number])
    release, late = tables.work.release(tables.work.of[number], due, tables.lead_of(number, quantity))
    zero = np.zeros_like(number)
    return Orders(number, due, release, late, quantity, zero, zero - 1, np.zeros(number.size, dtype=bool))


def _drawn(at: Desk, orders: Orders, places: Ints) -> Draws:
    """What these orders draw of their components when they are released; adds it to the gross need.

    ``places`` are theirs in the book; below 0 they are firm receipts.
    """
    tables, tree = at.tables, at.tables.tree
    order, line = tables.lines.of(orders.number)
    period = np.minimum(orders.release[order], tables.periods - 1)
    holds = (period + 1 >= tree.valid_from[line]) & (period + 1 <= tree.valid_to[line])
    holds &= tables.line_bill[line] == orders.bill[order]
    order, line, period = order[holds], line[holds], period[holds]
    component = tree.component[line]
    draws = Draws(places[order], component, component, period, orders.quantity[order] * tree.drawn[line])
    if tables.options.components:
        return choosing.components(at, draws, orders.number[order])
    at.draw(component, period, draws.quantity)
    return draws


def _places_of_firm(tables: Tables) -> Ints:
    return -1 - np.flatnonzero(tables.receipts["firm"].to_numpy())
