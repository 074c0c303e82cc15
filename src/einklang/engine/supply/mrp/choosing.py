"""Choosing among alternates while orders are planned, and noting what was chosen.

What is free of an item is judged by what is known when the choice falls: stock, receipts, and all that was
drawn so far. The choice is an estimate, the plan is not: whatever is chosen is drawn, netted and ordered
like any other need, so nothing is lost when the estimate was wrong.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from einklang.engine.supply.bom import longest_way
from einklang.engine.supply.lots import NOTHING
from einklang.engine.supply.mrp.options import Option, chosen, in_order
from einklang.engine.supply.mrp.tables import Tables

if TYPE_CHECKING:
    from einklang.engine.supply.mrp.book import Draws, Orders

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(slots=True)
class Used:
    """A choice a planner should know of: of which item, what instead, when, how much, for which order.

    ``order`` is its place in the book, below -1 a firm receipt, -1 none (then ``reference`` says it).
    """

    kind: str
    item: int
    other: str
    period: int
    quantity: float
    order: int
    reference: str = ""


def demand(tables: Tables, scheduled: Floats, used: list[Used]) -> tuple[Ints, Floats, Floats]:
    """The item and quantity each demand is served from, and the gross need that makes by item and period."""
    asked = tables.demand
    number, quantity = asked["number"].to_numpy().copy(), asked["quantity"].to_numpy().copy()
    gross = np.zeros((tables.items.height, tables.periods))
    period = np.clip(asked["period"].to_numpy() - 1, 0, tables.periods - 1)
    open_to_choice = np.isin(number, [item for item, options in tables.options.components.items()
                                      if any(o.parent is None and not o.usual for o in options)])  # fmt: skip
    plain = ~open_to_choice
    np.add.at(gross.reshape(-1), number[plain] * tables.periods + period[plain], quantity[plain])
    lead = longest_way(tables.tree, tables.lead) if open_to_choice.any() else tables.lead
    for row in np.flatnonzero(open_to_choice)[np.argsort(period[open_to_choice], kind="stable")].tolist():
        item, at = int(number[row]), int(period[row])
        options = [o for o in tables.options.components[item] if o.parent is None and o.valid(at)]
        wanted = float(quantity[row])

        def serves(option: Option, at: int = at, wanted: float = wanted) -> bool:
            free = _free(tables, gross, scheduled, option.number, at)
            return free >= wanted * option.ratio - NOTHING or at >= lead[option.number]

        option, _ = chosen(options, serves)
        option.take(at, wanted)
        if not option.usual:
            said = asked["reference"][row]
            used.append(Used("substitute", item, option.name, at, wanted, -1, said))
        number[row], quantity[row] = option.number, wanted * option.ratio
        gross[option.number, at] += quantity[row]
    return number, quantity, gross


def _free(tables: Tables, gross: Floats, scheduled: Floats, item: int, period: int) -> float:
    """What could be taken of an item in a period without leaving a later need short."""
    over = tables.on_hand[item] - tables.safety[item] + np.cumsum(scheduled[item] - gross[item])
    return max(0.0, float(over[period:].min()))


def components(
    tables: Tables, draws: "Draws", parent: Ints, gross: Floats, scheduled: Floats, used: list[Used]
) -> "Draws":
    """Draw components or what stands in for them: free stock first, then what can be had in time."""
    from einklang.engine.supply.mrp.book import Draws, joined_draws

    choices = tables.options.components
    open_to_choice = np.isin(draws.component, list(choices))
    flat = gross.reshape(-1)
    plain = np.flatnonzero(~open_to_choice)
    np.add.at(flat, draws.component[plain] * tables.periods + draws.period[plain], draws.quantity[plain])
    lead = longest_way(tables.tree, tables.lead)
    rows: list[tuple[int, int, float]] = []
    for place in np.flatnonzero(open_to_choice).tolist():
        item, at = int(draws.component[place]), int(draws.period[place])
        options = [
            option
            for option in choices[item]
            if option.parent in (None, int(parent[place])) and option.valid(at)
        ] or [option for option in choices[item] if option.usual]
        for option, amount in _split(
            tables, options, float(draws.quantity[place]), at, lead, gross, scheduled
        ):
            option.take(at, amount)
            gross[option.number, at] += amount * option.ratio
            rows.append((place, option.number, amount * option.ratio))
            if not option.usual:
                used.append(Used("substitute", item, option.name, at, amount, int(draws.order[place])))
    at_rows = np.array([place for place, _, _ in rows], dtype=np.int64)
    replaced = Draws(
        draws.order[at_rows],
        np.array([number for _, number, _ in rows], dtype=np.int64),
        draws.asked[at_rows],
        draws.period[at_rows],
        np.array([amount for _, _, amount in rows]),
    )
    kept = Draws(
        *(getattr(draws, name)[plain] for name in ("order", "component", "asked", "period", "quantity"))
    )
    return joined_draws([kept, replaced])


def _split(
    tables: Tables,
    options: list[Option],
    wanted: float,
    at: int,
    lead: Ints,
    gross: Floats,
    scheduled: Floats,
) -> list[tuple[Option, float]]:
    """How much of one draw each option serves, in units of the component the bill names."""
    shares = sum(option.share or 0.0 for option in options)
    if shares > 0:
        return [(option, wanted * option.share / shares) for option in options if option.share]
    parts, left = [], wanted
    for option in in_order(options):
        in_time = at >= lead[option.number]
        amount = (
            left if in_time else min(left, _free(tables, gross, scheduled, option.number, at) / option.ratio)
        )
        if amount > NOTHING:
            parts.append((option, amount))
            left -= amount
        if left <= NOTHING:
            return parts
    first = in_order(options)[0]
    if parts and parts[0][0] is first:
        return [(first, parts[0][1] + left), *parts[1:]]
    return [(first, left), *parts]


def source_and_bill(
    tables: Tables, orders: "Orders", gross: Floats, scheduled: Floats, used: list[Used], placed: int
) -> "Orders":
    """Give every order with a choice its supplier and its bill."""
    options = tables.options
    if options.suppliers:
        for place in np.flatnonzero(np.isin(orders.number, list(options.suppliers))).tolist():
            _source(tables, orders, place, used, placed)
    if options.bills:
        lead = longest_way(tables.tree, tables.lead)
        taken = gross.copy()
        for place in np.flatnonzero(np.isin(orders.number, list(options.bills))).tolist():
            _bill(tables, orders, place, lead, taken, scheduled, used, placed)
    return orders


def _source(tables: Tables, orders: "Orders", place: int, used: list[Used], placed: int) -> None:
    """The first supplier in turn that delivers in time and has room, else the soonest that has room."""
    item, due, quantity = int(orders.number[place]), int(orders.due[place]), float(orders.quantity[place])
    options = tables.options.suppliers[item]
    times = {id(option): _times(tables, option, item, due) for option in options}

    def in_time(option: Option) -> bool:
        return option.valid(due) and times[id(option)][2] == 0 and option.has_room(due, quantity)

    option, serves = chosen(options, in_time)
    if not serves:
        with_room = [one for one in options if one.valid(due) and one.has_room(due, quantity)]
        option = min(with_room, key=lambda one: times[id(one)][2], default=option)
    if not option.has_room(due, quantity):
        used.append(Used("supplier_capacity", item, option.name, due, quantity, placed + place))
    elif not option.usual:
        used.append(Used("alternate_supplier", item, option.name, due, quantity, placed + place))
    option.take(due, quantity)
    orders.due[place], orders.release[place], orders.late[place] = times[id(option)]
    orders.source[place] = options.index(option)


def _times(tables: Tables, option: Option, item: int, due: int) -> tuple[int, int, int]:
    """Due, release and lateness of an order with one supplier, by that supplier's calendar."""
    calendar = np.array([tables.work.with_supplier[item, option.name]])
    lead = np.array([tables.lead[item] if option.lead is None else option.lead])
    ahead = int(tables.work.last_open(calendar, np.array([due]))[0])
    waits = max(0, int(tables.work.open_from(calendar, np.array([0]))[0]) - due) if ahead < 0 else 0
    open_due = min(ahead if ahead >= 0 else due + waits, tables.periods - 1)
    release, late = tables.work.release(calendar, np.array([open_due]), lead)
    return (open_due if ahead >= 0 else due), int(release[0]), int(late[0]) + waits


