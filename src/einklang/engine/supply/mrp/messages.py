"""What a planner should look at, each as a sentence that names the order and what would mend it.

Every row carries the figures of its sentence (item, kind, period, until, quantity, reference, other), so
that another language can say the same.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from einklang.engine.supply.mrp.book import Book
from einklang.engine.supply.mrp.links import NEVER, Delays, Links, delays
from einklang.engine.supply.mrp.load import overloaded
from einklang.engine.supply.mrp.sentences import with_sentences
from einklang.engine.supply.mrp.tables import Tables

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
NOTHING = 1e-6
ROW = {
    "item": pl.String,
    "kind": pl.String,
    "period": pl.Int64,
    "until": pl.Int64,
    "quantity": pl.Float64,
    "reference": pl.String,
    "other": pl.String,
}


def exceptions(
    tables: Tables, book: Book, links: Links, orders: pl.DataFrame, supplies: pl.Series
) -> pl.DataFrame:
    """All exceptions of a plan, most pressing kinds first."""
    late = orders.filter((pl.col("late") > 0) & ~pl.col("phantom"))
    waits = delays(tables, book, links)
    found = [
        *_unmet(tables, links, waits),
        _said(late, "lead_time_too_short", period="due", until="late", reference="order"),
        *_demand_late(tables, links, waits),
        _at_risk(tables, links, waits, supplies),
        *_below(tables, book),
        *_fences(tables, book, orders),
        *_overloaded(tables, orders),
        *_receipts(tables, links, orders),
        *_chosen(tables, book, orders),
        _outlives(tables, links, supplies),
        *_odd(tables, orders),
        _excess(tables, links),
    ]
    return with_sentences(pl.concat(found))


def _said(table: pl.DataFrame, kind: str, **where: str | pl.Expr) -> pl.DataFrame:
    """Rows of one kind; a column comes from where it is said, else from its own name, else stays blank."""
    blank = {"reference": "", "other": ""}
    chosen = {
        name: where.get(name, name if name in table.columns else pl.lit(blank.get(name)))
        for name in ROW
        if name != "kind"
    }
    columns = {name: pl.col(value) if isinstance(value, str) else value for name, value in chosen.items()}
    rows = table.select(**columns).with_columns(kind=pl.lit(kind))
    return rows.select([pl.col(name).cast(dtype) for name, dtype in ROW.items()])


def _rows(tables: Tables, number: Ints, **columns: Any) -> pl.DataFrame:
    """Facts about items by number as a table."""
    return pl.DataFrame({"item": tables.names.gather(number), **columns})


def _end_links(links: Links) -> Ints:
    """The links that serve end demand."""
    served = np.flatnonzero(links.demand >= 0)
    return served[links.demands.by[links.demand[served]] < 0]


def _unmet(tables: Tables, links: Links, waits: Delays) -> list[pl.DataFrame]:
    """End demand that nothing covers, directly or because a part of it never comes."""
    ends = _end_links(links)
    ends = ends[waits.link[ends] >= NEVER // 2]
    demands = links.demands
    place = links.demand[ends]
    row = demands.row[place]
    words = pl.concat([tables.demand["reference"], pl.Series(["owed at the start"])])
    facts = _rows(
        tables, demands.asked[place], reference=words.gather(np.where(row >= 0, row, tables.demand.height)),
        period=np.maximum(demands.at[place] + 1, 0), quantity=links.quantity[ends],
    )  # fmt: skip
    return [_said(facts.group_by("item", "reference", "period", maintain_order=True).sum(), "demand_unmet")]


def _demand_late(tables: Tables, links: Links, waits: Delays) -> list[pl.DataFrame]:
    """End demands served late; the supply that holds each up the longest speaks."""
    ends = _end_links(links)
    ends = ends[(waits.link[ends] > 0) & (waits.link[ends] < NEVER // 2)]
    row = links.demands.row[links.demand[ends]]
    ends, row = ends[row >= 0], row[row >= 0]
    worst = np.lexsort((-waits.link[ends], row))
    ends, row = ends[worst], row[worst]
    first = np.ones(row.size, dtype=bool)
    first[1:] = row[1:] != row[:-1]
    ends, row = ends[first], row[first]
    cause = waits.link_cause[ends]
    asked = tables.demand[row]
    facts = _rows(
        tables, links.supplies.item[cause], reference=asked["reference"], period=asked["period"],
        until=waits.link[ends], quantity=links.supplies.quantity[cause], other=asked["item"],
    )  # fmt: skip
    forecast = asked["forecast"]
    return [
        _said(facts.filter(~forecast), "demand_late"),
        _said(facts.filter(forecast), "forecast_late"),
    ]


def _at_risk(tables: Tables, links: Links, waits: Delays, names: pl.Series) -> pl.DataFrame:
    """Open firm orders whose parts come after their start."""
    supplies = links.supplies
    held = np.flatnonzero((supplies.receipt >= 0) & (waits.supply > 0) & (waits.supply < NEVER // 2))
    facts = _rows(
        tables, supplies.item[held], reference=names.gather(held), period=supplies.at[held] + 1,
        until=waits.supply[held], quantity=supplies.quantity[held],
        other=tables.names.gather(supplies.item[np.maximum(waits.cause[held], 0)]),
    )  # fmt: skip
    return _said(facts, "order_at_risk")


def _below(tables: Tables, book: Book) -> list[pl.DataFrame]:
    """The first short period and the first below safety stock, if late orders arrive as late as they are."""
    orders, periods = book.orders, tables.periods
    change = book.scheduled - book.gross
    good = orders.quantity * (1 - tables.scrap[orders.number])
    arrives = orders.due + orders.late
    within = arrives < periods
    place = orders.number * periods + arrives
    np.add.at(change.reshape(-1), place[within], good[within])
    stock = tables.on_hand[:, None] + np.cumsum(change, axis=1)
    out = []
    for kind, missing in (
        ("shortage", -stock),
        ("below_safety_stock", np.where(stock < -NOTHING, 0.0, tables.safety[:, None] - stock)),
    ):
        short = missing > NOTHING
        touched = np.flatnonzero(short.any(axis=1))
        first = short[touched].argmax(axis=1)
        facts = _rows(tables, touched, period=first + 1, quantity=missing[touched, first])
        out.append(_said(facts, kind))
    return out


def _fences(tables: Tables, book: Book, orders: pl.DataFrame) -> list[pl.DataFrame]:
    """Needs inside the frozen periods, and orders in the slushy ones that wait for the planner's word."""
    fenced = np.flatnonzero(tables.frozen > 0)
    inside = np.arange(tables.periods) < tables.frozen[fenced, None]
    need = np.where(inside, book.net[fenced], 0.0)
    held = need.sum(axis=1) > NOTHING
    some = fenced[held]
    facts = _rows(
        tables, some, period=(need[held] > 0).argmax(axis=1) + 1, until=tables.frozen[some],
        quantity=need[held].sum(axis=1),
    )  # fmt: skip
    waiting = orders.filter((pl.col("status") == "to firm") & ~pl.col("phantom"))
    return [_said(facts, "frozen"), _said(waiting, "to_firm", period="due", reference="order")]


