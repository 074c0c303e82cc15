"""Items of one supplier ordered together: how often, which ones in every order, and what that saves."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from einklang.catalog import queries as catalog
from einklang.engine.inventory import economic
from einklang.people import queries as people
from einklang.people.models import User
from einklang.supply import rules
from einklang.supply.queries.holding.facts import facts

ORDER_CENTS, LINE_CENTS = 60_00, 8_00
"""What an order costs whatever stands in it, and each line in it: to be said by who knows better."""


@dataclass(frozen=True, slots=True)
class Together:
    """One supplier: the cycle in days, each item with its multiple and quantity, cost a year in both ways."""

    supplier: str
    name: str
    days: float
    items: list[tuple[str, str, int, float]]
    joint_cents: int
    alone_cents: int

    @property
    def saves_cents(self) -> int:
        """What ordering together saves a year."""
        return self.alone_cents - self.joint_cents


def together(
    as_of: date, *, order_cents: int = ORDER_CENTS, line_cents: int = LINE_CENTS, seen_by: User
) -> list[Together]:
    """Every supplier of two items or more that are used, the most saving first; costs are by the year."""
    seen_by.must("see supply")
    seen_by.must("see cost")
    currency = people.company().home_currency
    terms = catalog.supply_terms_frame().group_by("item", maintain_order=True).first()
    known = facts(as_of).filter((pl.col("demand") > 0) & (pl.col("kind") == "buy"))
    rows = (
        terms.filter(pl.col("currency") == currency)
        .join(known.select("item", "name", "demand", "cost_cents"), on="item", how="inner")
        .with_columns(paid=pl.coalesce("cost_cents", "price_cents").cast(pl.Float64))
        .filter(pl.col("paid") > 0)
        .sort("supplier", "item")
    )
    found = [
        _joint(str(code), part, order_cents, line_cents)
        for (code,), part in rows.group_by("supplier", maintain_order=True)
        if part.height > 1
    ]
    return sorted(found, key=lambda one: (-one.saves_cents, one.supplier))


def _joint(code: str, part: pl.DataFrame, order_cents: int, line_cents: int) -> Together:
    demands = (part["demand"] * 12).to_list()
    holding = (part["paid"] * rules.HOLDING_A_MONTH * 12).to_list()
    best = economic.together(demands, [float(line_cents)] * part.height, holding, float(order_cents))
    each = [
        (2 * (order_cents + line_cents) * demand * held) ** 0.5
        for demand, held in zip(demands, holding, strict=True)
    ]
    items = [
        (item, name, multiple, demand * best.cycle * multiple)
        for item, name, multiple, demand in zip(
            part["item"], part["name"], best.multiples, demands, strict=True
        )
    ]
    return Together(
        code, part["supplier_name"][0], best.cycle * 365.25, items, round(best.cost), round(sum(each))
    )
