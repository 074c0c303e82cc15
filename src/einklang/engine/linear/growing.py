"""A linear model that grows: rows first, then columns as someone finds worthwhile ones.

The solver keeps its basis from one solve to the next, so that a few new columns cost a few pivots.
"""

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from einklang.engine.errors import Impossible
from einklang.engine.linear.program import Floats, Ints

_ENDLESS = 1e30


@dataclass(frozen=True, slots=True)
class Weights:
    """The least cost, the weight of each column in the order they were added, and the price of each row."""

    objective: float
    values: Floats
    prices: Floats


@dataclass(slots=True)
class Growing:
    """Minimise cost over columns that are added bit by bit, within rows that stand from the start."""

    lower: Floats
    upper: Floats
    _solver: Any = field(init=False)

    def __post_init__(self) -> None:
        """The rows, still without columns."""
        highspy: Any = import_module("highspy")
        self._solver = highspy.Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("presolve", "off")):
            self._solver.setOptionValue(option, value)
        count = len(self.lower)
        nothing = np.zeros(0, dtype=np.int32)
        limits = (np.maximum(self.lower, -_ENDLESS), np.minimum(self.upper, _ENDLESS))
        self._solver.addRows(count, *limits, 0, np.zeros(count, np.int32), nothing, np.zeros(0))

    def add(self, cost: Floats, upper: Floats, start: Ints, rows: Ints, values: Floats) -> None:
        """Columns from 0 to ``upper``; column k has coefficients ``start[k]`` to ``start[k + 1]``."""
        self._solver.addCols(
            len(cost), cost, np.zeros(len(cost)), np.minimum(upper, _ENDLESS),
            len(values), start[:-1].astype(np.int32), rows.astype(np.int32), values,
        )  # fmt: skip

    def solve(self) -> Weights:
        """The best weights of the columns there are."""
        highspy: Any = import_module("highspy")
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            status = self._solver.modelStatusToString(self._solver.getModelStatus())
            raise Impossible(f"The solver stopped without weights for the columns it has: {status}.")
        found = self._solver.getSolution()
        objective = float(self._solver.getInfo().objective_function_value)
        return Weights(objective, np.array(found.col_value), np.array(found.row_dual))
