"""The tree along which demand adds up: items, families, the total; and what was asked for at each node."""

from datetime import date

import polars as pl
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.demand.models import Level
from einklang.orders import queries as orders

TOTAL = catalog.TOTAL
FAMILY = "family:"


def level_of(series: str) -> Level:
    """Whether a series is an item, a family, or everything."""
    if series == TOTAL:
        return Level.TOTAL
    return Level.FAMILY if series.startswith(FAMILY) else Level.ITEM


def level_column() -> pl.Expr:
    """``level_of`` for a whole column ``series``."""
    return (
        pl.when(pl.col("series") == TOTAL)
        .then(pl.lit(Level.TOTAL.value))
        .when(pl.col("series").str.starts_with(FAMILY))
        .then(pl.lit(Level.FAMILY.value))
        .otherwise(pl.lit(Level.ITEM.value))
        .alias("level")
    )


def hierarchy(series: list[str]) -> pl.DataFrame:
    """The family tree, with a place under the total for items that are no longer in the catalog's tree."""
    tree = catalog.family_tree()
    stray = sorted(set(series) - set(tree["series"].to_list()))
    if not stray:
        return tree
    return pl.concat([tree, pl.DataFrame({"series": stray, "parent": [TOTAL] * len(stray)})])


def ancestors(tree: pl.DataFrame) -> pl.DataFrame:
    """Each item with itself and everything above it: ``series, above``."""
    above = dict(tree.iter_rows())
    inner = set(above.values())
    rows = []
    for name in above:
        if name in inner:
            continue
        node: str | None = name
        while node is not None:
            rows.append((name, node))
            node = above.get(node)
    return pl.DataFrame(rows, schema={"series": pl.String, "above": pl.String}, orient="row")


def under(tree: pl.DataFrame, node: str) -> list[str]:
    """The items under a node; an item is under itself."""
    return ancestors(tree).filter(pl.col("above") == node)["series"].to_list()


def actuals(until: date, since: date | None = None, items: list[str] | None = None) -> pl.DataFrame:
    """What was asked for by month, for items and everything above them: ``series, period, quantity``.

    With ``items`` only what these add to their families and the total.
    """
    history = orders.demand_history(until, since, items)
    places = ancestors(hierarchy(history["series"].unique().to_list()))
    return (
        history.join(places, on="series")
        .group_by("above", "period")
        .agg(pl.col("quantity").sum())
        .rename({"above": "series"})
        .sort("series", "period")
    )


def names() -> dict[str, str]:
    """What people call each series."""
    found = dict(catalog.items_frame().select("item", "name").iter_rows())
    found |= {f"{FAMILY}{family.code}": family.name for family in catalog.families()}
    return found | {TOTAL: _("Everything sold")}
