"""Items that begin and items that end: what a successor inherits, what a launch is like, when no more comes.

    hand-over    scale = (3 + sum of own sales) / (3 + sum of the predecessor's a season earlier)
    launch       rate = (a + sum of own sales) / (b + sum of profile)        gamma prior
                 a / b = mean level of the siblings        a / b^2 = how far they differ
    profile_k    share of their later level that siblings sold in their k-th period
    alive_t      days of the bucket between launch and end; what nothing follows fades before its end

(Sums of predecessors are in units of the predecessor's mean, so that 3 counts like three periods.)
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.forecast.calendar import ONE_DAY, borders
from einklang.engine.forecast.histories import named
from einklang.engine.forecast.panel import Matrix, Panel, Whole
from einklang.engine.frames import Frame, day, text
from einklang.engine.periods import Frequency

LIFECYCLE = Frame(
    "lifecycle",
    {
        "series": text(),
        "predecessor": text(optional=True, blank=True),
        "launched": day(optional=True, blank=True),
        "ends": day(optional=True, blank=True),
    },
    ("series",),
    "What begins after, or in place of, something else, and what ends: the first and the last day of sales.",
)
WORTH = 3.0
"""The belief that a successor sells like its predecessor counts like so many periods of sales."""
YOUNG = 6
"""With fewer periods than this a launch is judged by its siblings as well."""
GROWS = 12
"""Periods until a launch has reached its level."""
FADES = 3
"""An item that ends sells less and less in so many periods before."""
FEW_SIBLINGS = 3.0
"""A profile of fewer launches is drawn to an even one."""


@dataclass(frozen=True, slots=True)
class Life:
    """Who begins and ends when: ``alive`` is the share of each future bucket that an item is sold in.

    ``young``: rows that are judged by their siblings; ``heirs``: rows that have inherited a history.
    ``notes``: series, step, sentence.
    """

    alive: Matrix
    young: Whole
    heirs: Whole
    launched: dict[int, date]
    notes: tuple[tuple[str, str, str], ...] = ()

    @property
    def touched(self) -> Whole:
        """The rows whose forecast is not only their own history's."""
        ends = np.flatnonzero((self.alive < 1).any(1))
        return np.unique(np.concatenate([ends, self.young, self.heirs])).astype(np.int64)


def checked_lifecycle(lifecycle: pl.DataFrame) -> pl.DataFrame:
    """The lifecycle with all its columns; an item after itself or ended before it began is refused."""
    table = LIFECYCLE.check(lifecycle)
    kinds = {"predecessor": pl.String, "launched": pl.Date, "ends": pl.Date}
    table = table.with_columns(
        pl.lit(None, dtype=kind).alias(name) for name, kind in kinds.items() if name not in table.columns
    )
    table = table.with_columns(pl.col("predecessor").replace("", None)).select("series", *kinds)
    for name, before, first, last in table.iter_rows():
        if before == name:
            raise Impossible(f"Series {named(name)} cannot succeed itself.")
        if first is not None and last is not None and last < first:
            raise Impossible(f"Series {named(name)} ends ({last}) before it is launched ({first}).")
    return table


def with_newcomers(panel: Panel, lifecycle: pl.DataFrame) -> Panel:
    """The panel with a row, without a history, for each series that only the lifecycle knows."""
    known = set(panel.names)
    new = [name for name in lifecycle["series"].to_list() if name not in known]
    if not new:
        return panel
    rows, width = len(new), panel.values.shape[1]
    blank = np.full((rows, width), np.nan)
    return replace(
        panel,
        names=[*panel.names, *new],
        values=np.concatenate([panel.values, blank]),
        starts=np.concatenate([panel.starts, np.full(rows, width, dtype=np.int64)]),
        ends=[*panel.ends, *[max(panel.ends)] * rows],
        state=np.concatenate([panel.states, np.zeros((rows, width), dtype=np.uint8)]),
        drivers={name: np.concatenate([table, blank]) for name, table in panel.drivers.items()},
    )


def handed_over(panel: Panel, lifecycle: pl.DataFrame, season: int, horizon: int) -> tuple[Panel, Life]:
    """Histories in which successors have inherited, and who is alive when.

    A predecessor without an end of its own ends where its successor is launched in the future.
    """
    row_of = {name: row for row, name in enumerate(panel.names)}
    values, starts = panel.values.copy(), panel.starts.copy()
    launched: dict[int, date] = {}
    ends: dict[int, date] = {}
    notes, heirs = [], []
    for name, before, first, last in lifecycle.iter_rows():
        row = row_of[name]
        if first is not None:
            launched[row] = first
        if last is not None:
            ends[row] = last
        if before is None:
            continue
        if before not in row_of:
            raise Impossible(f"Series {named(name)} succeeds {named(before)}, which has no history.")
        heirs.append((row, row_of[before]))
        notes.append((name, "hand-over", f"Series {named(name)} inherits the history of {named(before)}."))
    for heir, old in _oldest_first(heirs, panel.names):
        launch = launched.get(heir)
        values[heir], starts[heir] = _inherited(panel, values, starts, heir, old, launch, season)
        if launch is not None and launch > panel.ends[heir] and old not in ends:
            ends[old] = launch - timedelta(days=1)
            notes.append((panel.names[old], "end", _ends_with(panel.names[old], panel.names[heir], launch)))
    succeeds = {heir for heir, _ in heirs}
    young = [row for row in launched if row not in succeeds and panel.lengths[row] < YOUNG]
    alive = _alive(panel, launched, ends, {old for _, old in heirs}, horizon)
    found = replace(panel, values=values, starts=starts)
    life = Life(alive, _rows(young), _rows([heir for heir, _ in heirs]), launched, tuple(notes))
    return found, life


