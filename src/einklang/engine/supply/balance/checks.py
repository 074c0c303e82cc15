"""What cannot be meant: contradictions in the tables are refused, oddities are said in a sentence."""

import numpy as np
import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.supply.balance.frames import DEMAND, FRAMES, SEGMENTS, Tables
from einklang.engine.supply.balance.lots import bites
from einklang.engine.supply.balance.places import Places
from einklang.engine.supply.balance.problem import Problem
from einklang.engine.supply.frames import whole_table

SHOWN = 5


def before(tables: Tables) -> None:
    """Negative stock is owed, not stored: say so before the table is read."""
    items = tables.items
    if "initial_stock" not in items.columns:
        return
    stock = items["initial_stock"].cast(pl.Float64, strict=False)
    below = (stock < 0).fill_null(False).arg_true().to_list()
    mend = "enter what is owed as initial_backlog, and 0 here"
    if below:
        raise BadTable(
            [Fault("items", r + 1, "initial_stock", f"{stock[r]:g}", "0 or more", mend) for r in below]
        )


def against_each_other(tables: Tables, goods: pl.DataFrame, places: Places) -> None:
    """Units that differ, items both made and bought, shares that are none."""
    wrong = [*_shares(goods), *_units(tables, goods), *_made_and_bought(tables, goods, places)]
    if wrong:
        raise BadTable(wrong)


def _shares(goods: pl.DataFrame) -> list[Fault]:
    good = goods["yield"]
    bad = ((good <= 0) | (good > 1)).fill_null(False).arg_true().to_list()
    short = (goods["shelf_life"] < 1).fill_null(False).arg_true().to_list()
    return [
        *(Fault("items", r + 1, "yield", f"{good[r]:g}", "a share above 0 and up to 1") for r in bad),
        *(Fault("items", r + 1, "shelf_life", f"{goods['shelf_life'][r]:g}", "1 period or more, or blank")
          for r in short),
    ]  # fmt: skip


def _units(tables: Tables, goods: pl.DataFrame) -> list[Fault]:
    """A quantity in another unit than the item's is refused, never converted by a guess."""
    units = dict(goods.filter(pl.col("unit").is_not_null()).select("item", "unit").iter_rows())
    found = []
    for name, table, key in (("demand", tables.demand, "item"), ("bom", tables.bom, "component")):
        if table is None or "unit" not in table.columns:
            continue
        for row, (item, unit) in enumerate(table.select(key, "unit").iter_rows()):
            known = units.get(item)
            if unit is not None and known is not None and unit != known:
                mend = "convert the quantity"
                found.append(Fault(name, row + 1, "unit", f"{item} in {unit}", f"{known} as in items", mend))
    return found


def _made_and_bought(tables: Tables, goods: pl.DataFrame, places: Places) -> list[Fault]:
    """An item comes from the shop floor or from suppliers; both under one name cannot be told apart."""
    made: set[str] = set()
    for table, key in ((tables.bom, "parent"), (tables.routing, "item")):
        made |= set() if table is None or key not in table.columns else set(table[key].to_list())
    sold = set() if tables.suppliers is None else set(tables.suppliers["item"].to_list())
    mend = "plan what is bought as subcontracting or as an item of its own"
    kinds = goods.select("item", "kind").iter_rows()
    found = []
    for row, (item, kind) in enumerate(kinds):
        if kind not in (None, "make", "buy"):
            found.append(Fault("items", row + 1, "kind", kind, "make or buy"))
        elif item in made and (item in sold or kind == "buy"):
            got = f"{item} made (bom or routing) and bought"
            found.append(Fault("items", row + 1, "item", got, "an item made or bought", mend))
        elif kind == "make" and item in sold:
            found.append(Fault("items", row + 1, "kind", f"make, but suppliers sell {item}", "buy", mend))
    return found


def names_in_bill(bill: pl.DataFrame, goods: pl.DataFrame) -> None:
    """Every name of the bill stands in items."""
    known = goods["item"].unique().implode()
    found = [
        Fault("bom", row + 1, name, item, "a name that stands in items", "add it there or correct it")
        for name in ("parent", "component")
        for row, item in bill.with_row_index("row")
        .filter(~pl.col(name).is_in(known))
        .select("row", name)
        .rows()
    ]
    if found:
        raise BadTable(found)


def components_stand_at(pairs: pl.DataFrame) -> None:
    """What a parent draws stands at the parent's site."""
    lost = pairs.filter(pl.col("below").is_null())
    if lost.height:
        raise BadTable(
            [
                Fault(
                    "bom", row["row"] + 1, "component", f"{row['component']}, which is not at {row['site']}",
                    f"a component that stands where {row['parent']} is made", "add it to items at that site",
                )
                for row in lost.iter_rows(named=True)
            ]
        )  # fmt: skip


def notes(tables: Tables, problem: Problem) -> list[str]:
    """What a reader should know before trusting the plan: data not used, and data that looks wrong."""
    return [
        *_unused_columns(tables),
        *_left_out(problem),
        *_no_hours(problem),
        *_lots_larger_than_life(problem),
        *_shelf_life(problem),
        *_strange_segments(tables),
        *_not_in_former(tables, problem),
    ]


