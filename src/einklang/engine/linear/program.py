"""A linear program as arrays, and the pieces it falls into."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Number = float | Floats
INFINITE = np.inf

SMALL = 20_000
NEARLY_ALL = 0.9
MOST_PIECES = 100


@dataclass(frozen=True, slots=True)
class Program:
    """Columns with cost, limits and whether they are whole; rows with limits; coefficients by column."""

    cost: Floats
    lower: Floats
    upper: Floats
    whole: Flags
    row_lower: Floats
    row_upper: Floats
    start: Ints
    index: Ints
    value: Floats

    def part(self, columns: Ints, rows: Ints) -> "Program":
        """The program of some columns and rows that share no coefficient with the others."""
        length = np.diff(self.start)[columns]
        start = np.concatenate([[0], np.cumsum(length)])
        at = np.repeat(self.start[columns] - start[:-1], length) + np.arange(start[-1])
        number = np.zeros(len(self.row_lower), dtype=np.int64)
        number[rows] = np.arange(len(rows))
        return Program(
            self.cost[columns], self.lower[columns], self.upper[columns], self.whole[columns],
            self.row_lower[rows], self.row_upper[rows], start, number[self.index[at]], self.value[at],
        )  # fmt: skip


def pieces(program: Program) -> list[tuple[Ints, Ints]]:
    """Columns and rows of the pieces that have nothing to do with each other, worth solving apart.

    Each piece with whole columns stands alone, since branching in one has nothing to say about another;
    small ones without are kept together. One piece that is nearly everything is not cut from the rest.
    """
    column, row, count = _components(program)
    if count == 1:
        return [_everything(program)]
    size = np.bincount(column, minlength=count)
    if size.max() >= NEARLY_ALL * len(column):
        return [_everything(program)]
    whole = np.bincount(column, weights=program.whole, minlength=count)
    alone = np.zeros(count, dtype=bool)
    alone[np.argsort(-whole, kind="stable")[:MOST_PIECES]] = True
    alone &= whole > 0
    group = np.where(alone, np.cumsum(alone) - 1, -1)
    # The others follow one another until a group is large enough.
    together = np.cumsum(np.where(alone, 0, size)) // SMALL
    group = np.where(alone, group, alone.sum() + together)
    _, group = np.unique(group, return_inverse=True)
    columns = np.argsort(group[column], kind="stable")
    rows = np.argsort(group[row], kind="stable")
    every = np.arange(group.max() + 2)
    by_column = np.searchsorted(group[column][columns], every)
    by_row = np.searchsorted(group[row][rows], every)
    return [
        (columns[by_column[n] : by_column[n + 1]], rows[by_row[n] : by_row[n + 1]])
        for n in every[:-1].tolist()
    ]


def _everything(program: Program) -> tuple[Ints, Ints]:
    return np.arange(len(program.cost)), np.arange(len(program.row_lower))


def _components(program: Program) -> tuple[Ints, Ints, int]:
    """Which component each column and row belongs to, and how many there are."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    width, height = len(program.cost), len(program.row_lower)
    owner = np.repeat(np.arange(width), np.diff(program.start))
    ties = coo_array(
        (np.ones(len(owner), dtype=np.int8), (owner, width + program.index)), shape=(width + height,) * 2
    )
    count, label = connected_components(ties, directed=False)
    return label[:width].astype(np.int64), label[width:].astype(np.int64), int(count)
