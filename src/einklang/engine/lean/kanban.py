"""Kanban loops: how many cards keep a part flowing between the place that makes it and the one that uses it.

    cards = ceil( D * (w + p) * (1 + a) / C )

D demand a day, w days a container waits, p days it is worked on, a the safety the house allows itself (the
policy variable), C units in a container (Krajewski and Ritzman, Operations Management, lean chapter).
"""

import polars as pl

from einklang.engine.errors import Impossible
from einklang.engine.frames import Frame, number, text

LOOPS = Frame(
    "kanban",
    {
        "item": text(),
        "daily_demand": number("units", at_least=0),
        "wait_days": number("days", at_least=0),
        "processing_days": number("days", at_least=0),
        "policy_variable": number("share", optional=True, blank=True, at_least=0),
        "container": number("units"),
    },
    ("item",),
    "Loops: demand, time once round, safety, units in a container.",
)
DUST = 1e-9


def loops(table: pl.DataFrame) -> pl.DataFrame:
    """Every loop with its cards: item, exact, cards, most_stock (all containers full), mean_stock (half).

    >>> wheels = {"item": ["wheel"], "daily_demand": [2000.0], "wait_days": [0.25], "processing_days": [0.15]}
    >>> loops(pl.DataFrame({**wheels, "policy_variable": [0.1], "container": [200.0]})).row(0)
    ('wheel', 4.4, 5, 1000.0, 500.0)
    """
    checked = LOOPS.check(table)
    empty = checked.filter(pl.col("container") <= 0)
    if empty.height:
        raise Impossible(f"A container of {empty['item'][0]} holds nothing: say how many units go in.")
    if "policy_variable" not in checked.columns:
        checked = checked.with_columns(policy_variable=pl.lit(0.0))
    days = pl.col("wait_days") + pl.col("processing_days")
    exact = (
        pl.col("daily_demand") * days * (1 + pl.col("policy_variable").fill_null(0.0)) / pl.col("container")
    )
    return (
        checked.with_columns(exact=exact)
        # 10.000000000000002 cards are ten: what is left over by arithmetic needs no card.
        .with_columns(
            exact=pl.when((exact - exact.round()).abs() < DUST).then(exact.round()).otherwise(exact)
        )
        .with_columns(cards=pl.col("exact").ceil().cast(pl.Int64))
        .with_columns(most_stock=pl.col("cards") * pl.col("container"))
        .select("item", "exact", "cards", "most_stock", mean_stock=pl.col("most_stock") / 2)
    )


def policy_of(cards: float, container: float, daily_demand: float, days: float) -> float:
    """The safety a number of cards stands for.

    >>> round(policy_of(20, 270, daily_demand=3000, days=1.0), 6)
    0.8
    """
    if daily_demand * days <= 0:
        raise Impossible("A loop without demand or time needs no card.")
    return cards * container / (daily_demand * days) - 1


def demand_of(cards: float, container: float, days: float, policy_variable: float = 0.0) -> float:
    """The demand a day that a number of cards can serve.

    >>> round(demand_of(29, 25, days=0.1, policy_variable=0.2), 4)
    6041.6667
    """
    if days <= 0:
        raise Impossible("A loop that takes no time serves any demand.")
    return cards * container / (days * (1 + policy_variable))
