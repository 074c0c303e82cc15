"""Linear models as arrays, solved by HiGHS: models built at once, and ones that grow column by column."""

from einklang.engine.linear.growing import Growing
from einklang.engine.linear.model import INFINITE, Floats, Ints, Model, Number, OutOfTime, Solution, Start

__all__ = ["INFINITE", "Floats", "Growing", "Ints", "Model", "Number", "OutOfTime", "Solution", "Start"]
