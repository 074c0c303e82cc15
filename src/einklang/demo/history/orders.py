"""Orders as they were booked, shipped and sent back: lines put together, priced, promised and delivered."""

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl

from einklang.demo.accounts import on_seat
from einklang.demo.company import SEATS
from einklang.demo.history.money import PRICE_RISE
from einklang.demo.history.wishes import promotions
from einklang.demo.items import STARVED, Thing
from einklang.demo.times import Times, working_day

RETURN_REASONS = ("Falsche Ausführung bestellt", "Transportschaden", "Dichtung undicht", "Zu viel bestellt")
# Months, counted from the first, in which the starved items ran out: the foundry was late.
DRY_MONTHS = ((7, 9), (19, 20), (30, 32))
DEAL_DISCOUNT = 0.03
SEASON_OF_THE_BENCH = (4, 5, 6, 7)


class Book(NamedTuple):
    """The order book: orders, their lines, shipments and returns, by number."""

    orders: pl.DataFrame
    lines: pl.DataFrame
    shipments: pl.DataFrame
    returns: pl.DataFrame


def book(
    times: Times,
    things: dict[str, Thing],
    wishes: pl.DataFrame,
    won: pl.DataFrame,
    customers: pl.DataFrame,
    rates: pl.DataFrame,
) -> Book:
    """All orders booked up to the end of the demo month, with what became of them."""
    dice = times.dice("orders")
    from_deals = won.with_columns(pl.col("deal").alias("group")).select(ORDERED)
    lines = pl.concat([_put_together(times, dice, wishes), from_deals])
    lines = _numbered(
        lines.filter(pl.col("ordered_on") <= times.last_day).sort("ordered_on", "group", "item")
    )
    lines = _priced(times, things, lines, customers, rates)
    lines = _delivered(dice, times, things, _lost(dice, times, lines))
    gone = lines.filter(pl.col("shipped_on").is_not_null())
    shipments = gone.select("order", "line_number", "item", "territory", "shipped_on", "quantity")
    return Book(
        _heads(dice, times, lines), lines, _in_parts(dice, shipments), _sent_back(dice, times, shipments)
    )


ORDERED = ["group", "deal", "account", "item", "quantity", "ordered_on", "wished_on"]


def _put_together(times: Times, dice: np.random.Generator, wishes: pl.DataFrame) -> pl.DataFrame:
    """Everyday lines as orders: up to three lines or so of a customer's month on one order."""
    places = (pl.len().over("account", "month") + 2) // 3
    slots = wishes.with_columns(
        (pl.Series(dice.random(wishes.height)) * places).floor().cast(pl.Int64).alias("slot")
    )
    groups = slots.select("month", "account", "slot").unique(maintain_order=True)
    lead = np.clip(np.round(dice.lognormal(2.8, 0.55, groups.height)), 3, 75).astype(int)
    months = pl.DataFrame({"month": range(60), "start": [times.at(index) for index in range(60)]})
    groups = (
        groups.join(months, on="month", how="left", maintain_order="left")
        .with_columns(
            friday(
                pl.col("start") + pl.duration(days=pl.lit(pl.Series(dice.integers(2, 28, groups.height))))
            ).alias("wished_on")
        )
        .with_columns(
            friday(pl.col("wished_on") - pl.duration(days=pl.lit(pl.Series(lead)))).alias("ordered_on"),
            pl.format("o{}", pl.int_range(pl.len())).alias("group"),
            pl.lit(None, pl.String).alias("deal"),
        )
    )
    return slots.join(groups, on=["month", "account", "slot"], how="left", maintain_order="left").select(
        ORDERED
    )


def friday(day: pl.Expr) -> pl.Expr:
    """The day itself, or the Friday before a weekend."""
    return day - pl.duration(days=pl.max_horizontal(day.dt.weekday().cast(pl.Int64) - 5, pl.lit(0)))


def _numbered(lines: pl.DataFrame) -> pl.DataFrame:
    groups = lines.select("group").unique(maintain_order=True).with_row_index("place", offset=40001)
    return lines.join(groups, on="group", how="left", maintain_order="left").with_columns(
        pl.format("A{}", "place").alias("order"),
        pl.int_range(1, pl.len() + 1).over("group").alias("line_number"),
        pl.col("wished_on").dt.truncate("1mo").alias("period"),
    )


