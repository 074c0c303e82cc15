"""How a voice about many items, or about a territory, reaches the items: whole and adding up.

Demand is cut into cells: an item in a territory, as large as the forecast times the territory's share
of the item's recent demand. Each voice covers the cells below its node of both trees. Of one kind,
the voice about the fewest cells is heard first and keeps its figure; a wider one shares what is left
of its own among the cells that are still open, by their forecast, in whole units. Cells that nobody
of that kind speaks about stay as forecast.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from einklang.engine.consensus.frames import SHARES
from einklang.engine.errors import Impossible
from einklang.engine.frames import TREE
from einklang.engine.money import split, whole_weights

Cell = tuple[str, str]
"""An item, and a territory of the lowest level ("" where there is none)."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where demand comes from: shares by item and territory, and the tree of territories."""

    shares: pl.DataFrame
    tree: pl.DataFrame | None = None


def by_item(
    stated: pl.DataFrame,
    voices: pl.DataFrame,
    hierarchy: pl.DataFrame | None,
    places: Places | None = None,
) -> pl.DataFrame:
    """Voices about families and territories turned into voices about items, whole and adding up.

    Columns: series, period, kind, quantity, reason.
    """
    said = _as_one(voices)
    simple = pl.col("series").is_in(stated["series"].unique().implode()) & (pl.col("territory") == "")
    if said.filter(~simple).is_empty():
        return said.select("series", "period", "kind", "quantity", "reason")
    cells = by_cell(stated, voices, hierarchy, places)
    return cells.group_by("series", "period", "kind", maintain_order=True).agg(
        pl.col("quantity").sum(), pl.col("reason").first()
    )


def by_cell(
    stated: pl.DataFrame,
    voices: pl.DataFrame,
    hierarchy: pl.DataFrame | None,
    places: Places | None = None,
) -> pl.DataFrame:
    """The cells of the items a kind of voice reaches: series, territory, period, kind, quantity, reason.

    Territory is of the lowest level, and "" where nobody speaks about territories. The cells of an item
    that the voice leaves alone are there with their forecast.
    """
    said = _as_one(voices)
    grid = _Grid(stated, hierarchy, places, sorted(set(said["territory"]) - {""}))
    rows: list[tuple[str, str, date, str, float, str]] = []
    for (period, kind), some in said.group_by("period", "kind", maintain_order=True):
        rows += [
            (item, place, period, kind, quantity, reason)
            for (item, place), quantity, reason in _heard(some, grid, period)
        ]
    schema = {"series": pl.String, "territory": pl.String, "period": pl.Date, "kind": pl.String}
    return pl.DataFrame(rows, schema={**schema, "quantity": pl.Float64, "reason": pl.String}, orient="row")


def _as_one(voices: pl.DataFrame) -> pl.DataFrame:
    """What several people of one kind say about one place counts as their mean."""
    if "territory" not in voices.columns:
        voices = voices.with_columns(pl.lit("").alias("territory"))
    reasons = pl.col("reason").drop_nulls().unique(maintain_order=True).str.join("; ")
    return (
        voices.with_columns(pl.col("territory").fill_null(""))
        .group_by("series", "territory", "period", "kind", maintain_order=True)
        .agg(pl.col("quantity").mean(), reasons)
    )


def _heard(said: pl.DataFrame, grid: "_Grid", period: date) -> list[tuple[Cell, float, str]]:
    """One kind's voices in one month as figures of cells."""
    covered = [(row, grid.covers(row["series"], row["territory"], period)) for row in said.to_dicts()]
    fixed: dict[Cell, float] = {}
    reasons: dict[str, list[str]] = {}
    for row, cells in sorted(covered, key=lambda pair: len(pair[1])):
        kept = sum(fixed[cell] for cell in cells if cell in fixed)
        open_cells = {cell: grid.mean(cell, period) for cell in cells if cell not in fixed}
        fixed.update(share(row["quantity"] - kept, open_cells))
        for item in dict.fromkeys(item for item, _place in open_cells):
            reasons.setdefault(item, []).append(row["reason"] or "")
    return [
        (cell, fixed.get(cell, grid.mean(cell, period)), "; ".join(dict.fromkeys(filter(None, said_why))))
        for item, said_why in sorted(reasons.items())
        for cell in grid.cells(item)
    ]


