"""The inputs of requirements planning, read and checked once, as arrays by item number and period.

What cannot be planned is refused with every row named; what can be planned but is odd (negative stock,
a demand that was due before today) is planned and said.
"""

from dataclasses import dataclass, field
from typing import cast

import numpy as np
import numpy.typing as npt
import polars as pl

from einklang.engine.supply import bom as bills
from einklang.engine.supply import lots
from einklang.engine.supply.frames import ROUTING, known, whole_table
from einklang.engine.supply.mrp.frames import ALTERNATES, BILL, CALENDAR, DEMAND, HOURS, ITEMS, RECEIPTS
from einklang.engine.supply.mrp.options import Options, read_options, stand_ins
from einklang.engine.supply.mrp.refusals import check
from einklang.engine.supply.mrp.worktime import WorkTime, work_time

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rules:
    """Each item's lot rule and its numbers."""

    rule: npt.NDArray[np.str_]
    minimum: Floats
    multiple: Floats
    maximum: Floats
    periods: Floats
    setup_cost: Floats
    holding_cost: Floats

    @property
    def largest(self) -> Floats:
        """The largest lot one order may have."""
        return lots.whole_maximum(self.maximum, self.multiple)


@dataclass(frozen=True, slots=True)
class Lines:
    """The bill's lines laid out by parent: those of item n stand at ``first[n]`` to ``first[n + 1]``."""

    line: Ints
    first: Ints

    def of(self, parents: Ints) -> tuple[Ints, Ints]:
        """Every line of these parents: which parent (by place), which line."""
        count = self.first[parents + 1] - self.first[parents]
        at = np.repeat(np.arange(parents.size), count)
        within = np.arange(at.size) - np.repeat(np.cumsum(count) - count, count)
        return at, self.line[self.first[parents][at] + within]


@dataclass(frozen=True, slots=True)
class Tables:
    """The inputs, checked; arrays are by item number, periods counted from 0 unless a table holds them."""

    items: pl.DataFrame
    tree: bills.Structure
    lines: Lines
    line_bill: Ints
    demand: pl.DataFrame
    receipts: pl.DataFrame
    rules: Rules
    lead: Ints
    rate: Floats
    scrap: Floats
    phantom: Flags
    on_hand: Floats
    safety: Floats
    safety_time: Ints
    frozen: Ints
    slushy: Ints
    periods: int
    work: WorkTime
    options: Options
    routing: pl.DataFrame
    resources: pl.DataFrame
    given: tuple[pl.DataFrame, ...] = field(default=())

    def lead_of(self, number: Ints, quantity: Floats) -> Ints:
        """Open periods an order of this much takes: its item's lead time, and quantity / rate, rounded up."""
        return self.lead[number] + np.ceil(quantity / self.rate[number] - lots.NOTHING).astype(np.int64)

    @property
    def names(self) -> pl.Series:
        """The items by number."""
        return self.items["item"]

    def grid(self, table: pl.DataFrame) -> Floats:
        """Quantities of a table by item and period; the past counts in the first period."""
        at = np.clip(table["period"].to_numpy() - 1, 0, self.periods - 1)
        place = table["number"].to_numpy() * self.periods + at
        cells = self.items.height * self.periods
        flat = np.bincount(place, weights=table["quantity"].to_numpy(), minlength=cells)
        return cast("Floats", flat.reshape(-1, self.periods).astype(np.float64))


