"""Pegging: which supply serves which demand, followed both ways through all levels.

A link says how much of a supply (stock, an open receipt, a planned order) one demand draws: an end demand,
an order of the item above, or nothing but stock. An order's parts go to its demands by their share:

    whole way W = D + S W        D links to end demand, S links to orders as shares of what those bring
"""

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64] | npt.NDArray[np.int32]
Entries = tuple[Ints, Ints, Floats]
"""Rows, columns and quantities of a sparse table."""

ENDS = ["supply", "demand", "item", "quantity"]
NOTHING = 1e-7


def spread(supplies: int, ends: int, direct: Entries, onward: Entries) -> Entries:
    """Supplies down to the end demands they serve, those nearest to the customer first.

    ``direct`` links supplies to ends; ``onward`` links supplies to the supplies (orders) that draw them.
    """
    from scipy.sparse import csr_array, eye_array, vstack

    whole = np.bincount(direct[0], weights=direct[2], minlength=supplies)
    whole = whole + np.bincount(onward[0], weights=onward[2], minlength=supplies)
    depth = _depths(supplies, onward[0], onward[1])
    order = np.argsort(depth, kind="stable")
    place = np.empty(supplies, dtype=np.int64)
    place[order] = np.arange(supplies)
    # Ends first, then supplies by depth: what a level draws on is always to the left of it.
    column = np.concatenate([direct[1], ends + place[onward[1]]])
    share = np.concatenate([direct[2], onward[2] / whole[onward[1]]])
    row = place[np.concatenate([direct[0], onward[0]])]
    links = csr_array((share, (row, column)), shape=(supplies, ends + supplies))
    reached, above = [eye_array(ends, format="csr")], np.cumsum(np.bincount(depth, minlength=1))
    first = 0
    for last in above.tolist():
        known = vstack(reached, format="csr") if len(reached) > 1 else reached[0]
        reached = [known, links[first:last, : ends + first] @ known]
        first = last
    total = vstack(reached, format="csr")
    # The first rows are the ends themselves, one entry each.
    quantity, end = total.data[ends:], total.indices[ends:]
    some = quantity > NOTHING
    supply = np.repeat(order.astype(np.int32), np.diff(total.indptr[ends:]))
    return supply[some], end[some], quantity[some]


def _depths(supplies: int, drawn: Ints, by: Ints) -> Ints:
    """How many orders lie between each supply and the end demand, the longest way."""
    depth = np.zeros(supplies, dtype=np.int64)
    while True:
        deeper = depth.copy()
        np.maximum.at(deeper, drawn, depth[by] + 1)
        if (deeper == depth).all():
            return depth
        depth = deeper


def end_demand(pegs: pl.DataFrame) -> pl.DataFrame:
    """Each supply down to the end demands it serves: supply, demand, item, quantity.

    Filter it by demand to see all that was planned for one order.

    >>> links = {"item": ["leg", "chair"], "supply": ["leg#1", "chair#1"], "demand": ["chair#1", "SO-1"]}
    >>> links |= {"kind": ["order", "end"], "for_item": ["chair", "chair"], "quantity": [8.0, 2.0]}
    >>> end_demand(pl.DataFrame(links)).rows()
    [('chair#1', 'SO-1', 'chair', 2.0), ('leg#1', 'SO-1', 'leg', 8.0)]
    """
    links = pegs.with_row_index("row")
    supplies = links.select("item", "supply").unique(maintain_order=True).with_row_index("place")
    ends = (
        links.filter(pl.col("kind") != "order")
        .select("demand")
        .unique(maintain_order=True)
        .with_row_index("end")
    )
    placed = links.join(supplies, on=["item", "supply"], how="left", maintain_order="left")
    direct = placed.filter(pl.col("kind") != "order").join(
        ends, on="demand", how="left", maintain_order="left"
    )
    above = supplies.select(for_item="item", demand="supply", above="place")
    onward = placed.filter(pl.col("kind") == "order").join(
        above, on=["for_item", "demand"], how="inner", maintain_order="left"
    )
    row, column, quantity = spread(
        supplies.height, ends.height, _entries(direct, "end"), _entries(onward, "above")
    )
    return pl.DataFrame(
        {
            "supply": supplies["supply"].gather(row),
            "demand": ends["demand"].gather(column),
            "item": supplies["item"].gather(row),
            "quantity": quantity,
        }
    )


