"""One lot-sizing case as arrays: items, periods, resources, and which items stand in each other's way."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
MOST_GROUPS = 200


@dataclass(frozen=True)
class Lots:
    """Items I, periods T, resources R, and a line for each resource an item passes through.

    ``need`` is net of stock. ``unit`` is what a unit costs to make, ``hold`` to keep for a period,
    ``loss`` what a unit costs that is not made (infinite: it must be made). ``hours`` are per unit,
    ``setup_hours`` per set-up. ``extra`` is the price of an hour that does not exist; a plan that needs
    one is no plan.
    """

    need: Floats
    hold: Floats
    loss: Floats
    unit: Floats
    setup: Floats
    item: Ints
    resource: Ints
    hours: Floats
    setup_hours: Floats
    capacity: Floats
    overtime: Floats
    overtime_cost: Floats
    extra: float

    @property
    def shape(self) -> tuple[int, int]:
        """Items by periods."""
        count, periods = self.need.shape
        return int(count), int(periods)

    @cached_property
    def group(self) -> Ints:
        """The group of each item: items that share a resource, directly or through others, share a group.

        Items that pass through no resource share one as well; of very many small groups several are one.
        """
        label = np.arange(len(self.need))
        while True:
            lowest = np.full(len(self.capacity), len(self.need))
            np.minimum.at(lowest, self.resource, label[self.item])
            new = label.copy()
            np.minimum.at(new, self.item, lowest[self.resource])
            if (new == label).all():
                break
            label = new
        label[np.setdiff1d(np.arange(len(label)), self.item)] = len(label)
        group = np.unique(label, return_inverse=True)[1]
        size = np.bincount(group)
        if len(size) > MOST_GROUPS:
            together = (np.cumsum(size) - size) * MOST_GROUPS // len(label)
            group = np.unique(together[group], return_inverse=True)[1]
        return group.astype(np.int64)

    @cached_property
    def resource_group(self) -> Ints:
        """The group of each resource; -1 for one that nothing passes through."""
        group = np.full(len(self.capacity), -1)
        group[self.resource] = self.group[self.item]
        return group

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return int(self.group.max(initial=-1)) + 1

    def load(self, make: Floats, setup: Flags) -> Floats:
        """Hours of each resource and period."""
        hours = np.zeros(self.capacity.shape)
        used = self.hours[:, None] * make[self.item] + self.setup_hours[:, None] * setup[self.item]
        np.add.at(hours, self.resource, used)
        return hours

    def parts(self) -> Iterator["Part"]:
        """Each group as a case of its own."""
        items = np.argsort(self.group, kind="stable")
        lines = np.argsort(self.group[self.item], kind="stable")
        every = np.arange(self.groups + 1)
        item_at = np.searchsorted(self.group[items], every)
        line_at = np.searchsorted(self.group[self.item[lines]], every)
        for group in range(self.groups):
            mine = items[item_at[group] : item_at[group + 1]]
            through = lines[line_at[group] : line_at[group + 1]]
            yield self._part(mine, through)

    def _part(self, items: Ints, lines: Ints) -> "Part":
        resources = np.unique(self.resource[lines])
        case = Lots(
            self.need[items], self.hold[items], self.loss[items], self.unit[items], self.setup[items],
            np.searchsorted(items, self.item[lines]), np.searchsorted(resources, self.resource[lines]),
            self.hours[lines], self.setup_hours[lines],
            self.capacity[resources], self.overtime[resources], self.overtime_cost[resources], self.extra,
        )  # fmt: skip
        return Part(items, resources, case)


@dataclass(frozen=True, slots=True)
class Part:
    """One group: where its items and resources stand in the whole, and the case they make."""

    items: Ints
    resources: Ints
    case: Lots


def price_of_extra(lots: Lots) -> float:
    """An hour that does not exist costs more than any way round it that is worth taking."""
    hours = float(lots.load(lots.need, lots.need > 0).sum())
    horizon = lots.shape[1]
    kept = float(lots.hold @ lots.need.sum(axis=1)) * horizon + float(
        lots.setup @ (lots.need > 0).sum(axis=1)
    )
    return 10.0 * (kept / max(1e-9, hours) + float(lots.overtime_cost.max(initial=0.0))) + 1.0