def read(
    items: pl.DataFrame,
    bom: pl.DataFrame | None,
    demand: pl.DataFrame,
    receipts: pl.DataFrame | None,
    alternates: pl.DataFrame | None,
    calendar: pl.DataFrame | None,
    routing: pl.DataFrame | None,
    resources: pl.DataFrame | None,
    periods: int | None,
) -> Tables:
    """Check every table and turn it into arrays."""
    stock, asked, coming = _stock(items), whole_table(DEMAND, demand), whole_table(RECEIPTS, receipts)
    bill, other, closed = (
        whole_table(BILL, bom),
        whole_table(ALTERNATES, alternates),
        whole_table(CALENDAR, calendar),
    )
    names = stock["item"]
    known(asked, "item", names, called="demand", among="items")
    known(coming, "item", names, called="receipts", among="items")
    known(bill, "parent", names, called="bom", among="items")
    known(bill, "component", names, called="bom", among="items")
    check(stock, bill, asked, coming, other, closed)
    asked, coming = _numbered(asked, names), _numbered(coming, names)
    options = read_options(other, stock, bill)
    tree = bills.structure(bill, names.to_list(), stand_ins(options, bill, names))
    phantom = stock["phantom"].to_numpy()
    lead = np.where(phantom, 0, stock["lead_time"].to_numpy())
    frozen = stock["frozen"].to_numpy()
    last = max(
        1, periods or 1, _last(asked, "period"), _last(coming, "period"), int(frozen.max(initial=0)) + 1
    )  # fmt: skip
    work = work_time(
        closed, names.to_list(), stock["supplier"].to_list(), options.other_suppliers(), last,
        longest=max(int(lead.max(initial=0)), options.longest_lead),
    )  # fmt: skip
    order = np.argsort(tree.parent, kind="stable")
    return Tables(
        stock, tree, Lines(order, np.searchsorted(tree.parent[order], np.arange(len(names) + 1))),
        options.bill_codes(bill), _named(asked), _named_receipts(coming), _rules(stock), lead,
        np.where(phantom | (stock["rate"].to_numpy() <= 0), np.inf, stock["rate"].to_numpy()),
        stock["scrap"].to_numpy(), phantom, stock["on_hand"].to_numpy(), stock["safety_stock"].to_numpy(),
        stock["safety_time"].to_numpy(), frozen, np.maximum(frozen, stock["slushy"].to_numpy()), last, work,
        options, *_work(routing, resources, names), (stock, bill, asked, coming, other, closed),
    )  # fmt: skip


def _stock(items: pl.DataFrame) -> pl.DataFrame:
    """The items with blanks filled; a lead time that was left blank is remembered as such."""
    return whole_table(ITEMS, items).with_columns(
        pl.col("lot_rule").fill_null("L4L").str.strip_chars().str.to_uppercase(),
        pl.col("kind").fill_null("").str.strip_chars().str.to_lowercase(),
        pl.col("on_hand", "safety_stock", "scrap", "lot_min", "lot_multiple").fill_null(0.0),
        pl.col("lead_time", "lot_periods", "safety_time", "frozen", "slushy").fill_null(0),
        pl.col("phantom").fill_null(False),
        pl.col("rate").fill_null(np.inf),
        timeless=pl.col("lead_time").is_null(),
    )


def _work(
    routing: pl.DataFrame | None, resources: pl.DataFrame | None, names: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame]:
    steps, there = whole_table(ROUTING, routing), whole_table(HOURS, resources)
    if resources is not None:
        known(steps, "item", names, called="routing", among="items")
        known(steps, "resource", there["resource"], called="routing", among="resources")
    return steps, there


def _last(table: pl.DataFrame, column: str) -> int:
    return cast("int", table[column].max()) if table.height else 1


def _numbered(table: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
    number = pl.DataFrame({"item": names, "number": np.arange(len(names))})
    return table.join(number, on="item", how="left", maintain_order="left")


def _named(asked: pl.DataFrame) -> pl.DataFrame:
    return asked.with_columns(
        reference=pl.coalesce("reference", pl.format("{}/{}", "item", "period")),
        asked=pl.col("number"),
        forecast=pl.col("kind").str.to_lowercase().eq_missing("forecast"),
    )


def _named_receipts(coming: pl.DataFrame) -> pl.DataFrame:
    return coming.with_columns(
        reference=pl.coalesce("reference", pl.format("receipt {} {}", "item", "period")),
        firm=pl.col("firm").fill_null(False),
    )


def _rules(stock: pl.DataFrame) -> Rules:
    phantom = stock["phantom"].to_numpy()
    rule = np.where(phantom, "L4L", stock["lot_rule"].to_numpy())
    minimum, multiple = stock["lot_min"].to_numpy(), stock["lot_multiple"].to_numpy()
    # A fixed order quantity is a multiple of itself; either column may name it.
    fixed = (rule == "FOQ") & (multiple <= 0)
    multiple = np.where(fixed, minimum, multiple)
    maximum = stock["lot_max"].fill_null(np.inf).to_numpy()
    return Rules(
        rule.astype(str),
        np.where(phantom, 0.0, minimum),
        np.where(phantom, 0.0, multiple),
        np.where(phantom | (maximum <= 0), np.inf, maximum),
        stock["lot_periods"].cast(pl.Float64).to_numpy(),
        stock["setup_cost"].fill_null(0.0).to_numpy(),
        stock["holding_cost"].fill_null(0.0).to_numpy(),
    )
