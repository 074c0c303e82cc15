"""HiGHS at work on a program: piece by piece where it falls into pieces, from a start where there is one."""

import time
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

import numpy as np

from einklang.engine.errors import Impossible
from einklang.engine.linear.program import Flags, Floats, Ints, Program, pieces

Method = Literal["choose", "simplex", "ipm"]


class OutOfTime(Impossible):
    """The solver had found no plan when its time was over."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin: for a linear model which columns and rows are basic, for one with whole columns values.

    As many columns and rows are basic as there are rows. ``whole`` gives values to some whole columns;
    the solver finds the rest.
    """

    columns: Flags | None = None
    rows: Flags | None = None
    whole: tuple[Ints, Floats] | None = None

    def part(self, columns: Ints, rows: Ints, width: int) -> "Start":
        """The start of one piece."""
        whole = None
        if self.whole is not None:
            number = np.full(width, -1)
            number[columns] = np.arange(len(columns))
            mine = number[self.whole[0]] >= 0
            whole = number[self.whole[0][mine]], self.whole[1][mine]
        return Start(
            None if self.columns is None else self.columns[columns],
            None if self.rows is None else self.rows[rows],
            whole,
        )


@dataclass(frozen=True, slots=True)
class Solution:
    """Values by column, prices by row; ``gap`` is how far ``objective`` may be from the best, as a share."""

    objective: float
    bound: float
    gap: float
    proven: bool
    values: Floats
    prices: Floats


def solve(
    program: Program, *, seconds: float, gap: float, start: Start | None = None, method: Method = "choose"
) -> Solution | None:
    """The best values, or nothing where no values satisfy every row."""
    parts = pieces(program)
    if len(parts) == 1:
        return _run(program, seconds=seconds, gap=gap, start=start, method=method)
    until, weight = (
        time.monotonic() + seconds,
        np.array([len(columns) for columns, _ in parts], dtype=np.float64),
    )
    values, prices = np.zeros(len(program.cost)), np.zeros(len(program.row_lower))
    found = []
    for number in np.argsort(weight, kind="stable").tolist():
        columns, rows = parts[number]
        left = max(0.1, until - time.monotonic()) * weight[number] / weight.sum()
        begin = None if start is None else start.part(columns, rows, len(program.cost))
        one = _run(program.part(columns, rows), seconds=left, gap=gap, start=begin, method=method)
        if one is None:
            return None
        values[columns], prices[rows] = one.values, one.prices
        weight[number] = 0.0
        found.append(one)
    objective, bound = sum(one.objective for one in found), sum(one.bound for one in found)
    share = abs(objective - bound) / max(1e-9, abs(objective)) if objective != bound else 0.0
    return Solution(objective, bound, share, all(one.proven for one in found), values, prices)


def _run(
    program: Program, *, seconds: float, gap: float, start: Start | None, method: Method
) -> Solution | None:
    highspy: Any = import_module("highspy")
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
    solver.passModel(_handed_over(highspy, program))
    if start is not None:
        _begin(highspy, solver, start)
    solver.run()
    return _read(highspy, solver, len(program.row_lower), mixed=bool(program.whole.any()))


def _handed_over(highspy: Any, program: Program) -> Any:
    """The program as the solver wants it."""
    given = highspy.HighsLp()
    given.num_col_, given.num_row_ = len(program.cost), len(program.row_lower)
    given.col_cost_, given.col_lower_, given.col_upper_ = program.cost, program.lower, program.upper
    given.row_lower_, given.row_upper_ = program.row_lower, program.row_upper
    given.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    given.a_matrix_.start_ = program.start.astype(np.int32)
    given.a_matrix_.index_ = program.index.astype(np.int32)
    given.a_matrix_.value_ = program.value
    if program.whole.any():
        kinds = highspy.HighsVarType
        given.integrality_ = [kinds.kInteger if w else kinds.kContinuous for w in program.whole.tolist()]
    return given


def _begin(highspy: Any, solver: Any, start: Start) -> None:
    """Hand the solver its starting basis, or the values it is to complete."""
    if start.whole is not None:
        at, values = start.whole
        solver.setSolution(len(at), at.astype(np.int32), values)
    if start.columns is None or start.rows is None:
        return
    kinds = highspy.HighsBasisStatus
    basis = highspy.HighsBasis()
    basis.col_status = [kinds.kBasic if basic else kinds.kLower for basic in start.columns.tolist()]
    basis.row_status = [kinds.kBasic if basic else kinds.kUpper for basic in start.rows.tolist()]
    basis.valid = True
    solver.setBasis(basis)


def _read(highspy: Any, solver: Any, height: int, *, mixed: bool) -> Solution | None:
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
    some = mixed and np.isfinite(info.objective_function_value) and info.primal_solution_status == 2
    if not done and not some:
        why = solver.modelStatusToString(status)
        raise OutOfTime(f"The solver stopped without a plan: {why}. Allow it more time.")
    objective = float(info.objective_function_value)
    bound = float(info.mip_dual_bound) if mixed else objective
    share = abs(objective - bound) / max(1e-9, abs(objective)) if mixed and objective != bound else 0.0
    prices = np.array(found.row_dual) if found.dual_valid else np.zeros(height)
    return Solution(objective, bound, share, done, np.array(found.col_value), prices)
