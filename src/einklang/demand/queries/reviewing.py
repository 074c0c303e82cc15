"""What the demand review looks at: one family in one month, item by item, and one item in all months."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from einklang.demand.models import Consensus, ForecastRun, Level, Voice
from einklang.demand.queries import agreements, forecasts, measures, sentences, speaking
from einklang.demand.queries import tree as trees
from einklang.engine.forecast.accuracy import by
from einklang.engine.periods import add_months
from einklang.kernel.errors import NotFound
from einklang.orders import queries as orders
from einklang.people.models import User

SHOWN_MONTHS = 36
SHOWN_WHOLE = 20
SORTS = {
    "name": "name",
    "actual": "now",
    "forecast": "mean",
    "change": "against_before",
    "wape": "wape",
    "bias": "bias",
}


@dataclass(frozen=True, slots=True)
class Branch:
    """One node of the family tree in the review, with its weight in the month."""

    series: str
    name: str
    depth: int
    quantity: float
    here: bool

    @property
    def indent(self) -> int:
        """How far in it stands, in the page's steps of 0 to 5."""
        return min(5, 2 * self.depth)


@dataclass(frozen=True, slots=True)
class Review:
    """Everything the demand review shows."""

    run: ForecastRun
    consensus: Consensus | None
    node: str
    name: str
    month: date
    months: list[date]
    branches: list[Branch]
    actual: pl.DataFrame
    forecast: pl.DataFrame
    plan: pl.DataFrame | None
    rows: list[dict[str, Any]]
    voices: list[Voice]
    measured: measures.Measured | None
    voice_count: int
    outdated: bool

    @property
    def last(self) -> date:
        """The month before the last known one."""
        return add_months(self.run.as_of, -1)

    @property
    def year_ago(self) -> date:
        """The month shown, a year before."""
        return add_months(self.month, -12)


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item, family or the total: what came, what is expected, what was said and agreed."""

    series: str
    name: str
    run: ForecastRun
    actual: pl.DataFrame
    forecast: pl.DataFrame
    plan: pl.DataFrame | None
    sentences: list[str]
    voices: list[Voice]
    measured: measures.Measured | None

    @property
    def is_forecast(self) -> bool:
        """Whether the run knows it at all."""
        return not self.forecast.is_empty()


def review(
    run: ForecastRun, *, seen_by: User, node: str = trees.TOTAL, month: date | None = None, **narrowed: str
) -> Review:
    """One family (or everything) in one month of a run; ``search`` and ``sort`` choose the items."""
    seen_by.must("see demand")
    tree = trees.hierarchy([])
    known = trees.names()
    if node not in known:
        raise NotFound(_("There is no family %(code)s.") % {"code": node})
    months = [add_months(run.as_of, ahead) for ahead in range(1, run.horizon + 1)]
    month = month if month in months else months[0]
    actual = trees.actuals(run.as_of, add_months(run.as_of, 1 - SHOWN_MONTHS))
    plan = agreements.latest_consensus(run.as_of)
    lines = agreements.consensus_frame(plan) if plan else None
    items = trees.under(tree, node)
    heard = list(speaking.voices(run.as_of, seen_by=seen_by))
    # What is said of a territory is one part of an item's figure, and stands in the grid of the territory.
    said = [voice for voice in heard if voice.period == month and not voice.territory]
    rows = _rows(run, items, month, actual, lines, said)
    return Review(
        run=run,
        consensus=plan,
        node=node,
        name=known[node],
        month=month,
        months=months,
        branches=_branches(run, tree, node, month, known),
        actual=actual.filter(pl.col("series") == node),
        forecast=forecasts.points(run, node),
        plan=_planned(lines, items),
        rows=_ordered(rows, known, narrowed.get("search", ""), narrowed.get("sort", "")),
        voices=[voice for voice in heard if voice.series == node],
        measured=measures.snapshot(run),
        voice_count=len(heard),
        outdated=_outdated(plan, run, heard),
    )


def item_view(run: ForecastRun, series: str, *, seen_by: User) -> ItemView:
    """All months of one item, family or the total."""
    seen_by.must("see demand")
    known = trees.names()
    if series not in known:
        raise NotFound(_("There is no item %(code)s.") % {"code": series})
    items = trees.under(trees.hierarchy([]), series)
    came = trees.actuals(run.as_of, add_months(run.as_of, 1 - SHOWN_MONTHS), items)
    actual = came.filter(pl.col("series") == series)
    ahead = forecasts.points(run, series)
    plan = agreements.latest_consensus(run.as_of)
    lines = agreements.consensus_frame(plan) if plan else None
    level = trees.level_of(series)
    found = [one for one in measures.accuracy(run, level=level) if one.series == series]
    return ItemView(
        series=series,
        name=known[series],
        run=run,
        actual=actual,
        forecast=ahead,
        plan=_planned(lines, items),
        sentences=sentences.explained(actual, ahead, run.as_of),
        voices=list(speaking.voices(run.as_of, seen_by=seen_by, series=series)),
        measured=found[0] if found else None,
    )


def sold_out(run: ForecastRun, series: str) -> pl.DataFrame:
    """Months of one item in which something was lost for want of stock, and what was wished at least."""
    if trees.level_of(series) != Level.ITEM:
        return pl.DataFrame(schema={"period": pl.Date, "quantity": pl.Float64})
    since = add_months(run.as_of, 1 - SHOWN_MONTHS)
    history = orders.demand_history(run.as_of, since, items=[series])
    return history.filter(~pl.col("available")).select("period", "quantity")


def _planned(lines: pl.DataFrame | None, items: list[str]) -> pl.DataFrame | None:
    """The agreed quantity of some items together, by month."""
    if lines is None:
        return None
    return (
        lines.filter(pl.col("series").is_in(items))
        .group_by("period")
        .agg(pl.col("quantity").sum())
        .sort("period")
    )


def _outdated(plan: Consensus | None, run: ForecastRun, heard: list[Voice]) -> bool:
    """Whether something was said, or forecast again, since the consensus was agreed."""
    if plan is None:
        return False
    return plan.run_id != run.pk or any(voice.given_at > plan.agreed_at for voice in heard)


def _branches(
    run: ForecastRun, tree: pl.DataFrame, node: str, month: date, known: dict[str, str]
) -> list[Branch]:
    """The way to the node, its siblings and children; the largest first among siblings."""
    here = node
    families = forecasts.family_frame(run).filter(pl.col("period") == month)
    quantity: dict[str, float] = dict(families.select("series", "mean").iter_rows())
    above = dict(tree.iter_rows())
    children: dict[str, list[str]] = {}
    for series, parent in above.items():
        if trees.level_of(series) != Level.ITEM:
            children.setdefault(parent, []).append(series)
    opened = {trees.TOTAL, node}
    while (node := above.get(node, "")) != "":
        opened.add(node)
    found: list[Branch] = []

    def walk(series: str, depth: int) -> None:
        found.append(
            Branch(series, known.get(series, series), depth, quantity.get(series, 0.0), series == here)
        )
        below = sorted(children.get(series, []), key=lambda name: -quantity.get(name, 0.0))
        for child in below if series in opened else []:
            walk(child, depth + 1)

    walk(trees.TOTAL, 0)
    return found


def _rows(
    run: ForecastRun,
    items: list[str],
    month: date,
    actual: pl.DataFrame,
    lines: pl.DataFrame | None,
    heard: list[Voice],
) -> list[dict[str, Any]]:
    """One row an item: last months, the same month a year ago, forecast, voices, agreed, accuracy."""
    rows = forecasts.forecast_frame(run, items, month).drop("period")
    was = actual.filter(pl.col("series").is_in(items))
    months = {"now": run.as_of, "last": add_months(run.as_of, -1), "year_ago": add_months(month, -12)}
    for name, period in months.items():
        column = was.filter(pl.col("period") == period).select("series", pl.col("quantity").alias(name))
        rows = rows.join(column, on="series", how="left")
    plan = pl.DataFrame(schema={"series": pl.String, "agreed": pl.Float64})
    if lines is not None:
        plan = lines.filter(pl.col("period") == month).select("series", pl.col("quantity").alias("agreed"))
    back = forecasts.walk_back_frame(run, lag=1).filter(pl.col("series").is_in(items))
    measured = by(back, "series").select("series", "wape", "bias", "count")
    for more in (plan, measured, _before(run, items, month)):
        rows = rows.join(more, on="series", how="left")
    rows = rows.with_columns(
        (pl.col("mean") - pl.col("before")).alias("against_before"),
        (pl.col("agreed") - pl.col("mean")).alias("moved"),
        pl.col("lo-80").alias("low"),
        pl.col("hi-80").alias("high"),
    )
    return [
        row
        | {
            "voices": [voice for voice in heard if voice.series == row["series"]],
            "digits": 0 if row["mean"] >= SHOWN_WHOLE else 1,
        }
        for row in rows.iter_rows(named=True)
    ]


def _before(run: ForecastRun, items: list[str], month: date) -> pl.DataFrame:
    """What the run of the month before expected of the same month."""
    former = forecasts.latest_run(add_months(run.as_of, -1))
    if former is None:
        return pl.DataFrame(schema={"series": pl.String, "before": pl.Float64})
    return forecasts.forecast_frame(former, items, month).select("series", pl.col("mean").alias("before"))


def _ordered(
    rows: list[dict[str, Any]], known: dict[str, str], search: str, sort: str
) -> list[dict[str, Any]]:
    """The rows as the page asked for them; what cannot be measured comes last."""
    found = [row | {"name": known.get(row["series"], row["series"])} for row in rows]
    if search:
        wanted = search.casefold()
        found = [row for row in found if wanted in f"{row['series']} {row['name']}".casefold()]
    key = SORTS.get(sort.removeprefix("-"), "mean")
    backwards = sort.startswith("-") or not sort
    measured = [row for row in found if row[key] is not None]
    unknown = [row for row in found if row[key] is None]
    return sorted(measured, key=lambda row: row[key], reverse=backwards) + unknown


def series_choices() -> list[tuple[str, str]]:
    """Everything that can be spoken about, as data and for people."""
    return list(trees.names().items())