def _entries(links: pl.DataFrame, column: str) -> Entries:
    return (
        links["place"].cast(pl.Int64).to_numpy(),
        links[column].cast(pl.Int64).to_numpy(),
        links["quantity"].to_numpy(),
    )


PATH = ["level", "path", "item", "kind", "first", "last", "quantity"]


def uses(pegs: pl.DataFrame, item: str) -> pl.DataFrame:
    """What an item's supplies are for, by the path of items above it, in units of the item.

    Columns: level (1 next above), path (names from the item upwards), item (reached), kind (order: it is
    built in; end: demand of that item; stock), first and last period, quantity.
    """
    whole = pegs.group_by("item", "supply").agg(pl.col("quantity").sum().alias("whole"))
    reached = pegs.filter(pl.col("item") == item).select(
        pl.col("item").alias("path"), "demand", "kind", "for_item", "period", "quantity"
    )
    found, level = [], 1
    while reached.height:
        step = reached.with_columns(path=pl.format("{} > {}", "path", "for_item"), level=pl.lit(level))
        found.append(_by_path(step, "for_item"))
        onward = (
            step.filter(pl.col("kind") == "order")
            .group_by("path", "for_item", "demand")
            .agg(pl.col("quantity").sum())
        )
        reached = (
            onward.join(whole, left_on=["for_item", "demand"], right_on=["item", "supply"], how="inner")
            .with_columns(share=pl.col("quantity") / pl.col("whole"))
            .join(
                pegs.select("item", "supply", "quantity", "period", "kind", above="for_item", onto="demand"),
                left_on=["for_item", "demand"],
                right_on=["item", "supply"],
                how="inner",
                suffix="_link",
            )
            .select(
                "path",
                pl.col("onto").alias("demand"),
                "kind",
                pl.col("above").alias("for_item"),
                "period",
                pl.col("share") * pl.col("quantity_link"),
            )
            .rename({"share": "quantity"})
        )
        level += 1
    return pl.concat(found) if found else _no_paths()


def sources(pegs: pl.DataFrame, item: str) -> pl.DataFrame:
    """What an item's orders draw, by the path of items below it, in units of the component reached.

    Columns as in :func:`uses`; kind is order (made or bought for it), stock (on hand) or receipt.
    """
    drawn = pegs.filter(pl.col("kind") == "order")
    whole = pegs.group_by("item", "supply").agg(pl.col("quantity").sum().alias("whole"))
    orders = pegs.filter(pl.col("item") == item).select("item", "supply").unique()
    reached = orders.select(pl.col("item").alias("path"), "item", "supply", share=pl.lit(1.0))
    found, level = [], 1
    while reached.height:
        step = reached.join(
            drawn.select("quantity", "period", "demand", "for_item", part="item", part_supply="supply"),
            left_on=["item", "supply"],
            right_on=["for_item", "demand"],
            how="inner",
        ).with_columns(
            path=pl.format("{} > {}", "path", "part"),
            quantity=pl.col("quantity") * pl.col("share"),
            level=pl.lit(level),
            kind=pl.when(pl.col("part_supply") == "on hand")
            .then(pl.lit("stock"))
            .when(pl.col("part_supply").str.starts_with(pl.col("part") + "#"))
            .then(pl.lit("order"))
            .otherwise(pl.lit("receipt")),
        )
        if not step.height:
            break
        found.append(_by_path(step, "part"))
        summed = step.group_by(
            "path", pl.col("part").alias("item"), pl.col("part_supply").alias("supply")
        ).agg(pl.col("quantity").sum())
        reached = summed.join(whole, on=["item", "supply"], how="inner").select(
            "path", "item", "supply", share=pl.col("quantity") / pl.col("whole")
        )
        level += 1
    return pl.concat(found) if found else _no_paths()


def _by_path(step: pl.DataFrame, item: str) -> pl.DataFrame:
    return (
        step.group_by("level", "path", pl.col(item).alias("item"), "kind")
        .agg(
            pl.col("period").min().alias("first"),
            pl.col("period").max().alias("last"),
            pl.col("quantity").sum(),
        )
        .select(PATH)
        .sort("path", "kind")
    )


def _no_paths() -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(PATH, pl.String)).cast(
        {"quantity": pl.Float64, "level": pl.Int32}
    )
