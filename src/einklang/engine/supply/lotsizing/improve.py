"""A plan near the bound: round the set-up shares, then open one window after another and plan it anew.

Each group of items is improved by itself, the one furthest from its bound first. A window opens some
set-ups, keeps the others as they are and asks the solver for the best plan within (fix and optimise):
first the set-ups the shares leave in doubt, then a few periods or a few items at a time. A small group is
also opened as a whole, briefly at first, then for the time that is left; that raises the bound as well.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from einklang.engine.errors import Impossible
from einklang.engine.supply.lotsizing.problem import Flags, Floats, Part
from einklang.engine.supply.lotsizing.window import Found, best_within, useful

ROUNDINGS = (0.3, 0.2, 0.5, 0.1, 0.05)
SIZES = (40, 40, 60, 90, 130)
SECONDS = 1.0
WHOLE = 400
DOUBT = 1e-3
MOST_IN_DOUBT = 120


@dataclass(slots=True)
class Working:
    """One group being improved: its best plan so far, its bound, and the windows still to open."""

    part: Part
    share: Floats
    bound: float
    best: Found
    windows: Iterator[Flags] = field(init=False)
    opened_whole: bool = False
    done: bool = False

    def __post_init__(self) -> None:
        """Begin with the first window."""
        self.windows = windows(self.share)

    @property
    def open_gap(self) -> float:
        """How much cheaper a plan of this group might still be, in money."""
        return max(0.0, self.best.cost - self.bound)


def rounded(part: Part, share: Floats, bound: float) -> Working:
    """The cheapest of several roundings of the shares to set-ups."""
    plans: list[Found] = []
    for least in ROUNDINGS:
        setup = share >= least
        if plans and (setup == plans[-1].setup).all():
            continue
        found = best_within(part.case, setup, setup)
        if found is not None:
            plans.append(found)
    if not plans:
        # A need whose set-ups are all unlikely: every one there was a reason for.
        setup = share > 0
        found = best_within(part.case, setup, setup)
        if found is None:
            raise Impossible("No lots cover these needs: some need comes before any set-up can be.")
        plans.append(found)
    return Working(part, share, bound, min(plans, key=lambda plan: plan.cost))


def improve(groups: list[Working], *, gap: float, until: float, clock: Callable[[], float]) -> None:
    """Open windows, the group with the most to gain first, until gap or time is reached."""
    while clock() < until:
        cost, bound = sum(g.best.cost for g in groups), sum(g.bound for g in groups)
        waiting = [g for g in groups if not g.done and g.open_gap > gap * abs(g.best.cost) / 10]
        if cost - bound <= gap * abs(cost) or not waiting:
            return
        group = max(waiting, key=lambda g: g.open_gap)
        _step(group, gap, until - clock())


def _step(group: Working, gap: float, seconds: float) -> None:
    """One window of one group."""
    free = next(group.windows, None)
    if free is None:
        group.done = True
        return
    whole = bool(free.all())
    setup = useful(group.best)
    # A plan that lacks hours is no plan yet: its windows are worth more patience.
    patience = SECONDS * (4.0 if group.best.missing.any() else 1.0)
    limit = max(0.05, seconds if whole and group.opened_whole else min(seconds, patience))
    group.opened_whole |= whole
    close = 1e-6 if whole else min(5e-4, gap)
    found = best_within(group.part.case, setup & ~free, setup | free, seconds=limit, gap=close, known=setup)
    if found is not None and found.cost < group.best.cost - 1e-9 * abs(group.best.cost):
        group.best = found
    if found is not None and whole:
        group.bound = max(group.bound, found.bound)


def windows(share: Floats) -> Iterator[Flags]:
    """The windows of one group, in the order they are opened: ever larger ones, at last all of it."""
    doubt = np.minimum(share, 1.0 - share)
    free = doubt > max(DOUBT, np.sort(doubt, axis=None)[-min(doubt.size, MOST_IN_DOUBT)])
    if free.any():
        yield free
    if share.size <= WHOLE:
        yield np.ones(share.shape, dtype=bool)
    for turn, cells in enumerate(SIZES):
        yield from _spans(doubt, cells, turn)
        yield from _few_items(doubt, cells, turn)
    if share.size <= WHOLE:
        yield np.ones(share.shape, dtype=bool)


def _spans(doubt: Floats, cells: int, turn: int) -> Iterator[Flags]:
    """A few periods side by side, of all items or of those most in doubt there."""
    items, periods = doubt.shape
    length = int(np.clip(cells // items, 4, periods))
    for start in range(-(turn % 2) * (length // 4), periods, max(1, length // 2)):
        span = slice(max(0, start), min(periods, start + length))
        chosen = np.argsort(-doubt[:, span].sum(axis=1), kind="stable")[: max(1, cells // length)]
        free = np.zeros(doubt.shape, dtype=bool)
        free[chosen, span] = True
        yield free


def _few_items(doubt: Floats, cells: int, turn: int) -> Iterator[Flags]:
    """A few items over all periods, those most in doubt first; later turns mix them anew."""
    items, periods = doubt.shape
    count = max(2, cells // periods)
    order = np.argsort(-doubt.sum(axis=1), kind="stable")
    if turn:
        order = np.random.default_rng(turn).permutation(items)
    for first in range(0, items - 1, max(1, count // 2)):
        free = np.zeros(doubt.shape, dtype=bool)
        free[order[first : first + count]] = True
        yield free
