"""Work orders of the past and under way, their steps, and the hours the work centres have."""

from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from einklang.demo.company import BOTTLENECK, WORK_CENTRES
from einklang.demo.history.batches import Flow
from einklang.demo.history.orders import SEASON_OF_THE_BENCH
from einklang.demo.items import Thing
from einklang.demo.times import HISTORY, Times, holidays, working_day
from einklang.engine.periods import month_end

SCRAP_REASONS = ("Lunker im Guss", "Maßabweichung", "Dichtfläche beschädigt", "Prüfdruck nicht gehalten")
REBUILT = (4, 7)  # from April to July the coming season has half a test bench
OVERDUE = 9  # finished goods' orders of the last batch that are not done though they should be
STARTS = {"baugruppen": 10, "": 18}  # day of the month on which work begins and parts are taken


class Workshop(NamedTuple):
    """Work orders with their steps, and the calendar of the work centres."""

    orders: pl.DataFrame
    steps: pl.DataFrame
    hours_per_day: dict[str, float]
    changes: pl.DataFrame


def start_day(thing: Thing, month: date) -> date:
    """When work on a month's batch begins: assemblies before what they go into."""
    return working_day(month.replace(day=STARTS.get(thing.family, STARTS[""])))


def workshop(times: Times, things: dict[str, Thing], flows: dict[tuple[str, str], Flow]) -> Workshop:
    """All work orders begun up to the end of the demo month."""
    dice = times.dice("workshop")
    orders = [order for order in _orders(times, dice, things, flows) if order["starts_on"] <= times.last_day]
    late = [o for o in orders if o["batch"] == HISTORY and things[o["item"]].sold and o["ended_on"]]
    for place in dice.choice(len(late), OVERDUE, replace=False):
        late[place].update(ended_on=None, stocked=0.0, scrapped=0.0, scrap_reason="")
        late[place]["due_on"] = times.last_day - timedelta(days=int(dice.integers(2, 12)))
    orders.sort(key=lambda order: (order["starts_on"], order["item"], order["batch"]))
    for place, order in enumerate(orders):
        order["number"] = f"F{700001 + place}"
    changes = capacity_changes(times)
    steps = pl.DataFrame([step for order in orders for step in _steps(dice, things[order["item"]], order)])
    frame = pl.DataFrame(orders, infer_schema_length=None)
    hours = _hours_per_day(times, steps, changes)
    return Workshop(frame, steps, hours, pl.concat([changes, _rebuilding(times, hours[BOTTLENECK])]))


def _orders(
    times: Times, dice: np.random.Generator, things: dict[str, Thing], flows: dict[tuple[str, str], Flow]
) -> list[dict[str, Any]]:
    batches: dict[tuple[str, int], float] = {}
    for flow in flows.values():
        if things[flow.item].made:
            for month in np.flatnonzero(flow.batches):
                key = (flow.item, int(month))
                batches[key] = batches.get(key, 0) + float(flow.batches[month])
    return [
        _order(times, dice, things[item], batch, quantity)
        for (item, batch), quantity in sorted(batches.items())
    ]


def _order(times: Times, dice: np.random.Generator, thing: Thing, batch: int, good: float) -> dict[str, Any]:
    month = times.at(batch - 1)
    starts = start_day(thing, month)
    span = (2, 8) if thing.family == "baugruppen" else (3, 10)
    ended = working_day(starts + timedelta(days=int(dice.integers(*span))))
    busy = month.month in SEASON_OF_THE_BENCH and any(step[0] == BOTTLENECK for step in thing.steps)
    late = dice.random() < (0.34 if busy else 0.10)
    due = (
        ended - timedelta(days=int(dice.integers(1, 9)))
        if late
        else ended + timedelta(days=int(dice.integers(0, 4)))
    )
    scrapped = float(np.floor(good * dice.uniform(0.005, 0.03) + 0.5)) if dice.random() < 0.2 else 0.0
    done = batch <= HISTORY
    if not done:  # under way: begun early, to be ready within the coming month
        starts, due = working_day(starts - timedelta(days=int(dice.integers(12, 26)))), max(due, starts)
    return {
        "item": thing.code, "batch": batch, "quantity": good + (scrapped if done else 0),
        "stocked": good if done else 0.0, "scrapped": scrapped if done else 0.0,
        "scrap_reason": SCRAP_REASONS[dice.integers(4)] if done and scrapped else "",
        "starts_on": starts, "ended_on": ended if done else None, "due_on": max(due, starts),
    }  # fmt: skip


