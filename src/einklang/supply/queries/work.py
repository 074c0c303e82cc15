"""Work a supply plan out: policies, the balance of what is sold, requirements of all that goes into it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import polars as pl
from django.utils.translation import gettext as _

from einklang.demand.models import Consensus
from einklang.engine.periods import months_between
from einklang.engine.supply import bom as bills
from einklang.engine.supply.balance import Plan, Settings, balance
from einklang.engine.supply.capacity import bill_of_hours
from einklang.engine.supply.mrp import MrpPlan, plan_requirements
from einklang.supply import rules
from einklang.supply.levers import BASE, Levers
from einklang.supply.queries import inputs as reading
from einklang.supply.queries.inputs import Inputs
from einklang.supply.queries.policies import policies

Progress = Callable[[int, str], None]
PARTS = 5
DUST = 1e-6


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
    orders: pl.DataFrame
    pegs: pl.DataFrame
    exceptions: pl.DataFrame
    fingerprint: str
    seconds: float


def work_out(
    consensus: Consensus,
    *,
    scenario: str = BASE,
    levers: Levers | None = None,
    progress: Progress | None = None,
) -> WorkedOut:
    """Plan supply for what was agreed; reads and computes, writes nothing."""
    from einklang.supply.queries.noticed import noticed

    start = time.perf_counter()
    tell = progress or (lambda done, sentence: None)
    chosen = levers or Levers()
    tell(0, _("Reading demand, stock, bills and hours"))
    inputs = reading.read(consensus, chosen)
    tell(1, _("Setting safety stocks"))
    kept = policies(inputs)
    tell(2, _("Balancing demand against capacity"))
    plan = _balance(inputs, kept)
    tell(3, _("Planning components through all levels"))
    sold = sold_points(inputs, plan)
    needed = _requirements(inputs, sold)
    tell(4, _("Finding what needs attention"))
    orders = _orders(inputs, sold, needed)
    loads = _loads(inputs, plan)
    return WorkedOut(
        consensus, scenario, chosen, inputs, kept, plan,
        pl.concat([sold, _part_points(inputs, needed)], how="diagonal"), loads, orders,
        _pegs(inputs, needed), noticed(inputs, sold, loads, needed), inputs.fingerprint(kept),
        time.perf_counter() - start,
    )  # fmt: skip


def lead_months(days: pl.Expr) -> pl.Expr:
    """A lead time in whole months, to the nearest."""
    return (days / rules.DAYS_A_MONTH).round(0).cast(pl.Int64)


def _balance(inputs: Inputs, kept: pl.DataFrame) -> Plan:
    """The S&OP balance of everything that is sold, over the hours of all its levels."""
    goods = (
        inputs.items.filter(pl.col("item").is_in(pl.Series(inputs.ends).implode()))
        .join(kept.select("item", kept_stock="safety_stock"), on="item", how="left", maintain_order="left")
        .join(inputs.on_hand.rename({"quantity": "on_hand"}), on="item", how="left", maintain_order="left")
        .join(inputs.owed.rename({"quantity": "owed"}), on="item", how="left", maintain_order="left")
        .join(_worth_of_built_in(inputs), on="item", how="left", maintain_order="left")
        .with_columns(cost=pl.col("cost_cents") / 100, price=pl.col("price_cents").fill_null(0) / 100)
        .select(
            "item",
            # What is built in and sold itself is made, and paid, in its own row.
            material_cost=(pl.col("cost") - pl.col("built_in_cents").fill_null(0.0) / 100).clip(0),
            holding_cost=pl.col("cost") * rules.HOLDING_A_MONTH,
            backorder_cost=pl.max_horizontal("cost", "price") * rules.LATE_A_MONTH,
            lost_sale_cost=pl.max_horizontal("price", pl.col("cost") * rules.LOSING_COSTS_AT_LEAST),
            initial_stock=pl.col("on_hand").fill_null(0.0).clip(0),
            initial_backlog=pl.col("owed").fill_null(0.0),
            safety_stock="kept_stock",
            safety_cost=pl.col("cost") * rules.SHORT_OF_SAFETY_A_MONTH,
            end_value=pl.col("cost") * rules.END_STOCK_IS_WORTH,
            lead_time=lead_months(pl.col("lead_time_days")),
        )
    )
    hours = _bill(inputs)
    used = pl.Series(hours["resource"].unique()).implode()
    return balance(
        pl.DataFrame({"period": [_name(month) for month in inputs.months], "working_days": 0.0}),
        goods,
        inputs.demand.select("item", _named("period"), "quantity"),
        inputs.capacity.filter(pl.col("resource").is_in(used)).select(
            "resource",
            _named("period"),
            "hours",
            "overtime_hours",
            overtime_cost=pl.col("overtime_cost_cents") / 100,
        ),
        hours,
        bills.between(inputs.bom, inputs.ends),
        _coming(inputs).filter(pl.col("item").is_in(goods["item"].implode())),
        Settings(),
    )


def _worth_of_built_in(inputs: Inputs) -> pl.DataFrame:
    """The cost of those parts of an end item that are end items themselves."""
    costs = inputs.items.select(pl.col("item").alias("component"), "cost_cents")
    return (
        bills.between(inputs.bom, inputs.ends)
        .join(costs, on="component", how="left")
        .group_by(pl.col("parent").alias("item"))
        .agg(built_in_cents=(pl.col("quantity") * pl.col("cost_cents")).sum())
    )


def _bill(inputs: Inputs) -> pl.DataFrame:
    """Hours of each end item down to the next one that is sold itself, which brings its own."""
    inner = inputs.bom.filter(~pl.col("component").is_in(pl.Series(inputs.ends).implode()))
    made = inputs.routing.select("item", "resource", "hours")
    return bill_of_hours(inner, made, inputs.ends).filter(pl.col("hours") > 0)


def _coming(inputs: Inputs) -> pl.DataFrame:
    """Open orders by month; what is overdue counts in the first, what lies beyond the plan is left out."""
    first, last = inputs.months[0], inputs.months[-1]
    month = pl.col("due").dt.truncate("1mo")
    return (
        inputs.coming.with_columns(period=pl.max_horizontal(month, pl.lit(first)))
        .filter(pl.col("period") <= last)
        .select("item", _named("period"), "quantity")
    )


def _name(month: date) -> str:
    return month.isoformat()


def _named(column: str) -> pl.Expr:
    return pl.col(column).dt.strftime("%Y-%m-%d").alias(column)


def sold_points(inputs: Inputs, plan: Plan) -> pl.DataFrame:
    """What is sold, by month of arrival: the balance's own rows, with open orders and what is built in."""
    kinds = inputs.items.select("item", "kind", lead=lead_months(pl.col("lead_time_days")))
    rows = plan.plan.with_columns(pl.col("period").str.to_date()).join(
        kinds, on="item", how="left", maintain_order="left"
    )
    within = bills.between(inputs.bom, inputs.ends)
    used = (
        within.join(rows.select(pl.col("item").alias("parent"), "period", "make"), on="parent")
        .group_by("period", pl.col("component").alias("item"))
        .agg(used=(pl.col("make") * pl.col("quantity")).sum())
    )
    arrived = pl.col("make").shift(pl.col("lead").first(), fill_value=0.0).over("item")
    coming = (
        _coming(inputs)
        .with_columns(pl.col("period").str.to_date())
        .group_by("item", "period")
        .agg(coming=pl.col("quantity").sum())
    )
    wanted = inputs.demand.select("item", "period", demand="quantity")
    return (
        rows.with_columns(arrived=arrived)
        .with_columns(
            make=pl.when(pl.col("kind") == "make").then("arrived").otherwise(0.0),
            buy=pl.when(pl.col("kind") == "buy").then("arrived").otherwise(0.0),
            is_sold=pl.lit(True),
        )
        .join(wanted, on=["item", "period"], how="left", maintain_order="left")
        .join(used, on=["item", "period"], how="left", maintain_order="left")
        .join(coming, on=["item", "period"], how="left", maintain_order="left")
        .with_columns(pl.col("demand", "used", "coming").fill_null(0.0))
        .select(
            "item",
            "period",
            "is_sold",
            "demand",
            "make",
            "buy",
            "coming",
            "ship",
            "used",
            "stock",
            "backlog",
            "lost",
            "short",
        )
    )


