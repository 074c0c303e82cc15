"""Material requirements: from end demand to every order below it, with the reason for each.

Level by level, all items of a level at once. For an item with stock over time A (on hand, plus open
receipts, minus gross need, minus safety stock) the orders that must have arrived by period t are

    R[t] = max(0, max over s <= t of -A[s])            net[t] = R[t] - R[t-1]

which the item's rule turns into lots (:mod:`lots`). An order for q good units starts q / (1 - scrap),
its release lies a lead time before it is due, and draws quantity / (1 - scrap) of each component
then. A release that would lie in the past is planned in period 1 and said, never dropped.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.supply import bom as bills
from einklang.engine.supply import lots
from einklang.engine.supply.frames import (
    LOT_RULES,
    MRP_DEMAND,
    MRP_ITEMS,
    MRP_RECEIPTS,
    known,
    whole_table,
)
from einklang.engine.supply.messages import exceptions
from einklang.engine.supply.pegging import end_demand, peg

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MrpPlan:
    """What to order, why, what stock that leaves, and what a planner should look at.

    ``orders``: order, item, release, due, quantity (to start), good (to arrive), late (periods).
    ``pegs``: item, supply, demand, kind, period, quantity; one link from a supply to what draws it.
    ``projected``: item, period, gross, scheduled, net, planned, stock.
    ``exceptions``: item, kind, period, quantity, reference, sentence.
    """

    orders: pl.DataFrame
    pegs: pl.DataFrame
    projected: pl.DataFrame
    exceptions: pl.DataFrame

    def pegging(self) -> pl.DataFrame:
        """Each supply down to the end demand it serves: supply, demand, item, quantity, via."""
        return end_demand(self.pegs)


@dataclass(slots=True)
class Tables:
    """The inputs, checked once, as arrays by item number and period."""

    items: pl.DataFrame
    tree: bills.Structure
    demand: pl.DataFrame
    receipts: pl.DataFrame
    lead: Ints
    scrap: Floats
    phantom: npt.NDArray[np.bool_]
    on_hand: Floats
    safety: Floats
    periods: int

    def grid(self, table: pl.DataFrame, weight: Floats | None = None) -> Floats:
        """Quantities of a table by item and period; the past counts in period 1."""
        whole = np.zeros((self.items.height, self.periods))
        at = np.clip(table["period"].to_numpy() - 1, 0, self.periods - 1)
        amount = table["quantity"].to_numpy() if weight is None else weight
        np.add.at(whole, (table["number"].to_numpy(), at), amount)
        return whole


def plan_requirements(
    items: pl.DataFrame,
    bom: pl.DataFrame | None,
    demand: pl.DataFrame,
    receipts: pl.DataFrame | None = None,
    *,
    periods: int | None = None,
) -> MrpPlan:
    """Plan every item's orders so that each demand is covered when it falls due.

    >>> plan = plan_requirements(
    ...     pl.DataFrame({"item": ["chair", "leg"], "on_hand": [2.0, 0.0], "lead_time": [1, 2]}),
    ...     pl.DataFrame({"parent": ["chair"], "component": ["leg"], "quantity": [4.0]}),
    ...     pl.DataFrame({"item": ["chair"], "period": [5], "quantity": [12.0]}),
    ... )
    >>> plan.orders.select("item", "release", "due", "quantity").rows()
    [('chair', 4, 5, 10.0), ('leg', 2, 4, 40.0)]
    """
    tables = _read(items, bom, demand, receipts, periods)
    gross = tables.grid(tables.demand)
    scheduled = tables.grid(tables.receipts)
    _draw_for_firm_receipts(tables, gross)
    net, placed = np.zeros_like(gross), np.zeros_like(gross)
    rules = _rules(tables)
    for level in range(tables.tree.levels):
        rows = np.flatnonzero(tables.tree.level == level)
        net[rows], placed[rows] = _lots_of(tables, rules, rows, gross[rows], scheduled[rows])
        _draw(tables, rows, placed, gross)
    orders = _orders(tables, rules, placed)
    projected = _projected(tables, gross, scheduled, net, placed)
    pegs = peg(tables, orders)
    named = tables.items["item"].to_list()
    return MrpPlan(
        orders.filter(~pl.col("phantom")).drop("phantom", "number"),
        pegs,
        projected,
        exceptions(tables, orders, pegs, projected.with_columns(number=_numbers(named, tables.periods))),
    )


def _numbers(named: list[str], periods: int) -> pl.Series:
    return pl.Series("number", np.repeat(np.arange(len(named)), periods))


def _read(
    items: pl.DataFrame,
    bom: pl.DataFrame | None,
    demand: pl.DataFrame,
    receipts: pl.DataFrame | None,
    periods: int | None,
) -> Tables:
    stock = whole_table(MRP_ITEMS, items).with_columns(
        pl.col("lot_rule").fill_null("L4L").str.strip_chars().str.to_uppercase(),
        pl.col("on_hand", "safety_stock", "scrap", "lot_min", "lot_multiple").fill_null(0.0),
        pl.col("lead_time", "lot_periods").fill_null(0),
        pl.col("phantom").fill_null(False),
    )
    _check_rules(stock)
    asked, coming = whole_table(MRP_DEMAND, demand), whole_table(MRP_RECEIPTS, receipts)
    names = stock["item"]
    known(asked, "item", names, called="demand", among="items")
    known(coming, "item", names, called="receipts", among="items")
    if bom is not None and bom.height:
        for column in ("parent", "component"):
            known(
                bom.with_columns(pl.col(column).cast(pl.String)), column, names, called="bom", among="items"
            )
    tree = bills.structure(bom, names.to_list())
    number = pl.DataFrame({"item": names, "number": np.arange(len(names))})
    asked = asked.join(number, on="item", how="left", maintain_order="left").with_columns(
        reference=pl.coalesce("reference", pl.format("{} in period {}", "item", "period"))
    )
    coming = coming.join(number, on="item", how="left", maintain_order="left").with_columns(
        reference=pl.coalesce("reference", pl.format("receipt {} {}", "item", "period")),
        firm=pl.col("firm").fill_null(False),
    )
    last = max([1, *asked["period"].to_list(), *coming["period"].to_list()])
    lead = stock["lead_time"].to_numpy()
    phantom = stock["phantom"].to_numpy()
    return Tables(
        stock, tree, asked, coming, np.where(phantom, 0, lead), stock["scrap"].to_numpy(), phantom,
        stock["on_hand"].to_numpy(), stock["safety_stock"].to_numpy(), max(last, periods or 1),
    )  # fmt: skip


def _check_rules(stock: pl.DataFrame) -> None:
    strange = stock.with_row_index("row").filter(~pl.col("lot_rule").is_in(LOT_RULES))
    wasted = stock.with_row_index("row").filter(pl.col("scrap") >= 1)
    unsized = stock.with_row_index("row").filter(
        (pl.col("lot_rule") == "FOQ") & (pl.col("lot_min") <= 0) & (pl.col("lot_multiple") <= 0)
    )
    faults = [
        Fault("items", row + 1, "lot_rule", rule, "one of " + ", ".join(LOT_RULES))
        for row, rule in strange.select("row", "lot_rule").iter_rows()
    ]
    faults += [
        Fault("items", row + 1, "scrap", str(s), "a share below 1")
        for row, s in wasted.select("row", "scrap").iter_rows()
    ]
    faults += [
        Fault(
            "items",
            row + 1,
            "lot_min",
            "nothing",
            "the fixed order quantity of rule FOQ",
            "fill lot_min or lot_multiple",
        )
        for row in unsized["row"]
    ]
    if faults:
        raise BadTable(faults)


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


def _rules(tables: Tables) -> Rules:
    stock = tables.items
    rule = np.where(tables.phantom, "L4L", stock["lot_rule"].to_numpy())
    minimum, multiple = stock["lot_min"].to_numpy(), stock["lot_multiple"].to_numpy()
    # A fixed order quantity is a multiple of itself; either column may name it.
    fixed = (rule == "FOQ") & (multiple <= 0)
    multiple = np.where(fixed, minimum, multiple)
    maximum = stock["lot_max"].fill_null(np.inf).to_numpy()
    return Rules(
        rule,
        np.where(tables.phantom, 0.0, minimum),
        np.where(tables.phantom, 0.0, multiple),
        np.where(tables.phantom | (maximum <= 0), np.inf, maximum),
        stock["lot_periods"].cast(pl.Float64).to_numpy(),
        stock["setup_cost"].fill_null(0.0).to_numpy(),
        stock["holding_cost"].fill_null(0.0).to_numpy(),
    )


def _lots_of(
    tables: Tables, rules: Rules, rows: Ints, gross: Floats, scheduled: Floats
) -> tuple[Floats, Floats]:
    """Net needs of one level in good units, and the lots that start for them."""
    over = tables.on_hand[rows, None] + np.cumsum(scheduled - gross, axis=1) - tables.safety[rows, None]
    due = np.maximum.accumulate(np.maximum(0.0, -over), axis=1)
    net = np.diff(due, axis=1, prepend=0.0)
    net[net < lots.NOTHING] = 0.0
    need = net / (1 - tables.scrap[rows, None])
    grouped = np.zeros_like(need)
    for rule in np.unique(rules.rule[rows]):
        mine = rules.rule[rows] == rule
        chosen = rows[mine]
        grouped[mine] = lots.lots(
            str(rule),
            need[mine],
            setup_cost=rules.setup_cost[chosen],
            holding_cost=rules.holding_cost[chosen],
            periods=rules.periods[chosen],
        )
    placed = lots.fit(
        grouped, minimum=rules.minimum[rows], multiple=rules.multiple[rows], maximum=rules.maximum[rows]
    )
    return net, placed


def _draw(tables: Tables, rows: Ints, placed: Floats, gross: Floats) -> None:
    """Add what the orders of these items draw, in the period they are released."""
    tree = tables.tree
    mine = np.zeros(len(tree.items), dtype=bool)
    mine[rows] = True
    lines = np.flatnonzero(mine[tree.parent])
    if not lines.size:
        return
    released = np.zeros_like(placed)
    for lead in np.unique(tables.lead[rows]):
        same = rows[tables.lead[rows] == lead]
        cut = min(int(lead), tables.periods)
        released[same, : tables.periods - cut] = placed[same, cut:]
        released[same, 0] += placed[same, :cut].sum(axis=1)
    period = np.arange(1, tables.periods + 1)
    valid = (period >= tree.valid_from[lines, None]) & (period <= tree.valid_to[lines, None])
    np.add.at(gross, tree.component[lines], released[tree.parent[lines]] * tree.drawn[lines, None] * valid)


def _draw_for_firm_receipts(tables: Tables, gross: Floats) -> None:
    firm = tables.receipts.filter(pl.col("firm"))
    if firm.height:
        started = firm["quantity"].to_numpy() / (1 - tables.scrap[firm["number"].to_numpy()])
        _draw(tables, np.unique(firm["number"].to_numpy()), tables.grid(firm, started), gross)


def _orders(tables: Tables, rules: Rules, placed: Floats) -> pl.DataFrame:
    """One row an order, in the order of levels; a lot above its maximum is several."""
    number, at = np.nonzero(placed > lots.NOTHING)
    quantity = placed[number, at]
    most = lots.whole_maximum(rules.maximum, rules.multiple)[number]
    if (quantity > most + lots.NOTHING).any():
        split = [lots.pieces(q, m) for q, m in zip(quantity.tolist(), most.tolist(), strict=True)]
        times = np.array([len(part) for part in split])
        number, at = np.repeat(number, times), np.repeat(at, times)
        quantity = np.array([piece for part in split for piece in part])
    due, lead = at + 1, tables.lead[number]
    names = np.array(tables.items["item"].to_list(), dtype=object)
    return pl.DataFrame(
        {
            "item": pl.Series(names[number], dtype=pl.String),
            "release": pl.Series(np.maximum(1, due - lead), dtype=pl.Int64),
            "due": pl.Series(due, dtype=pl.Int64),
            "quantity": pl.Series(quantity, dtype=pl.Float64),
            "good": pl.Series(quantity * (1 - tables.scrap[number]), dtype=pl.Float64),
            "late": pl.Series(np.maximum(0, 1 - (due - lead)), dtype=pl.Int64),
            "phantom": pl.Series(tables.phantom[number], dtype=pl.Boolean),
            "number": pl.Series(number, dtype=pl.Int64),
        }
    ).with_columns(order=pl.format("{}#{}", "item", pl.int_range(1, pl.len() + 1).over("item")))


def _projected(tables: Tables, gross: Floats, scheduled: Floats, net: Floats, placed: Floats) -> pl.DataFrame:
    count, periods = gross.shape
    planned = placed * (1 - tables.scrap[:, None])
    stock = tables.on_hand[:, None] + np.cumsum(scheduled + planned - gross, axis=1)
    return pl.DataFrame(
        {
            "item": pl.Series(tables.items["item"]).gather(np.repeat(np.arange(count), periods)),
            "period": np.tile(np.arange(1, periods + 1), count),
            "gross": gross.ravel(),
            "scheduled": scheduled.ravel(),
            "net": net.ravel(),
            "planned": planned.ravel(),
            "stock": stock.ravel(),
        }
    )
