"""What the schedule of the first weeks rests on: deliveries by week, open orders, parts, hours by day."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from einklang.catalog import queries as catalog
from einklang.engine.periods import add_months, month_end, month_range
from einklang.kernel import clock
from einklang.orders import queries as orders
from einklang.supply.models import SupplyRun
from einklang.supply.queries.runs import load_frame, plan_frame

MONTHS = 2
"""The months of the plan that are scheduled by the day."""
BEYOND_DAYS = 120
"""How far the calendar reaches beyond them, for what comes late."""
FRIDAY = 4
ORDERED, PLANNED, STOCK = 1.0, 2.0, 3.0
"""Customers' orders go before what is forecast, and that before what the plan puts in store."""
PIECES = ("pcs", "ea", "stk", "each", "st")
NEEDS = {
    "order": pl.String,
    "kind": pl.String,
    "item": pl.String,
    "quantity": pl.Float64,
    "due": pl.Date,
    "priority": pl.Float64,
    "period": pl.Date,
    "number": pl.String,
}


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a schedule; ``needs`` are its orders with what they are: ordered, plan or stock."""

    start: date
    end: date
    days: int
    needs: pl.DataFrame
    items: pl.DataFrame
    bom: pl.DataFrame
    routing: pl.DataFrame
    resources: pl.DataFrame
    calendar: pl.DataFrame
    receipts: pl.DataFrame
    under_way: pl.DataFrame
    centres: dict[str, str]
    names: dict[str, str]


def tables_of(of: SupplyRun) -> Tables:
    """Read what the first weeks of a plan rest on; the stock is that of the day before they begin."""
    start = add_months(of.as_of, 1)
    months = month_range(start, MONTHS)
    end, counted = month_end(months[-1]), month_end(of.as_of)
    calendar = _calendar(of, start, end)
    items = catalog.items_frame()
    bought = items.filter(pl.col("kind") == "buy")["item"].implode()
    steps = catalog.routing_steps_frame().filter(~pl.col("item").is_in(bought))
    bom = catalog.bom_frame(counted).filter(~pl.col("parent").is_in(bought))
    receipts, under_way = _coming(counted, steps)
    return Tables(
        start, end, (end - start).days + 1 + BEYOND_DAYS,
        _needs(of, months, counted, items),
        _items(items, counted),
        bom,
        steps,
        calendar.group_by("resource", maintain_order=True).agg(hours_per_day=pl.col("usual").max()).join(
            _prices(of, months), on="resource", how="left"
        ),
        calendar.select("resource", "day", "hours"),
        receipts,
        under_way,
        dict(calendar.select("resource", "name").unique().iter_rows()),
        dict(items.select("item", "name").iter_rows()),
    )  # fmt: skip


def _calendar(of: SupplyRun, start: date, end: date) -> pl.DataFrame:
    """Hours by day: the usual ones, in the months of the plan with its overtime and its scenario's hours."""
    until = end + timedelta(days=BEYOND_DAYS)
    usual = catalog.calendar_frame(start, until).with_columns(period=pl.col("day").dt.truncate("1mo"))
    planned = load_frame(of).select("resource", "period", worth=pl.col("capacity") + pl.col("overtime"))
    by_month = usual.group_by("resource", "period").agg(month_hours=pl.col("hours").sum())
    return (
        usual.join(by_month, on=["resource", "period"], how="left", maintain_order="left")
        .join(planned, on=["resource", "period"], how="left", maintain_order="left")
        .with_columns(usual=pl.col("hours"))
        .with_columns(
            hours=pl.when((pl.col("month_hours") > 0) & pl.col("worth").is_not_null())
            .then(pl.col("hours") * pl.col("worth") / pl.col("month_hours"))
            .otherwise("hours")
        )
    )


def _prices(of: SupplyRun, months: list[date]) -> pl.DataFrame:
    """What one more hour of a work centre is worth in these months."""
    found = load_frame(of).filter(pl.col("period").is_in(months))
    return found.group_by("resource").agg(pl.col("shadow_price").max())


