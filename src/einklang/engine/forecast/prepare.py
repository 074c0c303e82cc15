"""From a history to what can be learned from: demand without stock-outs and effects, with heirs in place.

history -> panel -> stock-outs -> repairs agreed to -> effects out -> hand-over -> sums of the hierarchy
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from einklang.engine.forecast import successors
from einklang.engine.forecast.causes import causes
from einklang.engine.forecast.effects import Effects
from einklang.engine.forecast.keeping import kept
from einklang.engine.forecast.learned import Step
from einklang.engine.forecast.outliers import outliers, repaired
from einklang.engine.forecast.panel import Panel, Whole, notes, panel
from einklang.engine.forecast.reconcile import Nodes, families, tree, with_parents
from einklang.engine.forecast.unconstrain import unconstrained
from einklang.engine.periods import Frequency

KEPT_SEASONS, KEPT_PERIODS = 8, 200
KEPT_DAYS = 4 * 366
"""Effects of the calendar need years, also where the forecast itself looks back less far."""


@dataclass(frozen=True, slots=True)
class Plans:
    """What is known beside the history: planned drivers, events, beginnings and ends, repairs agreed to.

    ``without``: effects (by name) that a planner has switched off.
    """

    drivers: pl.DataFrame | None = None
    events: pl.DataFrame | None = None
    lifecycle: pl.DataFrame | None = None
    repair: Sequence[tuple[str, date]] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """Histories that can be learned from, and how to put back what was taken out of them.

    ``known``: all nodes, effects out, heirs in place. ``wished`` and ``plain``: the leaves with effects and
    without, before anything was inherited. ``steps``: the trial of each effect.
    """

    known: Panel
    nodes: Nodes | None
    wished: Panel
    plain: Panel
    season: int
    effects: Effects | None = None
    steps: tuple[Step, ...] = ()
    life: successors.Life | None = None
    notes: pl.DataFrame = field(default_factory=pl.DataFrame)

    @property
    def leaves(self) -> int:
        """How many series have a history of their own; the sums follow them."""
        return len(self.wished.names)

    @property
    def families(self) -> Whole | None:
        """The family of each leaf, where there is a hierarchy."""
        return None if self.nodes is None else families(self.nodes, self.leaves)

    def outliers(self) -> pl.DataFrame:
        """What stands apart: series, period, quantity, expected, times (see :mod:`outliers`)."""
        return outliers(self.plain, self.season, told=self.wished.values)


def prepared(
    history: pl.DataFrame,
    frequency: Frequency,
    hierarchy: pl.DataFrame | None,
    season: int,
    horizon: int,
    plans: Plans | None = None,
) -> Prepared:
    """The histories as a panel, prepared, with the sums of the hierarchy if there is one."""
    plans = plans or Plans()
    sold = panel(history, frequency, common_end=hierarchy is not None)
    told = [notes(sold)]
    lifecycle = None
    if plans.lifecycle is not None:
        lifecycle = successors.checked_lifecycle(plans.lifecycle)
        sold = successors.with_newcomers(sold, lifecycle)
    nodes = None if hierarchy is None else tree(hierarchy, sold.names)
    wished = repaired(unconstrained(sold, season), plans.repair, season)
    wished = wished.last(max(KEPT_SEASONS * season, KEPT_PERIODS, KEPT_DAYS if frequency == "D" else 0))
    effects, steps = _effects(wished, plans, season, horizon, nodes)
    plain = wished if effects is None else effects.removed(wished)
    heirs, life = plain, None
    if lifecycle is not None:
        heirs, life = successors.handed_over(plain, lifecycle, season, horizon)
        told.append(pl.DataFrame(life.notes, schema=told[0].schema, orient="row"))
    known = heirs if nodes is None else with_parents(heirs, nodes, plain)
    known = known.last(max(KEPT_SEASONS * season, KEPT_PERIODS))
    return Prepared(known, nodes, wished, plain, season, effects, steps, life, pl.concat(told))


def summed(panel: Panel, nodes: Nodes | None, season: int) -> Panel:
    """Leaves as they stood at an earlier date, ready to be forecast from: stock-outs filled, sums added."""
    wished = unconstrained(panel, season)
    known = wished if nodes is None else with_parents(wished, nodes)
    return known.last(max(KEPT_SEASONS * season, KEPT_PERIODS))


def _effects(
    wished: Panel, plans: Plans, season: int, horizon: int, nodes: Nodes | None
) -> tuple[Effects | None, tuple[Step, ...]]:
    """The effects that are worth having; none where no cause is known."""
    known = causes(wished, plans.drivers, _spread(plans.events, nodes), horizon, season)
    if known is None:
        return None, ()
    related = None if nodes is None else families(nodes, len(wished.names))
    found, steps = kept(wished, known, season, related)
    return (found if found.strength.any() else None), steps


def _spread(events: pl.DataFrame | None, nodes: Nodes | None) -> pl.DataFrame | None:
    """Events of a family as events of its items."""
    if events is None or nodes is None or "series" not in events.columns:
        return events
    count = int(nodes.leaves.sum())
    row_of = {name: row for row, name in enumerate(nodes.names)}
    inner = [name for name in events["series"].unique() if row_of.get(name or "", -1) >= count]
    if not inner:
        return events
    members = pl.DataFrame(
        [(name, nodes.names[leaf]) for name in inner for leaf in nodes.leaves_of(row_of[name])],
        schema={"series": pl.String, "leaf": pl.String},
        orient="row",
    )
    spread = events.join(members, on="series", how="left")
    return spread.with_columns(pl.coalesce("leaf", "series").alias("series")).drop("leaf")
