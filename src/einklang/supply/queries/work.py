"""A supply plan worked out: policies, the balance over all levels, orders, and what needs attention."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from einklang.demand.models import Consensus
from einklang.engine.supply.balance import Plan
from einklang.engine.supply.mrp import MrpPlan
from einklang.supply.changes import Change
from einklang.supply.levers import BASE, Levers
from einklang.supply.queries import inputs as reading
from einklang.supply.queries import overlays
from einklang.supply.queries.balancing import coming, lead_months, needed_items, solve
from einklang.supply.queries.inputs import Inputs
from einklang.supply.queries.ordering import as_month, order_rows, peg_rows, plan_orders, requirements
from einklang.supply.queries.policies import policies

__all__ = ["PARTS", "WorkedOut", "lead_months", "sold_points", "work_out"]

Progress = Callable[[int, str], None]
PARTS = 5
LEAST_MISSED = 0.5  # of a unit: a fixed quantity missed by less is kept
POINT = (
    "item", "period", "is_sold", "demand", "make", "buy", "started", "coming", "ship", "used", "stock",
    "backlog", "lost", "short", "expired", "demand_price", "fixed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """A plan that is computed and not kept yet: frames by item code, periods as months."""

    consensus: Consensus
    scenario: str
    levers: Levers
    inputs: Inputs
    policies: pl.DataFrame
    balance: Plan
    points: pl.DataFrame
    loads: pl.DataFrame
    suppliers: pl.DataFrame
    orders: pl.DataFrame
    pegs: pl.DataFrame
    exceptions: pl.DataFrame
    conflicts: list[dict[str, Any]]
    fingerprint: str
    seconds: float


def work_out(
    consensus: Consensus,
    *,
    scenario: str = BASE,
    levers: Levers | None = None,
    changes: Sequence[Change] = (),
    progress: Progress | None = None,
) -> WorkedOut:
    """Plan supply for what was agreed; reads and computes, writes nothing.

    A scenario that was kept under this name in the consensus's month brings its changes with it; the
    levers and ``changes`` come after them.
    """
    from einklang.supply.queries.noticed import noticed

    start = time.perf_counter()
    tell = progress or (lambda done, sentence: None)
    chosen = levers or Levers()
    tell(0, _("Reading demand, stock, bills and hours"))
    kept_changes = overlays.changes_under(consensus, scenario)
    inputs = reading.read(consensus, [*kept_changes, *chosen.changes(), *changes])
    tell(1, _("Setting safety stocks"))
    kept = policies(inputs)
    tell(2, _("Balancing demand against capacity"))
    plan = solve(inputs, kept)
    tell(3, _("Planning orders through all levels"))
    rows = balanced(inputs, plan)
    placed = plan_orders(inputs, rows.select("item", "period", "arriving"))
    sold = sold_points(inputs, rows)
    needed = requirements(inputs, rows.select("item", "period", "ship", "expired"), placed)
    tell(4, _("Finding what needs attention"))
    orders = order_rows(inputs, placed, needed)
    points = pl.concat([sold, part_points(inputs, needed, orders, rows)], how="vertical_relaxed")
    loads = _loads(inputs, plan)
    return WorkedOut(
        consensus, scenario, chosen, inputs, kept, plan, points, loads, _givers(plan), orders,
        peg_rows(inputs, needed), noticed(inputs, points, loads, orders, needed), _conflicts(plan),
        inputs.fingerprint(kept), time.perf_counter() - start,
    )  # fmt: skip


def balanced(inputs: Inputs, plan: Plan) -> pl.DataFrame:
    """The balance's own rows of all items by month, with what arrives, and where something was fixed."""
    leads = needed_items(inputs).select("item", "kind", "lead", "is_end")
    wanted = inputs.demand.select("item", "period", demand="quantity")
    prices = plan.demand.select("item", _month(), demand_price="shadow_price")
    by_hand = inputs.fixed.select("item", "period", by_hand=pl.lit(value=True))
    frozen = inputs.months[: int(inputs.rules["frozen_months"])]
    starts = pl.col("period").dt.offset_by(pl.format("-{}mo", "lead"))
    of: Any = {"on": ["item", "period"], "how": "left", "maintain_order": "left"}
    return (
        plan.plan.with_columns(_month())
        .join(leads, on="item", how="left", maintain_order="left")
        .join(wanted, **of)
        .join(prices, **of)
        .join(by_hand, **of)
        .join(coming(inputs).group_by("item", "period").agg(coming=pl.col("quantity").sum()), **of)
        .with_columns(
            pl.col("demand", "demand_price", "coming").fill_null(0.0),
            fixed=pl.col("by_hand").fill_null(value=False) | starts.is_in(frozen),
            # Open orders that come are received too, and stand in a column of their own.
            arriving=(pl.col("received") - pl.col("coming").fill_null(0.0)).clip(0),
        )
    )


