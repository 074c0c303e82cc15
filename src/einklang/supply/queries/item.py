"""One item in a plan: its record by month, its orders, what they are for, and what they draw."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from einklang.catalog import queries as catalog
from einklang.engine.periods import month_end
from einklang.engine.supply import bom as bills
from einklang.engine.supply import pegging
from einklang.kernel import tables
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply.models import PlanException, PlannedOrder, StockPolicy, SupplyRun
from einklang.supply.queries.behind import Behind, behind, pegs_frame
from einklang.supply.queries.policies import policy_of
from einklang.supply.queries.runs import exceptions, plan_frame

LEAST = 0.5  # of a unit: less is rounding


@dataclass(frozen=True, slots=True)
class PathLine:
    """One line of a pegging tree: how deep, which item, how much and when, and what of it goes where.

    ``parts`` are amounts by kind: upwards ``end`` (demand of that item) and ``stock``; downwards ``order``,
    ``receipt`` (on its way) and ``stock``. ``below`` are the lines one step further.
    """

    level: int
    item: str
    name: str
    quantity: float
    first: date | None
    last: date | None
    parts: list[tuple[str, float]]
    below: list["PathLine"] = field(default_factory=list)

    def whole(self) -> Iterator["PathLine"]:
        """This line and all beyond it."""
        yield self
        for line in self.below:
            yield from line.whole()


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order of an item, planned or open, with what a planner should look at about it."""

    name: str
    state: str
    kind: str
    quantity: float
    release: date | None
    due: date
    late_months: int
    exceptions: list[PlanException]