def _overloaded(tables: Tables, orders: pl.DataFrame) -> list[pl.DataFrame]:
    """Work centres without the hours their orders take, where hours were given."""
    if tables.resources.is_empty():
        return []
    real = orders.filter(~pl.col("phantom"))
    return [_said(overloaded(real, tables.routing, tables.resources), "overload")]


def _receipts(tables: Tables, links: Links, orders: pl.DataFrame) -> list[pl.DataFrame]:
    """What open receipts should do: come sooner, come later, not come at all.

    Firm ones are the planner's own decision, and those inside the frozen periods stand: neither gets advice.
    """
    supplies = links.supplies
    real = np.flatnonzero((links.supply >= 0) & (links.demand >= 0))
    real = real[supplies.receipt[links.supply[real]] >= 0]
    used = pl.DataFrame(
        {
            "row": pl.Series(supplies.receipt[links.supply[real]], dtype=pl.Int64),
            "used": pl.Series(links.demands.at[links.demand[real]] + 1, dtype=pl.Int64),
        }
    )
    firsts = orders.group_by("item").agg(needed=pl.col("due").min())
    fence = pl.DataFrame(
        {"item": tables.names, "frozen": tables.frozen, "safety_stock": tables.safety},
    )
    receipts = (
        tables.receipts.with_columns(row=pl.int_range(pl.len()))
        .filter(~pl.col("firm") & (pl.col("quantity") > NOTHING))
        .join(used.group_by("row").agg(pl.col("used").min()), on="row", how="left", maintain_order="left")
        .join(firsts, on="item", how="left", maintain_order="left")
        .join(fence, on="item", how="left", maintain_order="left")
    )
    free = receipts.filter(pl.col("period") > pl.col("frozen"))
    sooner = pl.col("needed") < pl.col("period")
    unused = pl.col("used").is_null()
    idle = unused & (pl.col("safety_stock") < pl.col("quantity"))
    later = (
        ~unused & (pl.col("used") > pl.max_horizontal("period", pl.lit(1))) & (pl.col("safety_stock") == 0)
    )
    other = free.filter(~sooner.fill_null(False))
    return [
        _said(receipts.filter(pl.col("period") < 1), "past_due"),
        _said(free.filter(sooner), "reschedule_in", period="needed", until="period"),
        _said(other.filter(later), "reschedule_out", until="used"),
        _said(other.filter(idle), "cancel"),
    ]


