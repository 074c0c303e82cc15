"""The demand review as a grid: items by months, each cell with its forecast, voices and what was agreed.

Everything is read in a constant number of questions and kept in columns; cells become objects only
where somebody asks for a row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.demand.models import ForecastRun, Level, Voice
from einklang.demand.queries import agreements, forecasts, places
from einklang.demand.queries import tree as trees
from einklang.engine import consensus as engine
from einklang.engine.consensus import by_cell
from einklang.engine.periods import add_months
from einklang.kernel import tables
from einklang.kernel.errors import NotFound
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.people.visibility import seen_territories

SORTS = ("series", "name", "statistical", "outlook", "agreed", "year_ago", "quantity")
KEY = ["series", "period"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One month of one series: what is forecast, said, agreed, and what agreeing now would give."""

    period: date
    statistical: float
    low: float | None
    high: float | None
    pipeline: float
    agreed: float | None
    outlook: float
    year_ago: float | None
    quantity: float | None
    version: int
    reason: str
    author: str
    expires: date | None
    carried: bool
    others: dict[str, float]
    editable: bool


@dataclass(frozen=True, slots=True)
class GridRow:
    """One item, family or everything, with its months and their sums."""

    series: str
    name: str
    level: str
    family: str
    cells: list[Cell]

    def total(self, column: str) -> float:
        """The sum of one column over the months; unknown months count nothing."""
        return sum(getattr(cell, column) or 0.0 for cell in self.cells)


@dataclass(frozen=True)
class Grid:
    """The whole grid. ``frame`` has a row per series and month, in the order of ``series`` and months.

    Columns: series, level, period, statistical, low, high, pipeline, agreed, outlook, year_ago, quantity
    (the standing voice of ``kind``), version (0: none), reason, author, expires, carried, and one column
    for each other kind of voice, called as the kind.
    """

    run: ForecastRun
    kind: str
    node: str
    territory: str
    months: list[date]
    series: list[str]
    branches: list[str]
    names: dict[str, str]
    frame: pl.DataFrame
    editable: bool

    @cached_property
    def _by_series(self) -> dict[str, pl.DataFrame]:
        parts = self.frame.partition_by("series", as_dict=True)
        return {str(key[0]): part for key, part in parts.items()}

    def row(self, series: str) -> GridRow:
        """One row with its cells."""
        part = self._by_series[series]
        cells = [self._cell(fact) for fact in part.iter_rows(named=True)]
        level = str(part["level"][0])
        return GridRow(series, self.names.get(series, series), level, str(part["family"][0] or ""), cells)

    @property
    def rows(self) -> Iterator[GridRow]:
        """The items, in the order asked for."""
        return (self.row(series) for series in self.series)

    @property
    def sums(self) -> Iterator[GridRow]:
        """The node itself and the families below it."""
        return (self.row(series) for series in self.branches)

    def _cell(self, fact: dict[str, Any]) -> Cell:
        own = Cell.__dataclass_fields__
        others = {
            kind: fact[kind] for kind in Voice.Kind.values if kind != self.kind and fact[kind] is not None
        }
        plain = {name: value for name, value in fact.items() if name in own}
        return Cell(**plain, others=others, editable=self.editable)


def grid(
    run: ForecastRun,
    *,
    seen_by: User,
    family: str = trees.TOTAL,
    territory: str = "",
    months: list[date] | None = None,
    kind: str = Voice.Kind.SALES,
    search: str = "",
    sort: str = "",
) -> Grid:
    """The items of a family, and the families below it, by month of a run; everywhere or in a territory.

    In a territory, forecasts are the items' forecasts times the territory's share of their recent
    demand. ``sort`` is a column (with ``-``: largest first); without one the largest items come first.
    """
    seen_by.must("see demand")
    names = trees.names()
    if family not in names:
        raise NotFound(_("There is no family %(code)s.") % {"code": family})
    if territory and territory not in places.names():
        raise NotFound(_("There is no territory %(code)s.") % {"code": territory})
    given = agreements.grounds(run)
    tree = trees.hierarchy(given.stated["series"].unique().to_list())
    up = trees.ancestors(tree)
    items = up.filter(pl.col("above") == family)["series"]
    branches = [family, *_inside(tree, family)] if trees.level_of(family) != Level.ITEM else []
    nodes = up.filter(pl.col("series").is_in(items.implode()) & pl.col("above").is_in(branches))
    asked = months or [add_months(run.as_of, ahead) for ahead in range(1, run.horizon + 1)]
    leaves = _leaves(run, given, tree, territory, asked).join(items.to_frame(), on="series", how="semi")
    frame = _with_voices(_with_nodes(run, leaves, nodes, territory, asked), run, territory, kind)
    shown = _shown(frame.filter(pl.col("level") == Level.ITEM), names, search, sort)
    families = catalog.items_frame().select("item", "family")
    return Grid(
        run, kind, family, territory, asked, shown, branches,
        names, frame.join(families, left_on="series", right_on="item", how="left", maintain_order="left"),
        _may_speak(seen_by, territory),
    )  # fmt: skip


