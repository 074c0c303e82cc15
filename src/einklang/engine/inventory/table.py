"""Policies for a whole table of items, from forecast error or from demand history."""

import numpy as np
import polars as pl

from einklang.engine.errors import BadTable, Fault
from einklang.engine.frames import Frame, number, text
from einklang.engine.inventory.exposure import AUTO
from einklang.engine.inventory.laws import LAWS, Floats
from einklang.engine.inventory.policy import Costs, Policy, economic_order_quantity, policy
from einklang.engine.inventory.service import TARGETS

ITEMS = Frame(
    "items",
    {
        "item": text(),
        "lead_time": number("periods", at_least=0),
        **{
            name: number(unit, optional=True, blank=True, at_least=0)
            for name, unit in {
                "lead_time_sd": "periods",
                "review_period": "periods",
                "service": "share",
                "demand": "units per period",
                "error_sd": "units per period",
                "lot": "units",
                "order_cost": "money per order",
                "holding_cost": "money per unit and period",
                "shortage_cost": "money per unit short and period",
                "unit_cost": "money per unit",
                "on_hand": "units",
            }.items()
        },
        "target": text(optional=True, blank=True),
        "distribution": text(optional=True, blank=True),
    },
    ("item",),
)
HISTORY = Frame(
    "demand", {"item": text(), "period": text(), "quantity": number("units", at_least=0)}, ("item", "period")
)
COSTS = ("order_cost", "holding_cost", "shortage_cost")


def policies(
    items: pl.DataFrame,
    history: pl.DataFrame | None = None,
    *,
    service: float = 0.95,
    target: str = "cycle",
    law: str = AUTO,
) -> pl.DataFrame:
    """Safety stock, reorder point, order-up-to level, expected service and turns of every item.

    ``target``: cycle (share of cycles without a stock-out), fill (share of units from stock), ready (share of
    the time with anything in stock), or cost: the lot and reorder point of least cost from order, holding and
    shortage costs; then no service is asked for. ``law``: normal, gamma, negative binomial, poisson,
    empirical (drawn from the history), or auto, by the data; the one that was used stands in the result. An
    item's own ``target`` and ``distribution`` come first.

    Demand and its error come from the item's row, else from its history (mean and deviation); the lot
    is the item's own, else the economic quantity where both costs are given, else a period's demand.

    >>> items = pl.DataFrame({"item": ["pda"], "lead_time": [2.0], "demand": [2500.0], "error_sd": [500.0]})
    >>> policies(items, service=0.92135).select(pl.col("safety_stock").round(0), "distribution").row(0)
    (1000.0, 'normal')
    """
    rows, past = prepared(items, history, service=service, target=target, law=law)
    found: list[pl.DataFrame] = []
    for kind, name in rows.select("target", "distribution").unique(maintain_order=True).iter_rows():
        here = ((rows["target"] == kind) & (rows["distribution"] == name)).arg_true()
        part = rows[here]
        histories = [past[code] for code in part["item"]] if past else None
        found.append(_answered(part, _policy(part, kind, name, histories)).with_columns(at=here))
    return pl.concat(found, how="vertical_relaxed").sort("at").drop("at") if found else _nothing(rows)


def prepared(
    items: pl.DataFrame, history: pl.DataFrame | None, *, service: float, target: str, law: str
) -> tuple[pl.DataFrame, dict[str, Floats]]:
    """The items with every column filled, and each one's past demand; every fault is named at once."""
    rows = ITEMS.check(items)
    absent = [
        pl.lit(None, dtype=pl.String if name in ("target", "distribution") else pl.Float64).alias(name)
        for name in ITEMS.columns
        if name not in rows.columns
    ]
    rows, past = _with_history(rows.with_columns(absent), history)
    rows = rows.with_columns(
        pl.col("lead_time_sd", "review_period").fill_null(0.0),
        pl.col("service").fill_null(service),
        pl.col("target").fill_null(target),
        pl.col("distribution").fill_null(law),
    )
    _no_faults(rows)
    return rows, past


def notes(table: pl.DataFrame) -> list[str]:
    """What a reader of the result should know, a sentence each.

    >>> at_once = pl.DataFrame({"item": ["a"], "lead_time": [0.0], "demand": [5.0], "error_sd": [1.0]})
    >>> notes(policies(at_once))
    ['a: lead time and review period are 0, so it can be had at once and nothing is kept.']
    """
    at_once = table.filter((pl.col("lead_time") == 0) & (pl.col("review_period") == 0))["item"]
    idle = table.filter(pl.col("demand") == 0)["item"]
    return [
        *(f"{name}: lead time and review period are 0, so it can be had at once and nothing is kept."
          for name in at_once),
        *(f"{name}: no demand, so nothing is kept." for name in idle),
    ]  # fmt: skip


