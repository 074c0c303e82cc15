"""The balance as a linear model: where its columns and rows stand, and which limits may be named."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from einklang.engine.linear import INFINITE, Model, Number
from einklang.engine.supply.balance.places import Floats, Ints
from einklang.engine.supply.balance.problem import Flags


@dataclass(frozen=True, slots=True)
class Limit:
    """Rows of one kind that hold a plan back: ``name`` tells whose a row is, ``span`` its periods.

    ``side`` is +1 for "no more than", -1 for "no less than", 0 for "exactly".
    """

    kind: str
    rows: Ints
    value: Floats
    side: int
    name: Callable[[int], str]
    span: Ints


@dataclass(slots=True)
class Blocks:
    """The model; each block holds column or row numbers in the shape of its subject, -1 for none."""

    model: Model
    make: Ints
    subcontract: Ints
    stock: Ints
    expired: Ints
    short: Ints
    excess: Ints
    ship: Ints
    backlog: Ints
    lost: Ints
    overtime: Ints
    workers: Ints
    hired: Ints
    fired: Ints
    offers: Ints
    moves: Ints
    steps: Ints
    stock_rows: Ints
    demand_rows: Ints
    hour_rows: Ints
    bought_rows: Ints
    setups: Ints
    limits: list[Limit] = field(default_factory=list)
    constant: dict[str, float] = field(default_factory=dict)
    elastic: bool = False


def no_columns(shape: tuple[int, ...]) -> Ints:
    """A block without columns."""
    return np.full(shape, -1, dtype=np.int64)


def some_columns(
    model: Model,
    mask: Flags,
    kind: str,
    *,
    cost: Number = 0.0,
    lower: Number = 0.0,
    upper: Number = INFINITE,
    whole: bool = False,
) -> Ints:
    """Columns where the mask says so, -1 elsewhere; values are given in the mask's shape."""
    numbers = no_columns(mask.shape)

    def there(value: Number) -> Floats:
        return np.broadcast_to(np.asarray(value, dtype=np.float64), mask.shape)[mask]

    count = int(mask.sum())
    if count:
        numbers[mask] = model.columns(
            (count,), kind, cost=there(cost), lower=there(lower), upper=there(upper), whole=whole
        )
    return numbers


def put(model: Model, rows: Ints, columns: Ints, values: Number) -> None:
    """Coefficients where both the row and the column are there."""
    r, c, v = np.broadcast_arrays(rows, columns, np.asarray(values, dtype=np.float64))
    there = (r >= 0) & (c >= 0)
    if there.any():
        model.put(r[there], c[there], v[there])


def charge(model: Model, columns: Ints, cost: Number, kind: str) -> None:
    """A cost on the columns that are there."""
    c, unit = np.broadcast_arrays(columns, np.asarray(cost, dtype=np.float64))
    there = (c >= 0) & (unit != 0)
    if there.any():
        model.charge(c[there], unit[there], kind)


def values_at(x: Floats, columns: Ints) -> Floats:
    """The values of a block, 0 where there is no column."""
    return np.where(columns >= 0, x[columns], 0.0) if x.size else np.zeros(columns.shape)


def limit(
    blocks: Blocks, kind: str, mask: Flags, value: Floats, side: int, name: Callable[[int], str]
) -> Ints:
    """Rows by subject and period where the mask says so, bounded on one side or both, and named."""
    rows = no_columns(mask.shape)
    count = int(mask.sum())
    if not count:
        return rows
    bound = np.broadcast_to(value, mask.shape)
    rows[mask] = blocks.model.rows(
        (count,),
        lower=bound[mask] if side <= 0 else -INFINITE,
        upper=bound[mask] if side >= 0 else INFINITE,
    )
    blocks.limits.append(Limit(kind, rows, bound, side, name, _span(kind, mask)))
    return rows


def _span(kind: str, mask: Flags) -> Ints:
    """The period of each column of rows; a contract's total belongs to none of them."""
    return np.array([-1]) if kind.startswith("contract") else np.arange(mask.shape[1])
