"""Heijunka: a month's mix made a little of everything every day, in a sequence that repeats like a beat.

After k units each item should have been made k times its share. Tijdeman's rule (The chairman assignment
problem, Discrete Mathematics 32, 1980) never strays further from that than 1 - 1 / (2n - 2) units, n items;
no rule can promise less.
"""

import numpy as np
import polars as pl

from einklang.engine.frames import Frame, number, text

MIX = Frame(
    "levelled",
    {
        "item": text(),
        "quantity": number("units", at_least=0),
        "container": number("units", optional=True, blank=True, at_least=0),
    },
    ("item",),
    "What the month asks for; in containers of so many units, else one by one.",
)


def sequence(counts: dict[str, int]) -> list[str]:
    """The levelled sequence of so many of each.

    >>> "".join(sequence({"A": 4, "B": 2, "C": 1}))
    'ABAACBA'
    """
    names = [name for name, count in counts.items() if count > 0]
    if len(names) < 2:
        return [name for name in names for _ in range(counts[name])]
    wanted = np.array([counts[name] for name in names], dtype=np.float64)
    total = int(wanted.sum())
    rate, made = wanted / total, np.zeros(len(names))
    slack = 1 / (2 * len(names) - 2)
    found = []
    for turn in range(1, total + 1):
        due = turn * rate - made
        waiting = np.where(due >= slack - 1e-12, (1 - slack - due) / rate, np.inf)
        chosen = int(np.argmin(waiting))
        made[chosen] += 1
        found.append(names[chosen])
    return found


def board(mix: pl.DataFrame, hours: list[float]) -> pl.DataFrame:
    """The levelled sequence cut into days by their hours: day (from 0), item, containers, quantity.

    The last container of an item holds what is left.

    >>> mix = pl.DataFrame({"item": ["A", "B"], "quantity": [40.0, 20.0], "container": [10.0, 10.0]})
    >>> board(mix, [8.0, 8.0]).rows()
    [(0, 'A', 2, 20.0), (0, 'B', 1, 10.0), (1, 'A', 2, 20.0), (1, 'B', 1, 10.0)]
    """
    table = MIX.check(mix)
    if "container" not in table.columns:
        table = table.with_columns(container=pl.lit(None, dtype=pl.Float64))
    size = pl.col("container").fill_null(0.0)
    table = table.with_columns(container=pl.when(size > 0).then(size).otherwise(1.0)).with_columns(
        count=(pl.col("quantity") / pl.col("container") - 1e-9).ceil().cast(pl.Int64)
    )
    order = sequence(dict(table.select("item", "count").iter_rows()))
    schema = {"day": pl.Int64, "item": pl.String}
    until = np.cumsum(np.array(hours, dtype=np.float64))
    if not order or not len(until) or until[-1] <= 0:
        return pl.DataFrame(schema={**schema, "containers": pl.Int64, "quantity": pl.Float64})
    middle = (np.arange(len(order)) + 0.5) / len(order) * until[-1]
    day = np.searchsorted(until, middle)
    slots = pl.DataFrame({"day": day, "item": order}, schema=schema)
    return (
        slots.with_columns(turn=pl.int_range(1, pl.len() + 1).over("item"))
        .join(table, on="item", maintain_order="left")
        .with_columns(
            held=pl.when(pl.col("turn") < pl.col("count"))
            .then("container")
            .otherwise(pl.col("quantity") - (pl.col("count") - 1) * pl.col("container"))
        )
        .group_by("day", "item")
        .agg(containers=pl.len().cast(pl.Int64), quantity=pl.col("held").sum())
        .sort("day", "item")
    )
