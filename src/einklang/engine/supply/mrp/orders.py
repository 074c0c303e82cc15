"""Planned orders and what they draw, as arrays."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Orders:
    """Planned orders by item number and due period; periods are counted from 0.

    ``bill`` and ``source`` say which bill makes it and which supplier brings it (-1: the item's own).
    """

    number: Ints
    due: Ints
    release: Ints
    late: Ints
    quantity: Floats
    bill: Ints
    source: Ints
    kept: Flags

    def take(self, places: Ints | Flags) -> "Orders":
        """Some of them."""
        return Orders(*(getattr(self, column.name)[places] for column in fields(self)))


def joined(parts: list[Orders]) -> Orders:
    """Several lists as one."""
    return Orders(*(np.concatenate([getattr(part, c.name) for part in parts]) for c in fields(Orders)))


@dataclass(slots=True)
class Draws:
    """What orders draw: by which order (its place; -1 - k for firm receipt k), of what, when, how much.

    ``asked`` is the component the bill names, ``component`` the one that is drawn.
    """

    order: Ints
    component: Ints
    asked: Ints
    period: Ints
    quantity: Floats

    def take(self, places: Ints | Flags) -> "Draws":
        """Some of them."""
        return Draws(*(getattr(self, column.name)[places] for column in fields(self)))


def joined_draws(parts: list[Draws]) -> Draws:
    """Several lists as one."""
    return Draws(*(np.concatenate([getattr(part, c.name) for part in parts]) for c in fields(Draws)))
