"""The invented company as frames: everything that is known of it before anything is stored."""

from dataclasses import dataclass

import polars as pl

from einklang.demo import accounts, company, deals, items
from einklang.demo.deals import Sale
from einklang.demo.history import batches, money, orders, purchases, stock, wishes, workshop
from einklang.demo.history.batches import Flow
from einklang.demo.history.orders import Book
from einklang.demo.history.workshop import Workshop
from einklang.demo.items import Thing
from einklang.demo.times import Times


@dataclass(frozen=True, slots=True)
class World:
    """All tables of the invented company, by code; the same for the same day and seed."""

    times: Times
    things: dict[str, Thing]
    customers: pl.DataFrame
    contacts: pl.DataFrame
    sales: list[Sale]
    rates: pl.DataFrame
    book: Book
    flows: dict[tuple[str, str], Flow]
    workshop: Workshop
    purchases: pl.DataFrame
    moves: pl.DataFrame


def make(times: Times) -> World:
    """Think up the company as it stands on a day."""
    things = items.catalog(times, {code: cents for code, _, cents, _, _ in company.WORK_CENTRES})
    sold = [thing for thing in things.values() if thing.sold]
    customers = accounts.accounts(times)
    means = wishes.wished(times, sold)
    sales = deals.deals(times, sold, customers)
    rates = money.rates(times)
    wished = wishes.lines(times, sold, means, customers)
    book = orders.book(times, things, wished, deals.won_lines(times, sales), customers, rates)
    by_item = {thing.code: means[row] for row, thing in enumerate(sold)}
    flows = batches.flows(times, things, by_item, book.shipments)
    work = workshop.workshop(times, things, flows)
    bought = purchases.purchases(times, things, flows)
    moved = stock.moves(times, things, flows, work.orders, bought, book.shipments, book.returns)
    contacts = accounts.contacts(times, customers)
    return World(times, things, customers, contacts, sales, rates, book, flows, work, bought, moved)