def _may_speak(user: User, territory: str) -> bool:
    """Whether somebody may speak in these cells."""
    if not user.may("give voice"):
        return False
    if not territory or user.sees_all:
        return True
    known = places.known()
    return territory in known and known[territory].pk in seen_territories(user)


def _leaves(
    run: ForecastRun, given: agreements.Grounds, tree: pl.DataFrame, territory: str, months: list[date]
) -> pl.DataFrame:
    """The items: statistical, low, high, pipeline, outlook, agreed and year_ago by month."""
    ahead = given.stated.filter(pl.col("period").is_in(months))
    history = _history(run, territory)
    voiced = given.voices.filter(pl.col("period").is_in(months))
    if territory:
        table = _in_territory(ahead, given, voiced, tree, territory, run.as_of)
    else:
        lines = engine.agree(
            ahead, voiced, hierarchy=tree, trust=given.trust, pipeline=given.pipeline, places=given.places
        )
        table = ahead.select(*KEY, statistical="mean", low="lo-80", high="hi-80").join(
            lines.select(*KEY, "pipeline", outlook="quantity"), on=KEY, maintain_order="left"
        )
        plan = agreements.latest_consensus(run.as_of)
        if plan is not None:
            agreed = agreements.consensus_frame(plan).select(*KEY, agreed="quantity")
            table = table.join(agreed, on=KEY, how="left", maintain_order="left")
    if "agreed" not in table.columns:
        table = table.with_columns(pl.lit(None, pl.Float64).alias("agreed"))
    return table.join(history, on=KEY, how="left", maintain_order="left")


def _history(run: ForecastRun, territory: str) -> pl.DataFrame:
    """What was asked for a year before each month, as far as it is known: ``series, period, year_ago``."""
    since = add_months(run.as_of, -11)
    if territory:
        asked = places.asked(run.as_of, since).filter(pl.col("territory") == territory)
    else:
        asked = orders.demand_history(run.as_of, since)
    return asked.select("series", pl.col("period").dt.offset_by("12mo"), year_ago="quantity")


def _in_territory(
    ahead: pl.DataFrame,
    given: agreements.Grounds,
    voiced: pl.DataFrame,
    tree: pl.DataFrame,
    territory: str,
    as_of: date,
) -> pl.DataFrame:
    """The items of one territory: shares of their forecasts, and what voices make of them."""
    at = given.places or places.places(ahead["series"].unique().to_list(), as_of)
    inside = places.above().filter(pl.col("above") == territory)["territory"]
    part = (
        at.shares.filter(pl.col("territory").is_in(inside.implode()))
        .group_by("series")
        .agg(pl.col("share").sum())
    )
    mean = pl.col("mean") * pl.col("share")
    table = ahead.join(part, on="series", maintain_order="left").select(
        *KEY,
        statistical=mean,
        # The part of many customers scatters more than its share: by the root of it.
        low=(mean - (pl.col("mean") - pl.col("lo-80")) * pl.col("share").sqrt()).clip(0),
        high=mean + (pl.col("hi-80") - pl.col("mean")) * pl.col("share").sqrt(),
        pipeline=pl.lit(0.0),
    )
    if voiced.is_empty():
        return table.with_columns(pl.col("statistical").alias("outlook"))
    cells = by_cell(ahead, voiced, tree, at).filter(pl.col("territory").is_in(inside.implode()))
    if given.places is None:  # nobody speaks about territories: each voice counts here by its share
        whole = by_cell(ahead, voiced, tree, None).join(part, on="series")
        cells = whole.with_columns(pl.col("quantity") * pl.col("share"))
    weight = pl.col("kind").replace_strict(given.trust, default=1.0, return_dtype=pl.Float64)
    pull = (
        cells.group_by(*KEY, "kind")
        .agg(pl.col("quantity").sum())
        .with_columns(weight.alias("weight"))
        .group_by(*KEY)
        .agg((pl.col("quantity") * pl.col("weight")).sum().alias("pull"), pl.col("weight").sum())
    )
    outlook = (pl.col("statistical") + pl.col("pull").fill_null(0)) / (1 + pl.col("weight").fill_null(0))
    return (
        table.join(pull, on=KEY, how="left", maintain_order="left")
        .with_columns(outlook.alias("outlook"))
        .drop("pull", "weight")
    )


