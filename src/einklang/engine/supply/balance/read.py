"""The tables of one balance, checked against each other and laid out as arrays."""

import numpy as np
import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.supply import bom as bills
from einklang.engine.supply.balance import checks, demand, sources
from einklang.engine.supply.balance.frames import (
    BILL,
    ITEMS,
    PERIODS,
    RECEIPTS,
    RESOURCES,
    ROUTING,
    Tables,
)
from einklang.engine.supply.balance.places import Floats, Places, column, numbers
from einklang.engine.supply.balance.problem import Draws, Problem, Routes, Staff
from einklang.engine.supply.balance.settings import Settings
from einklang.engine.supply.frames import whole_table

CREW = (
    "initial_workers",
    "max_workers",
    "hours_per_worker_day",
    "wage_per_hour",
    "overtime_per_worker",
    "hire_cost",
    "fire_cost",
)


def read(tables: Tables, settings: Settings) -> Problem:
    """Check every table against the others and lay them out."""
    checks.before(tables)
    buckets, goods = whole_table(PERIODS, tables.periods), whole_table(ITEMS, tables.items)
    for name, table in (("periods", buckets), ("items", goods)):
        if not table.height:
            raise BadTable([Fault(name, None, None, "no rows", "at least one")])
    periods, places = buckets["period"].to_list(), Places(goods)
    amounts = [name for name, kind in ITEMS.columns.items() if kind.kind == "number"]
    item = {name: column(goods, name) for name in amounts}
    lead = sources.whole_periods(goods, "lead_time", called="items")
    sources.whole_periods(goods, "shelf_life", called="items")
    checks.against_each_other(tables, goods, places)
    staff = _staff(tables.resources, periods)
    lines, steps = demand.priced(
        tables, places, periods, demand.lines(tables, places, periods, item, settings), settings
    )
    offers = sources.offers(tables, places, periods, item, lead)
    safety, safety_cost, policy, room = sources.targets(tables, places, periods, item)
    problem = Problem(
        settings=settings,
        places=places,
        periods=periods,
        days=buckets["working_days"].fill_null(0.0).to_numpy(),
        item=item,
        lead=lead,
        coming=_coming(tables, places, periods),
        safety=safety,
        safety_cost=safety_cost,
        policy=policy,
        room=room,
        lines=lines,
        steps=steps,
        draws=_draws(tables, goods, places, len(periods)),
        routes=_routes(tables, places, staff),
        staff=staff,
        offers=offers,
        contracts=sources.contracts(tables, places, periods, offers),
        lanes=sources.lanes(tables, places, staff.names),
        former=sources.former(tables, places, periods),
        segmented="segment" in tables.demand.columns,
    )
    problem.notes += checks.notes(tables, problem)
    return problem


def _coming(tables: Tables, places: Places, periods: list[str]) -> Floats:
    rows = whole_table(RECEIPTS, tables.receipts)
    at = numbers(rows, "period", periods, called="receipts", among="periods", mend=demand.OUTSIDE)
    coming = np.zeros((len(places), len(periods)))
    np.add.at(coming, (places.of(rows, called="receipts"), at), rows["quantity"].to_numpy())
    return coming


def _draws(tables: Tables, goods: pl.DataFrame, places: Places, periods: int) -> Draws:
    """The bill at every site its parent is made at; what the component's site lacks is a fault."""
    bill = whole_table(BILL, tables.bom)
    checks.names_in_bill(bill, goods)
    bills.structure(tables.bom, goods["item"].unique(maintain_order=True).to_list())
    at = goods.select("item", pl.col("site").fill_null(""), place=pl.int_range(pl.len()))
    made = goods["material_cost"].is_not_null() | goods["subcontract_cost"].is_not_null()
    parents = at.filter(made).rename({"item": "parent", "place": "above"})
    pairs = (
        bill.with_row_index("row")
        .join(parents, on="parent", maintain_order="left")
        .join(at.rename({"item": "component", "place": "below"}), on=["component", "site"], how="left",
              maintain_order="left")
    )  # fmt: skip
    checks.components_stand_at(pairs)
    number = np.arange(1, periods + 1)[None, :]
    first = pairs["valid_from"].fill_null(0).to_numpy()[:, None]
    last = pairs["valid_to"].fill_null(periods).to_numpy()[:, None]
    drawn = (pairs["quantity"] / (1 - pairs["scrap"].fill_null(0.0))).to_numpy()
    return Draws(
        pairs["above"].to_numpy().astype(np.int64),
        pairs["below"].to_numpy().astype(np.int64),
        drawn[:, None] * ((number >= first) & (number <= last)),
    )


def _routes(tables: Tables, places: Places, staff: Staff) -> Routes:
    table = whole_table(ROUTING, tables.routing)
    resource = numbers(table, "resource", staff.names, called="routing", among="resources")
    row, place = places.every(table, called="routing")
    return Routes(
        place,
        resource[row],
        table["hours"].to_numpy()[row],
        table["setup_hours"].fill_null(0.0).to_numpy()[row],
        table["setup_cost"].fill_null(0.0).to_numpy()[row],
    )


def _staff(table: pl.DataFrame | None, periods: list[str]) -> Staff:
    """Hours by resource and period; a row without a period holds for all of them."""
    rows = whole_table(RESOURCES, table)
    names = rows["resource"].unique(maintain_order=True).to_list()
    at = numbers(rows, "period", periods, called="resources", among="periods")
    resource = numbers(rows, "resource", names, called="resources", among="resources")
    shape, always = (len(names), len(periods)), at < 0
    grids = {}
    blanks = {"hours": 0.0, "overtime_hours": 0.0, "overtime_cost": np.nan, "efficiency": 1.0}
    for name, empty in blanks.items():
        grid, values = np.full(shape, np.nan), column(rows, name)
        grid[resource[always]] = values[always][:, None]
        dated = ~always & ~np.isnan(values)
        grid[resource[dated], at[dated]] = values[dated]
        grids[name] = np.where(np.isnan(grid), empty, grid)
    first = rows.group_by("resource", maintain_order=True).first()
    return Staff(
        names,
        grids["hours"] * grids["efficiency"],
        grids["overtime_hours"],
        grids["overtime_cost"],
        grids["efficiency"],
        {name: column(first, name) for name in CREW},
    )