def _bill(
    tables: Tables, orders: "Orders", place: int, lead: Ints, taken: Floats, scheduled: Floats,
    used: list[Used], placed: int,
) -> None:  # fmt: skip
    """The first bill in turn that is valid and whose parts are free or can be had by the release.

    ``taken`` is the gross need so far, with what the orders before this one will draw.
    """
    item, at, quantity = int(orders.number[place]), int(orders.release[place]), float(orders.quantity[place])
    period = min(at, tables.periods - 1)
    _, lines = tables.lines.of(np.array([item]))

    def parts(option: Option) -> list[tuple[int, float]]:
        own = lines[tables.line_bill[lines] == option.number]
        return list(zip(tables.tree.component[own].tolist(), tables.tree.drawn[own].tolist(), strict=True))

    def has_parts(option: Option) -> bool:
        return option.valid(at) and all(
            period >= lead[part]
            or _free(tables, taken, scheduled, part, period) >= quantity * drawn - NOTHING
            for part, drawn in parts(option)
        )

    option, _ = chosen(tables.options.bills[item], has_parts)
    option.take(at, quantity)
    for part, drawn in parts(option):
        taken[part, period] += quantity * drawn
    orders.bill[place] = option.number
    if not option.usual:
        used.append(Used("alternate_bom", item, option.name, at, quantity, placed + place))
