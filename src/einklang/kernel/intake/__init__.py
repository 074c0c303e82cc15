"""Taking tables in: what a room accepts, checked row by row, matched by key, written in bulk.

A room says in its ``intake.py`` which tables it takes and what names a row; the columns, their
types and limits are read from the model, so that they are written once. ``transfer`` carries
frames through: ``check`` -> ``Keys`` -> ``write``.
"""

from einklang.kernel.intake.check import FAULTS, Checked, check
from einklang.kernel.intake.keys import KEY, ROW, Keys, key_of
from einklang.kernel.intake.targets import Column, Kind, Lookup, Target, Targets

__all__ = [
    "FAULTS",
    "KEY",
    "ROW",
    "Checked",
    "Column",
    "Keys",
    "Kind",
    "Lookup",
    "Target",
    "Targets",
    "check",
    "key_of",
]
