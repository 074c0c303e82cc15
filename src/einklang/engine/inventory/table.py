"""Policies for a whole table of items, from forecast error or from demand history."""

import numpy as np
import polars as pl

from einklang.engine.errors import BadTable, Fault, Impossible
from einklang.engine.frames import Frame, number, text
from einklang.engine.inventory import safety
from einklang.engine.inventory.policy import Policy, economic_order_quantity, policy
from einklang.engine.inventory.reorder import point_and_lot

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
            }.items()
        },
    },
    ("item",),
)
HISTORY = Frame("demand", {"item": text(), "period": text(), "quantity": number("units")}, ("item", "period"))


def policies(
    items: pl.DataFrame, history: pl.DataFrame | None = None, *, service: float = 0.95, target: str = "cycle"
) -> pl.DataFrame:
    """Safety stock, reorder point, order-up-to level, expected service and turns of every item.

    ``target``: cycle (share of cycles without a stock-out), fill (share of units from stock), or cost: the
    lot and reorder point of least cost from order, holding and shortage costs; then no service is asked for.

    Demand and its error come from the item's row, else from its history (mean and deviation); the lot
    is the item's own, else the economic quantity where both costs are given, else a period's demand.

    >>> items = pl.DataFrame({"item": ["pda"], "lead_time": [2.0], "demand": [2500.0], "error_sd": [500.0]})
    >>> policies(items, service=0.92135).select(pl.col("safety_stock").round(0)).item()
    1000.0
    """
    if target not in ("cycle", "fill", "cost"):
        raise Impossible(f"{target!r} is not a service target; use cycle, fill or cost.")
    rows = ITEMS.check(items)
    absent = [
        pl.lit(None, dtype=pl.Float64).alias(name) for name in ITEMS.columns if name not in rows.columns
    ]
    rows = _with_history(rows.with_columns(absent), history).with_columns(
        pl.col("lead_time_sd", "review_period").fill_null(0.0), pl.col("service").fill_null(service)
    )
    _nothing_missing(rows, ("order_cost", "holding_cost", "shortage_cost") if target == "cost" else ())
    found = _by_cost(rows) if target == "cost" else _by_service(rows, by_fill=target == "fill")
    if target == "cost":
        rows = rows.with_columns(service=pl.lit(None, pl.Float64))
    return rows.select("item", "demand", "error_sd", "lead_time", "service").with_columns(
        safety_stock=found.safety_stock,
        reorder_point=found.reorder_point,
        order_up_to=found.order_up_to,
        lot=found.lot,
        expected_cycle_service=found.cycle_service,
        expected_fill_rate=found.fill_rate,
        turns=found.turns,
    )


def _lots(rows: pl.DataFrame) -> pl.Series:
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


def _with_history(rows: pl.DataFrame, history: pl.DataFrame | None) -> pl.DataFrame:
    if history is None:
        return rows
    renamed = (
        history.rename({"series": "item"})
        if "item" not in history.columns and "series" in history.columns
        else history
    )
    seen = (
        HISTORY.check(renamed)
        .group_by("item")
        .agg(mean=pl.col("quantity").mean(), sd=pl.col("quantity").std())
    )
    return (
        rows.join(seen, on="item", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("demand", "mean").alias("demand"), pl.coalesce("error_sd", "sd").alias("error_sd")
        )
        .drop("mean", "sd")
    )


def _by_service(rows: pl.DataFrame, *, by_fill: bool) -> Policy:
    """The policy that meets each item's service target."""
    return policy(
        rows["demand"].to_numpy(),
        rows["error_sd"].to_numpy(),
        rows["lead_time"].to_numpy(),
        rows["lead_time_sd"].to_numpy(),
        service=rows["service"].to_numpy(),
        by_fill=by_fill,
        review=rows["review_period"].to_numpy(),
        lot=_lots(rows).to_numpy(),
    )


def _by_cost(rows: pl.DataFrame) -> Policy:
    """The policy of least cost: its lot and reorder point, and the service they happen to give."""
    names = ("demand", "error_sd", "lead_time", "order_cost", "holding_cost", "shortage_cost")
    demand, error_sd, lead_time, order_cost, holding_cost, shortage_cost = (
        rows[name].to_numpy() for name in names
    )
    exposed = lead_time + rows["review_period"].to_numpy()
    sigma = safety.lead_time_error(demand, error_sd, exposed, rows["lead_time_sd"].to_numpy())
    best = point_and_lot(
        demand,
        sigma / np.sqrt(exposed),
        lead_time=exposed,
        order_cost=order_cost,
        holding_cost=holding_cost,
        shortage_cost=shortage_cost,
    )
    kept = best.point - demand * exposed
    stock = np.maximum(kept, 0.0) + best.lot / 2
    return Policy(
        kept, best.point, best.point + best.lot, best.lot,
        safety.cycle_service(kept, sigma), safety.fill_rate(kept, sigma, best.lot), demand / stock,
    )  # fmt: skip


def _nothing_missing(rows: pl.DataFrame, costs: tuple[str, ...] = ()) -> None:
    faults = [
        Fault(
            "items",
            row + 1,
            name,
            "nothing",
            "a number",
            "fill it" if name in costs else "fill it, or give the item at least two periods of demand",
        )
        for name in ("demand", "error_sd", *costs)
        for row in rows[name].is_null().arg_true()
    ]
    if faults:
        raise BadTable(faults)
    safety.factor(rows["service"].to_numpy())
