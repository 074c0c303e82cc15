"""One item in a plan: its months, its orders, what they are for, and what they draw."""

from dataclasses import dataclass
from datetime import date
from typing import Any

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

LEAST = 0.5  # of a unit: less is rounding
DEEPEST = 5


@dataclass(frozen=True, slots=True)
class PathLine:
    """One line of a pegging tree: how deep, which item, how much and when, and what of it goes where.

    ``parts`` are amounts by kind: upwards ``end`` (demand of that item) and ``stock``; downwards ``order``,
    ``receipt`` (on its way) and ``stock``.
    """

    level: int
    item: str
    name: str
    quantity: float
    first: date | None
    last: date | None
    parts: list[tuple[str, float]]

    @property
    def indent(self) -> int:
        """How far the line stands in, as far as the page has steps."""
        return min(DEEPEST, self.level - 1)


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
    up, down = _upwards(pegging.uses(links, code)), _downwards(pegging.sources(links, code))
    return _tree(up, names), _tree(down, names)


def _upwards(paths: pl.DataFrame) -> pl.DataFrame:
    """Links to demand and stock are parts of the item they end in, not lines of their own."""
    ends = pl.col("kind") != "order"
    above = pl.col("path").str.replace(r" > [^>]+$", "")
    lone = ends & (pl.col("level") == 1)
    return paths.with_columns(
        node=pl.when(ends & ~lone).then(above).otherwise("path"),
        size=pl.when(ends & ~lone).then(0.0).otherwise("quantity"),
        part=pl.when(ends).then("kind"),
        depth=pl.when(ends & ~lone).then(pl.col("level") - 1).otherwise("level"),
    )


def _downwards(paths: pl.DataFrame) -> pl.DataFrame:
    return paths.with_columns(node="path", size="quantity", part="kind", depth="level")


def _tree(paths: pl.DataFrame, names: dict[str, str]) -> list[PathLine]:
    """Lines in the order of the tree, the largest branch first."""
    nodes = (
        paths.group_by("node", "depth")
        .agg(
            pl.col("item").first(),
            pl.col("size").sum(),
            pl.col("first").min(),
            pl.col("last").max(),
            kinds=pl.col("part"),
            amounts=pl.col("quantity"),
        )
        .filter(pl.col("size") >= LEAST)
        .sort("size", "node", descending=[True, False])
    )
    below: dict[str, list[dict[str, Any]]] = {}
    for row in nodes.iter_rows(named=True):
        below.setdefault(row["node"].rpartition(" > ")[0], []).append(row)
    tops = [row for row in nodes.iter_rows(named=True) if row["depth"] == 1]
    lines: list[PathLine] = []
    waiting = list(reversed(tops))
    while waiting:
        row = waiting.pop()
        lines.append(_line(row, names))
        waiting.extend(
            reversed([child for child in below.get(row["node"], []) if child["depth"] > row["depth"]])
        )
    return lines


def _line(row: dict[str, Any], names: dict[str, str]) -> PathLine:
    parts: dict[str, float] = {}
    for kind, amount in zip(row["kinds"], row["amounts"], strict=True):
        if kind:
            parts[kind] = parts.get(kind, 0.0) + amount
    told = [(kind, amount) for kind, amount in sorted(parts.items()) if amount >= LEAST]
    return PathLine(
        row["depth"], row["item"], names.get(row["item"], ""), row["size"], row["first"], row["last"], told
    )