class _Grid:
    """The cells of the forecast: items cut by the territories that somebody speaks about."""

    def __init__(
        self,
        stated: pl.DataFrame,
        hierarchy: pl.DataFrame | None,
        places: Places | None,
        spoken: list[str],
    ) -> None:
        self.means = {(item, period): mean for item, period, mean in _means(stated)}
        self.members = _members(hierarchy, set(stated["series"].to_list()))
        self.shares: dict[str, dict[str, float]] = {}
        self.below: dict[str, set[str]] = {}
        if spoken:
            self._cut(places, spoken)

    def _cut(self, places: Places | None, spoken: list[str]) -> None:
        if places is None:
            raise Impossible("A voice names a territory, and nothing says where demand comes from.")
        for row in SHARES.check(places.shares).iter_rows(named=True):
            self.shares.setdefault(row["series"], {})[row["territory"] or ""] = row["share"]
        above = {} if places.tree is None else dict(TREE.check(places.tree).select("series", "parent").rows())
        known = {place for cells in self.shares.values() for place in cells} | set(above)
        for place in known - {""}:
            node, seen = place, set[str]()
            while node and node not in seen:
                seen.add(node)
                self.below.setdefault(node, set()).add(place)
                node = above.get(node, "")
        if unknown := [place for place in spoken if place not in self.below]:
            raise Impossible(f"There is no demand from territory {unknown[0]} to speak about.")

    def cells(self, item: str) -> list[Cell]:
        """An item's cells; one where nobody speaks about territories."""
        return [(item, place) for place in self.shares.get(item, {"": 1.0})]

    def mean(self, cell: Cell, period: date) -> float:
        """What is forecast for a cell."""
        item, place = cell
        share_of = self.shares.get(item, {"": 1.0}).get(place, 0.0)
        return float(max(self.means.get((item, period), 0.0), 0.0) * share_of)

    def covers(self, series: str, territory: str, period: date) -> list[Cell]:
        """The cells below a node of both trees."""
        inside = self.members.get(series, [series])
        items = [item for item in inside if (item, period) in self.means]
        if not items:
            raise Impossible(f"{series} has no items with a forecast for {period:%Y-%m}.")
        if not territory:
            return [cell for item in items for cell in self.cells(item)]
        below = self.below[territory]
        found = [cell for item in items for cell in self.cells(item) if cell[1] in below]
        if not found:
            raise Impossible(f"Nothing of {series} was sold in {territory}, so there is no demand to share.")
        return found


def _means(stated: pl.DataFrame) -> list[tuple[str, date, float]]:
    return stated.select("series", "period", "mean").rows()


def share(quantity: float, means: Mapping[Cell, float] | Mapping[str, float]) -> dict:  # type: ignore[type-arg]
    """A family's quantity among its items by their forecast, in whole units that add up to it.

    Without any forecast all items share alike. What is already voiced above the family's own figure
    leaves nothing to share.

    >>> share(100, {"pump": 30.0, "valve": 15.0})
    {'pump': 67.0, 'valve': 33.0}
    """
    if not means:
        return {}
    weights = whole_weights({item: max(mean, 0.0) for item, mean in means.items()}, digits=6)
    if sum(weights.values()) == 0:
        weights = dict.fromkeys(means, 1)
    rest = max(quantity, 0.0)
    whole = int(rest)
    parts = {item: float(part) for item, part in split(whole, weights).items()}
    if rest > whole:
        largest = max(parts, key=lambda item: weights[item])
        parts[largest] += rest - whole
    return parts


def _members(hierarchy: pl.DataFrame | None, items: set[str]) -> dict[str, list[str]]:
    """The items under each node of the hierarchy; an item is under itself."""
    members: dict[str, list[str]] = {item: [item] for item in items}
    if hierarchy is None:
        return members
    rows = TREE.check(hierarchy.filter(pl.col("parent").is_not_null() & (pl.col("parent") != "")))
    above = dict(zip(rows["series"].to_list(), rows["parent"].to_list(), strict=True))
    for item in sorted(items):
        node, seen = item, {item}
        while (node := above.get(node, "")) and node not in seen:
            seen.add(node)
            members.setdefault(node, []).append(item)
    return members
