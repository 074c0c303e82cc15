"""The tables of a lot plan, checked and laid out: what is needed net of stock, and the hours there are.

They are those of the balance, so that one folder serves both; what a lot plan does not use is named.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.frames import Frame, number, text
from einklang.engine.supply.frames import known, whole_table
from einklang.engine.supply.lotsizing.problem import Floats, Lots, price_of_extra

ITEMS = Frame(
    "items",
    {
        "item": text(),
        "holding_cost": number("money per unit and period", at_least=0),
        **{
            name: number(unit, optional=True, blank=True, at_least=0)
            for name, unit in {
                "material_cost": "money per unit",
                "lost_sale_cost": "money per unit",
                "initial_stock": "units",
                "safety_stock": "units",
                "final_stock": "units",
            }.items()
        },
    },
    ("item",),
    "What is made in lots; without a lost_sale_cost every need is to be met.",
)
PERIODS = Frame("periods", {"period": text()}, ("period",), "The periods in their order.")
DEMAND = Frame("demand", {"item": text(), "period": text(), "quantity": number("units", at_least=0)}, ())
RECEIPTS = Frame("receipts", {"item": text(), "period": text(), "quantity": number("units", at_least=0)}, ())
RESOURCES = Frame(
    "resources",
    {
        "resource": text(),
        "period": text(optional=True, blank=True),
        **{
            name: number(unit, optional=True, blank=True, at_least=0)
            for name, unit in {
                "hours": "hours per period",
                "overtime_hours": "hours per period",
                "overtime_cost": "money per hour",
            }.items()
        },
    },
    ("resource", "period"),
    "Hours by period; a row without a period holds for all that have no row of their own.",
)
ROUTING = Frame(
    "routing",
    {
        "item": text(),
        "resource": text(),
        "hours": number("hours per unit", at_least=0),
        "setup_hours": number("hours per lot", optional=True, blank=True, at_least=0),
        "setup_cost": number("money per lot", optional=True, blank=True, at_least=0),
    },
    ("item", "resource"),
    "The hours one unit and one lot take on each resource an item passes through.",
)
UNUSED = (
    "backorder_cost",
    "subcontract_cost",
    "lot_min",
    "lot_multiple",
    "shelf_life",
    "max_stock",
    "lead_time",
    "initial_backlog",
)


@dataclass(frozen=True, slots=True)
class Read:
    """The case as arrays, its names, and what stock there is without making anything."""

    lots: Lots
    items: list[str]
    periods: list[str]
    resources: list[str]
    demand: Floats
    before: Floats
    notes: tuple[str, ...]


def read(
    items: pl.DataFrame,
    demand: pl.DataFrame,
    resources: pl.DataFrame,
    routing: pl.DataFrame,
    periods: pl.DataFrame | None = None,
    receipts: pl.DataFrame | None = None,
) -> Read:
    """Check the tables against each other and lay them out."""
    goods, wanted = whole_table(ITEMS, items), whole_table(DEMAND, demand)
    hours, routes = whole_table(RESOURCES, resources), whole_table(ROUTING, routing)
    order, coming = _periods(periods, wanted), whole_table(RECEIPTS, receipts)
    names = hours["resource"].unique(maintain_order=True)
    _check(goods["item"], order, names, wanted, coming, hours, routes)
    asked = _grid(wanted, goods["item"], order)
    number_of = {name: goods[name].fill_null(0.0).to_numpy() for name in ITEMS.columns if name != "item"}
    must = goods["lost_sale_cost"].is_null().to_numpy()
    safety = np.where(must, number_of["safety_stock"], 0.0)
    stock = number_of["initial_stock"][:, None] + _grid(coming, goods["item"], order).cumsum(axis=1)
    need = _net(asked, stock, safety, np.where(must, number_of["final_stock"], 0.0))
    grids = _hours(hours, names, order)
    place = {name: at for at, name in enumerate(goods["item"])}
    centre = {name: at for at, name in enumerate(names)}
    item = np.array([place[name] for name in routes["item"]], dtype=np.int64)
    setup = np.zeros(len(place))
    np.add.at(setup, item, routes["setup_cost"].fill_null(0.0).to_numpy())
    lots = Lots(
        need=need,
        hold=number_of["holding_cost"],
        loss=np.where(must, np.inf, number_of["lost_sale_cost"]),
        unit=number_of["material_cost"],
        setup=setup,
        item=item,
        resource=np.array([centre[name] for name in routes["resource"]], dtype=np.int64),
        hours=routes["hours"].to_numpy(),
        setup_hours=routes["setup_hours"].fill_null(0.0).to_numpy(),
        capacity=grids["hours"],
        overtime=grids["overtime_hours"],
        overtime_cost=grids["overtime_cost"],
        extra=1.0,
    )
    return Read(
        replace(lots, extra=price_of_extra(lots)), goods["item"].to_list(), order.to_list(), names.to_list(),
        asked, stock - asked.cumsum(axis=1), _notes(items, goods),
    )  # fmt: skip


def _check(
    items: pl.Series, periods: pl.Series, resources: pl.Series, demand: pl.DataFrame, receipts: pl.DataFrame,
    hours: pl.DataFrame, routes: pl.DataFrame,
) -> None:  # fmt: skip
    """Every name stands in the table it points to."""
    for table, called in ((demand, "demand"), (receipts, "receipts")):
        known(table, "item", items, called=called, among="items")
        known(table, "period", periods, called=called, among="periods")
    dated = hours.filter(pl.col("period").is_not_null())
    known(dated, "period", periods, called="resources", among="periods")
    known(routes, "item", items, called="routing", among="items")
    known(routes, "resource", resources, called="routing", among="resources")


def _periods(periods: pl.DataFrame | None, wanted: pl.DataFrame) -> pl.Series:
    """In the order of their table, or, where there is none, as numbers or dates read in the demand."""
    if periods is not None:
        order = PERIODS.check(periods)["period"]
    else:
        named = wanted["period"].unique()
        by_number = named.cast(pl.Int64, strict=False)
        order = named.sort() if by_number.null_count() else named.gather(by_number.arg_sort())
    if not order.len():
        raise BadTable([Fault("periods", None, None, "no rows", "at least one")])
    return order


def _grid(table: pl.DataFrame, items: pl.Series, periods: pl.Series) -> Floats:
    """Quantities by item and period, what stands twice added up."""
    at = table.select(
        pl.col("item").replace_strict(items, pl.int_range(items.len(), eager=True), return_dtype=pl.Int64),
        pl.col("period").replace_strict(
            periods, pl.int_range(periods.len(), eager=True), return_dtype=pl.Int64
        ),
    )
    grid = np.zeros((items.len(), periods.len()))
    np.add.at(grid, (at["item"].to_numpy(), at["period"].to_numpy()), table["quantity"].to_numpy())
    return grid


def _net(asked: Floats, stock: Floats, safety: Floats, final: Floats) -> Floats:
    """What must be made by each period at the latest: demand and safety stock beyond what is there."""
    least = np.repeat(safety[:, None], asked.shape[1], axis=1)
    least[:, -1] = np.maximum(safety, final)
    by_then = np.maximum.accumulate(np.maximum(0.0, asked.cumsum(axis=1) + least - stock), axis=1)
    return np.diff(by_then, axis=1, prepend=0.0)


def _hours(table: pl.DataFrame, names: pl.Series, periods: pl.Series) -> dict[str, Floats]:
    """Hours, overtime and its cost by resource and period."""
    columns = ["hours", "overtime_hours", "overtime_cost"]
    every = names.to_frame("resource").join(periods.to_frame("period"), how="cross")
    dated = every.join(table, on=["resource", "period"], how="left", maintain_order="left")
    always = table.filter(pl.col("period").is_null()).drop("period")
    filled = dated.join(always, on="resource", how="left", suffix="_always", maintain_order="left")
    return {
        name: filled.select(pl.coalesce(name, f"{name}_always").fill_null(0.0))
        .to_series()
        .to_numpy()
        .reshape(names.len(), periods.len())
        for name in columns
    }


def _notes(items: pl.DataFrame, goods: pl.DataFrame) -> tuple[str, ...]:
    """What stands in the table and is not in the plan."""
    used = [name for name in UNUSED if name in items.columns and items[name].drop_nulls().len()]
    notes = []
    if used:
        notes.append(
            f"A lot plan does not use {', '.join(used)}; the balance does (einklang engine balance)."
        )
    soft = goods.filter(
        pl.col("lost_sale_cost").is_not_null()
        & ((pl.col("safety_stock").fill_null(0.0) > 0) | (pl.col("final_stock").fill_null(0.0) > 0))
    )
    if soft.height:
        notes.append(
            f"Safety and final stock of {soft.height} items that may lose sales are left out of the lot plan."
        )
    return tuple(notes)
