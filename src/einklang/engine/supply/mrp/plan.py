"""Requirements planning as tables: from checked inputs to orders, links, stock and messages."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from einklang.engine.supply.mrp import messages
from einklang.engine.supply.mrp.book import Book, plan_book
from einklang.engine.supply.mrp.change import changed_items
from einklang.engine.supply.mrp.damping import read_former
from einklang.engine.supply.mrp.links import Links, as_table, link, to_end_demand
from einklang.engine.supply.mrp.tables import Tables, read

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class MrpPlan:
    """What to order, why, what stock that leaves, and what a planner should look at.

    ``orders``: order, item, release, due, quantity (to start), good (to arrive), late (periods), source
    (supplier), bill, status (planned, to firm, kept).
    ``pegs``: item, supply, demand, kind, for_item, period, quantity; one link from a supply to what draws it.
    ``projected``: item, period, gross, scheduled, net, planned, stock.
    ``exceptions``: item, kind, period, until, quantity, reference, other, sentence.
    The rest is the same as arrays, from which the next plan can be made (:func:`replan`).
    """

    orders: pl.DataFrame
    pegs: pl.DataFrame
    projected: pl.DataFrame
    exceptions: pl.DataFrame
    tables: Tables = field(repr=False)
    book: Book = field(repr=False)
    links: Links = field(repr=False)
    supplies: pl.Series = field(repr=False)

    def pegging(self) -> pl.DataFrame:
        """Each supply down to the end demand it serves: supply, demand, item, quantity."""
        return to_end_demand(self.tables, self.links, self.supplies)


def plan_requirements(
    items: pl.DataFrame,
    bom: pl.DataFrame | None,
    demand: pl.DataFrame,
    receipts: pl.DataFrame | None = None,
    *,
    periods: int | None = None,
    alternates: pl.DataFrame | None = None,
    calendar: pl.DataFrame | None = None,
    routing: pl.DataFrame | None = None,
    resources: pl.DataFrame | None = None,
    former: pl.DataFrame | None = None,
    hold: int = 1,
    rolled: int = 0,
) -> MrpPlan:
    """Plan every item's orders so that each demand is covered when it falls due.

    With ``routing`` and ``resources``, work centres that lack the hours are said; no order is moved for them.
    With ``former`` orders, those that still serve are kept though they come up to ``hold`` periods early
    (see :mod:`damping`); ``rolled`` is how many periods have passed since they were planned.

    >>> plan = plan_requirements(
    ...     pl.DataFrame({"item": ["chair", "leg"], "on_hand": [2.0, 0.0], "lead_time": [1, 2]}),
    ...     pl.DataFrame({"parent": ["chair"], "component": ["leg"], "quantity": [4.0]}),
    ...     pl.DataFrame({"item": ["chair"], "period": [5], "quantity": [12.0]}),
    ... )
    >>> plan.orders.select("item", "release", "due", "quantity").rows()
    [('chair', 4, 5, 10.0), ('leg', 2, 4, 40.0)]
    """
    tables = read(items, bom, demand, receipts, alternates, calendar, routing, resources, periods)
    standing = None if former is None else read_former(former, tables, rolled=rolled, hold=hold)
    return _told(tables, plan_book(tables, standing))


def replan(
    plan: MrpPlan,
    items: pl.DataFrame,
    bom: pl.DataFrame | None,
    demand: pl.DataFrame,
    receipts: pl.DataFrame | None = None,
    *,
    periods: int | None = None,
    alternates: pl.DataFrame | None = None,
    calendar: pl.DataFrame | None = None,
    routing: pl.DataFrame | None = None,
    resources: pl.DataFrame | None = None,
) -> MrpPlan:
    """Net change: plan only what changed since ``plan``, and all that lies below it.

    The result is that of planning everything anew.
    """
    tables = read(items, bom, demand, receipts, alternates, calendar, routing, resources, periods)
    changed = changed_items(plan.tables, tables)
    if changed is None:
        return _told(tables, plan_book(tables))
    book = plan_book(tables, known=plan.book.orders, changed=changed)
    same = ~changed
    book.net[same] = plan.book.net[same]
    return _told(tables, book)


def _told(tables: Tables, book: Book) -> MrpPlan:
    orders = _orders(tables, book)
    links = link(tables, book)
    supplies = _supply_names(tables, links, orders)
    return MrpPlan(
        orders.filter(~pl.col("phantom")).drop("phantom"),
        as_table(tables, links, supplies),
        _projected(tables, book),
        messages.exceptions(tables, book, links, orders, supplies),
        tables, book, links, supplies,
    )  # fmt: skip


def _orders(tables: Tables, book: Book) -> pl.DataFrame:
    """One row an order; a lot above its maximum is several."""
    planned = book.orders
    number, due = planned.number, planned.due + 1
    to_firm = due <= tables.slushy[number]
    status = np.where(planned.kept, 2, np.where(to_firm, 1, 0))
    names = tables.names.gather(number)
    return pl.DataFrame(
        {
            "item": names,
            "release": planned.release + 1,
            "due": due,
            "quantity": planned.quantity,
            "good": planned.quantity * (1 - tables.scrap[number]),
            "late": planned.late,
            "phantom": tables.phantom[number],
            "source": _sources(tables, book),
            "bill": pl.Series(tables.options.bill_names, dtype=pl.String).gather(planned.bill),
            "status": pl.Series(["planned", "to firm", "kept"]).gather(status),
            "order": pl.select(pl.format("{}#{}", names, _count_within(number))).to_series(),
        }
    )  # fmt: skip


def _count_within(number: Ints) -> pl.Series:
    """1, 2, 3 ... within each item; equal numbers stand together."""
    first = np.ones(number.size, dtype=bool)
    first[1:] = number[1:] != number[:-1]
    start = np.maximum.accumulate(np.where(first, np.arange(number.size), 0)) if number.size else number
    return pl.Series(np.arange(number.size) - start + 1)


def _sources(tables: Tables, book: Book) -> pl.Series:
    """The supplier of each order: the item's own, unless another was chosen."""
    own = tables.items["supplier"].gather(book.orders.number)
    chosen = np.flatnonzero(book.orders.source >= 0)
    if not chosen.size:
        return own
    options = tables.options.suppliers
    names = [
        options[item][source].name
        for item, source in zip(
            book.orders.number[chosen].tolist(), book.orders.source[chosen].tolist(), strict=True
        )
    ]
    return own.clone().scatter(chosen, names)


