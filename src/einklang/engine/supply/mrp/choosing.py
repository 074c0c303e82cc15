"""Choosing among alternates while orders are planned, and noting what was chosen.

What is free of an item is judged by what is known when the choice falls: stock, receipts, and all that was
drawn so far. The choice is an estimate, the plan is not: whatever is chosen is drawn, netted and ordered
like any other need, so nothing is lost when the estimate was wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from einklang.engine.supply.bom import longest_way
from einklang.engine.supply.lots import NOTHING
from einklang.engine.supply.mrp.options import Option, chosen, in_order
from einklang.engine.supply.mrp.orders import Draws, Orders, joined_draws
from einklang.engine.supply.mrp.tables import Tables

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
NO_ORDER = -(10**9)


@dataclass(slots=True)
class Used:
    """A choice a planner should know of: of which item, what instead, when, how much, for which order.

    ``order`` is its place in the book, below 0 a firm receipt (-1 the first); or ``reference`` says it.
    """

    kind: str
    item: int
    other: str
    period: int
    quantity: float
    order: int
    reference: str = ""


@dataclass(slots=True)
class Desk:
    """Where choices are made: the needs known so far, and what was chosen.

    ``reach`` is how many periods each item takes from nothing, all levels below it included.
    """

    tables: Tables
    gross: Floats
    scheduled: Floats
    reach: Ints
    used: list[Used] = field(default_factory=list)

    def free(self, item: int, period: int) -> float:
        """What could be taken of an item in a period without leaving a later need short."""
        tables = self.tables
        flow = np.cumsum(self.scheduled[item] - self.gross[item])
        return max(0.0, float(flow[period:].min() + tables.on_hand[item] - tables.safety[item]))

    def serves(self, item: int, period: int, quantity: float) -> bool:
        """Whether this much is free, or can still be made or bought by then."""
        return period >= self.reach[item] or self.free(item, period) >= quantity - NOTHING

    def draw(self, numbers: Ints, periods: Ints, quantity: Floats) -> None:
        """Add to the gross need."""
        np.add.at(self.gross.reshape(-1), numbers * self.tables.periods + periods, quantity)


def desk(tables: Tables) -> Desk:
    """A desk with nothing chosen yet."""
    tables.options.start_over()
    empty = np.zeros((tables.items.height, tables.periods))
    reach = tables.lead if tables.options.none else longest_way(tables.tree, tables.lead)
    return Desk(tables, empty, tables.grid(tables.receipts), reach)


def demand(at: Desk) -> tuple[Ints, Floats]:
    """Which item each demand is served from, and how much of it; adds both to the gross need."""
    tables, asked = at.tables, at.tables.demand
    number, quantity = asked["number"].to_numpy().copy(), asked["quantity"].to_numpy().copy()
    period = np.clip(asked["period"].to_numpy() - 1, 0, tables.periods - 1)
    may = [
        item
        for item, options in tables.options.components.items()
        if any(option.parent is None and not option.usual for option in options)
    ]
    choosing = np.isin(number, may)
    at.draw(number[~choosing], period[~choosing], quantity[~choosing])
    rows = np.flatnonzero(choosing)
    for row in rows[np.argsort(period[rows], kind="stable")].tolist():
        option = _for_demand(at, row, int(number[row]), int(period[row]), float(quantity[row]))
        number[row], quantity[row] = option.number, quantity[row] * option.ratio
        at.gross[option.number, period[row]] += quantity[row]
    return number, quantity


def _for_demand(at: Desk, row: int, item: int, when: int, wanted: float) -> Option:
    options = [o for o in at.tables.options.components[item] if o.parent is None and o.valid(when)]
    usual = [option for option in at.tables.options.components[item] if option.usual]
    option, _ = chosen(options or usual, lambda o: at.serves(o.number, when, wanted * o.ratio))
    option.take(when, wanted)
    if not option.usual:
        said = at.tables.demand["reference"][row]
        at.used.append(Used("substitute", item, option.name, when, wanted, NO_ORDER, said))
    return option


def components(at: Desk, draws: Draws, parents: Ints) -> Draws:
    """What is drawn, of the components or of what stands in for them; adds it to the gross need."""
    choices = at.tables.options.components
    choosing = np.isin(draws.component, list(choices))
    plain = draws.take(~choosing)
    at.draw(plain.component, plain.period, plain.quantity)
    places, numbers, amounts = [], [], []
    for place in np.flatnonzero(choosing).tolist():
        item, when = int(draws.component[place]), int(draws.period[place])
        fit = (o for o in choices[item] if o.parent in (None, parents[place]) and o.valid(when))
        options = list(fit) or [option for option in choices[item] if option.usual]
        for option, amount in _split(at, options, float(draws.quantity[place]), when):
            option.take(when, amount)
            at.gross[option.number, when] += amount * option.ratio
            places.append(place)
            numbers.append(option.number)
            amounts.append(amount * option.ratio)
            if not option.usual:
                order = int(draws.order[place])
                at.used.append(Used("substitute", item, option.name, when, amount, order))
    drawn = draws.take(np.array(places, dtype=np.int64))
    drawn.component, drawn.quantity = np.array(numbers, dtype=np.int64), np.array(amounts, dtype=np.float64)
    return joined_draws([plain, drawn])


def _split(at: Desk, options: list[Option], wanted: float, when: int) -> list[tuple[Option, float]]:
    """How much of one draw each option serves, in units of the component the bill names."""
    shares = sum(option.share or 0.0 for option in options)
    if shares > 0:
        return [(option, wanted * option.share / shares) for option in options if option.share]
    asked = in_order(options)
    parts = {id(option): 0.0 for option in asked}
    left = wanted
    for option in asked:
        there = np.inf if when >= at.reach[option.number] else at.free(option.number, when) / option.ratio
        parts[id(option)] = min(left, there)
        left -= parts[id(option)]
    parts[id(asked[0])] += left  # what nobody serves in time stays with the first, late
    return [(option, parts[id(option)]) for option in asked if parts[id(option)] > NOTHING]


def sources(at: Desk, orders: Orders, placed: int) -> None:
    """Give every order with a choice its supplier; orders stand at ``placed`` and after in the book."""
    choices = at.tables.options.suppliers
    for place in _choosing(orders, choices):
        _source(at, orders, place, placed + place)


def _choosing(orders: Orders, items: Iterable[int]) -> list[int]:
    found: list[int] = np.flatnonzero(np.isin(orders.number, list(items))).tolist()
    return found


def _source(at: Desk, orders: Orders, place: int, name: int) -> None:
    """The first supplier in turn that delivers in time and has room, else the soonest that has room."""
    item, due, quantity = int(orders.number[place]), int(orders.due[place]), float(orders.quantity[place])
    options = at.tables.options.suppliers[item]

    def late(option: Option) -> int:
        return _times(at.tables, option, item, due, quantity)[2]

    able = [option for option in options if option.valid(due) and option.has_room(due, quantity)]
    option, in_time = chosen(able or options, lambda option: bool(able) and late(option) == 0)
    if able and not in_time:
        option = min(able, key=late)
    kind = "" if option.usual else "alternate_supplier"
    if kind or not able:
        kind = kind if able else "supplier_capacity"
        at.used.append(Used(kind, item, option.name, due, quantity, name))
    option.take(due, quantity)
    orders.due[place], orders.release[place], orders.late[place] = _times(
        at.tables, option, item, due, quantity
    )
    orders.source[place] = options.index(option)


def _times(tables: Tables, option: Option, item: int, due: int, quantity: float) -> tuple[int, int, int]:
    """Due, release and lateness of an order with one supplier, by that supplier's calendar."""
    calendar = np.array([tables.work.with_supplier[item, option.name]])
    own = tables.lead_of(np.array([item]), np.array([quantity]))
    lead = own if option.lead is None else np.array([option.lead])
    ahead = int(tables.work.last_open(calendar, np.array([due]))[0])
    if ahead >= 0:
        release, late = tables.work.release(calendar, np.array([ahead]), lead)
        return ahead, int(release[0]), int(late[0])
    first = tables.work.open_from(calendar, np.array([due]))
    return due, int(first[0]), int((tables.work.soonest(calendar, lead) - due)[0])