def _priced(
    times: Times, things: dict[str, Thing], lines: pl.DataFrame, customers: pl.DataFrame, rates: pl.DataFrame
) -> pl.DataFrame:
    """List price of the day, less the customer's and the promotion's discount, in the customer's currency."""
    prices = pl.DataFrame([(thing.code, thing.price_cents, thing.family) for thing in things.values()],
                          schema=["item", "price", "family"], orient="row")  # fmt: skip
    cuts = pl.DataFrame(
        promotions(times), schema=["promotion", "_", "family", "cut", "period", "end"], orient="row"
    )
    francs = rates.filter(pl.col("quote") == "CHF").select(ordered_on="day", rate="closing")
    known = customers.select("discount", "currency", "territory", "seat", "country", account="code")
    ordinary = pl.col("deal").is_null()
    years = pl.col("ordered_on").dt.year() - times.month.year
    rate = pl.when(pl.col("currency") == "CHF").then("rate").otherwise(1.0)
    discount = 1 - (1 - pl.col("discount")) * (1 - pl.when(ordinary).then("cut").fill_null(0))
    priced = (
        lines.join(prices, on="item", how="left", maintain_order="left")
        .join(known, on="account", how="left", maintain_order="left")
        .join(
            cuts.select("promotion", "family", "cut", "period"),
            on=["family", "period"],
            how="left",
            maintain_order="left",
        )
        .join(francs, on="ordered_on", how="left", maintain_order="left")
        .with_columns(
            (pl.col("price") * (1 + PRICE_RISE) ** years * rate).round(0).alias("unit_cents"),
            (discount + pl.when(ordinary).then(0.0).otherwise(DEAL_DISCOUNT)).round(4).alias("discount"),
            pl.when(ordinary).then("promotion").alias("promotion"),
        )
    )
    amount = pl.col("unit_cents") * pl.col("quantity") * (1 - pl.col("discount"))
    return priced.with_columns(amount.round(0).cast(pl.Int64).alias("amount_cents")).drop(
        "rate", "cut", "price"
    )


def _lost(dice: np.random.Generator, times: Times, lines: pl.DataFrame) -> pl.DataFrame:
    """In the dry months much of what was wished of the starved items is lost; never the whole of an order."""
    dry = [times.at(month) for first, last in DRY_MONTHS for month in range(first, last + 1)]
    out = pl.col("item").is_in(STARVED) & pl.col("period").is_in(dry) & pl.col("deal").is_null()
    marked = lines.with_columns((out & (pl.Series(dice.random(lines.height)) < 0.75)).alias("is_lost"))
    return marked.with_columns(pl.col("is_lost") & ~pl.col("is_lost").all().over("order"))


def _delivered(
    dice: np.random.Generator, times: Times, things: dict[str, Thing], lines: pl.DataFrame
) -> pl.DataFrame:
    """When each line was promised and when it left: nine of ten on time, fewer in the season."""
    rows = lines.height
    wait = np.where(dice.random(rows) < 0.07, dice.integers(5, 16, rows), 0)
    tested = [code for code, thing in things.items() if any(step[0] == "PRF" for step in thing.steps)]
    busy = lines["period"].dt.month().is_in(SEASON_OF_THE_BENCH) & lines["item"].is_in(tested)
    risk = 0.075 + 0.11 * busy.to_numpy() + 0.14 * lines["item"].is_in(STARVED).to_numpy()
    orders = lines["order"].rank("dense").cast(pl.Int64).to_numpy() - 1
    late = dice.random(rows)[orders] < risk  # the lines of one order are late together
    delay = np.where(
        late, np.clip(np.round(dice.lognormal(1.75, 0.7, rows)), 3, 45), -dice.integers(0, 3, rows)
    )
    promised = pl.col("wished_on") + pl.duration(days=pl.lit(pl.Series(wait)))
    left = pl.max_horizontal(
        friday(promised + pl.duration(days=pl.lit(pl.Series(delay.astype(int))))),
        pl.col("ordered_on") + pl.duration(days=1),
        pl.lit(working_day(times.first)),  # what left before is in the count the history begins with
    )
    gone = (left <= times.last_day) & ~pl.col("is_lost")
    return lines.with_columns(promised.alias("promised_on"), pl.when(gone).then(left).alias("shipped_on"))