def _steps(dice: np.random.Generator, thing: Thing, order: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of one order, spread over its days; hours come out a little other than planned."""
    rate = {code: cents for code, _, cents, _, _ in WORK_CENTRES}
    begin, end, ended = order["starts_on"], order["due_on"], order["ended_on"]
    found = []
    for place, (centre, setup, each) in enumerate(thing.steps):
        planned = setup + each * order["quantity"]
        hours = round(planned * float(dice.normal(1.02, 0.06)), 2)
        first, last = place / len(thing.steps), (place + 1) / len(thing.steps)
        found.append(
            {
                "number": order["number"], "sequence": 10 * (place + 1), "centre": centre,
                "planned_start": begin + (end - begin) * first, "planned_end": begin + (end - begin) * last,
                "started_on": begin + (ended - begin) * first if ended else None,
                "ended_on": begin + (ended - begin) * last if ended else None,
                "hours": hours if ended else None, "planned_cost_cents": round(planned * rate[centre]),
                "cost_cents": round(hours * rate[centre]) if ended else None,
            }
        )  # fmt: skip
    return found


def capacity_changes(times: Times) -> pl.DataFrame:
    """Holidays, the shutdown over Christmas, two weeks in August for castings, the test bench's overhaul."""
    rows = []
    for year in range(times.first.year, times.month.year + 3):
        for code, *_ in WORK_CENTRES:
            rows += [(code, day, day, 0.0, reason) for day, reason in holidays(year)]
            rows.append((code, date(year, 12, 24), date(year + 1, 1, 1), 0.0, "Betriebsruhe"))
        august = working_day(date(year, 8, 1))
        rows += [
            (code, august, august + timedelta(days=11), 0.0, "Betriebsferien") for code in ("GUS", "SWS")
        ]
        overhaul = working_day(date(year, 2, 10))
        rows.append((BOTTLENECK, overhaul, overhaul + timedelta(days=4), 0.0, "Revision Prüfstand"))
    return pl.DataFrame(rows, schema=["centre", "start", "end", "hours_per_day", "reason"], orient="row")


def _rebuilding(times: Times, hours: float) -> pl.DataFrame:
    """In the coming season half of the test bench is rebuilt, working day by working day around holidays."""
    year = times.month.year + (times.month.month > REBUILT[0] - 3)
    start, end = date(year, REBUILT[0], 1), month_end(date(year, REBUILT[1], 1))
    closed = {day for day, _ in holidays(year)}
    days = [start + timedelta(days=step) for step in range((end - start).days + 1)]
    rows = [
        (BOTTLENECK, day, day, round(hours / 2, 1), "Umbau Prüffeld 2")
        for day in days
        if day.weekday() < 5 and day not in closed
    ]
    return pl.DataFrame(rows, schema=["centre", "start", "end", "hours_per_day", "reason"], orient="row")


def _hours_per_day(times: Times, steps: pl.DataFrame, changes: pl.DataFrame) -> dict[str, float]:
    """Hours a day at which each centre's load over the history's last year was what it aims for."""
    since = times.at(HISTORY - 12)
    closed = {
        (code, start + timedelta(days=day))
        for code, start, end, *_ in changes.iter_rows()
        for day in range((end - start).days + 1)
    }
    days = [since + timedelta(days=day) for day in range((times.last_day - since).days + 1)]
    worked = steps.filter((pl.col("ended_on") >= since) & (pl.col("ended_on") <= times.last_day))
    sums = dict(worked.group_by("centre").agg(pl.col("hours").sum()).iter_rows())
    found = {}
    for code, _, _, _, load in WORK_CENTRES:
        open_days = sum(day.weekday() < 5 and (code, day) not in closed for day in days)
        found[code] = round(sums[code] / open_days / load * 2) / 2
    return found
