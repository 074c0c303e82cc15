"""Linear models as arrays, solved by HiGHS: models built at once, and ones that grow column by column."""

from einklang.engine.linear.growing import Growing
from einklang.engine.linear.model import Model
from einklang.engine.linear.program import INFINITE, Flags, Floats, Ints, Number
from einklang.engine.linear.solver import OutOfTime, Solution, Start

__all__ = [
    "INFINITE", "Flags", "Floats", "Growing", "Ints", "Model", "Number", "OutOfTime", "Solution", "Start",
]  # fmt: skip
