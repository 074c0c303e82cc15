"""Policies of a whole table under a budget, and put to the test by simulation."""

from collections.abc import Callable

import numpy as np
import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.inventory import service as serving
from einklang.engine.inventory.exposure import AUTO, exposure
from einklang.engine.inventory.laws import Floats
from einklang.engine.inventory.mix import Mix, best_mix, shelf
from einklang.engine.inventory.simulate import (
    Played,
    Rule,
    drawn_by_law,
    drawn_from_past,
    drawn_lead_times,
    play,
)
from einklang.engine.inventory.table import lots_of, prepared

STEPS, PERIODS, RUNS = 10, 60, 200
"""A period is cut into ten, five years of months are played, two hundred times."""


def within_budget(
    items: pl.DataFrame,
    history: pl.DataFrame | None,
    budget: float,
    *,
    law: str = AUTO,
    weights: Floats | None = None,
) -> tuple[pl.DataFrame, Mix]:
    """Safety stocks that leave least short for a sum of money in safety stock, with the bound of any mix.

    Needs ``unit_cost``. ``weights``: what a unit short of each item counts; without, all count the same.

    >>> items = pl.DataFrame({"item": ["p", "q"], "lead_time": [1.0] * 2, "demand": [100.0] * 2,
    ...                       "error_sd": [20.0] * 2, "unit_cost": [1.0, 10.0]})
    >>> table, mix = within_budget(items, None, 200.0)
    >>> table["safety_stock"].to_list(), mix.used <= 200
    ([40.0, 16.0], True)
    """
    rows, past = prepared(items, history, service=0.95, target="cycle", law=law)
    _costed(rows)
    exposed = exposure(
        rows["demand"].to_numpy(),
        rows["error_sd"].to_numpy(),
        rows["lead_time"].to_numpy(),
        rows["lead_time_sd"].to_numpy(),
        review=rows["review_period"].to_numpy(),
        law=law,
        histories=[past[code] for code in rows["item"]] if past and law in (AUTO, "empirical") else None,
    )
    lot = np.maximum(lots_of(rows).to_numpy(), 1e-9)
    whole = exposed.whole
    cost = rows["unit_cost"].to_numpy()
    mix = best_mix(shelf(whole, exposed.demand, lot, cost, 1.0 if weights is None else weights), budget)
    kept = mix.level - whole.mean
    return rows.select(
        "item", "demand", "error_sd", "lead_time", "lead_time_sd", "review_period"
    ).with_columns(
        distribution=pl.Series(whole.law, dtype=pl.String),
        safety_stock=kept.round(9),
        reorder_point=mix.level,
        order_up_to=mix.level + np.maximum(0.0, lot - exposed.demand * exposed.review),
        lot=lot,
        expected_cycle_service=serving.cycle(whole, mix.level),
        expected_fill_rate=np.clip(serving.fill(whole, mix.level, lot), 0.0, 1.0),
        stock_value=(np.maximum(kept, 0.0) * cost),
    ), mix


def _costed(rows: pl.DataFrame) -> None:
    """Refuse items that cost nothing."""
    faults = [
        Fault("items", row + 1, "unit_cost", str(rows["unit_cost"][row]), "a cost above 0",
              "fill it: a budget buys units at their cost")
        for row in (~(rows["unit_cost"].fill_null(0.0) > 0)).arg_true()
    ]  # fmt: skip
    if faults:
        raise BadTable(faults)


def put_to_the_test(
    table: pl.DataFrame,
    history: pl.DataFrame | None = None,
    *,
    runs: int = RUNS,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """The table with what a simulation measures of each policy: low, middle and high of fill and of stock.

    Demand is drawn from the item's history where its law is empirical, else by its law; lead times are
    gamma around their mean.
    """
    past = _past(history)
    rows = []
    for done, row in enumerate(table.iter_rows(named=True), start=1):
        played = _played(row, past.get(row["item"], np.zeros(0)), runs, seed)
        bands = (played.fill, played.cycle, played.stock)
        rows.append([value for one in bands for value in (one.low, one.middle, one.high)])
        if progress and done % 20 == 0:
            progress(done, table.height)
    names = [
        f"simulated_{what}_{end}"
        for what in ("fill_rate", "cycle_service", "stock")
        for end in ("low", "middle", "high")
    ]
    return pl.concat(
        [table, pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Float64), orient="row")], how="horizontal"
    )


def _played(row: dict[str, float], past: Floats, runs: int, seed: int) -> Played:
    dice = np.random.default_rng(seed)
    size = {"runs": runs, "periods": PERIODS, "steps": STEPS}
    law, mean, sd = str(row["distribution"]), row["demand"], row["error_sd"]
    demand = (
        drawn_from_past(past.tolist(), **size, dice=dice, mean=mean, sd=sd)
        if law == "empirical" and len(past) > 1
        else drawn_by_law("gamma" if law == "empirical" else law, mean, sd, **size, dice=dice)
    )
    lead = drawn_lead_times(row["lead_time"], row["lead_time_sd"], shape=demand.shape, steps=STEPS, dice=dice)
    review = max(1, round(row["review_period"] * STEPS))
    rule = Rule(row["reorder_point"], max(row["reorder_point"], row["order_up_to"]), review)
    warm = min(demand.shape[1] // 2, round((row["lead_time"] + row["review_period"] + 1) * STEPS))
    return play(rule, demand, lead, warm=warm)


def _past(history: pl.DataFrame | None) -> dict[str, Floats]:
    if history is None:
        return {}
    named = history.rename({"series": "item"}) if "item" not in history.columns else history
    by_item = named.sort("item", "period").group_by("item").agg(pl.col("quantity").cast(pl.Float64))
    return {code: np.array(values) for code, values in by_item.iter_rows()}
