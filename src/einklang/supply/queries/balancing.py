"""The tables of the S&OP balance: everything that is sold and all that goes into it, month by month.

Components stand in the balance beside what they go into, with their own stock, lead time and hours, so
that what they lack limits the plan; so do suppliers' months, shelf lives, the frozen fence, and what
planners fixed.
"""

from dataclasses import fields
from typing import Any

import polars as pl

from einklang.engine.supply import bom as bills
from einklang.engine.supply.balance import Plan, Settings, balance
from einklang.engine.supply.balance.frames import Tables
from einklang.supply import rules
from einklang.supply.queries.inputs import Inputs

SEASON, SOON = 12, 3  # months
STEADY = ("off the fence", "plan changes")
PIECES = ("pcs", "ea", "stk", "each", "st")


def solve(inputs: Inputs, kept: pl.DataFrame) -> Plan:
    """The plan of least cost for everything that is sold and all that goes into it."""
    given = tables(inputs, kept)
    named_tables = {one.name: getattr(given, one.name) for one in fields(given)}
    return balance(**named_tables, settings=settings(inputs, given.items))


def lead_months(days: pl.Expr) -> pl.Expr:
    """A lead time in whole months, to the nearest."""
    return (days / rules.DAYS_A_MONTH).round(0).cast(pl.Int64)


def named(column: str = "period") -> pl.Expr:
    """A month by the name it has in the balance."""
    return pl.col(column).dt.strftime("%Y-%m-%d").alias("period")


def needed_items(inputs: Inputs) -> pl.DataFrame:
    """Everything that is sold or goes into it: the items' facts, and ``lead``, ``is_end``, ``step``.

    ``step`` is 1 where the item is counted in pieces, else 0.
    """
    ends = pl.DataFrame({"item": inputs.ends}, schema={"item": pl.String}).with_columns(quantity=pl.lit(1.0))
    needed = bills.explode(inputs.bom, ends)["item"].implode()
    return inputs.items.filter(pl.col("item").is_in(needed)).with_columns(
        lead=pl.when(pl.col("is_phantom")).then(0).otherwise(lead_months(pl.col("lead_time_days"))),
        is_end=pl.col("item").is_in(pl.Series(inputs.ends, dtype=pl.String).implode()),
        step=pl.col("unit").str.to_lowercase().is_in(PIECES).cast(pl.Float64),
    )


def coming(inputs: Inputs) -> pl.DataFrame:
    """Open orders by item and month; what is overdue comes in the first, what lies beyond is left out."""
    first, last = inputs.months[0], inputs.months[-1]
    return (
        inputs.coming.with_columns(period=pl.max_horizontal(pl.col("due").dt.truncate("1mo"), pl.lit(first)))
        .filter(pl.col("period") <= last)
        .select("item", "period", "quantity", "reference", "kind")
    )


def tables(inputs: Inputs, kept: pl.DataFrame) -> Tables:
    """The balance of a plan, from what it rests on and the policies it keeps."""
    needed = needed_items(inputs)
    codes = needed["item"].implode()
    bom = inputs.bom.filter(pl.col("parent").is_in(codes) & pl.col("component").is_in(codes))
    routing = inputs.routing.filter(pl.col("item").is_in(codes) & (pl.col("hours") > 0))
    goods = _goods(inputs, needed, kept)
    used = routing["resource"].unique().implode()
    return Tables(
        pl.DataFrame({"period": [month.isoformat() for month in inputs.months]}).with_columns(
            working_days=pl.lit(0.0)
        ),
        goods,
        inputs.demand.filter(pl.col("item").is_in(codes)).select("item", named(), "quantity"),
        inputs.capacity.filter(pl.col("resource").is_in(used)).select(
            "resource",
            named(),
            "hours",
            "overtime_hours",
            overtime_cost=pl.col("overtime_cost_cents") / 100,
        ),
        routing.select("item", "resource", "hours"),
        bom,
        coming(inputs).filter(pl.col("item").is_in(codes)).select("item", named(), "quantity"),
        **_more(inputs, needed, kept),
    )


def settings(inputs: Inputs, goods: pl.DataFrame) -> Settings:
    """A quantity that somebody fixed gives way last: after any sale is lost."""
    dearest = goods["lost_sale_cost"].max() or 0.0
    return Settings(
        frozen_periods=int(inputs.rules["frozen_months"]),
        fence_cost=rules.FENCE_IN_LOST_SALES * float(str(dearest)),
    )


