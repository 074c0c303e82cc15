"""What could be promised if it were made or bought in addition (capable to promise).

A line that stock and plan cannot serve in time asks for more: what is missing is started one lead time
before it is due, takes hours that the plan leaves free between start and due date, and takes its parts from
what is free of them at the start, which may in turn be made or bought. The first period in which all of
that is possible is the answer; what stood in the way of the wish is said with it.

Nothing that was promised before is touched: every line takes its units, parts and hours from the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from einklang.engine.errors import Impossible
from einklang.engine.frames import Frame, day, number, text, whole
from einklang.engine.supply.frames import BOM
from einklang.engine.supply.promise import LINES, Position

Numbers = NDArray[np.float64]

MAKING = Frame(
    "making",
    {"item": text(), "kind": text(), "lead_time": whole("periods", at_least=0)},
    ("item",),
    "How an item comes about: make or buy, and how long that takes.",
)
HOURS = Frame(
    "hours",
    {"item": text(), "resource": text(), "hours": number("hours a unit", at_least=0)},
    (),
    "Work a unit needs.",
)
SPARE = Frame(
    "spare",
    {"resource": text(), "period": day(), "hours": number("hours", at_least=0)},
    ("resource", "period"),
    "Hours that the plan leaves free.",
)
DUST = 1e-9
Obstacle = tuple[str, str]
"""What stands in the way: ``time``, ``hours`` or ``source``, and of which item or resource."""
NONE: Obstacle = ("", "")


@dataclass(slots=True)
class _Works:
    """What is left of units and hours while lines are served; every change can be taken back."""

    balance: dict[str, Numbers]
    spare: dict[str, Numbers]
    parts: Mapping[str, list[tuple[str, float]]]
    hours: Mapping[str, list[tuple[str, float]]]
    making: Mapping[str, tuple[str, int]]
    done: list[tuple[Numbers, int, float]] = field(default_factory=list)

    def take(self, row: Numbers, since: int, amount: float) -> None:
        """Use up units from a period on (or put them back)."""
        row[since:] -= amount
        self.done.append((row, since, amount))

    def back(self, mark: int) -> None:
        """Undo everything since a mark."""
        while len(self.done) > mark:
            row, since, amount = self.done.pop()
            row[since:] += amount

    def free(self, item: str, by: int) -> float:
        """Units of an item that can be had by a period."""
        row = self.balance.get(item)
        return 0.0 if row is None else max(0.0, float(row[by:].min()))

    def have(self, item: str, quantity: float, by: int, on_the_way: tuple[str, ...] = ()) -> Obstacle:
        """Get some units of an item by a period, or say what stands in the way."""
        if item in on_the_way:
            raise Impossible(f"The bill of materials runs in a circle: {' > '.join((*on_the_way, item))}.")
        taken = min(self.free(item, by), quantity)
        if taken > DUST:
            self.take(self.balance[item], by, taken)
        return self._more(item, quantity - taken, by, on_the_way) if quantity - taken > DUST else NONE

    def _more(self, item: str, missing: float, by: int, on_the_way: tuple[str, ...]) -> Obstacle:
        """Make or buy what stock and plan do not have."""
        if item not in self.making:
            return "source", item
        kind, lead_time = self.making[item]
        start = by - lead_time
        if start < 0:
            return "time", item
        if kind == "buy":
            return NONE
        for resource, hours in self.hours.get(item, ()):
            if not self._work(resource, hours * missing, start, by):
                return "hours", resource
        for part, quantity in self.parts.get(item, ()):
            why = self.have(part, missing * quantity, start, (*on_the_way, item))
            if why != NONE:
                return why
        return NONE

    def _work(self, resource: str, needed: float, start: int, by: int) -> bool:
        """Take hours as late as may be between start and due date."""
        row = self.spare.get(resource)
        if row is None or needed <= DUST:
            return needed <= DUST
        for period in range(by, start - 1, -1):
            taken = min(needed, float(row[period]))
            if taken > DUST:
                row[period] -= taken
                self.done.append((row[period : period + 1], 0, taken))
                needed -= taken
        return needed <= DUST


def capable(
    of: Position,
    lines: pl.DataFrame,
    *,
    making: pl.DataFrame,
    bom: pl.DataFrame,
    hours: pl.DataFrame,
    spare: pl.DataFrame,
) -> pl.DataFrame:
    """When each line could be delivered in full with what can be made or bought in addition.

    Frames LINES, MAKING, BOM, HOURS and SPARE; ``of`` holds what is free of finished goods and parts alike.
    Columns: line, item, quantity, wished, capable (first period with all of it; blank: none), made (units
    beyond stock and plan), and what stood in the way in the wished period: obstacle (time: it takes longer;
    hours: none are left; source: nobody makes or buys it; empty: nothing), at (of which item or resource).

    >>> from einklang.engine.supply.promise import FLOW, position
    >>> jan, feb = date(2024, 1, 1), date(2024, 2, 1)
    >>> stock = pl.DataFrame({"item": ["chair", "leg"], "quantity": [2.0, 40.0]})
    >>> free = position(stock, FLOW.empty(), FLOW.empty(), [jan, feb])
    >>> told = capable(
    ...     free,
    ...     pl.DataFrame({"line": ["1"], "item": ["chair"], "period": [jan], "quantity": [12.0]}),
    ...     making=pl.DataFrame({"item": ["chair"], "kind": ["make"], "lead_time": [0]}),
    ...     bom=pl.DataFrame({"parent": ["chair"], "component": ["leg"], "quantity": [4.0]}),
    ...     hours=pl.DataFrame({"item": ["chair"], "resource": ["bench"], "hours": [0.5]}),
    ...     spare=pl.DataFrame({"resource": ["bench"] * 2, "period": [jan, feb], "hours": [3.0, 9.0]}),
    ... )
    >>> told.select("capable", "made", "obstacle", "at").row(0)
    (datetime.date(2024, 2, 1), 10.0, 'hours', 'bench')
    """
    asked = LINES.check(lines)
    works = _works(of, MAKING.check(making), BOM.check(bom), HOURS.check(hours), SPARE.check(spare))
    when = {period: column for column, period in enumerate(of.periods)}
    found = []
    for item, wished, quantity in asked.select("item", "period", "quantity").iter_rows():
        start = when.get(max(wished, of.periods[0]), len(of.periods))
        found.append(_first(works, of.periods, item, quantity, start))
    answers = pl.DataFrame(
        found,
        schema={"capable": pl.Date, "made": pl.Float64, "obstacle": pl.String, "at": pl.String},
        orient="row",
    )
    return asked.select("line", "item", "quantity", wished="period").hstack(answers)


def _first(
    works: _Works, periods: list[date], item: str, quantity: float, start: int
) -> tuple[date | None, float, str, str]:
    """The first period that has all of a line, and what stood in the way of the wish."""
    first = NONE
    for by in range(start, len(periods)):
        mark, free = len(works.done), works.free(item, by)
        why = works.have(item, quantity, by)
        if why == NONE:
            return periods[by], max(0.0, quantity - free), *first
        works.back(mark)
        first = why if first == NONE else first
    return None, 0.0, *first


def _works(
    of: Position, making: pl.DataFrame, bom: pl.DataFrame, hours: pl.DataFrame, spare: pl.DataFrame
) -> _Works:
    """Everything by name; parts with their scrap."""
    parts: dict[str, list[tuple[str, float]]] = {}
    scrap = bom["scrap"].fill_null(0.0) if "scrap" in bom.columns else pl.Series([0.0] * bom.height)
    for (parent, part, quantity), lost in zip(
        bom.select("parent", "component", "quantity").iter_rows(), scrap, strict=True
    ):
        parts.setdefault(parent, []).append((part, quantity / (1 - lost)))
    work: dict[str, list[tuple[str, float]]] = {}
    for item, resource, needed in hours.select("item", "resource", "hours").iter_rows():
        work.setdefault(item, []).append((resource, needed))
    column = {period: place for place, period in enumerate(of.periods)}
    left: dict[str, Numbers] = {}
    for resource, period, free in spare.iter_rows():
        if period in column:
            left.setdefault(resource, np.zeros(len(of.periods)))[column[period]] += free
    made = {item: (kind, lead) for item, kind, lead in making.select("item", "kind", "lead_time").iter_rows()}
    rows = {item: of.balance[row].copy() for row, item in enumerate(of.items)}
    return _Works(rows, left, parts, work, made)
