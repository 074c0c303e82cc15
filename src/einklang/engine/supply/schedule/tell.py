"""What came out of a schedule as tables, and why an order is late as a sentence."""

from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from einklang.engine.supply.schedule.centre import DAY, Centre
from einklang.engine.supply.schedule.noted import Cause
from einklang.engine.supply.schedule.plant import Plant
from einklang.engine.supply.schedule.pull import Pull, Settled


def orders(plant: Plant, ranked: pl.DataFrame, settled: list[Settled]) -> pl.DataFrame:
    """Each order in the sequence it was planned, with its end and what made it late."""
    rows = []
    for due, one in zip(ranked["due"], settled, strict=True):
        limit = plant.second(due) + DAY
        end = None if one.there is None else plant.start + timedelta(days=one.there // DAY)
        if end and one.there is not None and one.there <= limit:
            end = min(end, due)
        late = None if end is None else max(0, (end - due).days)
        rows.append((end, late, *_why(plant, due, one.cause)))
    found = pl.DataFrame(
        rows,
        schema={
            "end": pl.Date,
            "days_late": pl.Int64,
            "kind": pl.String,
            "at": pl.String,
            "since": pl.Date,
            "until": pl.Date,
            "sentence": pl.String,
        },
        orient="row",
    )
    return ranked.select("order", "item", "quantity", "due").hstack(found)


def _why(
    plant: Plant, due: date, cause: Cause | None
) -> tuple[str | None, str | None, date | None, date | None, str | None]:
    if cause is None:
        return None, None, None, None, None
    since = plant.start + timedelta(days=cause.since // DAY)
    until = plant.start + timedelta(days=cause.until // DAY)
    return cause.kind, cause.name, since, until, sentence(cause.kind, cause.name, due, since, until)


def sentence(kind: str, name: str, due: date, since: date, until: date) -> str:
    """Why an order is late, in words.

    >>> sentence("full", "Bench", date(2024, 1, 5), date(2024, 1, 3), date(2024, 1, 9))
    'Bench is full from 2024-01-03 to 2024-01-09.'
    """
    days = (until - since).days
    return {
        "full": f"{name} is full from {since} to {until}.",
        "purchase": f"{name} is bought and takes {days} days: it is there on {until} at the earliest.",
        "receipt": f"It waits for {name}, which is there on {until}.",
        "work": f"The work on {name} alone takes from {since} to {until}.",
        "lead_time": f"Making {name} takes {days} days, until {until}.",
        "past": f"It was due on {due}, before the schedule begins.",
        "never": f"{name} has no hours left before {until}, when its calendar ends.",
        "source": f"Nobody makes or buys {name}: it has no parts, no steps and no lead time.",
    }[kind]


def names(pull: Pull) -> list[str]:
    """A name for every supply: stock and receipts have theirs, lots and purchases get item#number."""
    found = list(pull.names)
    count: dict[int, int] = {}
    for supply in pull.supplies:
        if not found[supply.number]:
            count[supply.item] = count.get(supply.item, 0) + 1
            found[supply.number] = f"{pull.plant.items[supply.item]}#{count[supply.item]}"
    return found


def _moments(start: date, seconds: list[int]) -> pl.Series:
    """Seconds from the start as moments."""
    midnight = datetime.combine(start, time())
    passed = pl.DataFrame({"seconds": pl.Series(seconds, dtype=pl.Int64)})
    moment = pl.lit(midnight).cast(pl.Datetime("us")) + pl.duration(seconds="seconds")
    return passed.select(moment.alias("moment")).to_series()


def operations(pull: Pull, order_names: list[str], supply_names: list[str]) -> pl.DataFrame:
    """Work at centres, by centre and start."""
    plant, lots = pull.plant, {one.number: one for one in pull.supplies}
    rows = [
        (
            supply_names[one.lot],
            plant.items[lots[one.lot].item],
            one.step,
            centre.name,
            one.machine + 1,
            lots[one.lot].quantity,
            (one.last - one.first) * centre.speed / 3600,
            order_names[lots[one.lot].order] if lots[one.lot].order >= 0 else None,
        )
        for one in pull.booked
        for centre in (plant.centres[one.centre],)
    ]
    schema = {
        "lot": pl.String,
        "item": pl.String,
        "step": pl.Int64,
        "resource": pl.String,
        "machine": pl.Int64,
        "quantity": pl.Float64,
        "hours": pl.Float64,
        "order": pl.String,
    }
    centres = plant.centres
    starts = [centres[one.centre].starts_at(one.first) for one in pull.booked]
    ends = [centres[one.centre].ends_at(one.last) for one in pull.booked]
    return (
        pl.DataFrame(rows, schema=schema, orient="row")
        .with_columns(_moments(plant.start, starts).alias("start"), _moments(plant.start, ends).alias("end"))
        .select("lot", "item", "step", "resource", "machine", "quantity", "start", "end", "hours", "order")
        .sort("resource", "start", "machine", "lot")
    )


def supplies(pull: Pull, order_names: list[str], supply_names: list[str]) -> pl.DataFrame:
    """Lots to make and purchases to place, in order of their start."""
    made = [
        (
            supply_names[one.number],
            pull.plant.items[one.item],
            "make" if one.made else "buy",
            one.quantity,
            order_names[one.order] if one.order >= 0 else None,
        )
        for one in pull.supplies
    ]
    schema = dict.fromkeys(("supply", "item", "kind"), pl.String()) | {
        "quantity": pl.Float64(),
        "order": pl.String(),
    }
    return (
        pl.DataFrame(made, schema=schema, orient="row")
        .with_columns(
            _moments(pull.plant.start, [one.start for one in pull.supplies]).alias("start"),
            _moments(pull.plant.start, [one.there for one in pull.supplies]).alias("there"),
        )
        .select("supply", "item", "kind", "quantity", "start", "there", "order")
        .sort("start", "supply")
    )


def pegs(pull: Pull, order_names: list[str], supply_names: list[str]) -> pl.DataFrame:
    """What goes into what: units of a supply for a lot or an order."""
    rows = [
        (
            supply_names[one.supply],
            supply_names[one.user] if one.user >= 0 else order_names[-1 - one.user],
            pull.plant.items[one.item],
            one.quantity,
        )
        for one in pull.pegs
    ]
    schema = {"supply": pl.String, "user": pl.String, "item": pl.String, "quantity": pl.Float64}
    there = _moments(pull.plant.start, [one.there for one in pull.pegs])
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(there.alias("there"))


def load(pull: Pull) -> pl.DataFrame:
    """Hours there are and hours booked, by centre and day."""
    plant = pull.plant
    by_centre: dict[int, list[tuple[int, int]]] = {}
    for one in pull.booked:
        by_centre.setdefault(one.centre, []).append((one.first, one.last))
    days = [plant.start + timedelta(days=number) for number in range(plant.days)]
    parts = []
    for number, centre in enumerate(plant.centres):
        booked = _by_day(centre, np.array(by_centre.get(number, []), dtype=np.int64).reshape(-1, 2))
        there = np.array(centre.length) * len(centre.starts) * centre.speed / 3600
        parts.append(
            pl.DataFrame(
                {"resource": [centre.name] * plant.days, "day": days, "hours": there, "load": booked}
            )
        )
    schema = {"resource": pl.String, "day": pl.Date, "hours": pl.Float64, "load": pl.Float64}
    return pl.concat(parts) if parts else pl.DataFrame(schema=schema)


def _by_day(centre: Centre, spans: np.ndarray) -> np.ndarray:
    """Booked hours day by day: what is booked up to each day's end, less what was before.

    Of spans [a, b) the seconds up to x are the sum of min(b, x) - min(a, x).
    """
    limits = np.array(centre.cumulative, dtype=np.int64)

    def cut(points: np.ndarray) -> np.ndarray:
        ordered = np.sort(points)
        sums = np.concatenate([[0], np.cumsum(ordered)])
        below = np.searchsorted(ordered, limits)
        result: np.ndarray = sums[below] + limits * (len(ordered) - below)
        return result

    hours: np.ndarray = np.diff(cut(spans[:, 1]) - cut(spans[:, 0])) * centre.speed / 3600
    return hours
