"""The two ways arithmetic says no: the question has no answer, or the data cannot be read."""

from dataclasses import dataclass


class Impossible(Exception):
    """The question has no answer; the sentence is for the reader."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a table: where, what stands there, what was expected, how to mend it."""

    table: str
    row: int | None
    column: str | None
    got: str
    expected: str
    mend: str = ""

    def sentence(self) -> str:
        """The fault in one line.

        >>> Fault("items", 3, "quantity", "-2", "a number of 0 or more", "correct the sign").sentence()
        'items, row 3, quantity: got -2, expected a number of 0 or more; correct the sign.'
        """
        place = ", ".join(
            [self.table]
            + ([f"row {self.row}"] if self.row is not None else [])
            + ([self.column] if self.column else [])
        )
        mend = f"; {self.mend}" if self.mend else ""
        return f"{place}: got {self.got}, expected {self.expected}{mend}."


class BadTable(Impossible):
    """A table that cannot be used, with every fault that was found in it."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(faults[0].sentence() + more)