def bills(at: Desk, orders: Orders, placed: int) -> None:
    """Give every order with a choice its bill; orders stand at ``placed`` and after in the book."""
    choices = at.tables.options.bills
    if choices:
        # What the orders before will draw is not in the gross need yet.
        taken = Desk(at.tables, at.gross.copy(), at.scheduled, at.reach, at.used)
        for place in _choosing(orders, choices):
            _bill(taken, orders, place, placed + place)


def _bill(at: Desk, orders: Orders, place: int, name: int) -> None:
    """The first bill in turn that is valid and whose parts are free or can be had by the release."""
    item, quantity = int(orders.number[place]), float(orders.quantity[place])
    when = min(int(orders.release[place]), at.tables.periods - 1)

    def has_parts(option: Option) -> bool:
        parts = _parts(at.tables, item, option.number)
        return option.valid(when) and all(at.serves(part, when, quantity * drawn) for part, drawn in parts)

    option, _ = chosen(at.tables.options.bills[item], has_parts)
    option.take(when, quantity)
    for part, drawn in _parts(at.tables, item, option.number):
        at.gross[part, when] += quantity * drawn
    orders.bill[place] = option.number
    if not option.usual:
        at.used.append(Used("alternate_bom", item, option.name, when, quantity, name))


def _parts(tables: Tables, item: int, bill: int) -> list[tuple[int, float]]:
    """The components of one bill and how much of each a unit draws."""
    _, lines = tables.lines.of(np.array([item]))
    own = lines[tables.line_bill[lines] == bill]
    return list(zip(tables.tree.component[own].tolist(), tables.tree.drawn[own].tolist(), strict=True))