def _needs(of: SupplyRun, months: list[date], counted: date, items: pl.DataFrame) -> pl.DataFrame:
    """Deliveries of the plan: orders on their own day, the rest by week, and what is in stock at the end."""
    plan = plan_frame(of).filter(pl.col("period").is_in(months))
    sold = plan["item"].unique().implode()
    waiting = (
        orders.open_orders(counted, booked_until=clock.today())
        .filter(pl.col("item").is_in(sold))
        .with_columns(due=pl.col("due").fill_null(pl.col("period").dt.month_end()))
        .with_columns(period=pl.max_horizontal(pl.col("due").dt.truncate("1mo"), pl.lit(months[0])))
        .filter(pl.col("period") <= months[-1])
    )
    ordered = waiting.select(
        pl.format("{}/{}", "order", "line").alias("order"),
        pl.lit("ordered").alias("kind"),
        "item",
        "quantity",
        "due",
        pl.lit(ORDERED).alias("priority"),
        "period",
        pl.col("order").alias("number"),
    )
    booked = waiting.group_by("item", "period").agg(booked=pl.col("quantity").sum())
    rest = (
        plan.join(booked, on=["item", "period"], how="left", maintain_order="left")
        .with_columns(quantity=pl.col("ship") - pl.col("booked").fill_null(0.0))
        .filter(pl.col("quantity") > 0)
    )
    last = plan.filter((pl.col("period") == months[-1]) & (pl.col("stock") > 0))
    kept = last.select(
        pl.format("{} {}", "item", pl.lit("stock")).alias("order"),
        pl.lit("stock").alias("kind"),
        "item",
        pl.col("stock").floor().alias("quantity"),
        pl.lit(month_end(months[-1])).alias("due"),
        pl.lit(STOCK).alias("priority"),
        "period",
        pl.lit(None, dtype=pl.String).alias("number"),
    )
    parts = [ordered, _by_week(rest, items), kept.filter(pl.col("quantity") > 0)]
    return pl.concat([part.select(list(NEEDS)).cast(pl.Schema(NEEDS)) for part in parts])


def _by_week(rest: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """A month's quantity due in equal parts on its Fridays, pieces whole."""
    fridays = [
        (month, day, turn, len(found))
        for month in rest["period"].unique().sort().to_list()
        for found in (_fridays(month),)
        for turn, day in enumerate(found, start=1)
    ]
    weeks = pl.DataFrame(
        fridays,
        schema={"period": pl.Date, "due": pl.Date, "turn": pl.Int64, "of": pl.Int64},
        orient="row",
    )
    pieces = items.select("item", piece=pl.col("unit").str.to_lowercase().is_in(PIECES))
    until = pl.col("quantity") * pl.col("turn") / pl.col("of")
    return (
        rest.select("item", "period", "quantity")
        .join(pieces, on="item", how="left", maintain_order="left")
        .join(weeks, on="period", maintain_order="left")
        .with_columns(until=pl.when("piece").then((until + 1e-6).floor()).otherwise(until))
        .with_columns(part=pl.col("until") - pl.col("until").shift(1, fill_value=0.0).over("item", "period"))
        .filter(pl.col("part") > 0)
        .select(
            pl.format("{} {}", "item", pl.col("due").dt.strftime("%G-W%V")).alias("order"),
            pl.lit("plan").alias("kind"),
            "item",
            pl.col("part").alias("quantity"),
            "due",
            pl.lit(PLANNED).alias("priority"),
            "period",
            pl.lit(None, dtype=pl.String).alias("number"),
        )
    )


def _fridays(month: date) -> list[date]:
    """The Fridays of a month."""
    days = [month + timedelta(days=offset) for offset in range(monthrange(month.year, month.month)[1])]
    return [day for day in days if day.weekday() == FRIDAY]


def _items(items: pl.DataFrame, counted: date) -> pl.DataFrame:
    """Stock, lots and lead times in days; what is bought has its supplier's."""
    terms = catalog.supply_terms_frame().group_by("item", maintain_order=True).first()
    term = terms.select("item", "minimum", "multiple", supplier_days="lead_time_days")
    stock = orders.on_hand(counted).group_by("item").agg(on_hand=pl.col("quantity").sum())
    is_bought = pl.col("kind") == "buy"
    piece = pl.col("unit").str.to_lowercase().is_in(PIECES)

    def own_or_term(own: str, of_term: str) -> pl.Expr:
        return pl.when(is_bought).then(pl.coalesce(of_term, own)).otherwise(own).fill_null(0.0)

    return (
        items.join(term, on="item", how="left", maintain_order="left")
        .join(stock, on="item", how="left", maintain_order="left")
        .select(
            "item",
            on_hand=pl.col("on_hand").fill_null(0.0).clip(0),
            lead_time=own_or_term("lead_time_days", "supplier_days").cast(pl.Float64),
            lot_min=own_or_term("lot_min", "minimum"),
            lot_multiple=pl.when((own_or_term("lot_multiple", "multiple") <= 0) & piece)
            .then(1.0)
            .otherwise(own_or_term("lot_multiple", "multiple")),
        )
    )


def _coming(counted: date, steps: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Open orders: those with steps still to do are under way, the others come on their day."""
    found = orders.open_supply(counted, decided_until=clock.today())
    made = found.filter((pl.col("kind") == "make") & pl.col("item").is_in(steps["item"].unique().implode()))
    under_way = (
        made.join(orders.steps_to_do(counted), on="reference", how="left", maintain_order="left")
        .sort("due", "reference")
        .unique("reference", keep="first", maintain_order=True)
        .select("reference", "item", "quantity", "step")
    )
    receipts = found.join(under_way, on="reference", how="anti").select(
        "item", "due", "quantity", "reference"
    )
    return receipts, under_way
