"""A linear model collected in blocks: columns with a cost and a kind, rows with limits.

A model is collected block by block (a block is an array of columns or rows of any shape), so that
hundreds of thousands of coefficients are placed without a loop, and every unit of the objective
belongs to a named kind of cost.
"""

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from einklang.engine.linear.program import INFINITE, Floats, Ints, Number, Program
from einklang.engine.linear.solver import Method, Solution, Start, solve


@dataclass(slots=True)
class Model:
    """Minimise cost over columns, within rows."""

    _charges: list[tuple[str, Ints, Floats]] = field(default_factory=list)
    _lower: list[Floats] = field(default_factory=list)
    _upper: list[Floats] = field(default_factory=list)
    _whole: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    _row_lower: list[Floats] = field(default_factory=list)
    _row_upper: list[Floats] = field(default_factory=list)
    _at: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)
    width: int = 0
    height: int = 0

    def columns(
        self,
        shape: tuple[int, ...],
        kind: str,
        *,
        cost: Number = 0.0,
        lower: Number = 0.0,
        upper: Number = INFINITE,
        whole: bool | npt.NDArray[np.bool_] = False,
    ) -> Ints:
        """A block of columns; returns their numbers in the block's shape. Values broadcast to it."""
        count = int(np.prod(shape))
        numbers = np.arange(self.width, self.width + count).reshape(shape)
        self.width += count
        self.charge(numbers, cost, kind)
        for store, value in ((self._lower, lower), (self._upper, upper)):
            store.append(np.broadcast_to(np.asarray(value, dtype=np.float64), shape).ravel())
        self._whole.append(np.broadcast_to(np.asarray(whole), shape).ravel())
        return numbers

    def charge(self, columns: Ints, cost: Number, kind: str) -> None:
        """A cost of each unit of these columns, of a named kind, on top of what they cost already."""
        at, unit = np.broadcast_arrays(columns, np.asarray(cost, dtype=np.float64))
        self._charges.append((kind, at.ravel(), unit.ravel()))

    def rows(self, shape: tuple[int, ...], *, lower: Number = -INFINITE, upper: Number = INFINITE) -> Ints:
        """A block of rows with their limits; returns their numbers in the block's shape."""
        count = int(np.prod(shape))
        numbers = np.arange(self.height, self.height + count).reshape(shape)
        self.height += count
        for store, value in ((self._row_lower, lower), (self._row_upper, upper)):
            store.append(np.broadcast_to(np.asarray(value, dtype=np.float64), shape).ravel())
        return numbers

    def put(self, rows: Ints, columns: Ints, values: Number) -> None:
        """Coefficients; the three broadcast to one shape, and what meets twice adds up."""
        r, c, v = np.broadcast_arrays(rows, columns, np.asarray(values, dtype=np.float64))
        self._at.append((r.ravel(), c.ravel(), v.ravel()))

    def cost(self) -> Floats:
        """The cost of one unit of each column."""
        total = np.zeros(self.width)
        for _, columns, unit in self._charges:
            np.add.at(total, columns, unit)
        return total

    def by_kind(self, values: Floats) -> dict[str, float]:
        """The objective, split by kind of cost; the parts sum to it."""
        amount: dict[str, float] = {}
        for kind, columns, unit in self._charges:
            amount[kind] = amount.get(kind, 0.0) + float(unit @ values[columns])
        return amount

    def left_side(self, values: Floats, rows: Ints, *, without: list[Ints]) -> Floats:
        """What these rows add up to, leaving some columns out."""
        kept = values.copy()
        for block in without:
            kept[block] = 0.0
        total = np.zeros(self.height)
        for r, c, v in self._at:
            np.add.at(total, r, v * kept[c])
        return total[rows]

    def solve(
        self,
        *,
        cost: Floats | None = None,
        seconds: float = 120.0,
        gap: float = 1e-6,
        fixed: Floats | None = None,
        start: Start | None = None,
        method: Method = "choose",
    ) -> Solution | None:
        """The best values, or nothing where no values satisfy every row.

        ``cost`` replaces the objective; ``fixed`` holds every whole column at these values, which gives
        the prices that a model with whole columns has no other way to tell; ``start`` and
        ``method`` save time and change nothing else: inner points (``ipm``) suit a small dense model.
        """
        program = self.program(self.cost() if cost is None else cost, fixed)
        return solve(program, seconds=seconds, gap=gap, start=start, method=method)

    def program(self, cost: Floats, fixed: Floats | None = None) -> Program:
        """The arrays of the model; what is fixed is no longer whole, but held."""
        lower, upper, whole = _joined(self._lower), _joined(self._upper), np.concatenate(self._whole)
        if fixed is not None:
            lower, upper = np.where(whole, np.round(fixed), lower), np.where(whole, np.round(fixed), upper)
            whole = np.zeros(self.width, dtype=bool)
        start, index, value = self._by_column()
        return Program(
            cost, lower, upper, whole, _joined(self._row_lower), _joined(self._row_upper), start, index, value
        )

    def _by_column(self) -> tuple[Ints, Ints, Floats]:
        """The coefficients sorted by column and row, doubles added up."""
        height = max(1, self.height)
        place = np.concatenate([c * height + r for r, c, _ in self._at])
        order = np.argsort(place, kind="stable")
        place, values = place[order], np.concatenate([v for _, _, v in self._at])[order]
        first = np.flatnonzero(np.diff(place, prepend=-1))
        summed = np.add.reduceat(values, first) if len(first) else values
        kept = summed != 0
        place, summed = place[first][kept], summed[kept]
        starts = np.searchsorted(place, np.arange(self.width + 1) * height)
        return starts, place % height, summed


def _joined(blocks: list[Any]) -> Floats:
    return cast("Floats", np.concatenate(blocks)) if blocks else np.zeros(0)