def _requirements(inputs: Inputs, sold: pl.DataFrame) -> MrpPlan:
    """Requirements below the plan: what is sold arrives as planned, its parts are planned from it."""
    at = {month: number + 1 for number, month in enumerate(inputs.months)}
    number = pl.col("period").replace_strict(at, return_dtype=pl.Int64)
    items = _needed_items(inputs)
    names = items["item"].implode()
    wishes = sold.filter(pl.col("ship") > DUST).select(
        "item",
        period=number,
        quantity="ship",
        reference=pl.format("{} {}", "item", pl.col("period").dt.strftime("%Y-%m")),
    )
    plan = whole_orders(sold).select(
        "item", period=number, quantity="quantity", reference="order", firm=pl.lit(True)
    )
    under_way = _under_way(inputs).filter(pl.col("item").is_in(names))
    bom = inputs.bom.filter(pl.col("parent").is_in(names) & pl.col("component").is_in(names))
    return plan_requirements(items, bom, wishes, pl.concat([plan, under_way]), periods=len(inputs.months))


def _needed_items(inputs: Inputs) -> pl.DataFrame:
    """Everything that is sold or goes into it, with stock, lead time and lots; pieces come whole."""
    ends = {"item": inputs.ends, "quantity": 1.0}
    needed = bills.explode(inputs.bom, pl.DataFrame(ends, schema={"item": pl.String, "quantity": pl.Float64}))
    planned = inputs.items.filter(pl.col("item").is_in(needed["item"].implode()))
    is_end = pl.col("item").is_in(pl.Series(inputs.ends).implode())
    pieces = pl.col("unit").str.to_lowercase().is_in(["pcs", "ea", "stk", "each", "st"])
    return planned.join(inputs.on_hand, on="item", how="left", maintain_order="left").select(
        "item",
        on_hand=pl.col("quantity").fill_null(0.0).clip(0),
        lead_time=lead_months(pl.col("lead_time_days")),
        lot_min=pl.when(is_end).then(0.0).otherwise("lot_min"),
        lot_multiple=pl.when((pl.col("lot_multiple") > 0) & ~is_end)
        .then("lot_multiple")
        .when(pieces)
        .then(1.0)
        .otherwise(0.0),
        safety_stock=pl.when(is_end).then(0.0).otherwise("safety_stock"),
        phantom="is_phantom",
    )


