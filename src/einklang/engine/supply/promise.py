"""What can be promised: stock and planned receipts that no order has claimed yet (available to promise).

    balance_t = on hand + receipts up to t - orders up to t
    free_t    = min(balance_s for s >= t)          what can be given in t without breaking a later promise
    ATP_t     = free_t - free_{t-1}                what becomes free in t (Vollmann et al., MPC; QAD's rule)

Taking the least balance that follows is what "borrowing backwards" means: a later shortfall is taken from
what is free before it, so that no unit is promised twice. Orders count, the forecast does not: it is what
the plan hopes to sell, and a promise is how it sells it.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from einklang.engine.errors import Impossible
from einklang.engine.frames import Frame, day, number, text

Matrix = NDArray[np.float64]

STOCK = Frame("stock", {"item": text(), "quantity": number("units")}, ("item",), "What lies there now.")
FLOW = Frame(
    "flow",
    {"item": text(), "period": day(), "quantity": number("units")},
    (),
    "Receipts, or customers' orders, by the first day of a period; earlier ones belong to the first.",
)
LINES = Frame(
    "lines",
    {"line": text(), "item": text(), "period": day(), "quantity": number("units", at_least=0)},
    ("line",),
    "What is asked for, in the order in which it is to be served.",
)


@dataclass(frozen=True, slots=True)
class Position:
    """Items by period: what comes in, what is ordered, and the balance of both with the stock."""

    items: list[str]
    periods: list[date]
    receipts: Matrix
    orders: Matrix
    balance: Matrix

    @property
    def free(self) -> Matrix:
        """What can be given by each period without breaking a later promise; never below zero."""
        least = np.minimum.accumulate(self.balance[:, ::-1], axis=1)[:, ::-1]
        return np.maximum(least, 0.0)

    def table(self) -> pl.DataFrame:
        """item, period, receipts, orders, balance, atp (becomes free in it), free (in all up to it)."""
        free = self.free
        columns = {
            "receipts": self.receipts,
            "orders": self.orders,
            "balance": self.balance,
            "atp": np.diff(free, axis=1, prepend=0.0),
            "free": free,
        }
        return pl.DataFrame(
            {
                "item": np.repeat(np.array(self.items, dtype=object), len(self.periods)),
                "period": self.periods * len(self.items),
                **{name: values.ravel() for name, values in columns.items()},
            },
            schema_overrides={"item": pl.String, "period": pl.Date},
        )


def position(
    on_hand: pl.DataFrame, receipts: pl.DataFrame, orders: pl.DataFrame, periods: list[date]
) -> Position:
    """The balance of stock, receipts and orders of every item that one of them names.

    Frames STOCK and FLOW; ``periods`` are the first days of the buckets, in order. What lies beyond the
    last period does not count.

    >>> jan, feb = date(2024, 1, 1), date(2024, 2, 1)
    >>> stock = pl.DataFrame({"item": ["chair"], "quantity": [55.0]})
    >>> made = pl.DataFrame({"item": ["chair"], "period": [feb], "quantity": [150.0]})
    >>> sold = pl.DataFrame({"item": ["chair"] * 2, "period": [jan, feb], "quantity": [38.0, 27.0]})
    >>> position(stock, made, sold, [jan, feb]).table()["atp"].to_list()
    [17.0, 123.0]
    """
    if not periods or sorted(set(periods)) != list(periods):
        raise Impossible("Promises need periods in ascending order, each once.")
    here = STOCK.check(on_hand)
    tables = {"in": FLOW.check(receipts), "out": FLOW.check(orders)}
    items = sorted({*here["item"], *tables["in"]["item"], *tables["out"]["item"]})
    place = {item: row for row, item in enumerate(items)}
    first = np.zeros(len(items))
    first[[place[item] for item in here["item"]]] = here["quantity"].to_numpy()
    coming, going = (_laid_out(table, place, periods) for table in tables.values())
    balance = first[:, None] + np.cumsum(coming - going, axis=1)
    return Position(items, periods, coming, going, balance)


def _laid_out(flow: pl.DataFrame, place: dict[str, int], periods: list[date]) -> Matrix:
    """A flow as a matrix of item by period; what is due before the first period is due in it."""
    when = {period: column for column, period in enumerate(periods)}
    laid = np.zeros((len(place), len(periods)))
    sums = flow.group_by("item", pl.col("period").clip(periods[0])).agg(pl.col("quantity").sum())
    for item, period, quantity in sums.iter_rows():
        if period in when:
            laid[place[item], when[period]] += quantity
        elif period < periods[-1]:
            raise Impossible(f"{item}: {period} is not the first day of one of the periods.")
    return laid


def promise(of: Position, lines: pl.DataFrame) -> pl.DataFrame:
    """When each line can be delivered in full, served in the order given; each takes its units from the rest.

    Frame LINES; ``period`` is a bucket's first day, the wish. Columns: line, item, quantity, wished,
    in_time (units that can be had by then), promised (the first period from the wish on with all of it;
    blank where none of the periods has), and then (units free in all by the last period).

    >>> jan, feb = date(2024, 1, 1), date(2024, 2, 1)
    >>> stock = pl.DataFrame({"item": ["chair"], "quantity": [20.0]})
    >>> made = pl.DataFrame({"item": ["chair"], "period": [feb], "quantity": [30.0]})
    >>> seat = position(stock, made, FLOW.empty(), [jan, feb])
    >>> asked = pl.DataFrame(
    ...     {"line": ["1", "2"], "item": ["chair"] * 2, "period": [jan] * 2, "quantity": [15.0, 10.0]}
    ... )
    >>> promise(seat, asked).select("line", "in_time", "promised").rows()
    [('1', 15.0, datetime.date(2024, 1, 1)), ('2', 5.0, datetime.date(2024, 2, 1))]
    """
    asked = LINES.check(lines)
    place = {item: row for row, item in enumerate(of.items)}
    when = {period: column for column, period in enumerate(of.periods)}
    balance = of.balance.copy()
    found: list[tuple[float, date | None, float]] = []
    for line, item, wished, quantity in asked.select("line", "item", "period", "quantity").iter_rows():
        if item not in place:
            raise Impossible(f"Line {line}: {item} has neither stock nor a plan, so nothing can be promised.")
        start = when.get(max(wished, of.periods[0]))
        if start is None:
            found.append((0.0, None, 0.0))
            continue
        row = balance[place[item]]
        free = np.maximum(np.minimum.accumulate(row[::-1])[::-1], 0.0)
        enough = np.flatnonzero(free[start:] >= quantity - 1e-9)
        in_time, at_last = min(float(free[start]), quantity), min(float(free[-1]), quantity)
        if len(enough):
            given = start + int(enough[0])
            row[given:] -= quantity
            found.append((in_time, of.periods[given], at_last))
        else:
            found.append((in_time, None, at_last))
    result = pl.DataFrame(
        found, schema={"in_time": pl.Float64, "promised": pl.Date, "then": pl.Float64}, orient="row"
    )
    return asked.select("line", "item", "quantity", wished="period").hstack(result)