def _unused_columns(tables: Tables) -> list[str]:
    found = []
    for name, frame in FRAMES.items():
        table = getattr(tables, name)
        strange = [] if table is None else [one for one in table.columns if one not in frame.columns]
        if strange:
            found.append(f"The balance does not know {', '.join(strange)} in {name}, and has not used it.")
    return found


def _left_out(problem: Problem) -> list[str]:
    chosen, routes, item = problem.settings.integer, problem.routes, problem.item
    found = []
    if "setups" not in chosen and (routes.setup_hours.any() or routes.setup_cost.any()):
        found.append("Set-up hours and costs are not in this plan; add setups to integer to plan them.")
    sized = np.nan_to_num(item["lot_min"]).any() or np.nan_to_num(item["lot_multiple"]).any()
    if "lots" not in chosen and sized:
        found.append("Lot minimum and multiple are not in this plan; add lots to integer to plan them.")
    if "lots" in chosen and problem.settings.lots_bite:
        lot = np.fmax(np.nan_to_num(item["lot_min"]), np.nan_to_num(item["lot_multiple"]))
        left = int(((lot > 0) & ~bites(problem)).sum())
        items = "1 item is" if left == 1 else f"{left:,} items are"
        share = f"{problem.settings.lots_bite:.0%}"
        if left:
            found.append(
                f"The lots of {items} below {share} of a period's need: left to requirements planning."
            )
    if "prices" not in chosen and len(problem.steps):
        found.append("Prices may be mixed within a period; add prices to integer for one price at a time.")
    unpaid = np.isnan(problem.staff.overtime_cost) & (problem.staff.overtime > 0)
    if unpaid.any():
        names = [problem.staff.names[n] for n in np.flatnonzero(unpaid.any(axis=1))]
        found.append(f"Overtime on {_some(names)} has no cost and is therefore not allowed.")
    return found


def _no_hours(problem: Problem) -> list[str]:
    """Capacity zero all along, on a resource something has to pass."""
    staff = problem.staff
    closed = (staff.hours <= 0).all(axis=1) & (staff.overtime <= 0).all(axis=1) & ~staff.has_crew
    used = np.zeros(len(staff.names), dtype=bool)
    used[problem.routes.resource[(problem.routes.hours > 0)]] = True
    names = [staff.names[n] for n in np.flatnonzero(closed & used)]
    if not names:
        return []
    has = "has" if len(names) == 1 else "have"
    return [f"{_some(names)} {has} no hours in any period: nothing that passes there can be made."]


def _lots_larger_than_life(problem: Problem) -> list[str]:
    """The smallest lot is more than is used before it expires."""
    life = problem.item["shelf_life"]
    lot = np.fmax(np.nan_to_num(problem.item["lot_min"]), np.nan_to_num(problem.item["lot_multiple"]))
    mine = np.flatnonzero(~np.isnan(life) & (lot > 0))
    if not mine.size:
        return []
    up_to = np.c_[np.zeros(len(problem.places)), problem.needed().cumsum(axis=1)]
    found = []
    for place in mine.tolist():
        span = min(int(life[place]), len(problem.periods))
        used = float((up_to[place, span:] - up_to[place, :-span]).max())
        if used < lot[place]:
            found.append(
                f"A lot of {problem.places.label(place)} is at least {lot[place]:,.4g}, but within its "
                f"shelf life ({span} periods) at most {used:,.4g} are used: the rest of each lot expires. "
                "Make the lot smaller or the life longer."
            )
    return found


def _shelf_life(problem: Problem) -> list[str]:
    if np.isnan(problem.item["shelf_life"]).all():
        return []
    said = "Shelf life is kept on the assumption that what expires first is used first (FEFO)"
    moved = np.isin(problem.lanes.source, np.flatnonzero(~np.isnan(problem.item["shelf_life"])))
    more = "; what is moved between sites counts as fresh where it arrives, but not over all sites together"
    return [said + (more if moved.any() else "") + "."]


def _strange_segments(tables: Tables) -> list[str]:
    if tables.segments is None:
        return []
    listed = whole_table(SEGMENTS, tables.segments)["segment"]
    asked = whole_table(DEMAND, tables.demand)["segment"].unique()
    idle = listed.filter(~listed.is_in(asked.implode())).to_list()
    return [f"No demand belongs to the segment {_some(idle)}."] if idle else []


def _not_in_former(tables: Tables, problem: Problem) -> list[str]:
    """What the plan approved last does not know is not held by its fence."""
    if tables.former is None or not problem.settings.frozen_periods:
        return []
    made = ~np.isnan(problem.item["material_cost"]) | problem.bought
    free = np.flatnonzero(made & np.isnan(problem.former.make[:, 0]))
    names = [problem.places.label(place) for place in free.tolist()]
    return [f"Not in the former plan, so planned freely within the fence: {_some(names)}."] if names else []


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