def _under_way(inputs: Inputs) -> pl.DataFrame:
    """Open orders that arrive within the plan, by the plan's number of their month."""
    first = inputs.months[0]
    month = (pl.col("due").dt.year() - first.year) * 12 + pl.col("due").dt.month() - first.month + 1
    return inputs.coming.select(
        "item",
        period=month.cast(pl.Int64),
        quantity="quantity",
        reference="reference",
        firm=pl.lit(False),
    ).filter(pl.col("period") <= len(inputs.months))


def whole_orders(sold: pl.DataFrame) -> pl.DataFrame:
    """The plan's arrivals as orders of whole units: never later than planned, less than one unit more."""
    up = (pl.col("arriving").cum_sum().over("item") - DUST).ceil().clip(0)
    return (
        sold.sort("item", "period")
        .with_columns(arriving=pl.col("make") + pl.col("buy"))
        .with_columns(up=up)
        .with_columns(quantity=pl.col("up") - pl.col("up").shift(1, fill_value=0.0).over("item"))
        .filter(pl.col("quantity") > 0)
        .with_columns(order=pl.format("{}#P{}", "item", pl.int_range(1, pl.len() + 1).over("item")))
        .select("item", "period", "quantity", "order")
    )


def _month(inputs: Inputs, column: str) -> pl.Expr:
    """A period number as its month; what lies before the plan is as far before it."""
    start = pl.lit(inputs.months[0])
    return start.dt.offset_by(pl.format("{}mo", pl.col(column) - 1)).alias(column)


def _orders(inputs: Inputs, sold: pl.DataFrame, needed: MrpPlan) -> pl.DataFrame:
    """Orders of the plan and of its parts, with the month to start and the month they are due."""
    kinds = inputs.items.select("item", "kind", lead=lead_months(pl.col("lead_time_days")))
    parts = needed.orders.with_columns(_month(inputs, "release"), _month(inputs, "due")).select(
        "item", "order", "release", "due", "quantity", "good", late_months="late"
    )
    first = pl.lit(inputs.months[0])
    plan = (
        whole_orders(sold)
        .join(kinds, on="item", how="left", maintain_order="left")
        .select(
            "item",
            "order",
            release=pl.max_horizontal(first, pl.col("period").dt.offset_by(pl.format("-{}mo", "lead"))),
            due="period",
            quantity="quantity",
            good="quantity",
            late_months=pl.lit(0, dtype=pl.Int64),
        )
    )
    return pl.concat([plan, parts]).join(
        kinds.select("item", "kind"), on="item", how="left", maintain_order="left"
    )


def _part_points(inputs: Inputs, needed: MrpPlan) -> pl.DataFrame:
    """Stock of the parts by month, as requirements leave it."""
    kinds = inputs.items.select("item", "kind")
    planned = pl.col("planned")
    return (
        needed.projected.filter(~pl.col("item").is_in(pl.Series(inputs.ends).implode()))
        .with_columns(_month(inputs, "period"))
        .join(kinds, on="item", how="left", maintain_order="left")
        .select(
            "item",
            "period",
            pl.lit(False).alias("is_sold"),
            make=pl.when(pl.col("kind") == "make").then(planned).otherwise(0.0),
            buy=pl.when(pl.col("kind") == "buy").then(planned).otherwise(0.0),
            coming="scheduled",
            used="gross",
            stock="stock",
        )
        .with_columns(
            demand=pl.lit(0.0), ship=pl.lit(0.0), backlog=pl.lit(0.0), lost=pl.lit(0.0), short=pl.lit(0.0)
        )
    )


def _pegs(inputs: Inputs, needed: MrpPlan) -> pl.DataFrame:
    stock = pl.when((pl.col("kind") == "stock") | (pl.col("period") < 1)).then(None)
    return needed.pegs.with_columns(_month(inputs, "period")).with_columns(
        period=stock.otherwise(pl.col("period"))
    )


def _loads(inputs: Inputs, plan: Plan) -> pl.DataFrame:
    """Every work centre in every month, also those the plan does not need."""
    worked = plan.resources.with_columns(pl.col("period").str.to_date()).select(
        "resource", "period", "regular", "overtime", "load", "shadow_price"
    )
    return (
        inputs.capacity.select("resource", "period", capacity="hours", overtime_limit="overtime_hours")
        .join(worked, on=["resource", "period"], how="left", maintain_order="left")
        .with_columns(pl.col("regular", "overtime", "load", "shadow_price").fill_null(0.0))
    )


def months_late(start: date, month: date) -> int:
    """How many months a month lies after another."""
    return months_between(start, month)
