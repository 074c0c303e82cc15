"""What is asked for: lines by place and segment, and the lower prices that may be asked for it."""

import numpy as np
import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.supply.balance.frames import DEMAND, MARKDOWNS, SEGMENTS, Tables
from einklang.engine.supply.balance.places import Floats, Ints, Places, column, numbers
from einklang.engine.supply.balance.problem import Lines, Steps
from einklang.engine.supply.balance.settings import Settings
from einklang.engine.supply.frames import whole_table

OUTSIDE = "add the period, or move what is overdue to the first one"


def lines(
    tables: Tables, places: Places, periods: list[str], item: dict[str, Floats], settings: Settings
) -> Lines:
    """Demand by place and segment, with the ways each segment allows."""
    wanted = whole_table(DEMAND, tables.demand)
    if settings.objective == "profit" and wanted["price"].null_count():
        first = wanted["price"].is_null().arg_true()[0]
        expected = "a price: profit needs one for each demand"
        raise BadTable([Fault("demand", first + 1, "price", "nothing", expected)])
    at = numbers(wanted, "period", periods, called="demand", among="periods", mend=OUTSIDE)
    if tables.segments is not None:
        listed = whole_table(SEGMENTS, tables.segments)["segment"].to_list()
        numbers(wanted, "segment", listed, called="demand", among="segments")
    keyed = wanted.select(
        "quantity",
        pl.col("price").fill_null(0.0),
        pl.col("segment").fill_null(""),
        place=pl.Series(places.of(wanted, called="demand")),
        at=pl.Series(at),
    )
    # Demand that is all zero asks for nothing; a place that owes from before asks even without demand.
    owed = np.nan_to_num(item["initial_backlog"])
    heads = keyed.group_by("place", "segment", maintain_order=True).agg(pl.col("quantity").sum())
    heads = heads.filter((pl.col("quantity") > 0) | pl.col("place").is_in(np.flatnonzero(owed > 0)))
    quiet = np.setdiff1d(np.flatnonzero(owed > 0), heads["place"].to_numpy())
    bare = pl.DataFrame({"place": quiet, "segment": [""] * quiet.size, "quantity": [0.0] * quiet.size})
    heads = pl.concat([heads, bare], how="vertical_relaxed").sort("place", maintain_order=True)
    heads = heads.select("place", "segment", line=pl.int_range(pl.len()))
    rows = keyed.join(heads, on=["place", "segment"])
    need, price = np.zeros((heads.height, len(periods))), np.zeros((heads.height, len(periods)))
    where = (rows["line"].to_numpy(), rows["at"].to_numpy())
    need[where], price[where] = rows["quantity"].to_numpy(), rows["price"].to_numpy()
    place = heads["place"].to_numpy().astype(np.int64)
    first_of_place = np.r_[True, place[1:] != place[:-1]] if place.size else np.zeros(0, dtype=bool)
    segment = heads["segment"].to_list()
    backorder, lost, share = _ways(
        tables, segment, item["backorder_cost"][place], item["lost_sale_cost"][place]
    )
    return Lines(
        place, segment, np.full(place.size, -1), need, price,
        np.where(first_of_place, owed[place], 0.0), backorder, lost, share,
    )  # fmt: skip


def _ways(
    tables: Tables, segment: list[str], backorder: Floats, lost: Floats
) -> tuple[Floats, Floats, Floats]:
    """What late and lost cost by line: the segment's own cost where its table has one, else the item's."""
    share = np.ones(len(segment))
    if tables.segments is None:
        return backorder, lost, share
    table = whole_table(SEGMENTS, tables.segments)
    asked = pl.DataFrame({"segment": [name or None for name in segment]}, schema={"segment": pl.String})
    own = numbers(asked, "segment", table["segment"].to_list(), called="demand", among="segments")
    mine = own >= 0
    for name, values in (("backorder_cost", backorder), ("lost_sale_cost", lost), ("lost_share", share)):
        if name in tables.segments.columns:
            values[mine] = column(table, name)[own[mine]]
    return backorder, lost, np.where(np.isnan(share), 1.0, share)


def priced(
    tables: Tables, places: Places, periods: list[str], found: Lines, settings: Settings
) -> tuple[Lines, Steps]:
    """Each line of a place that may be marked down becomes one line a price step."""
    table = whole_table(MARKDOWNS, tables.markdowns)
    if table.height and settings.objective != "profit":
        raise BadTable(
            [Fault("settings", None, "objective", "cost", "profit", "only profit can weigh a lower price")]
        )
    place = places.of(table, called="markdowns")
    start = numbers(table, "from", periods, called="markdowns", among="periods").clip(0)
    asked = place[np.isin(place, found.place)]
    listed = np.unique(asked)
    top = np.zeros((listed.size, len(periods)))
    mine = np.isin(found.place, listed)
    np.maximum.at(top, np.searchsorted(listed, found.place[mine]), found.price[mine])
    _must_fall(table, place, listed, top)
    kept = np.flatnonzero(np.isin(place, listed))
    order = kept[np.lexsort((-table["price"].to_numpy()[kept], place[kept]))]
    every_place = np.concatenate([listed, place[order]])
    sort = np.argsort(every_place, kind="stable")
    lower = np.repeat(table["price"].to_numpy()[order][:, None], len(periods), axis=1)
    steps = Steps(
        every_place[sort],
        [(["list"] * listed.size + table["level"].gather(order).to_list())[n] for n in sort.tolist()],
        np.vstack([top, lower])[sort],
        np.concatenate([np.zeros(listed.size, dtype=np.int64), start[order]])[sort],
    )
    factor = np.concatenate([np.ones(listed.size), table["demand_factor"].to_numpy()[order]])[sort]
    return _stepped(found, steps, factor), steps


def _must_fall(table: pl.DataFrame, place: Ints, listed: Ints, top: Floats) -> None:
    """A step that is dearer than the list price is not a markdown."""
    dearest = np.full(place.size, np.inf)
    known = np.isin(place, listed)
    dearest[known] = top.max(axis=1, initial=0.0)[np.searchsorted(listed, place[known])]
    price = table["price"].to_numpy()
    above = np.flatnonzero(price > dearest)
    if above.size:
        raise BadTable(
            [
                Fault("markdowns", int(row) + 1, "price", f"{price[row]:g}", f"{dearest[row]:g} or less")
                for row in above
            ]
        )


def _stepped(found: Lines, steps: Steps, factor: Floats) -> Lines:
    """The lines by price step: demand grows by the step's factor, at the step's price."""
    by_place = pl.DataFrame({"place": steps.place, "step": np.arange(len(steps))})
    pairs = pl.DataFrame({"place": found.place, "line": np.arange(len(found))}).join(
        by_place, on="place", how="left", maintain_order="left_right"
    )
    line, step = pairs["line"].to_numpy(), pairs["step"].fill_null(-1).to_numpy().astype(np.int64)
    lower = step >= 0
    need, price = found.need[line], found.price[line]
    need[lower] *= factor[step[lower], None]
    is_list = np.r_[True, line[1:] != line[:-1]] if line.size else np.zeros(0, dtype=bool)
    cut = lower & ~is_list
    price[cut] = steps.price[step[cut]]
    return Lines(
        found.place[line], [found.segment[n] for n in line.tolist()], step, need, price,
        np.where(is_list, found.owed[line], 0.0), found.backorder_cost[line], found.lost_cost[line],
        found.lost_share[line],
    )  # fmt: skip
