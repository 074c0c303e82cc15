"""What a forecast says otherwise than the run before, and because of what."""

from typing import TYPE_CHECKING

import polars as pl

from einklang.engine.forecast.explain import amount
from einklang.engine.forecast.histories import HISTORY
from einklang.engine.forecast.renewal import Former

if TYPE_CHECKING:
    from einklang.engine.forecast import Forecast

TREE_CHANGED = "other series of its tree changed, and all must add up"


def changes(former: Former, history: pl.DataFrame, result: "Forecast") -> pl.DataFrame:
    """What was said before and is said now, over the periods both runs know, and why.

    ``history`` is that of the new run. Columns: series, old, new, change (a sentence).
    """
    history, table = HISTORY.check(history), result.table
    both = former.table.select("series", "period", pl.col("mean").alias("old")).join(
        table.select("series", "period", pl.col("mean").alias("new")), on=["series", "period"]
    )
    sums = both.group_by("series", maintain_order=True).agg(
        pl.col("old", "new").sum(), pl.len().alias("periods")
    )
    reasons = [
        _new_actuals(former, history),
        _changed_history(former, history),
        _changed_methods(former, result),
        _changed_effects(former, result.effects, both),
    ]
    why: dict[str, list[str]] = {}
    for pairs in reasons:
        for name, reason in pairs:
            why.setdefault(name, []).append(reason)
    otherwise = "what all series have taught changed" if result.base.nodes is None else TREE_CHANGED
    told = [
        _change(row["old"], row["new"], row["periods"], why.get(row["series"], [otherwise]))
        for row in sums.iter_rows(named=True)
    ]
    found = sums.select("series", "old", "new").with_columns(pl.Series("change", told, dtype=pl.String))
    new = result.series.select("series").join(found, on="series", how="left", maintain_order="left")
    return new.with_columns(pl.col("change").fill_null("New: the former run did not know it."))


def _change(old: float, new: float, periods: int, reasons: list[str]) -> str:
    """One series' change in a sentence."""
    span = f"the {periods} periods both runs know" if periods > 1 else "the period both runs know"
    if abs(new - old) <= 1e-9 * max(abs(old), abs(new), 1e-300):
        return f"Unchanged over {span}: {amount(new)}."
    share = f" ({(new - old) / abs(old):+.0%})".replace("%", " %") if old else ""
    return f"{amount(old)} became {amount(new)}{share} over {span}, because {'; '.join(reasons)}."


def _new_actuals(former: Former, history: pl.DataFrame) -> list[tuple[str, str]]:
    """Periods that have come since, beside what had been said of them."""
    then = former.history.select("series", "period")
    said = former.table.select("series", "period", "mean")
    came = history.join(then, on=["series", "period"], how="anti")
    came = came.join(said, on=["series", "period"], how="inner").filter(pl.col("quantity").is_not_null())
    sums = came.group_by("series", maintain_order=True).agg(pl.col("quantity", "mean").sum(), pl.len())
    return [
        (name, f"{amount(quantity)} came in {_counted(count, 'new ')}, {amount(mean)} was said")
        for name, quantity, mean, count in sums.iter_rows()
    ]


def _changed_history(former: Former, history: pl.DataFrame) -> list[tuple[str, str]]:
    """Periods that were known then and read otherwise now, or are gone."""
    then = former.history
    columns = [name for name in then.columns if name in history.columns and name not in ("series", "period")]
    both = then.join(history, on=["series", "period"], how="left", suffix="_now", coalesce=True)
    differ = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_now")) for name in columns)
    found = both.filter(differ & pl.col("series").is_in(history["series"].unique().to_list()))
    sums = found.group_by("series", maintain_order=True).agg(pl.col("period").min().alias("first"), pl.len())
    return [
        (name, f"its history reads otherwise in {_counted(count)} (from {first})")
        for name, first, count in sums.iter_rows()
    ]


def _changed_methods(former: Former, result: "Forecast") -> list[tuple[str, str]]:
    """Series of another kind, and kinds whose methods are weighted otherwise."""
    before, weights = former.learned.weights, result.learned.weights
    both = result.series.select("series", "kind").join(former.base.select("series", "kinds"), on="series")
    found = []
    for name, kind, then in both.iter_rows():
        if kind != then:
            found.append((name, f"it is {kind} now and was {then}"))
        elif weights.get(kind) != before.get(kind):
            found.append((name, "the methods are weighted anew"))
    return found


def _changed_effects(former: Former, effects: pl.DataFrame, both: pl.DataFrame) -> list[tuple[str, str]]:
    """Prices, promotions and events that are planned otherwise."""
    keys = ("series", "period", "effect")
    then = former.effects.select(*keys, -pl.col("quantity"))
    lines = pl.concat([then, effects.select(*keys, "quantity")])
    sums = (
        lines.join(both.select("series", "period"), on=["series", "period"], how="semi")
        .group_by("series", "effect", maintain_order=True)
        .agg(pl.col("quantity").sum())
        .filter(pl.col("quantity").abs() > 1e-6)
    )
    return [(name, f"{effect} now {moved:+,.3g}") for name, effect, moved in sums.iter_rows()]


def _counted(count: int, which: str = "") -> str:
    return f"{count} {which}period{'' if count == 1 else 's'}"