def _supply_names(tables: Tables, links: Links, orders: pl.DataFrame) -> pl.Series:
    """What each supply is called."""
    supplies = links.supplies
    words = pl.concat([pl.Series(["on hand"]), tables.receipts["reference"], orders["order"]])
    at_receipt, at_order = 1, 1 + tables.receipts.height
    place = np.where(supplies.order >= 0, at_order + supplies.order, at_receipt + supplies.receipt)
    return words.gather(np.where((supplies.order < 0) & (supplies.receipt < 0), 0, place)).rename("supply")


def _projected(tables: Tables, book: Book) -> pl.DataFrame:
    """Each item's record by period; orders count when they are due, late or not."""
    count, periods = book.gross.shape
    orders = book.orders
    planned = np.zeros_like(book.gross)
    good = orders.quantity * (1 - tables.scrap[orders.number])
    np.add.at(planned.reshape(-1), orders.number * periods + orders.due, good)
    stock = tables.on_hand[:, None] + np.cumsum(book.scheduled + planned - book.gross, axis=1)
    return pl.DataFrame(
        {
            "item": tables.names.gather(np.repeat(np.arange(count), periods)),
            "period": np.tile(np.arange(1, periods + 1), count),
            "gross": book.gross.ravel(),
            "scheduled": book.scheduled.ravel(),
            "net": book.net.ravel(),
            "planned": planned.ravel(),
            "stock": stock.ravel(),
        }
    )
