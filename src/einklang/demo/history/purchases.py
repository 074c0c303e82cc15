"""What was bought from whom, when it was due, when it came, and what is still on its way."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from einklang.demo.company import SUPPLIERS, Maker
from einklang.demo.history.batches import Flow
from einklang.demo.history.money import COST_RISE
from einklang.demo.items import Thing
from einklang.demo.times import HISTORY, Times, working_day

RATES = {"EUR": 1.0, "USD": 1.085, "CHF": 0.955}
OVERDUE = 7  # lines of the troubled suppliers that should have come in the demo month


def makers_of(thing: Thing) -> list[Maker]:
    """Who sells a part: the usual supplier first."""
    found = [maker for maker in SUPPLIERS if thing.kind in maker.parts]
    number = int(thing.code.split("-")[1])
    return found[number % len(found) :] + found[: number % len(found)]


def price_cents(thing: Thing, maker: Maker, day: date, times: Times) -> int:
    """What a supplier asks for a part, in its own currency; the second one asks a little more."""
    dearer = 1.0 if makers_of(thing)[0] == maker else 1.05
    return round(
        thing.cost_cents * dearer * RATES[maker.currency] * (1 + COST_RISE) ** (day.year - times.month.year)
    )


def purchases(times: Times, things: dict[str, Thing], flows: dict[tuple[str, str], Flow]) -> pl.DataFrame:
    """All purchase order lines ordered up to the end of the demo month, with order and supplier."""
    dice = times.dice("purchases")
    batches: dict[tuple[str, int], float] = {}
    for flow in flows.values():
        if not things[flow.item].made:
            for month in np.flatnonzero(flow.batches):
                key = (flow.item, int(month))
                batches[key] = batches.get(key, 0) + float(flow.batches[month])
    rows = [_line(times, dice, things[item], batch, many) for (item, batch), many in sorted(batches.items())]
    rows = [row for row in rows if row["ordered_on"] <= times.last_day]
    _hold_back(times, dice, rows, flows)
    frame = pl.DataFrame(rows, infer_schema_length=None).sort("ordered_on", "supplier", "batch", "item")
    groups = (
        frame.select("supplier", "batch").unique(maintain_order=True).with_row_index("place", offset=90001)
    )
    return frame.join(groups, on=["supplier", "batch"], how="left", maintain_order="left").with_columns(
        pl.format("B{}", "place").alias("number"),
        pl.int_range(1, pl.len() + 1).over("supplier", "batch").alias("line_number"),
        pl.col("ordered_on").min().over("supplier", "batch"),
    )


def _line(times: Times, dice: np.random.Generator, thing: Thing, batch: int, good: float) -> dict[str, Any]:
    makers = makers_of(thing)
    maker = makers[1] if len(makers) > 1 and dice.random() < 0.2 else makers[0]
    came = working_day(times.at(batch - 1).replace(day=int(dice.integers(2, 9))))
    late = dice.random() < maker.late_share
    slip = (
        1 + int(abs(dice.normal(maker.deviation_days, maker.deviation_days / 2)))
        if late
        else -int(dice.integers(0, 4))
    )
    due = came - timedelta(days=slip)
    done = batch <= HISTORY
    rejected = (
        float(np.floor(good * dice.uniform(0.02, 0.2))) if dice.random() < maker.rejected_share * 4 else 0.0
    )
    price = price_cents(thing, maker, due, times)
    quantity = good + (rejected if done else 0)
    return {
        "supplier": maker.code, "item": thing.code, "batch": batch, "currency": maker.currency,
        "quantity": quantity,
        "received": quantity if done else 0.0, "rejected": rejected if done else 0.0,
        "ordered_on": working_day(due - timedelta(days=maker.lead_days + int(dice.integers(0, 6)))),
        "due_on": due if done else max(due, times.last_day + timedelta(days=1)),
        "received_on": came if done else None, "price_cents": price, "amount_cents": round(price * quantity),
    }  # fmt: skip


def _hold_back(
    times: Times, dice: np.random.Generator, rows: list[dict[str, Any]], flows: dict[tuple[str, str], Flow]
) -> None:
    """The troubled suppliers still owe lines that were due; only where stock got along without."""
    trouble = {maker.code for maker in SUPPLIERS if maker.trouble in ("late", "variable", "closing")}
    owed = [
        row
        for row in rows
        if row["batch"] == HISTORY
        and row["supplier"] in trouble
        and (row["item"], "WERK") in flows
        and flows[row["item"], "WERK"].stock[HISTORY] >= row["quantity"] - row["rejected"]
    ]
    owed.sort(key=lambda row: -row["amount_cents"])
    for row in owed[:OVERDUE]:
        row.update(received=0.0, rejected=0.0, received_on=None)
        row["due_on"] = times.last_day - timedelta(days=int(dice.integers(4, 26)))
