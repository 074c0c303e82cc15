"""What no lot plan can undercut: hours are bought at a price, so that each item plans by itself.

For any prices p >= 0 of the hours of resource r in period t

    bound(p) = sum(cheapest plan of item i at p) - sum(p * hours) + sum(min(0, overtime cost - p) * overtime)

is at most the cost of the best plan. A subgradient search finds good prices for all groups at once.
Then each group weighs the item plans met so far in a small linear model (Dantzig and Wolfe), asks at
its prices for better ones, and stops when the model's cost and the bound meet. The weights say in which
share of them an item is set up in a period: most are 0 or 1, the rest are left to decide.
"""

from dataclasses import dataclass

import numpy as np

from einklang.engine.linear import Growing
from einklang.engine.supply.lotsizing.problem import Flags, Floats, Ints, Lots, Part
from einklang.engine.supply.lotsizing.wagner_whitin import Cheapest, cheapest

CLOSE = 1e-4
ROUNDS = 60
PATIENCE = 4


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The bound by group, the prices of hours, and the share of set-ups by item and period."""

    bound: Floats
    prices: Floats
    share: Floats


def at_prices(lots: Lots, prices: Floats) -> tuple[Cheapest, Floats]:
    """Each item's cheapest plan when hours have these prices, and the bound of each group."""
    each = np.repeat(lots.unit[:, None], lots.shape[1], axis=1)
    once = np.repeat(lots.setup[:, None], lots.shape[1], axis=1)
    paid = prices[lots.resource]
    np.add.at(each, lots.item, lots.hours[:, None] * paid)
    np.add.at(once, lots.item, lots.setup_hours[:, None] * paid)
    plans = cheapest(lots.need, once, each, lots.hold, lots.loss)
    given = (np.minimum(0.0, lots.overtime_cost - prices) * lots.overtime - prices * lots.capacity).sum(
        axis=1
    )
    bound = np.bincount(lots.group, weights=plans.cost, minlength=lots.groups).astype(np.float64)
    used = lots.resource_group >= 0
    np.add.at(bound, lots.resource_group[used], given[used])
    return plans, bound


def relax(lots: Lots, *, steps: int = 40) -> Relaxed:
    """Bound, prices and set-up shares; the bound is within a ten-thousandth of the best there is this way."""
    prices, bound, met = _searched(lots, steps)
    masters = [Master(part) for part in lots.parts()]
    for before, plans in zip([None, *met], met, strict=False):
        known = before is not None and (plans.setup == before.setup).all(axis=1)
        _offer(lots, masters, plans, ~np.broadcast_to(known, len(lots.need)))
    worth = np.zeros(len(lots.need))
    active = np.ones(len(masters), dtype=bool)
    cost = np.zeros(len(masters))
    for _round in range(ROUNDS):
        for group in np.flatnonzero(active):
            part = masters[group].part
            cost[group], worth[part.items], prices[part.resources] = masters[group].weigh()
        plans, new = at_prices(lots, prices)
        bound = np.maximum(bound, new)
        active &= cost - bound > CLOSE * np.abs(cost)
        if not active.any():
            break
        better = plans.cost < worth - 1e-7 * np.maximum(1.0, np.abs(worth))
        _offer(lots, masters, plans, better & active[lots.group])
    share = np.zeros(lots.shape)
    for master in masters:
        share[master.part.items] = master.share()
    return Relaxed(bound, prices, share)


def _searched(lots: Lots, steps: int) -> tuple[Floats, Floats, list[Cheapest]]:
    """Good prices by subgradient steps, each group with a step of its own, and plans met on the way.

    A step is Polyak's with the goal 2 % above the best bound; four steps without gain go back to the
    best prices and shorten it.
    """
    prices = np.zeros(lots.capacity.shape)
    best, best_prices = np.full(lots.groups, -np.inf), prices.copy()
    step, stale = np.ones(lots.groups), np.zeros(lots.groups, dtype=np.int64)
    met = []
    used = np.flatnonzero(lots.resource_group >= 0)
    group = lots.resource_group[used]
    for turn in range(steps):
        plans, bound = at_prices(lots, prices)
        if turn == 0 or turn >= steps - PATIENCE * 3:
            met.append(plans)
        gain = bound > best + 1e-9 * np.abs(bound)
        best = np.maximum(best, bound)
        best_prices[used[gain[group]]] = prices[used[gain[group]]]
        stale = np.where(gain, 0, stale + 1)
        back = stale >= PATIENCE
        step, stale = np.where(back, 0.6 * step, step), np.where(back, 0, stale)
        prices[used[back[group]]] = best_prices[used[back[group]]]
        lacking = lots.load(plans.make, plans.setup) - lots.capacity
        lacking -= np.where(prices > lots.overtime_cost, lots.overtime, 0.0)
        lacking = np.where((prices <= 0) & (lacking < 0), 0.0, lacking)
        length = np.bincount(group, weights=(lacking[used] ** 2).sum(axis=1), minlength=lots.groups)
        reach = step * 0.02 * np.maximum(1.0, np.abs(best)) / np.maximum(length, 1e-9)
        prices[used] = np.clip(prices[used] + reach[group][:, None] * lacking[used], 0.0, lots.extra)
    return best_prices, best, met