def _month() -> pl.Expr:
    return pl.col("period").str.to_date()


def sold_points(inputs: Inputs, rows: pl.DataFrame) -> pl.DataFrame:
    """What is sold, by month of arrival: the balance's own rows."""
    made = pl.col("kind") == "make"
    return rows.filter("is_end").select(
        "item",
        "period",
        pl.lit(value=True).alias("is_sold"),
        "demand",
        pl.when(made).then("arriving").otherwise(0.0).alias("make"),
        pl.when(made).then(0.0).otherwise("arriving").alias("buy"),
        pl.col("make").alias("started"),
        *POINT[7:],
    )


def part_points(inputs: Inputs, needed: MrpPlan, orders: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The parts by month, as their whole lots leave them."""
    facts = needed_items(inputs).select("item", "kind", "is_end", "safety_stock")
    open_orders = coming(inputs).group_by("item", "period").agg(coming=pl.col("quantity").sum())
    starts = orders.group_by("item", pl.col("release").alias("period")).agg(started=pl.col("quantity").sum())
    of: Any = {"on": ["item", "period"], "how": "left", "maintain_order": "left"}
    placed = pl.col("planned") + pl.col("scheduled") - pl.col("coming")
    nothing = [pl.lit(0.0).alias(name) for name in ("demand", "ship", "backlog", "lost", "demand_price")]
    return (
        needed.projected.with_columns(as_month(inputs, "period"))
        .join(facts, on="item", how="left", maintain_order="left")
        .filter(~pl.col("is_end"))
        .join(open_orders, **of)
        .join(starts, **of)
        .join(rows.select("item", "period", "expired"), **of)
        .with_columns(pl.col("coming", "started", "expired").fill_null(0.0), *nothing)
        .with_columns(
            is_sold=pl.lit(value=False),
            make=pl.when(pl.col("kind") == "make").then(placed).otherwise(0.0),
            buy=pl.when(pl.col("kind") == "make").then(0.0).otherwise(placed),
            used=pl.col("gross") - pl.col("expired"),
            short=(pl.col("safety_stock").cast(pl.Float64) - pl.col("stock")).clip(0),
            fixed=pl.lit(value=False),
        )
        .select(POINT)
    )


def _loads(inputs: Inputs, plan: Plan) -> pl.DataFrame:
    """Every work centre in every month, also those the plan does not need."""
    worked = plan.resources.select("resource", _month(), "regular", "overtime", "load", "shadow_price")
    return (
        inputs.capacity.select("resource", "period", capacity="hours", overtime_limit="overtime_hours")
        .join(worked, on=["resource", "period"], how="left", maintain_order="left")
        .with_columns(pl.col("regular", "overtime", "load", "shadow_price").fill_null(0.0))
    )


def _givers(plan: Plan) -> pl.DataFrame:
    """What is bought of suppliers with limits, in the month it is ordered."""
    return plan.purchases.select("supplier", "item", _month(), "quantity", "limit", "shadow_price")


def _conflicts(plan: Plan) -> list[dict[str, Any]]:
    """Fixed quantities that the plan could not keep, by the month in which they would start."""
    missed = plan.changes.filter(
        (pl.col("why") != "free") & ((pl.col("make") - pl.col("former")).abs() >= LEAST_MISSED)
    )
    return [
        {"item": item, "period": period, "why": why, "fixed": round(former, 2), "made": round(make, 2)}
        for item, period, why, former, make in missed.select(
            "item", "period", "why", "former", "make"
        ).iter_rows()
    ]