@dataclass(frozen=True, slots=True)
class Use:
    """One item that another goes into, how far up, and how many go into a unit of it."""

    level: int
    item: str
    name: str
    is_sold: bool
    quantity: float


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item in one plan."""

    run: SupplyRun
    item: str
    months: pl.DataFrame
    record: pl.DataFrame
    up: list[PathLine]
    down: list[PathLine]
    orders: list[OrderLine]
    uses: list[Use]
    behind: Behind
    exceptions: list[PlanException]
    policy: StockPolicy | None
    safety_stock: float


def item_view(of: SupplyRun, code: str, *, seen_by: User) -> ItemView | None:
    """One item in a plan, or nothing where the plan does not need it."""
    seen_by.must("see supply")
    months = plan_frame(of, parts=True).filter(pl.col("item") == code).drop("item")
    if months.is_empty():
        return None
    items = catalog.items_frame()
    bom = catalog.bom_frame(month_end(of.as_of))
    links = _links_around(of, bom, code)
    found = list(exceptions(of, item=code).order_by("rank", "-value_cents", "id"))
    planned, policy = _planned(of, code), policy_of(code)
    kept = policy.safety_stock if policy else _own_safety(items, code)
    up, down = _trees(links, code, items)
    supplies = links.filter(pl.col("item") == code).group_by("item", "supply", maintain_order=True)
    return ItemView(
        of,
        code,
        months,
        record(months, planned, kept),
        up,
        down,
        [*_open_orders(of, code, found), *_planned_lines(planned, found)],
        _uses(bom, code, items),
        behind(of, supplies.agg(amount=pl.col("quantity").sum()), seen_by=seen_by, pegs=links),
        found,
        policy,
        kept,
    )


def _own_safety(items: pl.DataFrame, code: str) -> float:
    """What the catalog says is kept of an item; its parts have no policy."""
    return float(items.filter(pl.col("item") == code)["safety_stock"].fill_null(0.0).sum())


def record(months: pl.DataFrame, planned: pl.DataFrame, kept: float) -> pl.DataFrame:
    """The record of requirements planning by month.

    Columns: period, gross (what leaves: shipped and built in), scheduled (open orders), net (what gross and
    the safety stock ``kept`` ask for beyond stock and open orders), planned (orders due), released (orders
    to start), stock at the end. The stock of each month is that of the month before, with what comes, less
    what leaves.

    >>> days = {"period": [date(2014, 6, 1), date(2014, 7, 1)]}
    >>> flow = {"ship": [30.0, 40.0], "used": [0.0, 0.0], "coming": [0.0, 10.0], "buy": [0.0, 0.0]}
    >>> months = pl.DataFrame({**days, **flow, "make": [0.0, 35.0], "stock": [20.0, 25.0]})
    >>> orders = pl.DataFrame({"release": [date(2014, 6, 1)], "quantity": [35.0]})
    >>> shown = record(months, orders, kept=5.0)
    >>> shown.select("gross", "scheduled", "net", "planned", "released", "stock").rows()
    [(30.0, 0.0, 0.0, 0.0, 35.0, 20.0), (40.0, 10.0, 15.0, 35.0, 0.0, 25.0)]
    """
    gross, planned_in = pl.col("ship") + pl.col("used"), pl.col("make") + pl.col("buy")
    gone = pl.col("expired") if "expired" in months.columns else pl.lit(0.0)
    before = pl.col("stock") + gross + gone - pl.col("coming") - planned_in
    first = months["period"].sort()[0]
    started = (
        planned.select(pl.col("release").clip(first).alias("period"), "quantity")
        .group_by("period")
        .agg(released=pl.col("quantity").sum())
    )
    return (
        months.sort("period")
        .select(
            "period",
            gross=gross,
            scheduled="coming",
            net=(gross + kept - before - pl.col("coming")).clip(0),
            planned=planned_in,
            stock="stock",
        )
        .join(started, on="period", how="left", maintain_order="left")
        .with_columns(pl.col("released").fill_null(0.0))
    )


def _planned(of: SupplyRun, code: str) -> pl.DataFrame:
    return tables.read(
        PlannedOrder.objects.filter(run=of, item__code=code).order_by("release", "due", "id"),
        order="order",
        kind="kind",
        quantity="quantity",
        release="release",
        due="due",
        late_months="late_months",
    )


def _planned_lines(planned: pl.DataFrame, found: list[PlanException]) -> list[OrderLine]:
    about = _by_reference(found)
    return [
        OrderLine(
            row["order"],
            "planned",
            row["kind"],
            row["quantity"],
            row["release"],
            row["due"],
            row["late_months"],
            about.get(row["order"], []),
        )
        for row in planned.iter_rows(named=True)
    ]


def _open_orders(of: SupplyRun, code: str, found: list[PlanException]) -> list[OrderLine]:
    """What was on its way when the plan was made."""
    about = _by_reference(found)
    rows = orders.open_supply(month_end(of.as_of)).filter(pl.col("item") == code).sort("due", "reference")
    return [
        OrderLine(
            row["reference"],
            "open",
            row["kind"],
            row["quantity"],
            None,
            row["due"],
            0,
            about.get(row["reference"], []),
        )
        for row in rows.iter_rows(named=True)
    ]


def _by_reference(found: list[PlanException]) -> dict[str, list[PlanException]]:
    about: dict[str, list[PlanException]] = {}
    for one in found:
        about.setdefault(one.reference, []).append(one)
    return about


def _uses(bom: pl.DataFrame, code: str, items: pl.DataFrame) -> list[Use]:
    """Everything the item goes into, nearest first, with how many go into one unit."""
    found = (
        bills.where_used(bom, code)
        .group_by(pl.col("parent").alias("item"))
        .agg(pl.col("level").min(), quantity=pl.col("total").sum())
        .join(items.select("item", "name", "is_sold"), on="item", how="left")
        .sort("level", "item")
    )
    names = ("level", "item", "name", "is_sold", "quantity")
    return [Use(*row) for row in found.select(names).iter_rows()]


def pegging_tree(of: SupplyRun, code: str) -> tuple[list[PathLine], list[PathLine]]:
    """Where an item's supplies go, up to the end demand, and what its orders draw, down to what is bought."""
    bom = catalog.bom_frame(month_end(of.as_of))
    return _trees(_links_around(of, bom, code), code, catalog.items_frame())


def _links_around(of: SupplyRun, bom: pl.DataFrame, code: str) -> pl.DataFrame:
    """The links of all items above and below."""
    around = {code}
    for line in (bills.where_used(bom, code), bills.below(bom, code)):
        around |= set(line["parent"]) | set(line["component"])
    return pegs_frame(of, around)


def _trees(links: pl.DataFrame, code: str, items: pl.DataFrame) -> tuple[list[PathLine], list[PathLine]]:
    names = dict(items.select("item", "name").iter_rows())
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
    """The lines nearest the item, each with those beyond it; the largest branch first."""
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
        .sort("depth", "size", "node", descending=[False, True, False])
    )
    tops: list[PathLine] = []
    known: dict[str, PathLine] = {}
    for row in nodes.iter_rows(named=True):
        line = known[row["node"]] = _line(row, names)
        above = known.get(row["node"].rpartition(" > ")[0])
        (above.below if above and row["depth"] > 1 else tops).append(line)
    return tops


def _line(row: dict[str, Any], names: dict[str, str]) -> PathLine:
    parts: dict[str, float] = {}
    for kind, amount in zip(row["kinds"], row["amounts"], strict=True):
        if kind:
            parts[kind] = parts.get(kind, 0.0) + amount
    told = [(kind, amount) for kind, amount in sorted(parts.items()) if amount >= LEAST]
    return PathLine(
        row["depth"], row["item"], names.get(row["item"], ""), row["size"], row["first"], row["last"], told
    )
