"""The plant as the schedule sees it: items by number with their parts, steps and lots; centres with hours."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.supply import bom as bills
from einklang.engine.supply.frames import known, whole_table
from einklang.engine.supply.schedule.centre import DAY, Centre
from einklang.engine.supply.schedule.frames import CALENDAR, ITEMS, RESOURCES, STEPS

DUST = 1e-9
Work = tuple[int, float, float]
"""A work centre, set-up hours, hours a unit."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the centres it needs at once, or the seconds it merely waits (a lot, a unit)."""

    number: int
    work: tuple[Work, ...]
    wait: float = 0.0
    wait_a_unit: float = 0.0


@dataclass(slots=True)
class Plant:
    """Everything by number; ``lead`` in seconds.

    Made is what has parts or steps, bought what has a lead time; anything else has no source but its stock.
    """

    start: date
    days: int
    items: list[str]
    at: dict[str, int]
    made: list[bool]
    lead: list[int]
    has_source: list[bool]
    on_hand: list[float]
    parts: list[list[tuple[int, float]]]
    steps: list[list[Step]]
    centres: list[Centre]
    _lots: list[tuple[float, float, float]]

    def lots(self, item: int, quantity: float) -> list[float]:
        """The lots that bring at least this much: minimum, multiple, and none above the maximum."""
        least, multiple, most = self._lots[item]
        if not most:
            return [_whole(max(quantity, least), multiple)]
        most = max(multiple, most // multiple * multiple) if multiple else most
        lots = []
        while quantity > DUST:
            lots.append(min(most, _whole(max(quantity, least), multiple)))
            quantity -= lots[-1]
        return lots

    def second(self, day: date) -> int:
        """The moment a day begins, as seconds from the start."""
        return (day - self.start).days * DAY


def _whole(quantity: float, multiple: float) -> float:
    return ceil(quantity / multiple - DUST) * multiple if multiple else quantity


def read_plant(
    start: date,
    days: int,
    items: pl.DataFrame,
    bom: pl.DataFrame | None,
    routing: pl.DataFrame | None,
    resources: pl.DataFrame | None,
    calendar: pl.DataFrame | None,
) -> Plant:
    """Check the tables, name what does not fit, and number everything."""
    goods = whole_table(ITEMS, items)
    steps, centres = whole_table(STEPS, routing), whole_table(RESOURCES, resources)
    other_hours = whole_table(CALENDAR, calendar)
    tree = bills.structure(bom, goods["item"].to_list())
    if len(tree.items) > goods.height:
        strange = pl.Series(tree.items[goods.height :])
        raise BadTable([Fault("bom", None, None, name, "an item of the items table") for name in strange])
    known(steps, "item", goods["item"], called="routing", among="items")
    for table, name in (
        (steps.filter(pl.col("resource").is_not_null()), "routing"),
        (other_hours, "calendar"),
    ):
        known(table, "resource", centres["resource"], called=name, among="resources")
    parts: list[list[tuple[int, float]]] = [[] for _ in tree.items]
    for parent, component, drawn in zip(
        tree.parent.tolist(), tree.component.tolist(), tree.drawn.tolist(), strict=True
    ):
        parts[parent].append((component, drawn))
    at = {name: number for number, name in enumerate(tree.items)}
    built = _centres(start, days, centres, other_hours)
    of_item = _steps(steps, at, {centre.name: number for number, centre in enumerate(built)})
    made = [bool(own or walk) for own, walk in zip(parts, of_item, strict=True)]
    lead = goods["lead_time"].to_list()
    zeros = goods.select(pl.col("on_hand", "lot_min", "lot_multiple", "lot_max").fill_null(0.0))
    return Plant(
        start, days, tree.items, at, made,
        [round((each or 0) * DAY) for each in lead],
        [own or each is not None for own, each in zip(made, lead, strict=True)],
        zeros["on_hand"].to_list(), parts, of_item, built,
        zeros.select("lot_min", "lot_multiple", "lot_max").rows(),
    )  # fmt: skip


def _centres(start: date, days: int, table: pl.DataFrame, calendar: pl.DataFrame) -> list[Centre]:
    """Each centre with its hours day by day; a day in the calendar overrules the usual week."""
    other: dict[str, dict[int, float]] = {}
    for name, when, hours in calendar.select("resource", "day", "hours").iter_rows():
        other.setdefault(name, {})[(when - start).days] = hours
    weekdays = [(start + timedelta(days=number)).weekday() for number in range(days)]
    built, faults = [], []
    for row, (name, usual, machines, worked) in enumerate(
        table.select("resource", "hours_per_day", "machines", "working_days").iter_rows()
    ):
        week = worked or "1111100"
        if len(week) != 7 or set(week) - {"0", "1"}:
            faults.append(
                Fault("resources", row + 1, "working_days", week, "seven times 0 or 1, Monday first")
            )
            continue
        own = other.get(name, {})
        hours = [own.get(day, usual if week[of_week] == "1" else 0.0) for day, of_week in enumerate(weekdays)]
        built.append(Centre(name, hours, machines))
    if faults:
        raise BadTable(faults)
    return built


def _steps(table: pl.DataFrame, at: dict[str, int], centre: dict[str, int]) -> list[list[Step]]:
    """The steps of each item in order; rows of the same number belong together."""
    found: list[list[Step]] = [[] for _ in at]
    zero = pl.col("setup_hours").fill_null(0.0)
    rows = table.sort("item", "step", maintain_order=True).select("item", "step", "resource", "hours", zero)
    for item, number, resource, hours, setup in rows.iter_rows():
        steps = found[at[item]]
        again = bool(steps) and steps[-1].number == number
        last = steps.pop() if again else Step(number, ())
        if resource is None:
            steps.append(Step(number, last.work, last.wait + setup * 3600, last.wait_a_unit + hours * 3600))
        else:
            work = (*last.work, (centre[resource], setup, hours))
            steps.append(Step(number, work, last.wait, last.wait_a_unit))
    return found
