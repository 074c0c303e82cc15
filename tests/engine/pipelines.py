"""Invented deals for the pipeline's tests: books of decided deals, and companies whose chances are known."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

AS_OF = date(2014, 6, 30)
ODDS = pl.DataFrame({"stage": ["present", "close"], "odds": [0.2, 0.6]})


def book(won: int, lost: int, *, days: int = 40, since: int = 30) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Decided deals, 20 days in ``present`` and the rest in ``close``; and one that is open in ``close``."""
    start = date(2013, 1, 1)
    outcomes = ["won"] * won + ["lost"] * lost + ["open"]
    starts = [start + timedelta(days=at % 300) for at in range(won + lost)] + [AS_OF - timedelta(days=since)]
    closed = [day + timedelta(days=days) for day in starts[:-1]] + [None]
    names = [str(at) for at in range(len(outcomes))]
    deals = pl.DataFrame(
        {"deal": names, "created_on": starts, "closed_on": closed, "outcome": outcomes, "amount": 1000.0},
        schema_overrides={"closed_on": pl.Date},
    )
    visits = pl.concat(
        pl.DataFrame(
            {"deal": names, "stage": stage, "entered_on": [day + timedelta(days=late) for day in starts]}
        )
        for stage, late in (("present", 0), ("close", 20))
    )
    return deals, visits


def company(
    deals: int = 600, *, days: int = 700, seed: int = 7, wins: tuple[float, float] = (0.004, 0.03)
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Deals made evenly over ``days``: each day in ``present`` and ``close`` they are won with ``wins``,
    lost with .01, and move on from ``present`` with .03. What is not decided on the last day is open.
    """
    random = np.random.default_rng(seed)
    last = AS_OF
    rows: list[dict[str, Any]] = []
    visits = []
    for at in range(deals):
        day = last - timedelta(days=int(days * (deals - at) / deals))
        row = {"deal": f"D{at}", "created_on": day, "closed_on": None, "outcome": "open"}
        visits.append((f"D{at}", "present", day))
        stage = 0
        while day < last and row["outcome"] == "open":
            day += timedelta(days=1)
            luck = random.random()
            if luck < wins[stage]:
                row |= {"outcome": "won", "closed_on": day}
            elif luck < wins[stage] + 0.01:
                row |= {"outcome": "lost", "closed_on": day}
            elif stage == 0 and luck < wins[0] + 0.04:
                stage = 1
                visits.append((f"D{at}", "close", day))
        rows.append(row | {"amount": float(random.lognormal(7, 0.8))})
    schema = {"deal": pl.String, "stage": pl.String, "entered_on": pl.Date}
    table = pl.DataFrame(rows, schema_overrides={"closed_on": pl.Date, "created_on": pl.Date})
    return table, pl.DataFrame(visits, schema=schema, orient="row")