def _rows(found: list[int]) -> Whole:
    """Row numbers as an array."""
    return np.array(found, dtype=np.int64)


def _ends_with(old: str, heir: str, launch: date) -> str:
    """A predecessor's end in a sentence."""
    return f"Series {named(old)} ends when {named(heir)} is launched ({launch})."


def _oldest_first(heirs: list[tuple[int, int]], names: list[str]) -> list[tuple[int, int]]:
    """Successors after those they succeed; a circle is refused."""
    old_of = dict(heirs)
    ordered: list[tuple[int, int]] = []
    done: set[int] = set()
    for heir in old_of:
        path = [heir]
        while path[-1] in old_of and path[-1] not in done:
            if path[-1] in path[:-1]:
                raise Impossible(f"Series {named(names[heir])} succeeds itself in a circle.")
            path.append(old_of[path[-1]])
        for row in reversed(path):
            if row in old_of and row not in done:
                ordered.append((row, old_of[row]))
                done.add(row)
    return ordered


def _inherited(
    panel: Panel, values: Matrix, starts: Whole, heir: int, old: int, launch: date | None, season: int
) -> tuple[Matrix, int]:
    """The successor's row with the predecessor's scaled history up to its launch."""
    width = values.shape[1]
    later = apart(panel.ends[old], panel.ends[heir], panel.frequency)
    shifted, begun = np.full(width, np.nan), min(max(int(starts[old]) - later, 0), width)
    source = np.arange(begun, width) + later
    inside = (source >= 0) & (source < width)
    shifted[begun:][inside] = values[old, source[inside]]
    own = int(starts[heir])
    if launch is not None and own < width:
        sold = np.flatnonzero(values[heir, own:] != 0)
        own = own + int(sold[0]) if len(sold) else width
    first = np.flatnonzero(np.isfinite(shifted))
    if not len(first) or first[0] >= own:
        return values[heir], int(starts[heir])
    scale = hand_over_scale(values[heir, own:], _a_season_earlier(shifted, own, season))
    row = values[heir].copy()
    before = slice(int(first[0]), own)
    row[before] = np.where(np.isfinite(shifted[before]), shifted[before] * scale, 0.0)
    return row, int(first[0])


def hand_over_scale(own: Matrix, predecessor: Matrix) -> float:
    """How much of its predecessor's demand a successor has, drawn to all of it while little is known.

    Three periods sold 20 where the predecessor sold 10: half-way between once and twice.

    >>> hand_over_scale(np.full(3, 20.0), np.full(3, 10.0))
    1.5
    """
    count = min(len(own), len(predecessor))
    own, predecessor = own[:count], predecessor[:count]
    both = np.isfinite(own) & np.isfinite(predecessor)
    size = float(np.abs(predecessor[both]).mean()) if both.any() else 0.0
    if size <= 0:
        return 1.0
    return max((WORTH + float(own[both].sum()) / size) / (WORTH + float(predecessor[both].sum()) / size), 0.0)


def _a_season_earlier(shifted: Matrix, own: int, season: int) -> Matrix:
    """What the predecessor sold in the same place of its last season before the launch."""
    count = len(shifted) - own
    if own < season:
        told = shifted[:own][np.isfinite(shifted[:own])]
        return np.full(count, told.mean() if len(told) else np.nan)
    earlier: Matrix = shifted[own - season + np.arange(count) % season]
    return earlier