def _offer(lots: Lots, masters: list["Master"], plans: Cheapest, wanted: Flags) -> None:
    """Give each group the plans of the wanted items, at their own cost without any price of hours."""
    kept = lots.hold[:, None] * np.cumsum(plans.make + plans.lost - lots.need, axis=1)
    lost = np.where(plans.lost > 0, np.where(np.isinf(lots.loss), 0.0, lots.loss)[:, None] * plans.lost, 0.0)
    own = (kept + lost + lots.unit[:, None] * plans.make + lots.setup[:, None] * plans.setup).sum(axis=1)
    for master in masters:
        mine = np.flatnonzero(wanted[master.part.items])
        if mine.size:
            at = master.part.items[mine]
            master.add(mine, own[at], plans.make[at], plans.setup[at])


class Master:
    """One group's model: a weight for each item plan met, one whole plan an item, hours within limits."""

    def __init__(self, part: Part) -> None:
        """Rows for the items and the hours; overtime and hours that do not exist are the first columns."""
        self.part = part
        case = part.case
        self._items, self._cells = len(part.items), case.capacity.size
        one, free = np.ones(self._items), np.full(self._cells, -np.inf)
        self._model = Growing(np.concatenate([one, free]), np.concatenate([one, case.capacity.ravel()]))
        extra = np.full(self._cells, case.extra)
        cells = np.arange(self._cells) + self._items
        self._model.add(
            np.concatenate([case.overtime_cost.ravel(), extra]),
            np.concatenate([case.overtime.ravel(), np.full(self._cells, np.inf)]),
            np.arange(2 * self._cells + 1), np.tile(cells, 2), np.full(2 * self._cells, -1.0),
        )  # fmt: skip
        self._whose: list[Ints] = []
        self._setups: list[Floats] = []
        self._weights = np.zeros(0)
        self._line = np.argsort(case.item, kind="stable")
        self._line_at = np.searchsorted(case.item[self._line], np.arange(self._items + 1))

    def add(self, items: Ints, cost: Floats, make: Floats, setup: Flags) -> None:
        """Plans of these items; each uses hours on every resource its item passes through."""
        case, periods = self.part.case, self.part.case.shape[1]
        lines = self._line_at[items + 1] - self._line_at[items]
        plan = np.repeat(np.arange(len(items)), lines)
        nth = np.arange(len(plan)) - np.repeat(np.cumsum(lines) - lines, lines)
        line = self._line[self._line_at[items[plan]] + nth]
        hours = case.hours[line][:, None] * make[plan] + case.setup_hours[line][:, None] * setup[plan]
        row = self._items + case.resource[line][:, None] * periods + np.arange(periods)
        used = hours > 0
        owner = np.concatenate([np.arange(len(items)), np.repeat(plan, used.sum(axis=1))])
        rows = np.concatenate([items, row[used]])
        values = np.concatenate([np.ones(len(items)), hours[used]])
        order = np.lexsort((rows, owner))
        start = np.searchsorted(owner[order], np.arange(len(items) + 1))
        self._model.add(cost, np.full(len(cost), np.inf), start, rows[order], values[order])
        self._whose.append(items)
        self._setups.append(setup.astype(np.float64))

    def weigh(self) -> tuple[float, Floats, Floats]:
        """The least cost of weighted plans, what each item costs in it, and the price of each hour."""
        found = self._model.solve()
        self._weights = found.values[2 * self._cells :]
        prices = np.clip(-found.prices[self._items :], 0.0, self.part.case.extra)
        return found.objective, found.prices[: self._items], prices.reshape(self.part.case.capacity.shape)

    def share(self) -> Floats:
        """In which share of its weighted plans each item is set up in each period."""
        share = np.zeros(self.part.case.shape)
        # Plans added after the last weighing have no weight.
        whose, setups = np.concatenate(self._whose), np.concatenate(self._setups)
        known = len(self._weights)
        np.add.at(share, whose[:known], self._weights[:, None] * setups[:known])
        return share
