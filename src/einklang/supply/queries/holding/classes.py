"""Which items matter and how hard they are to foresee: the grid of classes, and how it changed."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from einklang.catalog import queries as catalog
from einklang.engine.inventory.classify import changes, over_time
from einklang.orders import queries as orders
from einklang.people import queries as people
from einklang.people.models import User
from einklang.supply.queries.holding.facts import last_full_month
from einklang.supply.queries.stock import StockLine

MONTHS_LOOKED_BACK = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the grid: its class, how many items, what they are worth in stock (None: not shown)."""

    abc: str
    xyz: str
    items: int
    value_cents: int | None

    @property
    def name(self) -> str:
        """The class in two letters."""
        return self.abc + self.xyz


def grid(lines: list[StockLine]) -> list[list[Cell]]:
    """The nine cells, A to C downwards and X to Z across; items without a policy stand in none."""
    money = any(line.value_cents is not None for line in lines)
    table = []
    for a in "ABC":
        row = []
        for x in "XYZ":
            inside = [line for line in lines if line.abc == a and line.xyz == x]
            value = sum(line.value_cents or 0 for line in inside) if money else None
            row.append(Cell(a, x, len(inside), value))
        table.append(row)
    return table


def class_changes(as_of: date, *, item: str = "", seen_by: User) -> pl.DataFrame:
    """How classes changed over the last year, newest first: item, name, period, before, after.

    Each month looks back over twelve months of demand at today's cost, so that only demand moves a class.
    """
    seen_by.must("see supply")
    history = orders.demand_history(last_full_month(as_of), items=[item] if item else None).rename(
        {"series": "item"}
    )
    currency = people.company().home_currency
    costs = catalog.costs_frame(as_of).filter(pl.col("currency") == currency)
    prices = catalog.prices_frame(as_of, currency)
    values = catalog.items_frame().select("item", "name").join(costs, on="item", how="left")
    values = values.join(prices, on="item", how="left").with_columns(
        value=pl.coalesce("cost_cents", "price_cents", pl.lit(0)).cast(pl.Float64)
    )
    classes = over_time(history, values.select("item", "value"), months=MONTHS_LOOKED_BACK)
    named = changes(classes).join(values.select("item", "name"), on="item", how="left", maintain_order="left")
    return named.select("item", "name", "period", "before", "after")
