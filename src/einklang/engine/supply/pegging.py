"""Pegging: which supply serves which demand, one link at a time and down to the end demand.

Supplies of an item in the order they arrive (stock, open receipts, planned orders) meet its demands
in the order they fall due; what the first demand leaves goes to the next. A supply no demand takes
is linked to stock, so the links of a supply always sum to it.
"""

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from einklang.engine.supply.mrp import Tables

LINK = ["item", "supply", "demand", "kind", "for_item", "period", "quantity"]
ENDS = ["supply", "demand", "item", "quantity", "via"]
NOTHING = 1e-7


def peg(tables: "Tables", orders: pl.DataFrame) -> pl.DataFrame:
    """Links from each supply to what draws it: an end demand, a parent's order, or stock."""
    return match(_supplies(tables, orders), _demands(tables, orders))


def _supplies(tables: "Tables", orders: pl.DataFrame) -> pl.DataFrame:
    stock = tables.items.select("item", pl.lit("on hand").alias("supply"), pl.lit(0).alias("at"), "on_hand")
    return pl.concat(
        [
            stock.rename({"on_hand": "quantity"}).filter(pl.col("quantity") > 0).cast({"at": pl.Int64}),
            tables.receipts.select(
                "item", pl.col("reference").alias("supply"), pl.col("period").alias("at"), "quantity"
            ),
            orders.select(
                "item",
                pl.col("order").alias("supply"),
                pl.col("due").alias("at"),
                pl.col("good").alias("quantity"),
            ),
        ]
    ).sort("item", "at", maintain_order=True)


def _demands(tables: "Tables", orders: pl.DataFrame) -> pl.DataFrame:
    owed = tables.items.filter(pl.col("on_hand") < 0).select(
        "item",
        pl.lit("owed at the start").alias("demand"),
        pl.lit("end").alias("kind"),
        pl.col("item").alias("for_item"),
        pl.lit(0, dtype=pl.Int64).alias("period"),
        (-pl.col("on_hand")).alias("quantity"),
    )
    end = tables.demand.select(
        "item",
        pl.col("reference").alias("demand"),
        pl.lit("end").alias("kind"),
        pl.col("item").alias("for_item"),
        "period",
        "quantity",
    )
    return pl.concat([owed, end, _drawn(tables, orders)]).sort("item", "period", maintain_order=True)


def _drawn(tables: "Tables", orders: pl.DataFrame) -> pl.DataFrame:
    """What every order, planned or firm, draws of its components."""
    tree = tables.tree
    lines = pl.DataFrame(
        {
            "number": tree.parent,
            "component": tree.component,
            "drawn": tree.drawn,
            "valid_from": tree.valid_from,
            "valid_to": tree.valid_to,
        }
    )
    numbers = pl.DataFrame(
        {"component": range(len(tree.items)), "item": tree.items}, schema_overrides={"component": pl.Int64}
    )
    drawing = pl.DataFrame(
        {"number": range(len(tree.items)), "for_item": tree.items}, schema_overrides={"number": pl.Int64}
    )
    planned = orders.select(
        "number", pl.col("order").alias("demand"), pl.col("release").alias("period"), "quantity"
    )
    return (
        pl.concat([planned, _firm(tables)])
        .join(lines, on="number", how="inner", maintain_order="left")
        .filter(pl.col("period").is_between("valid_from", "valid_to"))
        .join(numbers, on="component", how="left", maintain_order="left")
        .join(drawing, on="number", how="left", maintain_order="left")
        .select(
            "item",
            "demand",
            pl.lit("order").alias("kind"),
            "for_item",
            "period",
            pl.col("quantity") * pl.col("drawn"),
        )
    )


def _firm(tables: "Tables") -> pl.DataFrame:
    """Firm receipts as orders: started a lead time before they are due."""
    lead = pl.DataFrame(
        {"number": range(len(tables.lead)), "lead": tables.lead, "scrap": tables.scrap},
        schema_overrides={"number": pl.Int64},
    )
    start = pl.max_horizontal(pl.lit(1), pl.col("period") - pl.col("lead")).cast(pl.Int64)
    return (
        tables.receipts.filter(pl.col("firm"))
        .join(lead, on="number", how="left")
        .select(
            "number",
            pl.col("reference").alias("demand"),
            start.alias("period"),
            pl.col("quantity") / (1 - pl.col("scrap")),
        )
    )