def _heads(dice: np.random.Generator, times: Times, lines: pl.DataFrame) -> pl.DataFrame:
    """The heads of the orders: totals that foot to the lines that were not lost."""
    waiting = (pl.col("shipped_on").is_null() & ~pl.col("is_lost")).any()
    heads = lines.group_by("order", maintain_order=True).agg(
        pl.first("deal", "account", "seat", "territory", "country", "currency", "ordered_on", "period"),
        pl.first("wished_on").alias("due_on"),
        pl.col("amount_cents").filter(~pl.col("is_lost")).sum().alias("subtotal_cents"),
        pl.when(waiting).then(None).otherwise(pl.col("shipped_on").max()).alias("shipped_on"),
        (pl.col("family") == "ersatzteile").all().alias("spares"),
    )
    tax = pl.when(pl.col("country") == "DE").then((pl.col("subtotal_cents") * 0.19).round(0)).otherwise(0)
    shop = pl.col("spares") | (pl.Series(dice.random(heads.height)) < 0.05)
    heads = heads.with_columns(
        (shop & pl.col("deal").is_null()).alias("online"),
        tax.cast(pl.Int64).alias("tax_cents"),
        (pl.col("subtotal_cents") * 0.012 + 900).round(0).cast(pl.Int64).alias("freight_cents"),
    )
    return heads.with_columns(_sellers(times, heads))


def _sellers(times: Times, orders: pl.DataFrame) -> pl.Series:
    """Who sold each order: whoever looked after the area that day; nobody where it came online."""
    known: dict[tuple[int, date], str] = {}
    for seat, day in orders.select("seat", "ordered_on").unique().iter_rows():
        known[seat, day] = on_seat(SEATS[seat], day, times)
    rows = orders.select("seat", "ordered_on", "online").iter_rows()
    names = [None if online else known[seat, day] for seat, day, online in rows]
    return pl.Series("seller", names, dtype=pl.String)


def _in_parts(dice: np.random.Generator, shipments: pl.DataFrame) -> pl.DataFrame:
    """One shipment in twenty-five leaves in two parts, the first some days earlier in the month."""
    parted = (pl.Series(dice.random(shipments.height)) < 0.04) & (shipments["quantity"] >= 4)
    half = (pl.col("quantity") / 2).floor()
    earlier = pl.max_horizontal(
        friday(pl.col("shipped_on") - pl.duration(days=4)), pl.col("shipped_on").dt.month_start()
    )
    return pl.concat(
        [
            shipments.filter(~parted),
            shipments.filter(parted).with_columns(half.alias("quantity"), earlier.alias("shipped_on")),
            shipments.filter(parted).with_columns((pl.col("quantity") - half).alias("quantity")),
        ]
    ).sort("shipped_on", "order", "line_number", "quantity")


def _sent_back(dice: np.random.Generator, times: Times, shipments: pl.DataFrame) -> pl.DataFrame:
    """About one line in eighty comes back, in whole or in part."""
    back = shipments.filter(pl.Series(dice.random(shipments.height)) < 0.012)
    days = [timedelta(days=int(count)) for count in dice.integers(6, 40, back.height)]
    share = pl.Series(dice.choice([1.0, 0.5], back.height, p=[0.7, 0.3]))
    reasons = dice.choice(len(RETURN_REASONS), back.height, p=[0.35, 0.2, 0.25, 0.2])
    return back.with_columns(
        (pl.col("shipped_on") + pl.Series(days, dtype=pl.Duration("ms"))).alias("returned_on"),
        pl.max_horizontal((pl.col("quantity") * share).floor(), pl.lit(1.0)).alias("quantity"),
        pl.Series("reason", [RETURN_REASONS[place] for place in reasons]),
    ).filter(pl.col("returned_on") <= times.last_day)
