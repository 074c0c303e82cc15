"""The best plan of one group when some set-ups are decided and some are still open.

An item whose set-ups are all decided has what it makes and keeps, period by period. An item with open
ones is described need by need, as if each set-up were a warehouse that could serve it:

    sum over s <= t of w[s, t] + lost[t] = 1,   w[s, t] <= set-up[s]

which leaves the solver hardly anything to branch on.
"""

from dataclasses import dataclass, field

import numpy as np

from einklang.engine.linear import Ints, Model, OutOfTime, Start
from einklang.engine.supply.lotsizing.problem import Flags, Floats, Lots

NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class Found:
    """A plan, what it costs, and the least that any plan within the same decisions could cost."""

    cost: float
    bound: float
    make: Floats
    lost: Floats
    setup: Flags
    overtime: Floats
    missing: Floats


@dataclass(slots=True)
class _Columns:
    """Where the columns of one window stand; pieces are (item, period made, share or units a column)."""

    setup: Ints
    overtime: Ints
    missing: Ints
    made: list[tuple[Ints, Ints, Ints, Floats]] = field(default_factory=list)
    lost: list[tuple[Ints, Ints, Ints, Floats]] = field(default_factory=list)


def best_within(
    lots: Lots,
    least: Flags,
    most: Flags,
    *,
    seconds: float = 60.0,
    gap: float = 1e-4,
    known: Flags | None = None,
) -> Found | None:
    """The cheapest plan with at least and at most these set-ups; nothing if time ended before there was one.

    ``known`` are set-ups that work: the search begins there.
    """
    model = Model()
    free = most & ~least
    columns = _Columns(
        model.columns(
            lots.shape, "set-up", cost=lots.setup[:, None], lower=least.astype(float),
            upper=most.astype(float), whole=free,
        ),
        model.columns(lots.capacity.shape, "overtime", cost=lots.overtime_cost, upper=lots.overtime),
        model.columns(lots.capacity.shape, "missing", cost=lots.extra),
    )  # fmt: skip
    hours = model.rows(lots.capacity.shape, upper=lots.capacity)
    model.put(hours, columns.overtime, -1.0)
    model.put(hours, columns.missing, -1.0)
    model.put(hours[lots.resource], columns.setup[lots.item], lots.setup_hours[:, None])
    open_items = free.any(axis=1)
    _decided(model, columns, lots, np.flatnonzero(~open_items), least)
    _open(model, columns, lots, np.flatnonzero(open_items), most, free)
    _use_hours(model, columns, lots, hours)
    start = None
    if known is not None and free.any():
        start = Start(whole=(columns.setup[free], (known & most)[free].astype(float)))
    try:
        found = model.solve(seconds=seconds, gap=gap, start=start)
    except OutOfTime:
        return None
    return None if found is None else _read(lots, columns, found.objective, found.bound, found.values)


def _decided(model: Model, columns: _Columns, lots: Lots, items: Ints, setup: Flags) -> None:
    """Make where there is a set-up, keep over the end of each period, lose where that is allowed."""
    if not items.size:
        return
    shape = (len(items), lots.shape[1])
    rows = model.rows(shape, lower=lots.need[items], upper=lots.need[items])
    stock = model.columns((shape[0], shape[1] - 1), "holding", cost=lots.hold[items][:, None])
    model.put(rows[:, :-1], stock, -1.0)
    model.put(rows[:, 1:], stock, 1.0)
    at, period = np.nonzero(setup[items])
    make = model.columns((len(at),), "making", cost=lots.unit[items][at])
    model.put(rows[at, period], make, 1.0)
    columns.made.append((items[at], period, make, np.ones(len(at))))
    at, period = np.nonzero(np.isfinite(lots.loss[items])[:, None] & (lots.need[items] > 0))
    lost = model.columns((len(at),), "lost", cost=lots.loss[items][at], upper=lots.need[items][at, period])
    model.put(rows[at, period], lost, 1.0)
    columns.lost.append((items[at], period, lost, np.ones(len(at))))


def _open(model: Model, columns: _Columns, lots: Lots, items: Ints, most: Flags, free: Flags) -> None:
    """Each need is shared among the set-ups that may serve it."""
    if not items.size:
        return
    need = lots.need[items]
    early = np.tri(lots.shape[1], dtype=bool).T
    at, made, due = np.nonzero(most[items][:, :, None] & (need > 0)[:, None, :] & early)
    row_of = np.full(need.shape, -1)
    wanted = np.nonzero(need > 0)
    row_of[wanted] = model.rows((len(wanted[0]),), lower=1.0, upper=1.0)
    units = need[at, due]
    item = items[at]
    cost = units * (lots.unit[item] + lots.hold[item] * (due - made))
    share = model.columns((len(at),), "making", cost=cost)
    model.put(row_of[at, due], share, 1.0)
    columns.made.append((item, made, share, units))
    tied = np.flatnonzero(free[item, made])
    rows = model.rows((len(tied),), upper=0.0)
    model.put(rows, share[tied], 1.0)
    model.put(rows, columns.setup[item[tied], made[tied]], -1.0)
    at, due = np.nonzero(np.isfinite(lots.loss[items])[:, None] & (need > 0))
    units = need[at, due]
    lost = model.columns((len(at),), "lost", cost=lots.loss[items[at]] * units, upper=1.0)
    model.put(row_of[at, due], lost, 1.0)
    columns.lost.append((items[at], due, lost, units))


def _use_hours(model: Model, columns: _Columns, lots: Lots, hours: Ints) -> None:
    """Every piece made uses hours on each resource its item passes through."""
    for item, period, column, units in columns.made:
        order = np.argsort(item, kind="stable")
        at = np.searchsorted(item[order], np.arange(lots.shape[0] + 1))
        count = (at[1:] - at[:-1])[lots.item]
        line = np.repeat(np.arange(len(lots.item)), count)
        nth = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
        piece = order[at[:-1][lots.item[line]] + nth]
        used = lots.hours[line] * units[piece]
        model.put(hours[lots.resource[line], period[piece]], column[piece], used)


def _read(lots: Lots, columns: _Columns, cost: float, bound: float, values: Floats) -> Found:
    def gathered(pieces: list[tuple[Ints, Ints, Ints, Floats]]) -> Floats:
        total = np.zeros(lots.shape)
        for item, period, column, units in pieces:
            np.add.at(total, (item, period), values[column] * units)
        return np.where(total > NOTHING, total, 0.0)

    make = gathered(columns.made)
    setup = values[columns.setup] > 0.5
    return Found(
        cost, bound, make, gathered(columns.lost), setup,
        values[columns.overtime], np.where(values[columns.missing] > NOTHING, values[columns.missing], 0.0),
    )  # fmt: skip


def useful(found: Found) -> Flags:
    """The set-ups in which something is made."""
    return found.setup & (found.make > NOTHING)