def _with_nodes(
    run: ForecastRun, leaves: pl.DataFrame, nodes: pl.DataFrame, territory: str, months: list[date]
) -> pl.DataFrame:
    """The items and what they add up to; whole families keep the intervals of their own forecast."""
    above = nodes.filter(pl.col("series") != pl.col("above"))
    added = ("statistical", "pipeline", "agreed", "outlook", "year_ago")
    some = [pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name) for name in added]
    sums = leaves.join(above, on="series").group_by(pl.col("above").alias("series"), "period").agg(*some)
    if territory:
        bands = sums.select(*KEY, low=pl.lit(None, pl.Float64), high=pl.lit(None, pl.Float64))
    else:
        own = forecasts.family_frame(run).filter(pl.col("period").is_in(months))
        bands = own.select(*KEY, low="lo-80", high="hi-80")
    sums = sums.join(bands, on=KEY, how="left").select(leaves.columns)
    return pl.concat([leaves, sums]).with_columns(trees.level_column()).sort("series", "period")


def _with_voices(frame: pl.DataFrame, run: ForecastRun, territory: str, kind: str) -> pl.DataFrame:
    """The voices that stand in each cell: the chosen kind in full, the others as figures."""
    said = tables.read(
        Voice.objects.heard_in(run.as_of).filter(territory=territory).order_by("as_of", "version"),
        series="series",
        period="period",
        kind="kind",
        quantity="quantity",
        version="version",
        reason="reason",
        author="author__name",
        expires="expires",
        as_of="as_of",
    ).unique([*KEY, "kind"], keep="last", maintain_order=True)
    own = said.filter(pl.col("kind") == kind).select(
        *KEY, "quantity", "version", "reason", "author", "expires", carried=pl.col("as_of") < run.as_of
    )
    found = frame.join(own, on=KEY, how="left", maintain_order="left").with_columns(
        pl.col("version").fill_null(0),
        pl.col("reason", "author").fill_null(""),
        pl.col("carried").fill_null(value=False),
    )
    for other in (value for value in Voice.Kind.values if value != kind):
        figures = said.filter(pl.col("kind") == other).select(*KEY, pl.col("quantity").alias(other))
        found = found.join(figures, on=KEY, how="left", maintain_order="left")
    return found


def _shown(items: pl.DataFrame, names: dict[str, str], search: str, sort: str) -> list[str]:
    """The items that were asked for, in the order asked for."""
    column = sort.removeprefix("-") if sort.removeprefix("-") in SORTS else "statistical"
    called = pl.col("series").replace_strict(names, default=pl.col("series"), return_dtype=pl.String)
    numbers = [pl.col(name).sum() for name in SORTS[2:]]
    found = items.group_by("series").agg(*numbers).with_columns(called.alias("name"))
    if search:
        wanted = pl.concat_str("series", pl.lit(" "), "name").str.to_lowercase()
        found = found.filter(wanted.str.contains(search.lower(), literal=True))
    backwards = sort.startswith("-") or not sort
    return found.sort([column, "series"], descending=[backwards, False])["series"].to_list()


def _inside(tree: pl.DataFrame, node: str) -> list[str]:
    """The families below a node, each under the one above it."""
    below: dict[str, list[str]] = {}
    for series, parent in sorted(tree.select("series", "parent").rows()):
        if trees.level_of(series) != Level.ITEM:
            below.setdefault(parent, []).append(series)
    found: list[str] = []
    waiting = below.get(node, [])[::-1]
    while waiting:
        here = waiting.pop()
        found.append(here)
        waiting += below.get(here, [])[::-1]
    return found
