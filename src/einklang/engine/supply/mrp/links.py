"""Links between supplies and what draws them, as arrays, and what lateness travels along them.

Supplies of an item in the order they arrive (stock, open receipts, planned orders) meet its demands in
the order they fall due; what the first demand leaves goes to the next. A supply no demand takes is linked
to stock, so the links of a supply always sum to it.

An order can start only when its parts are there. With a the arrival of a supply and s the start of the
order that draws it, delays travel upwards level by level:

    delay(order) = own lateness + max(0, max over its parts of a(part) - s(order))
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from einklang.engine.supply.mrp.book import Book
from einklang.engine.supply.mrp.tables import Tables
from einklang.engine.supply.pegging import spread

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
NOTHING = 1e-7
NEVER = 10**6
STOCK = -1


@dataclass(slots=True)
class Supplies:
    """All supplies by item and arrival: on hand (``order`` -1), receipts (``receipt`` 0 or more), orders."""

    item: Ints
    at: Ints
    quantity: Floats
    receipt: Ints
    order: Ints


@dataclass(slots=True)
class Demands:
    """All demands by item and period: owed, end demands (``row`` of the table), draws by a supply."""

    item: Ints
    at: Ints
    quantity: Floats
    row: Ints
    by: Ints
    asked: Ints


@dataclass(slots=True)
class Links:
    """Which supply (-1 none) serves which demand (-1 stock), and how much of it; by item."""

    supplies: Supplies
    demands: Demands
    supply: Ints
    demand: Ints
    item: Ints
    quantity: Floats


def supplies_of(tables: Tables, book: Book) -> Supplies:
    """Stock, receipts and planned orders, each item's in the order they arrive."""
    stocked = np.flatnonzero(tables.on_hand > NOTHING)
    receipts, orders = tables.receipts, book.orders
    number = np.concatenate([stocked, receipts["number"].to_numpy(), orders.number])
    at = np.concatenate([np.full(stocked.size, -NEVER), receipts["period"].to_numpy() - 1, orders.due])
    good = orders.quantity * (1 - tables.scrap[orders.number])
    quantity = np.concatenate([tables.on_hand[stocked], receipts["quantity"].to_numpy(), good])
    none = np.full(stocked.size, -1)
    receipt = np.concatenate([none, np.arange(receipts.height), np.full(orders.due.size, -1)])
    order = np.concatenate([none, np.full(receipts.height, -1), np.arange(orders.due.size)])
    some = quantity > NOTHING
    number, at, quantity, receipt, order = (x[some] for x in (number, at, quantity, receipt, order))
    by = _by_item_and_time(number, at)
    return Supplies(number[by], at[by], quantity[by], receipt[by], order[by])


def demands_of(tables: Tables, book: Book, supplies: Supplies) -> Demands:
    """What is owed, end demand, and what orders draw, each item's in the order it falls due."""
    owed = np.flatnonzero(tables.on_hand < -NOTHING)
    draws, asked = book.draws, tables.demand
    number = np.concatenate([owed, book.demand_number, draws.component])
    at = np.concatenate([np.full(owed.size, -NEVER), asked["period"].to_numpy() - 1, draws.period])
    quantity = np.concatenate([-tables.on_hand[owed], book.demand_quantity, draws.quantity])
    row = np.concatenate([np.full(owed.size, -1), np.arange(asked.height), np.full(draws.order.size, -1)])
    by = np.concatenate([np.full(owed.size + asked.height, -1), _drawers(tables, book, supplies)])
    wished = np.concatenate([owed, asked["number"].to_numpy(), draws.asked])
    some = quantity > NOTHING
    columns = [x[some] for x in (number, at, quantity, row, by, wished)]
    order = _by_item_and_time(columns[0], columns[1])
    return Demands(*(x[order] for x in columns))