def _chosen(tables: Tables, book: Book, orders: pl.DataFrame) -> list[pl.DataFrame]:
    """Which substitutes, bills and suppliers were used, and where a supplier has no room left."""
    used = book.used
    names, receipts = orders["order"], tables.receipts["reference"]
    reference = [
        one.reference or (names[one.order] if one.order >= 0 else receipts[-1 - one.order]) for one in used
    ]
    facts = pl.DataFrame(
        {
            "item": tables.names.gather([one.item for one in used]),
            "kind": pl.Series([one.kind for one in used], dtype=pl.String),
            "period": pl.Series([one.period + 1 for one in used], dtype=pl.Int64),
            "quantity": pl.Series([one.quantity for one in used], dtype=pl.Float64),
            "reference": pl.Series(reference, dtype=pl.String),
            "other": pl.Series([one.other for one in used], dtype=pl.String),
        }
    )
    kinds = ("supplier_capacity", "substitute", "alternate_bom", "alternate_supplier")
    return [_said(facts.filter(pl.col("kind") == kind), kind) for kind in kinds]


def _outlives(tables: Tables, links: Links, names: pl.Series) -> pl.DataFrame:
    """Planned orders part of which is used only after its life is over, or not at all within it."""
    life = tables.items["shelf_life"].fill_null(NEVER).to_numpy()
    supplies = links.supplies
    planned = np.flatnonzero(links.supply >= 0)
    planned = planned[(supplies.order[links.supply[planned]] >= 0) & (life[links.item[planned]] < NEVER)]
    by, place = links.supply[planned], links.demand[planned]
    until = (
        np.where(place >= 0, links.demands.at[np.maximum(place, 0)], tables.periods) if place.size else place
    )
    over = until - supplies.at[by] >= life[links.item[planned]]
    facts = _rows(
        tables, links.item[planned][over], reference=names.gather(by[over]), period=supplies.at[by[over]] + 1,
        until=life[links.item[planned]][over], quantity=links.quantity[planned][over],
    )  # fmt: skip
    keys = ["item", "reference", "period", "until"]
    return _said(facts.group_by(keys, maintain_order=True).agg(pl.col("quantity").sum()), "outlives")


def _odd(tables: Tables, orders: pl.DataFrame) -> list[pl.DataFrame]:
    """Inputs that were planned with, though they need a look."""
    ordered = pl.col("item").is_in(orders.filter(~pl.col("phantom"))["item"].unique().implode())
    parents = pl.col("item").is_in(tables.names.gather(np.unique(tables.tree.parent)).implode())
    bought = pl.col("kind") == "buy"
    stock = tables.items
    instant = (pl.col("timeless") | (bought & (pl.col("lead_time") == 0))) & ~pl.col("phantom")
    today = pl.lit(1)
    return [
        _said(
            stock.filter(pl.col("on_hand") < 0), "negative_stock", quantity=-pl.col("on_hand"), period=today
        ),
        _said(tables.demand.filter(pl.col("period") < 1), "demand_past_due"),
        _said(stock.filter(ordered & instant), "no_lead_time", period=today),
        _said(stock.filter(bought & parents), "made_and_bought", period=today),
    ]


def _excess(tables: Tables, links: Links) -> pl.DataFrame:
    """Stock on hand that nothing draws, above its safety stock."""
    idle = np.flatnonzero((links.demand < 0) & (links.supply >= 0))
    supplies = links.supplies
    by = links.supply[idle]
    idle = idle[(supplies.order[by] < 0) & (supplies.receipt[by] < 0)]
    item = links.item[idle]
    facts = _rows(tables, item, quantity=links.quantity[idle] - tables.safety[item])
    return _said(facts.filter(pl.col("quantity") > NOTHING), "excess", period=pl.lit(1))
