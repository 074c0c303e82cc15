"""Where goods come from besides the shop floor: suppliers, contracts, lanes, the plan approved last."""

import numpy as np
import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.supply.balance.frames import CONTRACTS, FIXED, FORMER, LANES, SUPPLIERS, TARGETS, Tables
from einklang.engine.supply.balance.places import Floats, Ints, Places, column, numbers
from einklang.engine.supply.balance.problem import Contract, Former, Lanes, Offers
from einklang.engine.supply.frames import whole_table


def whole_periods(table: pl.DataFrame, name: str, *, called: str) -> Ints:
    """Times in whole periods, blank = 0; half a period is a fault, never cut off."""
    times = table[name].fill_null(0.0)
    broken = (times != times.floor()).arg_true().to_list()
    if broken:
        raise BadTable([Fault(called, r + 1, name, f"{times[r]:g}", "whole periods") for r in broken])
    return times.to_numpy().astype(np.int64)


def _ordered(table: pl.DataFrame, called: str) -> None:
    """No minimum above its maximum."""
    wrong = (table["minimum"] > table["maximum"]).fill_null(False).arg_true().to_list()
    if wrong:
        raise BadTable(
            [
                Fault(
                    called, r + 1, "minimum", f"{table['minimum'][r]:g}", f"{table['maximum'][r]:g} or less"
                )
                for r in wrong
            ]
        )


def offers(tables: Tables, places: Places, periods: list[str], item: dict[str, Floats], lead: Ints) -> Offers:
    """What suppliers sell, by period; a row with a period goes before the supplier's row without one."""
    table = whole_table(SUPPLIERS, tables.suppliers)
    _ordered(table, "suppliers")
    at = numbers(table, "period", periods, called="suppliers", among="periods")
    own_lead = np.where(
        table["lead_time"].is_null(), -1, whole_periods(table, "lead_time", called="suppliers")
    )
    rows = table.with_columns(place=pl.Series(places.of(table, called="suppliers"), dtype=pl.Int64))
    heads = rows.unique(["supplier", "place"], keep="first", maintain_order=True).select("supplier", "place")
    offer = rows.join(
        heads.with_columns(offer=pl.int_range(pl.len())), on=["supplier", "place"], maintain_order="left"
    )["offer"].to_numpy()
    place = heads["place"].to_numpy().astype(np.int64)
    shape = (heads.height, len(periods))
    grids = {}
    for name, empty in (("price", np.nan), ("minimum", 0.0), ("maximum", np.inf)):
        grid, values = np.full(shape, np.nan), column(table, name)
        always = at < 0
        grid[offer[always]] = values[always][:, None]
        filled = ~always & ~np.isnan(values)
        grid[offer[filled], at[filled]] = values[filled]
        grids[name] = np.where(np.isnan(grid), empty, grid)
    price = np.where(np.isnan(grids["price"]), item["material_cost"][place][:, None], grids["price"])
    _need_a_price(heads, places, price)
    delay = lead[place].copy()
    delay[offer[own_lead >= 0]] = own_lead[own_lead >= 0]
    return Offers(heads["supplier"].to_list(), place, price, grids["minimum"], grids["maximum"], delay)


def _need_a_price(heads: pl.DataFrame, places: Places, price: Floats) -> None:
    bare = np.flatnonzero(np.isnan(price).any(axis=1)).tolist()
    if bare:
        expected = "a price here or a material cost in items"
        raise BadTable(
            [
                Fault("suppliers", None, "price", f"nothing from {heads['supplier'][n]} for "
                      f"{places.label(int(heads['place'][n]))}", expected)
                for n in bare
            ]
        )  # fmt: skip


def contracts(tables: Tables, places: Places, periods: list[str], found: Offers) -> list[Contract]:
    """Totals over a supplier's offers."""
    table = whole_table(CONTRACTS, tables.contracts)
    _ordered(table, "contracts")
    numbers(table, "supplier", sorted(set(found.supplier)), called="contracts", among="suppliers")
    at = numbers(table, "period", periods, called="contracts", among="periods")
    kept = []
    for row, line in enumerate(table.iter_rows(named=True)):
        mine = [
            n
            for n, supplier in enumerate(found.supplier)
            if supplier == line["supplier"] and line["item"] in (None, places.items[found.place[n]])
        ]
        if not mine:
            got, expected = str(line["item"]), f"an item that {line['supplier']} sells in suppliers"
            raise BadTable([Fault("contracts", row + 1, "item", got, expected)])
        name = line["supplier"] + (f" for {line['item']}" if line["item"] else "")
        name += f" in {line['period']}" if line["period"] else ""
        span = np.arange(len(periods)) if at[row] < 0 else at[[row]]
        most = np.inf if line["maximum"] is None else line["maximum"]
        kept.append(Contract(name, np.array(mine, dtype=np.int64), span, line["minimum"] or 0.0, most))
    return kept