def match(supplies: pl.DataFrame, demands: pl.DataFrame) -> pl.DataFrame:
    """First supply to first demand: both laid end to end by item, cut wherever either ends."""
    laid_supply = _laid(supplies.filter(pl.col("quantity") > NOTHING))
    laid_demand = _laid(demands.filter(pl.col("quantity") > NOTHING))
    ends = pl.concat([laid_supply.select("item", "end"), laid_demand.select("item", "end")])
    cuts = (
        ends.unique()
        .sort("item", "end")
        .with_columns(quantity=pl.col("end") - pl.col("end").shift(1, fill_value=0.0).over("item"))
        .filter(pl.col("quantity") > NOTHING)
    )
    return (
        cuts.sort("end")
        .join_asof(
            laid_supply.drop("quantity").sort("end"),
            on="end",
            by="item",
            strategy="forward",
            check_sortedness=False,
        )
        .join_asof(
            laid_demand.drop("quantity").sort("end"),
            on="end",
            by="item",
            strategy="forward",
            check_sortedness=False,
        )
        .with_columns(
            pl.col("supply").fill_null("not covered"),
            pl.col("demand").fill_null("stock"),
            pl.col("kind").fill_null("stock"),
            pl.col("for_item").fill_null(pl.col("item")),
        )
        .sort("item", "end")
        .select(LINK)
    )


def _laid(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(end=pl.col("quantity").cum_sum().over("item")).sort("item", "end")


def end_demand(pegs: pl.DataFrame) -> pl.DataFrame:
    """Each supply down to the end demands it serves; an order's parts go to its demands by their share.

    Columns: supply, demand, item, quantity, via (the order that draws it; blank when the end demand does).
    """
    direct = pegs.filter(pl.col("kind") != "order").with_columns(via=pl.lit(None, dtype=pl.String))
    waiting = pegs.filter(pl.col("kind") == "order")
    whole = pegs.group_by("supply", "item").agg(pl.col("quantity").sum().alias("whole"))
    reached = direct.select(ENDS)
    done = [reached]
    while reached.height:
        reached = (
            waiting.join(
                _shares(reached, whole),
                left_on=["demand", "for_item"],
                right_on=["supply", "item"],
                how="inner",
                maintain_order="left",
            )
            .with_columns(
                via=pl.col("demand"), demand=pl.col("end"), quantity=pl.col("quantity") * pl.col("share")
            )
            .select(ENDS)
        )
        done.append(reached)
    keys = ["supply", "demand", "item", "via"]
    summed = pl.concat(done).group_by(keys, maintain_order=True).agg(pl.col("quantity").sum())
    return summed.select(ENDS)


def _shares(reached: pl.DataFrame, whole: pl.DataFrame) -> pl.DataFrame:
    """Which share of an order goes to which end demand."""
    return (
        reached.join(whole, on=["supply", "item"], how="left", maintain_order="left")
        .group_by("supply", "item", pl.col("demand").alias("end"), maintain_order=True)
        .agg((pl.col("quantity") / pl.col("whole")).sum().alias("share"))
    )


def served_by(pegs: pl.DataFrame, supplies: pl.DataFrame) -> pl.DataFrame:
    """The end demands that rest on these supplies, any number of levels up.

    ``item`` and ``supply`` are those asked for; one row for each end demand they reach.
    """
    reached = supplies.select("item", "supply", pl.col("item").alias("at_item"), pl.col("supply").alias("at"))
    found = []
    while reached.height:
        step = reached.join(
            pegs, left_on=["at_item", "at"], right_on=["item", "supply"], how="inner", maintain_order="left"
        )
        found.append(
            step.filter(pl.col("kind") == "end").select("item", "supply", "demand", "for_item", "period")
        )
        upward = step.filter(pl.col("kind") == "order")
        reached = upward.select(
            "item", "supply", pl.col("for_item").alias("at_item"), pl.col("demand").alias("at")
        ).unique(maintain_order=True)
    empty = pl.DataFrame(
        schema={
            "item": pl.String,
            "supply": pl.String,
            "demand": pl.String,
            "for_item": pl.String,
            "period": pl.Int64,
        }
    )
    return pl.concat([empty, *found]).unique(maintain_order=True)


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