def _drawers(tables: Tables, book: Book, supplies: Supplies) -> Ints:
    """The supply (by place) whose order draws, for each draw."""
    # One more place at the end, for those of the other kind.
    of_order = np.full(book.orders.due.size + 1, -1)
    of_receipt = np.full(tables.receipts.height + 1, -1)
    planned, received = np.flatnonzero(supplies.order >= 0), np.flatnonzero(supplies.receipt >= 0)
    of_order[supplies.order[planned]] = planned
    of_receipt[supplies.receipt[received]] = received
    order = book.draws.order
    return np.where(order >= 0, of_order[np.maximum(order, -1)], of_receipt[np.maximum(-1 - order, -1)])


def _by_item_and_time(number: Ints, at: Ints) -> Ints:
    """The stable order by item, then time: one sort of one whole number."""
    early = int(at[at > -NEVER].min(initial=0)) - 1
    late = int(at.max(initial=0)) + 1
    key = number * (late - early + 1) + (np.maximum(at, early) - early)
    return np.argsort(key, kind="stable")


def links_of(tables: Tables, book: Book, supplies: Supplies, demands: Demands) -> Links:
    """Lay supplies and demands of each item end to end and cut wherever either ends."""
    count = len(tables.names)
    supply_end, demand_end = _ends(supplies.item, supplies.quantity), _ends(demands.item, demands.quantity)
    item = np.concatenate([supplies.item, demands.item])
    end = np.concatenate([supply_end, demand_end])
    is_supply = np.arange(item.size) < supplies.item.size
    # By item, then end: both halves are sorted already, which a stable sort of one key merges in no time.
    by = np.argsort(item + 1j * end, kind="stable")
    item, end, is_supply = item[by], end[by], is_supply[by]
    first = np.ones(item.size, dtype=bool)
    first[1:] = item[1:] != item[:-1]
    length = end - np.where(first, 0.0, np.concatenate([[0.0], end[:-1]]))
    supply: Ints = np.cumsum(is_supply) - is_supply
    demand: Ints = np.cumsum(~is_supply) - ~is_supply
    some = length > NOTHING
    item, length, supply, demand = item[some], length[some], supply[some], demand[some]
    last_supply = np.cumsum(np.bincount(supplies.item, minlength=count))[item]
    last_demand = np.cumsum(np.bincount(demands.item, minlength=count))[item]
    return Links(
        supplies, demands, np.where(supply < last_supply, supply, -1),
        np.where(demand < last_demand, demand, STOCK), item, length,
    )  # fmt: skip


def _ends(item: Ints, quantity: Floats) -> Floats:
    """Where each quantity ends when those of an item are laid end to end."""
    laid = pl.DataFrame({"item": item, "quantity": quantity})
    return laid.select(pl.col("quantity").cum_sum().over("item")).to_series().to_numpy()


def link(tables: Tables, book: Book) -> Links:
    """All links of a plan."""
    supplies = supplies_of(tables, book)
    return links_of(tables, book, supplies, demands_of(tables, book, supplies))


@dataclass(slots=True)
class Delays:
    """How late each supply arrives and each link is, in periods; ``cause`` names the supply (-1 none)."""

    supply: Ints
    cause: Ints
    link: Ints
    link_cause: Ints


