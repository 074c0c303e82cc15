"""What a promise displaces: whose units it takes, when everything that is claimed is looked at together.

    balance_t = stock + receipts up to t - claims up to t            (claims: forecast, reservations, orders)
    short_t   = promised units - max(balance_t, 0) - what was displaced up to t

A promise first takes what nobody claims. What is then short is taken from the claims that yield most easily:
the forecast of the promise's own month, which already counts on such an order; then the forecast of other
months, latest first, since there is most time to make up for it; then reservations; then customers' orders.
What was short before the promise is not its doing and is left alone.
"""

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from einklang.engine.errors import Impossible
from einklang.engine.frames import Frame, day, number, text
from einklang.engine.supply.promise import LINES, Position

YIELDS = ("forecast", "reservation", "order")
CLAIMS = Frame(
    "claims",
    {
        "item": text(),
        "period": day(),
        "quantity": number("units", at_least=0),
        "kind": text(),
        "reference": text(),
    },
    (),
    "Who counts on an item: forecast, reservation or order; what is overdue counts in the first period.",
)
FOUND = {
    "line": pl.String,
    "item": pl.String,
    "kind": pl.String,
    "reference": pl.String,
    "period": pl.Date,
    "quantity": pl.Float64,
}
DUST = 1e-9
Numbers = NDArray[np.float64]
Claim = tuple[int, str, str, float]  # column of its period, kind, reference, units


def displaced(supply: Position, claims: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Whose units each line takes if it is given in its period; lines are served in the order given.

    ``supply`` holds stock and receipts without orders. Columns: line, item, kind (expected: the forecast of
    its own period; forecast, reservation, order; missing: nobody has these units), reference, period,
    quantity. A line that takes only what is free has no row.

    >>> from einklang.engine.supply.promise import FLOW, position
    >>> jan, feb = date(2024, 1, 1), date(2024, 2, 1)
    >>> stock = pl.DataFrame({"item": ["chair"], "quantity": [20.0]})
    >>> seats = position(stock, FLOW.empty(), FLOW.empty(), [jan, feb])
    >>> who = [("chair", jan, 8.0, "forecast", ""), ("chair", feb, 5.0, "forecast", "")]
    >>> claims = pl.DataFrame(who, schema=list(CLAIMS.columns), orient="row")
    >>> asked = pl.DataFrame({"line": ["1"], "item": ["chair"], "period": [jan], "quantity": [17.0]})
    >>> displaced(seats, claims, asked).select("kind", "period", "quantity").rows()
    [('expected', datetime.date(2024, 1, 1), 8.0), ('forecast', datetime.date(2024, 2, 1), 2.0)]
    """
    asked, said = LINES.check(lines), CLAIMS.check(claims)
    place = {item: row for row, item in enumerate(supply.items)}
    when = {period: column for column, period in enumerate(supply.periods)}
    standing = _by_item(said, when, supply.periods)
    rows = []
    for line, item, period, quantity in asked.select("line", "item", "period", "quantity").iter_rows():
        if item not in place:
            raise Impossible(f"Line {line}: {item} has neither stock nor a plan, so nothing is displaced.")
        at = when.get(max(period, supply.periods[0]))
        if at is None:
            raise Impossible(f"Line {line}: {period} is not the first day of one of the periods.")
        own = standing.setdefault(item, [])
        taken, left = _taken(supply.balance[place[item]], own, at, quantity)
        standing[item] = [*left, (at, "promise", line, quantity)]
        rows += [
            (line, item, kind, reference, supply.periods[of], units) for of, kind, reference, units in taken
        ]
    found = pl.DataFrame(rows, schema=FOUND, orient="row")
    return found.group_by(*list(FOUND)[:-1], maintain_order=True).agg(pl.col("quantity").sum())


def _by_item(claims: pl.DataFrame, when: dict[date, int], periods: list[date]) -> dict[str, list[Claim]]:
    """The claims of each item within the periods; what is overdue belongs to the first."""
    found: dict[str, list[Claim]] = {}
    for item, period, quantity, kind, reference in claims.select(*CLAIMS.columns).iter_rows():
        if kind not in YIELDS:
            raise Impossible(f"{item}: a claim is a forecast, a reservation or an order, not {kind}.")
        column = when.get(max(period, periods[0]))
        if column is not None and quantity > DUST:
            found.setdefault(item, []).append((column, kind, reference, quantity))
    return found


def _taken(supply: Numbers, claims: list[Claim], at: int, quantity: float) -> tuple[list[Claim], list[Claim]]:
    """What a promise takes from whom, and the claims that are left."""
    claimed = np.zeros(len(supply))
    for column, _kind, _reference, units in claims:
        claimed[column] += units
    room = np.maximum(supply - np.cumsum(claimed), 0.0)
    order = sorted(range(len(claims)), key=lambda one: _yielding(claims[one], at))
    left = [units for _column, _kind, _reference, units in claims]
    taken: list[Claim] = []
    for period in range(at, len(supply)):
        short = quantity - room[period] - sum(units for column, *_rest, units in taken if column <= period)
        for one in order:
            column, kind, reference, _units = claims[one]
            if short <= DUST:
                break
            if column > period or kind == "promise" or left[one] <= DUST:
                continue
            units = min(short, left[one])
            left[one] -= units
            short -= units
            expected = kind == "forecast" and column == at
            taken.append((column, "expected" if expected else kind, reference, units))
        if short > DUST:
            taken.append((period, "missing", "", short))
    return taken, [(*claim[:3], units) for claim, units in zip(claims, left, strict=True) if units > DUST]


def _yielding(claim: Claim, at: int) -> tuple[int, int]:
    """Which claim gives way first: the forecast of the promise's own period, then the latest of each kind."""
    column, kind, _reference, _units = claim
    if kind == "forecast" and column == at:
        return -1, 0
    return (YIELDS.index(kind) if kind in YIELDS else len(YIELDS)), -column
