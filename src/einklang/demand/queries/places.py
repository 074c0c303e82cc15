"""Where demand comes from: each item's recent demand by territory, and what territories asked for."""

from datetime import date

import polars as pl

from einklang.demand.queries import tree as trees
from einklang.engine.consensus import Places
from einklang.engine.frames import TREE
from einklang.engine.periods import add_months
from einklang.orders import queries as orders
from einklang.people import queries as people
from einklang.people.models import Territory

RECENT_MONTHS = 12


def known() -> dict[str, Territory]:
    """All territories by code."""
    return people.territories()


def names() -> dict[str, str]:
    """What people call each territory, by code."""
    return {code: territory.name for code, territory in known().items()}


def tree() -> pl.DataFrame:
    """Territories and the ones above them (frame TREE)."""
    rows = [
        (code, territory.parent.code)
        for code, territory in people.territories().items()
        if territory.parent is not None
    ]
    return pl.DataFrame(rows, schema={"series": pl.String, "parent": pl.String}, orient="row")


def above() -> pl.DataFrame:
    """Each territory with itself and everything above it: ``territory, above``."""
    known = people.territories()
    rows = []
    for code, territory in known.items():
        node: Territory | None = territory
        while node is not None:
            rows.append((code, node.code))
            node = known[node.parent.code] if node.parent else None
    return pl.DataFrame(rows, schema={"territory": pl.String, "above": pl.String}, orient="row")


def shares(until: date) -> pl.DataFrame:
    """Which share of an item's demand of the last twelve months came from which territory (frame SHARES).

    An item without recent demand is shared as everything else is.
    """
    recent = _by_territory(until, add_months(until, 1 - RECENT_MONTHS))
    own = recent.group_by("series", "territory").agg(pl.col("quantity").sum())
    own = own.with_columns((pl.col("quantity") / pl.col("quantity").sum().over("series")).alias("share"))
    return own.select("series", "territory", "share").sort("series", "territory")


def general(until: date) -> pl.DataFrame:
    """Which share of all orders' items came from which territory: for items without demand of their own."""
    found = shares(until)
    if found.is_empty():
        return found.drop("series")
    return (
        found.group_by("territory")
        .agg(pl.col("share").sum())
        .with_columns(pl.col("share") / pl.col("share").sum())
        .sort("territory")
    )


def places(items: list[str], until: date) -> Places:
    """The shares of all these items, and the tree of territories, as the consensus engine reads them."""
    own = shares(until)
    missing = sorted(set(items) - set(own["series"].to_list()))
    rest = pl.DataFrame({"series": missing}, schema={"series": pl.String}).join(general(until), how="cross")
    found = pl.concat([own.filter(pl.col("series").is_in(items)), rest.select(own.columns)])
    above_all = tree()
    return Places(found, TREE.check(above_all) if above_all.height else None)


def share_of(territory: str, items: list[str], until: date) -> dict[str, float]:
    """Which share of each item's demand comes from one territory and all below it."""
    inside = above().filter(pl.col("above") == territory)["territory"].to_list()
    found = places(items, until).shares.filter(pl.col("territory").is_in(inside))
    return dict(found.group_by("series").agg(pl.col("share").sum()).iter_rows())


def actuals(until: date, since: date | None = None) -> pl.DataFrame:
    """What was asked for by territory and all above it: ``territory, series, period, quantity``."""
    asked = _by_territory(until, since)
    items = trees.ancestors(trees.hierarchy(asked["series"].unique().to_list()))
    return (
        asked.join(above(), on="territory")
        .join(items.rename({"above": "node"}), on="series")
        .group_by(pl.col("above").alias("territory"), pl.col("node").alias("series"), "period")
        .agg(pl.col("quantity").sum())
    )


def shares_at(months: list[date]) -> dict[date, pl.DataFrame]:
    """The shares of the year before each month (series, territory, share), with every territory above."""
    if not months:
        return {}
    found = _by_territory(max(months), add_months(min(months), 1 - RECENT_MONTHS))
    return {month: _of_year(found, month, above()) for month in months}


def _of_year(found: pl.DataFrame, month: date, tree: pl.DataFrame) -> pl.DataFrame:
    """Which share of an item's demand in the year up to a month came from each territory."""
    year = found.filter(pl.col("period").is_between(add_months(month, 1 - RECENT_MONTHS), month))
    whole = year.group_by("series").agg(pl.col("quantity").sum().alias("whole"))
    parts = year.join(tree, on="territory").group_by("series", pl.col("above").alias("territory"))
    share = pl.when(pl.col("whole") > 0).then(pl.col("quantity") / pl.col("whole")).otherwise(0.0)
    sums = parts.agg(pl.col("quantity").sum()).join(whole, on="series")
    return sums.select("series", "territory", share=share)


def asked(until: date, since: date) -> pl.DataFrame:
    """What was asked for by item, territory and all above it: ``series, territory, period, quantity``."""
    found = _by_territory(until, since).join(above(), on="territory")
    return found.group_by("series", pl.col("above").alias("territory"), "period").agg(
        pl.col("quantity").sum()
    )


def compared(said: pl.DataFrame, stated: pl.DataFrame, until: date) -> pl.DataFrame:
    """Voices of territories beside the territory's share of the forecast of then, and what came."""
    came = actuals(until).rename({"quantity": "actual"})
    expected = pl.concat([_expected(stated, month) for month in said["as_of"].unique().sort()])
    return (
        said.join(expected, on=["as_of", "territory", "series", "period"])
        .join(came, on=["territory", "series", "period"], how="left")
        .with_columns(pl.col("actual").fill_null(0.0))
    )


def _expected(stated: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The forecast of one month by territory and node: items' forecasts times their territories' shares."""
    items = stated.filter((pl.col("as_of") == as_of) & (trees.level_column() == "item"))
    found = places(items["series"].unique().to_list(), as_of)
    nodes = trees.ancestors(trees.hierarchy(items["series"].unique().to_list()))
    return (
        items.join(found.shares, on="series")
        .join(above(), on="territory")
        .join(nodes.rename({"above": "node"}), on="series")
        .group_by("as_of", pl.col("above").alias("territory"), pl.col("node").alias("series"), "period")
        .agg((pl.col("statistical") * pl.col("share")).sum())
    )


def _by_territory(until: date, since: date | None) -> pl.DataFrame:
    """Quantity by item, territory and month; orders without a territory come from "" (none)."""
    found = orders.demand_by_territory(until, since)
    return found.group_by("series", pl.col("territory").fill_null("").alias("territory"), "period").agg(
        pl.col("quantity").sum()
    )