def _answered(rows: pl.DataFrame, found: Policy) -> pl.DataFrame:
    asked = pl.when(pl.col("target") == "cost").then(None).otherwise("service").alias("service")
    return rows.select(
        "item", "demand", "error_sd", "lead_time", "lead_time_sd", "review_period", "target", asked
    ).with_columns(
        distribution=pl.Series(found.law, dtype=pl.String),
        safety_stock=found.safety_stock,
        reorder_point=found.reorder_point,
        order_up_to=found.order_up_to,
        lot=found.lot,
        expected_cycle_service=found.cycle_service,
        expected_fill_rate=found.fill_rate,
        expected_ready_rate=found.ready_rate,
        turns=found.turns,
    )


def _nothing(rows: pl.DataFrame) -> pl.DataFrame:
    none = np.zeros(0)
    return _answered(rows, Policy(none, none, none, none, none, none, none, none, []))


def _policy(rows: pl.DataFrame, target: str, law: str, histories: list[Floats] | None) -> Policy:
    """One kind of target and of law."""
    at = {name: rows[name].to_numpy() for name in rows.columns if rows.schema[name] == pl.Float64}
    costs = Costs(at["order_cost"], at["holding_cost"], at["shortage_cost"]) if target == "cost" else None
    return policy(
        at["demand"],
        at["error_sd"],
        at["lead_time"],
        at["lead_time_sd"],
        service=at["service"],
        target=target,
        review=at["review_period"],
        lot=lots_of(rows).to_numpy(),
        law=law,
        histories=histories if law in (AUTO, "empirical") else None,
        costs=costs,
    )


def lots_of(rows: pl.DataFrame) -> pl.Series:
    """Each item's own lot, else the economic one, else what a review period needs."""
    costed = (pl.col("order_cost") > 0) & (pl.col("holding_cost") > 0)
    economic = economic_order_quantity(
        rows["demand"].to_numpy(),
        rows["order_cost"].fill_null(0.0).to_numpy(),
        rows.select(pl.when(costed).then("holding_cost").otherwise(1.0)).to_series().to_numpy(),
    )
    return (
        rows.with_columns(economic=economic)
        .select(
            pl.when(pl.col("lot") > 0)
            .then("lot")
            .when(costed)
            .then("economic")
            .otherwise(pl.col("demand") * pl.max_horizontal(pl.lit(1.0), "review_period"))
        )
        .to_series()
    )


def _with_history(rows: pl.DataFrame, history: pl.DataFrame | None) -> tuple[pl.DataFrame, dict[str, Floats]]:
    if history is None:
        return rows, {}
    renamed = (
        history.rename({"series": "item"})
        if "item" not in history.columns and "series" in history.columns
        else history
    )
    known = HISTORY.check(renamed).sort("item", "period")
    seen = known.group_by("item", maintain_order=True).agg(
        mean=pl.col("quantity").mean(), sd=pl.col("quantity").std(), past=pl.col("quantity")
    )
    past = {code: np.array(values) for code, values in seen.select("item", "past").iter_rows()}
    filled = (
        rows.join(seen.drop("past"), on="item", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("demand", "mean").alias("demand"), pl.coalesce("error_sd", "sd").alias("error_sd")
        )
        .drop("mean", "sd")
    )
    return filled, {code: past.get(code, np.zeros(0)) for code in rows["item"]}


def _no_faults(rows: pl.DataFrame) -> None:
    by_cost = pl.col("target") == "cost"
    served = (pl.col("service") > 0) & (pl.col("service") < 1)
    fill_in = "fill it, or give the item at least two periods of demand"
    tests: list[tuple[str, pl.Expr, str, str]] = [
        ("target", ~pl.col("target").is_in(TARGETS), " or ".join(TARGETS), "choose one of them"),
        ("distribution", ~pl.col("distribution").is_in([AUTO, *LAWS]), f"{AUTO} or {' or '.join(LAWS[:5])}",
         "choose one of them"),
        ("service", ~served & ~by_cost, "a share between 0 and 1",
         "write 95 % as 0.95; no stock serves every demand there may be"),
        ("demand", pl.col("demand").is_null(), "a number", fill_in),
        ("error_sd", pl.col("error_sd").is_null(), "a number", fill_in),
        *((name, by_cost & ~(pl.col(name).fill_null(0.0) > 0), "a cost above 0", "fill it")
          for name in COSTS),
    ]  # fmt: skip
    faults = [fault for test in tests for fault in _faults(rows, *test)]
    if faults:
        raise BadTable(faults)


def _faults(rows: pl.DataFrame, column: str, wrong: pl.Expr, expected: str, mend: str) -> list[Fault]:
    found = rows.select(wrong.alias("wrong"))["wrong"].arg_true()
    return [
        Fault(
            "items",
            row + 1,
            column,
            "nothing" if rows[column][row] is None else str(rows[column][row])[:80],
            expected,
            mend,
        )
        for row in found
    ]