def delays(tables: Tables, book: Book, links: Links) -> Delays:
    """Lateness from the deepest level up; an uncovered need makes what rests on it never arrive."""
    supplies, demands = links.supplies, links.demands
    # One more place at the end stands for "no supply", which links name by -1.
    own = np.zeros(supplies.item.size + 1, dtype=np.int64)
    planned = np.flatnonzero(supplies.order >= 0)
    own[planned] = book.orders.late[supplies.order[planned]]
    delay = own.copy()
    cause = np.where(own > 0, np.arange(own.size), -1)
    served = links.demand >= 0
    late = np.zeros(links.item.size, dtype=np.int64)
    blamed = np.full(links.item.size, -1)
    arrives = np.append(np.maximum(supplies.at, 0), 0)
    level = tables.tree.level[links.item]
    for depth in range(tables.tree.levels - 1, -1, -1):
        here = np.flatnonzero((level == depth) & served)
        from_, to = links.supply[here], links.demand[here]
        wished = np.maximum(demands.at[to], 0)
        lateness = np.where(from_ >= 0, arrives[from_] + delay[from_] - wished, NEVER)
        late[here] = np.clip(lateness, 0, NEVER)
        blamed[here] = np.where(from_ >= 0, np.where(cause[from_] >= 0, cause[from_], from_), -1)
        held = (late[here] > 0) & (demands.by[to] >= 0)
        above, through = demands.by[to][held], late[here][held]
        whole = np.minimum(own[above] + through, NEVER)
        np.maximum.at(delay, above, whole)
        worst = delay[above] == whole
        cause[above[worst]] = blamed[here][held][worst]
    return Delays(delay[:-1], cause[:-1], late, blamed)


def as_table(tables: Tables, links: Links, names: pl.Series) -> pl.DataFrame:
    """The links in words: item, supply, demand, kind, for_item, period, quantity."""
    demands = links.demands
    items, references = tables.names, tables.demand["reference"]
    words = pl.concat([names, references, pl.Series(["stock", "owed at the start", "not covered"])])
    at_reference = len(names)
    at_stock = at_reference + len(references)
    place = np.maximum(links.demand, 0)
    stock = links.demand < 0
    if demands.item.size:
        row, by = demands.row[place], demands.by[place]
        wished, period = demands.asked[place], demands.at[place] + 1
    else:
        row = by = wished = period = place
    said = np.where(row >= 0, at_reference + row, np.where(by >= 0, by, at_stock + 1))
    kind = np.where(stock, 2, np.where(by >= 0, 1, 0))
    above = np.where(by >= 0, links.supplies.item[np.maximum(by, 0)] if names.len() else wished, wished)
    return pl.DataFrame(
        {
            "item": items.gather(links.item),
            "supply": words.gather(np.where(links.supply >= 0, links.supply, at_stock + 2)),
            "demand": words.gather(np.where(stock, at_stock, said)),
            "kind": pl.Series(["end", "order", "stock"]).gather(kind),
            "for_item": items.gather(np.where(stock, links.item, above)),
            "period": pl.Series(np.where(period < -NEVER // 2, 0, period)).set(pl.Series(stock), None),
            "quantity": links.quantity,
        }
    )


def to_end_demand(tables: Tables, links: Links, names: pl.Series) -> pl.DataFrame:
    """Each supply down to the end demands it serves: supply, demand, item, quantity."""
    demands, count = links.demands, links.supplies.item.size
    from_supply = np.flatnonzero(links.supply >= 0)
    supply, quantity = links.supply[from_supply], links.quantity[from_supply]
    place = links.demand[from_supply]
    code = tables.demand["reference"].rank("dense").to_numpy().astype(np.int64) - 1
    ends = tables.demand["reference"].unique().sort()
    owed, stock = len(ends), len(ends) + 1
    if demands.item.size:
        row, by = demands.row[np.maximum(place, 0)], demands.by[np.maximum(place, 0)]
        said = np.where(row >= 0, code[np.maximum(row, 0)] if code.size else owed, owed)
    else:
        by = said = np.full(place.size, -1)
    onward = (place >= 0) & (by >= 0)
    target = np.where(place < 0, stock, said)
    reached, column, amount = spread(
        count, len(ends) + 2, (supply[~onward], target[~onward], quantity[~onward]),
        (supply[onward], by[onward], quantity[onward]),
    )  # fmt: skip
    words = pl.concat([ends, pl.Series(["owed at the start", "stock"], dtype=pl.String)])
    return pl.DataFrame(
        {
            "supply": names.gather(reached),
            "demand": words.gather(column),
            "item": tables.names.gather(links.supplies.item[reached]),
            "quantity": amount,
        }
    )