def lanes(tables: Tables, places: Places, resources: list[str]) -> Lanes:
    """Ways between sites; a row without an item is a way for every item that stands at both ends."""
    table = whole_table(LANES, tables.lanes)
    lead = whole_periods(table, "lead_time", called="lanes")
    resource = numbers(table, "resource", resources, called="lanes", among="resources")
    for side in ("from_site", "to_site"):
        numbers(table, side, sorted(set(places.sites)), called="lanes", among="items as a site")
    shut = table["cost"].is_null().arg_true().to_list()
    if shut:
        expected = "what moving a unit costs, 0 if nothing"
        raise BadTable([Fault("lanes", row + 1, "cost", "nothing", expected) for row in shut])
    goods = pl.DataFrame(
        {"item": places.items, "site": places.sites}, schema={"item": pl.String, "site": pl.String}
    )
    rows = table.select("item", "from_site", "to_site").with_row_index("row")
    any_item = (
        rows.filter(pl.col("item").is_null())
        .drop("item")
        .join(goods.rename({"site": "from_site"}), on="from_site", maintain_order="left")
    )
    any_item = any_item.join(goods, left_on=["item", "to_site"], right_on=["item", "site"], how="semi")
    ways = pl.concat([rows.filter(pl.col("item").is_not_null()), any_item.select(rows.columns)]).sort(
        "row", "item"
    )
    source = places.of(ways, called="lanes", site="from_site")
    target = places.of(ways, called="lanes", site="to_site")
    row = ways["row"].to_numpy().astype(np.int64)
    most = column(table, "max")
    names = [f"{r['from_site']} to {r['to_site']}" + (f" for {r['item']}" if r["item"] else "")
             for r in table.iter_rows(named=True)]  # fmt: skip
    return Lanes(
        source, target, table["cost"].to_numpy()[row], lead[row], row, names,
        np.where(np.isnan(most), np.inf, most), resource[row],
        table["hours"].fill_null(0.0).to_numpy()[row],
    )  # fmt: skip


def former(tables: Tables, places: Places, periods: list[str]) -> Former:
    """The plan approved last: of what it names, a period it leaves out has nothing in it."""
    shape = (len(places), len(periods))
    kept = Former(np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan))
    if tables.former is not None:
        table = whole_table(FORMER, tables.former)
        at = numbers(table, "period", periods, called="former", among="periods")
        where = (places.of(table, called="former"), at)
        kept.make[np.unique(where[0])] = 0.0
        kept.make[where] = table["make"].to_numpy()
        if "subcontract" in tables.former.columns:
            kept.subcontract[np.unique(where[0])] = 0.0
            kept.subcontract[where] = table["subcontract"].fill_null(0.0).to_numpy()
    table = whole_table(FIXED, tables.fixed)
    at = numbers(table, "period", periods, called="fixed", among="periods")
    kept.fixed[places.of(table, called="fixed"), at] = table["make"].to_numpy()
    return kept


def targets(
    tables: Tables, places: Places, periods: list[str], item: dict[str, Floats]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Safety stock and its cost, the most the policy wants, the room there is: by place and period."""
    table = whole_table(TARGETS, tables.targets)
    where = (
        places.of(table, called="targets"),
        numbers(table, "period", periods, called="targets", among="periods"),
    )
    grids = []
    blanks = {"safety_stock": 0.0, "safety_cost": np.nan, "policy_stock": np.inf, "max_stock": np.inf}
    for name, empty in blanks.items():
        grid = np.repeat(item[name][:, None], len(periods), axis=1)
        values = column(table, name)
        stands = ~np.isnan(values)
        grid[where[0][stands], where[1][stands]] = values[stands]
        grids.append(np.where(np.isnan(grid), empty, grid))
    return grids[0], grids[1], grids[2], grids[3]
