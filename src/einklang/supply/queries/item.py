"""One item in a plan: its months, its orders, what they are for, and what they draw."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from einklang.catalog import queries as catalog
from einklang.engine.periods import month_end
from einklang.engine.supply import bom as bills
from einklang.engine.supply import pegging
from einklang.kernel import tables
from einklang.people.models import User
from einklang.supply.models import Peg, PlanException, StockPolicy, SupplyRun
from einklang.supply.queries.policies import policy_of
from einklang.supply.queries.runs import exceptions, orders, plan_frame

LINES_SHOWN = 200


@dataclass(frozen=True, slots=True)
class PathLine:
    """One line of a pegging tree: how deep, which item, what for, when, and how much."""

    level: int
    item: str
    name: str
    kind: str
    first: date | None
    last: date | None
    quantity: float

    @property
    def indent(self) -> int:
        """How far the line stands in, as far as the page has steps."""
        return min(5, self.level - 1)


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item in one plan."""

    run: SupplyRun
    item: str
    months: pl.DataFrame
    up: list[PathLine]
    down: list[PathLine]
    orders: list[object]
    exceptions: list[PlanException]
    policy: StockPolicy | None

    @property
    def safety_stock(self) -> float:
        """What is kept of it."""
        return self.policy.safety_stock if self.policy else 0.0


def item_view(of: SupplyRun, code: str, *, seen_by: User) -> ItemView | None:
    """One item in a plan, or nothing where the plan does not need it."""
    seen_by.must("see supply")
    months = plan_frame(of, parts=True).filter(pl.col("item") == code)
    if months.is_empty():
        return None
    up, down = pegging_tree(of, code)
    return ItemView(
        of,
        code,
        months.drop("item"),
        up,
        down,
        list(orders(of, item=code)[:60]),
        list(exceptions(of, item=code)[:20]),
        policy_of(code),
    )


def pegging_tree(of: SupplyRun, code: str) -> tuple[list[PathLine], list[PathLine]]:
    """Where an item's supplies go, up to the end demand, and what its orders draw, down to what is bought."""
    bom = catalog.bom_frame(month_end(of.as_of))
    around = {code}
    for line in (bills.where_used(bom, code), bills.below(bom, code)):
        around |= set(line["parent"]) | set(line["component"])
    known = Peg.objects.filter(run=of, item__code__in=around)
    links = tables.read(
        known,
        item="item__code",
        supply="supply",
        demand="demand",
        kind="kind",
        for_item="for_item__code",
        period="period",
        quantity="quantity",
    )
    names = dict(catalog.items_frame().select("item", "name").iter_rows())
    return _lines(pegging.uses(links, code), names), _lines(pegging.sources(links, code), names)


def _lines(paths: pl.DataFrame, names: dict[str, str]) -> list[PathLine]:
    return [
        PathLine(
            row["level"],
            row["item"],
            names.get(row["item"], ""),
            row["kind"],
            row["first"],
            row["last"],
            row["quantity"],
        )
        for row in paths.sort("path", "kind").head(LINES_SHOWN).iter_rows(named=True)
    ]
