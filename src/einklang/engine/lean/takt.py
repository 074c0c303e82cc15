"""Takt: how often one unit has to leave the line, and how its work is shared among stations that keep up.

takt time = available time / demand                          (Rother and Shook, Learning to See)
line efficiency = work content / (stations * takt time)
"""

from dataclasses import dataclass
from math import ceil

import polars as pl

from einklang.engine.errors import BadTable, Fault, Impossible
from einklang.engine.frames import Frame, number, text

TASKS = Frame(
    "tasks",
    {
        "task": text(),
        "seconds": number("seconds a unit", at_least=0),
        "after": text(optional=True, blank=True),
    },
    ("task",),
    "The work of a line; ``after`` names the tasks that must be done before, with blanks between.",
)
DUST = 1e-9
SETS_LOOKED_AT = 5_000
"""In the search for fewer stations; beyond, what is known is taken."""
SETS_A_STATION = 200


def takt(available_seconds: float, demand: float) -> float:
    """Seconds between two units, so that what is asked for is made in the time there is.

    >>> takt(27_600, 460)
    60.0
    """
    if demand <= 0:
        raise Impossible("Without demand there is no takt.")
    if available_seconds < 0:
        raise Impossible("Available time cannot be negative.")
    return available_seconds / demand


@dataclass(frozen=True, slots=True)
class Line:
    """Work shared among stations: each task's station, and how good that is.

    ``at_least`` stations would be needed if work could be cut at will: no line can do with fewer.
    """

    stations: pl.DataFrame
    count: int
    at_least: int
    efficiency: float


def share_work(tasks: pl.DataFrame, takt_seconds: float) -> Line:
    """Share work among as few stations as can be found, each as full as can be.

    The answer has columns station, task, seconds, and ``load``, the station's share of the takt.

    >>> tasks = pl.DataFrame(
    ...     {"task": ["a", "b", "c"], "seconds": [40.0, 30.0, 25.0], "after": ["", "a", "a"]}
    ... )
    >>> line = share_work(tasks, 60)
    >>> line.count, line.at_least, line.stations.select("station", "task").rows()
    (2, 2, [(1, 'a'), (2, 'b'), (2, 'c')])
    """
    table = TASKS.check(tasks)
    seconds = dict(zip(table["task"], table["seconds"], strict=True))
    before = _before(table, seconds)
    longest = max(seconds, key=seconds.__getitem__, default=None)
    if longest is None:
        raise Impossible("Without tasks there is no line.")
    if seconds[longest] > takt_seconds + DUST:
        raise Impossible(
            f"{longest} takes {seconds[longest]:g} s and the takt is {takt_seconds:g} s: "
            "divide the task or work it at two stations side by side."
        )
    content = sum(seconds.values())
    at_least = ceil(content / takt_seconds - DUST)
    stations = _Sharing(before, seconds, takt_seconds, _weights(before, seconds)).shared(at_least)
    placed = [
        (number, task, seconds[task]) for number, chosen in enumerate(stations, start=1) for task in chosen
    ]
    schema = {"station": pl.Int64, "task": pl.String, "seconds": pl.Float64}
    table = pl.DataFrame(placed, schema=schema, orient="row").with_columns(
        load=pl.col("seconds").sum().over("station") / takt_seconds
    )
    return Line(table, len(stations), at_least, content / (len(stations) * takt_seconds))


@dataclass(slots=True)
class _Sharing:
    """Sets of tasks for one station after another, the fullest tried first."""

    before: dict[str, set[str]]
    seconds: dict[str, float]
    room: float
    weight: dict[str, float]
    looked: int = 0

    def shared(self, at_least: int) -> list[list[str]]:
        """The fewest stations that can be found; as many as the fullest sets take is always possible."""
        everything = frozenset(self.seconds)
        simple: list[list[str]] = []
        left = everything
        while left:
            simple.append(self._sets(left)[0])
            left -= set(simple[-1])
        for count in range(at_least, len(simple)):
            self.looked = 0
            idle = count * self.room - sum(self.seconds.values())
            if found := self._within(everything, idle, set()):
                return found
        return simple

    def _within(
        self, left: frozenset[str], idle: float, hopeless: set[tuple[frozenset[str], float]]
    ) -> list[list[str]] | None:
        """Stations for these tasks that together stand idle no longer than this."""
        if not left:
            return []
        if (left, idle) in hopeless or self.looked > SETS_LOOKED_AT:
            return None
        for chosen in self._sets(left):
            lost = self.room - sum(self.seconds[task] for task in chosen)
            self.looked += 1
            if lost > idle + DUST:
                break
            rest = self._within(left - set(chosen), round(idle - lost, 6), hopeless)
            if rest is not None:
                return [chosen, *rest]
        hopeless.add((left, idle))
        return None

    def _sets(self, left: frozenset[str]) -> list[list[str]]:
        """Sets of tasks that fit one station and may be done now, fullest first; at most so many."""
        order = sorted(left, key=lambda task: (-self.weight[task], task))
        found: list[tuple[float, list[str]]] = []

        def extend(chosen: list[str], time: float, since: int) -> None:
            grew = False
            for place in range(since, len(order)):
                task = order[place]
                free = not (self.before[task] & left) - set(chosen)
                if free and time + self.seconds[task] <= self.room + DUST:
                    grew = True
                    if len(found) < SETS_A_STATION:
                        extend([*chosen, task], time + self.seconds[task], place + 1)
            if not grew:
                found.append((time, chosen))

        extend([], 0.0, 0)
        return [chosen for _time, chosen in sorted(found, key=lambda one: -one[0])]


def _before(table: pl.DataFrame, seconds: dict[str, float]) -> dict[str, set[str]]:
    """The tasks before each task; strangers and circles are refused."""
    after = table["after"] if "after" in table.columns else pl.Series([""] * table.height)
    before = {task: set((names or "").split()) for task, names in zip(table["task"], after, strict=True)}
    strange = [
        Fault("tasks", row + 1, "after", name, "a task of this table")
        for row, names in enumerate(before.values())
        for name in sorted(names - set(seconds))
    ]
    if strange:
        raise BadTable(strange)
    open_tasks = dict(before)
    while open_tasks:
        free = {task for task, names in open_tasks.items() if not names & set(open_tasks)}
        if not free:
            raise Impossible(f"The tasks {', '.join(sorted(open_tasks))} wait for each other in a circle.")
        open_tasks = {task: names for task, names in open_tasks.items() if task not in free}
    return before


def _weights(before: dict[str, set[str]], seconds: dict[str, float]) -> dict[str, float]:
    """A task's own time and that of everything which has to wait for it."""
    behind: dict[str, set[str]] = {task: {task} for task in seconds}
    changed = True
    while changed:
        changed = False
        for task, names in before.items():
            for name in names:
                if not behind[task] <= behind[name]:
                    behind[name] |= behind[task]
                    changed = True
    return {task: sum(seconds[one] for one in names) for task, names in behind.items()}
