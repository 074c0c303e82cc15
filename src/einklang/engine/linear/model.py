"""A linear model collected in blocks: columns with a cost and a kind, rows with limits.

A model is collected block by block (a block is an array of columns or rows of any shape), so that
hundreds of thousands of coefficients are placed without a loop, and every unit of the objective
belongs to a named kind of cost.
"""

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from einklang.engine.errors import Impossible

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Number = float | Floats
INFINITE = np.inf


class OutOfTime(Impossible):
    """The solver had found no plan when its time was over."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin: for a linear model which columns and rows are basic, for one with whole columns values.

    As many columns and rows are basic as there are rows. ``whole`` gives values to some whole columns;
    the solver finds the rest.
    """

    columns: npt.NDArray[np.bool_] | None = None
    rows: npt.NDArray[np.bool_] | None = None
    at_upper: npt.NDArray[np.bool_] | None = None
    whole: tuple[Ints, Floats] | None = None


@dataclass(frozen=True, slots=True)
class Solution:
    """Values by column, prices by row; ``gap`` is how far ``objective`` may be from the best, as a share."""

    objective: float
    bound: float
    gap: float
    proven: bool
    values: Floats
    prices: Floats


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
        method: Literal["choose", "simplex", "ipm"] = "choose",
    ) -> Solution | None:
        """The best values, or nothing where no values satisfy every row.

        ``cost`` replaces the objective; ``fixed`` holds every whole column at these values, which gives
        the prices that a model with whole columns has no other way to tell; ``start`` and
        ``method`` save time and change nothing else: inner points (``ipm``) suit a small dense model.
        """
        highspy: Any = import_module("highspy")
        program = self._program(highspy, self.cost() if cost is None else cost, fixed)
        solver = highspy.Highs()
        for option, value in (
            ("output_flag", False),
            ("time_limit", seconds),
            ("mip_rel_gap", gap),
            ("random_seed", 1),
            ("parallel", "off"),
            ("threads", 1),
            ("solver", method),
        ):
            solver.setOptionValue(option, value)
        solver.passModel(program)
        if start is not None:
            _begin(highspy, solver, start)
        solver.run()
        return self._read(highspy, solver, mixed=fixed is None and bool(_joined(self._whole).any()))

    def _program(self, highspy: Any, cost: Floats, fixed: Floats | None) -> Any:
        program = highspy.HighsLp()
        lower, upper, whole = _joined(self._lower), _joined(self._upper), np.concatenate(self._whole)
        if fixed is not None:
            lower, upper = np.where(whole, np.round(fixed), lower), np.where(whole, np.round(fixed), upper)
        program.num_col_, program.num_row_ = self.width, self.height
        program.col_cost_, program.col_lower_, program.col_upper_ = cost, lower, upper
        program.row_lower_, program.row_upper_ = _joined(self._row_lower), _joined(self._row_upper)
        start, index, value = self._by_column()
        program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        program.a_matrix_.start_, program.a_matrix_.index_, program.a_matrix_.value_ = start, index, value
        if fixed is None and whole.any():
            kinds = highspy.HighsVarType
            program.integrality_ = [kinds.kInteger if w else kinds.kContinuous for w in whole.tolist()]
        return program

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
        return starts.astype(np.int32), (place % height).astype(np.int32), summed

    def _read(self, highspy: Any, solver: Any, *, mixed: bool) -> Solution | None:
        status = solver.getModelStatus()
        kinds = highspy.HighsModelStatus
        if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
            return None
        if status == kinds.kUnbounded:
            raise Impossible(
                "The cost can fall without end: some price is above every limit's cost. Check the prices."
            )
        info, found = solver.getInfo(), solver.getSolution()
        done = status == kinds.kOptimal
        if not done and not (
            mixed and np.isfinite(info.objective_function_value) and info.primal_solution_status == 2
        ):
            why = solver.modelStatusToString(status)
            raise OutOfTime(f"The solver stopped without a plan: {why}. Allow it more time.")
        objective = float(info.objective_function_value)
        bound = float(info.mip_dual_bound) if mixed else objective
        share = abs(objective - bound) / max(1e-9, abs(objective)) if mixed and objective != bound else 0.0
        prices = np.array(found.row_dual) if found.dual_valid else np.zeros(self.height)
        return Solution(objective, bound, share, done, np.array(found.col_value), prices)


def _begin(highspy: Any, solver: Any, start: Start) -> None:
    """Hand the solver its starting basis, or the values it is to complete."""
    if start.whole is not None:
        at, values = start.whole
        solver.setSolution(len(at), at.astype(np.int32), values)
    if start.columns is None or start.rows is None:
        return
    kinds = highspy.HighsBasisStatus
    basis = highspy.HighsBasis()
    upper = np.zeros(len(start.columns), dtype=bool) if start.at_upper is None else start.at_upper
    names = (kinds.kLower, kinds.kUpper, kinds.kBasic)
    basis.col_status = [names[s] for s in np.where(start.columns, 2, upper.astype(np.int64)).tolist()]
    basis.row_status = [kinds.kBasic if basic else kinds.kUpper for basic in start.rows.tolist()]
    basis.valid = True
    solver.setBasis(basis)


def _joined(blocks: list[Any]) -> Floats:
    return cast("Floats", np.concatenate(blocks)) if blocks else np.zeros(0)
