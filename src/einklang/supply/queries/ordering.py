"""From the balance to orders: whole lots, what they draw, and what each order is for."""

import polars as pl

from einklang.engine.supply.mrp import MrpPlan, plan_requirements
from einklang.engine.supply.whole import whole_lots, whole_units
from einklang.supply.queries.balancing import coming, needed_items
from einklang.supply.queries.inputs import Inputs

DUST = 1e-6


def plan_orders(inputs: Inputs, arrivals: pl.DataFrame) -> pl.DataFrame:
    """The balance's arrivals (item, period, arriving) as orders: item, period, quantity, order.

    What is sold and made comes in whole units, never more than its parts and hours allow, the rest of a
    unit with the next month; what is bought and what goes into it comes in lots, never later than planned.
    Phantoms get no orders: what they consist of does.
    """
    facts = needed_items(inputs).select(
        "item",
        "step",
        "lot_min",
        "lot_multiple",
        "is_phantom",
        early=(pl.col("kind") == "buy") | ~pl.col("is_end"),
    )
    rows = arrivals.join(facts.filter(~pl.col("is_phantom")), on="item", how="inner", maintain_order="left")
    parts = []
    for early, lots in rows.partition_by("early", as_dict=True, maintain_order=True).items():
        grid = lots["arriving"].to_numpy().reshape(-1, len(inputs.months))
        one = lots.group_by("item", maintain_order=True).first()
        step = one["step"].to_numpy()
        if early[0]:
            multiple = one.select(pl.max_horizontal("lot_multiple", "step")).to_series().to_numpy()
            placed = whole_lots(grid, minimum=one["lot_min"].to_numpy(), multiple=multiple)
        else:
            placed = whole_units(grid, step)
        parts.append(lots.select("item", "period", quantity=pl.Series(placed.ravel())))
    numbered = pl.format("{}#P{}", "item", pl.int_range(1, pl.len() + 1).over("item"))
    return (
        pl.concat(parts).filter(pl.col("quantity") > DUST).sort("item", "period").with_columns(order=numbered)
    )


def requirements(inputs: Inputs, rows: pl.DataFrame, placed: pl.DataFrame) -> MrpPlan:
    """What the orders draw through all levels, and what more that asks for.

    ``rows`` are the balance's: item, period, ship, expired. It keeps the safety stocks, so that nothing is
    asked for here on their account; what outlasts its shelf life leaves the stock like a demand.
    """
    at = {month: number + 1 for number, month in enumerate(inputs.months)}
    number = pl.col("period").replace_strict(at, return_dtype=pl.Int64)
    needed = needed_items(inputs)
    names = needed["item"].implode()
    wishes = _wishes(rows, needed).with_columns(period=number)
    firm = placed.select(
        "item", period=number, quantity="quantity", reference="order", firm=pl.lit(value=True)
    )
    waiting = coming(inputs).filter(pl.col("item").is_in(names))
    under_way = waiting.select(
        "item", period=number, quantity="quantity", reference="reference", firm=pl.lit(value=False)
    )
    bom = inputs.bom.filter(pl.col("parent").is_in(names) & pl.col("component").is_in(names))
    items = needed.join(inputs.on_hand, on="item", how="left", maintain_order="left").select(
        "item",
        on_hand=pl.col("quantity").fill_null(0.0).clip(0),
        lead_time="lead",
        lot_min=pl.when(pl.col("is_end")).then(0.0).otherwise("lot_min"),
        lot_multiple=pl.when((pl.col("lot_multiple") > 0) & ~pl.col("is_end"))
        .then("lot_multiple")
        .otherwise("step"),
        safety_stock=pl.lit(0.0),
        phantom="is_phantom",
    )
    return plan_requirements(items, bom, wishes, pl.concat([firm, under_way]), periods=len(inputs.months))


def _wishes(rows: pl.DataFrame, needed: pl.DataFrame) -> pl.DataFrame:
    """What leaves the stock: shipped in whole steps, never before the balance ships it, and expired."""
    whole = rows.join(needed.select("item", "step"), on="item", how="left", maintain_order="left")
    sums = pl.col("ship").cum_sum().over("item")
    floored = pl.when(pl.col("step") > 0).then((sums + DUST).floor()).otherwise(sums)
    called = pl.format("{} {}", "item", pl.col("period").dt.strftime("%Y-%m"))
    shipped = (
        whole.with_columns(up=floored)
        .with_columns(quantity=pl.col("up") - pl.col("up").shift(1, fill_value=0.0).over("item"))
        .filter(pl.col("quantity") > DUST)
        .select("item", "period", "quantity", reference=called)
    )
    gone = rows.filter(pl.col("expired") > DUST).select(
        "item", "period", quantity="expired", reference=pl.format("{} expired", called)
    )
    return pl.concat([shipped, gone])


def order_rows(inputs: Inputs, placed: pl.DataFrame, needed: MrpPlan) -> pl.DataFrame:
    """All orders: of the plan, and what its whole lots ask for beyond it; when to start, when due."""
    kinds = needed_items(inputs).select("item", "kind", "lead")
    more = needed.orders.with_columns(as_month(inputs, "release"), as_month(inputs, "due")).select(
        "item", "order", "release", "due", "quantity", "good", late_months="late"
    )
    plan = placed.join(kinds, on="item", how="left", maintain_order="left").select(
        "item",
        "order",
        release=pl.max_horizontal(
            pl.lit(inputs.months[0]), pl.col("period").dt.offset_by(pl.format("-{}mo", "lead"))
        ),
        due="period",
        quantity="quantity",
        good="quantity",
        late_months=pl.lit(0, dtype=pl.Int64),
    )
    return pl.concat([plan, more]).join(
        kinds.select("item", "kind"), on="item", how="left", maintain_order="left"
    )


def peg_rows(inputs: Inputs, needed: MrpPlan) -> pl.DataFrame:
    """Links from supplies to what draws them; stock has no month."""
    stock = pl.when((pl.col("kind") == "stock") | (pl.col("period") < 1)).then(None)
    return needed.pegs.with_columns(as_month(inputs, "period")).with_columns(
        period=stock.otherwise(pl.col("period"))
    )


def as_month(inputs: Inputs, column: str) -> pl.Expr:
    """A period number as its month; what lies before the plan is as far before it."""
    start = pl.lit(inputs.months[0])
    return start.dt.offset_by(pl.format("{}mo", pl.col(column) - 1)).alias(column)