def _more(inputs: Inputs, needed: pl.DataFrame, kept: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """What only some plans have: limits of suppliers, the approved plan, fixed quantities; and the end."""
    more = {
        "suppliers": _suppliers(inputs, needed),
        "former": inputs.former.filter(pl.col("item").is_in(needed["item"].implode())).select(
            "item", named(), make="started"
        ),
        "fixed": _fixed(inputs, needed),
        "targets": _at_the_end(inputs, kept),
    }
    return {name: table for name, table in more.items() if table.height}


def _suppliers(inputs: Inputs, needed: pl.DataFrame) -> pl.DataFrame:
    """Who gives how much, of items that somebody gives a limited quantity of.

    A part is paid with what it goes into; a dearer supplier costs what is paid above the cheapest.
    """
    limited = inputs.terms.filter(pl.col("maximum").is_not_null())["item"].unique().implode()
    bought = needed.filter(pl.col("kind") == "buy").select("item", "is_end")
    paid = pl.col("price_cents") / 100
    more = paid - paid.min().over("item")
    return (
        inputs.terms.filter(pl.col("item").is_in(limited))
        .join(bought, on="item", how="inner", maintain_order="left")
        .select(
            "supplier",
            "item",
            named(),
            price=pl.when(pl.col("is_end")).then(paid).otherwise(more),
            maximum="maximum",
        )
    )


def _fixed(inputs: Inputs, needed: pl.DataFrame) -> pl.DataFrame:
    """What planners fixed, by the month in which it has to start."""
    first, last = inputs.months[0], inputs.months[-1]
    starts = pl.col("period").dt.offset_by(pl.format("-{}mo", "lead"))
    return (
        inputs.fixed.join(needed.select("item", "lead"), on="item", how="inner", maintain_order="left")
        .with_columns(period=starts)
        .filter((pl.col("period") >= first) & (pl.col("period") <= last))
        .select("item", named(), make="quantity")
    )


def _at_the_end(inputs: Inputs, kept: pl.DataFrame) -> pl.DataFrame:
    """The safety stock of the last month, for the demand that follows: that of the year before it.

    Falling short of it counts as if it lasted on; the plan would else end with what it has sold out.
    """
    after = inputs.months[-SEASON : -SEASON + SOON or None] if len(inputs.months) >= SEASON else []
    wished = inputs.demand.group_by("item").agg(
        first=pl.col("quantity").filter(pl.col("period").is_in(inputs.months[:SOON])).mean(),
        then=pl.col("quantity").filter(pl.col("period").is_in(after)).mean(),
    )
    grows = pl.when(pl.col("first") > 0).then(pl.col("then") / pl.col("first")).fill_null(1.0)
    ahead = rules.SHORT_OF_SAFETY_A_MONTH * rules.SHORT_AT_THE_END_MONTHS
    costs = inputs.items.select("item", "cost_cents")
    return (
        kept.select("item", "safety_stock")
        .join(wished, on="item", how="left", maintain_order="left")
        .join(costs, on="item", how="left", maintain_order="left")
        .select(
            "item",
            pl.lit(inputs.months[-1].isoformat()).alias("period"),
            safety_stock=pl.col("safety_stock") * grows.clip(0.5, 2.0).fill_null(1.0),
            safety_cost=pl.col("cost_cents") / 100 * ahead,
        )
    )


def in_money(cost: pl.DataFrame) -> pl.DataFrame:
    """The balance's costs that are money, without the prices of stability.

    A unit off what is fixed or approved has a price only so that it gives way last; nobody pays it.
    """
    return cost.filter(~pl.col("kind").is_in(STEADY))


def _goods(inputs: Inputs, needed: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """What each item costs to get, to hold, to owe and to lose; what lies there, and what should.

    The cost of what is sold holds that of all its parts, so it is paid when that is made or bought, and its
    parts are not paid again: prices of parts that do not add up to it cannot bend the plan.
    """
    prices = inputs.prices.group_by("item").agg(mean_cents=pl.col("price_cents").mean())
    of: Any = {"on": "item", "how": "left", "maintain_order": "left"}
    cost, price = pl.col("cost"), pl.col("price")
    end = pl.col("is_end")
    life = (pl.col("shelf_life_days") / rules.DAYS_A_MONTH).floor().clip(1)
    change = cost * inputs.rules["change_share"]
    rows = (
        needed.join(kept.select("item", kept_stock="safety_stock"), **of)
        .join(inputs.on_hand.rename({"quantity": "on_hand"}), **of)
        .join(inputs.owed.rename({"quantity": "owed"}), **of)
        .join(_worth_of_built_in(inputs), **of)
        .join(prices, **of)
        .with_columns(
            cost=pl.col("cost_cents") / 100,
            price=pl.coalesce("mean_cents", "price_cents", pl.lit(0.0)) / 100,
        )
    )
    return rows.select(
        "item",
        # What is built in and sold itself is made, and paid, in its own row.
        material_cost=pl.when(end)
        .then((cost - pl.col("built_in_cents").fill_null(0.0) / 100).clip(0))
        .otherwise(0.0),
        holding_cost=pl.when(~pl.col("is_phantom")).then(cost * rules.HOLDING_A_MONTH),
        backorder_cost=pl.when(end).then(pl.max_horizontal("cost", "price") * rules.LATE_A_MONTH),
        lost_sale_cost=pl.when(end).then(pl.max_horizontal(price, cost * rules.LOSING_COSTS_AT_LEAST)),
        initial_stock=pl.col("on_hand").fill_null(0.0).clip(0),
        initial_backlog=pl.col("owed").fill_null(0.0),
        safety_stock=pl.coalesce("kept_stock", "safety_stock").cast(pl.Float64),
        safety_cost=cost * rules.SHORT_OF_SAFETY_A_MONTH,
        end_value=pl.when(end).then(cost * rules.END_STOCK_IS_WORTH),
        lead_time="lead",
        shelf_life=life.cast(pl.Int64),
        change_cost=change,
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