def apart(first: date, last: date, frequency: Frequency) -> int:
    """Whole buckets from one period to another.

    >>> apart(date(2024, 1, 1), date(2024, 3, 1), "M")
    2
    """
    months = 12 * (last.year - first.year) + last.month - first.month
    days = (last - first).days
    return {"D": days, "W": days // 7, "M": months, "Q": months // 3}[frequency]


def _alive(
    panel: Panel, launched: dict[int, date], ends: dict[int, date], followed: set[int], horizon: int
) -> Matrix:
    """The share of each future bucket in which a series is sold; what nothing follows fades to its end."""
    alive = np.ones((len(panel.names), horizon))
    edges_of = {end: borders(end, panel.frequency, 0, horizon) for end in set(panel.ends)}
    for row, first in launched.items():
        edges = edges_of[panel.ends[row]]
        begun = (edges[1:] - np.datetime64(first, "D")) / (edges[1:] - edges[:-1])
        alive[row] *= np.clip(begun, 0.0, 1.0)
    for row, last in ends.items():
        edges = edges_of[panel.ends[row]]
        left = (np.datetime64(last, "D") + ONE_DAY - edges[:-1]) / (edges[1:] - edges[:-1])
        alive[row] *= np.clip(left, 0.0, 1.0)
        if row not in followed:
            alive[row] *= np.clip(left / (FADES + 1), 0.0, 1.0)
    return alive


@dataclass(frozen=True, slots=True)
class Siblings:
    """What the items of a family are like: mean level, its variance between them, and their launches."""

    level: float
    variance: float
    profile: Matrix


def siblings(values: Matrix, starts: Whole, season: int) -> Siblings:
    """The family's other items: what they sell lately, how far they differ, and how they began.

    Two items, one of which began with half of its later sales:

    >>> rows = np.array([[8.0] * 20, [np.nan] * 2 + [4.0] + [8.0] * 17])
    >>> found = siblings(rows, np.array([0, 2]), 12)
    >>> found.level, found.profile[:2].round(3).tolist()
    (8.0, [0.875, 1.0])
    """
    width = values.shape[1]
    recent = min(max(season, YOUNG), width)
    old = np.flatnonzero(width - starts >= YOUNG)
    levels = np.nan_to_num(values[old, width - recent :]).sum(1) / np.minimum(recent, width - starts[old])
    levels = np.maximum(levels[levels > 0], 0.0)
    if not len(levels):
        return Siblings(0.0, 0.0, np.ones(GROWS))
    mean = float(levels.mean())
    # One or two siblings say little about how far items differ: then as far as their level.
    variance = float((levels.var() * len(levels) + mean**2) / (len(levels) + 1))
    return Siblings(mean, variance, _profile(values, starts))


def _profile(values: Matrix, starts: Whole) -> Matrix:
    """The share of its later level that an item sells in each period since its launch."""
    width = values.shape[1]
    came, level = np.zeros(GROWS), np.zeros(GROWS)
    born = np.flatnonzero((starts > 0) & (width - starts >= GROWS + 3))
    for row in born:
        own = np.nan_to_num(values[row, starts[row] :])
        later = max(float(own[GROWS // 2 :].mean()), 0.0)
        if later > 0:
            came += np.minimum(own[:GROWS] / later, 3.0)
            level += 1.0
    profile: Matrix = (came + FEW_SIBLINGS) / (level + FEW_SIBLINGS)
    return profile


def launch(family: Siblings, own: Matrix, horizon: int, age: int | None = None) -> tuple[Matrix, float]:
    """What a launch will sell in its next periods, and the deviation of its level.

    ``own``: what it has sold so far; ``age``: periods since the launch before the first one to forecast.
    Siblings sell 10, and differ by as much; after one period of 30 the launch is believed to sell 28:

    >>> mean, deviation = launch(Siblings(10.0, 100.0, np.ones(12)), np.array([30.0]), 2)
    >>> mean.round(1), round(deviation, 1)
    (array([28.2, 28.2]), 5.1)
    """
    steps = np.arange(horizon) + (len(own) if age is None else age)
    profile = np.where(steps >= 0, family.profile[np.clip(steps, 0, GROWS - 1)], 0.0)
    profile = np.where(steps >= GROWS, 1.0, profile)
    exposure = float(family.profile[: len(own)].sum())
    if family.level <= 0 or family.variance <= 0:
        rate = float(own.sum()) / exposure if exposure > 0 else 0.0
        return rate * profile, rate
    weight = family.level / family.variance
    shape = family.level * weight
    rate = (shape + max(float(own.sum()), 0.0)) / (weight + exposure)
    return rate * profile, float(np.sqrt(rate / (weight + exposure)))


def with_launches(
    panel: Panel, life: Life, mean: Matrix, scale: Matrix, families: Whole | None, season: int
) -> tuple[Matrix, Matrix]:
    """Means and scales in which the young are judged by their siblings, and nobody sells outside its life.

    ``families``: a number a row, the same for siblings; without it all series are siblings.
    """
    mean, scale = mean.copy(), scale.copy()
    for row in life.young:
        kin = np.flatnonzero(panel.lengths >= YOUNG)
        near = kin if families is None else kin[families[kin] == families[row]]
        near = near if len(near) else kin
        family = siblings(panel.values[near], panel.starts[near], season)
        own = np.nan_to_num(panel.values[row, panel.starts[row] :])
        first = borders(panel.ends[row], panel.frequency, 0, 1)[0]
        ahead = np.flatnonzero(life.alive[row] > 0)
        waits = int(ahead[0]) if life.launched[int(row)] >= first and len(ahead) else 0
        told, scale[row] = launch(family, own, mean.shape[1], -waits if waits else None)
        shape = np.ones(max(season, 1)) if panel.shapes is None else panel.shapes[row]
        mean[row] = told * shape[np.arange(mean.shape[1]) % len(shape)]
    return mean * life.alive, scale
