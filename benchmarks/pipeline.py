"""The pipeline against the usual roll-up and the last period: published deals and the invented company's.

Money won in the 30 and 60 days after earlier days, looked at with only what was known on them: the mean
error of the sums, how often the 90 % range held what came, and CRPS in shares of what came.
"""

import sys
import time
from datetime import date, timedelta

import polars as pl

from benchmarks.measure import ROOT, Claim, tell
from einklang.demo import world
from einklang.demo.deals import Sale
from einklang.demo.times import Times
from einklang.engine.forecast import forecast
from einklang.engine.periods import month_end, month_range
from einklang.engine.pipeline import backtest, consumed, outlook

MAVEN = ROOT.parent / "shared" / "data" / "crm_maven"
OUTCOMES = {"Won": "won", "Lost": "lost", "Engaging": "open"}
LAST = date(2017, 12, 31)
LEAST_COVERED = 0.80
TODAY = date(2026, 11, 22)
LOOKS = (24, 26, 28, 30, 32)  # of 36 months of orders, so many are known
AHEAD = 3


def claims() -> list[Claim]:
    """Errors and coverage of both, and the seconds an outlook takes."""
    if not MAVEN.is_dir():
        raise SystemExit(f"This benchmark needs the deals at {MAVEN}.")
    deals = maven()
    days = [month_end(month) for month in month_range(date(2017, 5, 1), 6)]
    months = pl.concat(
        backtest(deals, None, None, until=LAST, since=day, every=(LAST - day).days).table.head(2)
        for day in days
    )
    weeks = backtest(deals, None, None, until=LAST, since=days[0], every=7).table
    made = world.make(Times(TODAY))
    sold, way = invented(made)
    until = TODAY - timedelta(days=1)
    own = backtest(sold, way, None, until=until, since=date(2025, 8, 31), every=14).table
    return [
        *_claims("Maven, six month ends", months),
        *_claims("Maven, every week", weeks),
        *_claims("invented company, every two weeks", own),
        *_demand(made, sold, way),
        Claim("CPU of an outlook of Maven, 12 months", _seconds(deals, days[-1]), 5.0, "s", "budget"),
    ]


def maven() -> pl.DataFrame:
    """The published opportunities that were engaged, with the list price of their product."""
    found = pl.read_csv(MAVEN / "sales_pipeline.csv", try_parse_dates=True)
    prices = pl.read_csv(MAVEN / "products.csv").with_columns(
        pl.col("product").replace({"GTX Pro": "GTXPro"})
    )
    return (
        found.filter(pl.col("engage_date").is_not_null())
        .join(prices, on="product", how="left", validate="m:1", maintain_order="left")
        .select(
            pl.col("opportunity_id").alias("deal"),
            pl.col("engage_date").alias("created_on"),
            pl.col("close_date").alias("closed_on"),
            pl.col("deal_stage").replace_strict(OUTCOMES).alias("outcome"),
            pl.col("close_value").cast(pl.Float64).alias("amount"),
            pl.col("sales_price").cast(pl.Float64).alias("stated"),
            "product",
        )
    )


def invented(made: world.World) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The demo company's deals and their way through the stages."""
    sales = made.sales
    heads = [
        (sale.code, sale.created_on, sale.closed_on, _outcome(sale), sale.amount_cents / 100)
        for sale in sales
    ]
    steps = [(sale.code, step, moment.date()) for sale in sales for step, moment, _ in sale.log]
    columns = ["deal", "created_on", "closed_on", "outcome", "amount"]
    return (
        pl.DataFrame(heads, schema=columns, schema_overrides={"closed_on": pl.Date}, orient="row"),
        pl.DataFrame(steps, schema=["deal", "stage", "entered_on"], orient="row"),
    )


def _demand(made: world.World, deals: pl.DataFrame, way: pl.DataFrame) -> list[Claim]:
    """The forecast of items with what open deals add beyond it, against the forecast alone."""
    lines = pl.DataFrame(
        [
            (sale.code, item, quantity, wished)
            for sale in made.sales
            for item, quantity, _, wished in sale.lines
        ],
        schema=["deal", "item", "quantity", "wished_on"],
        orient="row",
    )
    history = _ordered(made)
    months = history["period"].unique().sort().to_list()
    tables = []
    for known in LOOKS:
        past = history.filter(pl.col("period") < months[known])
        told = forecast(past.rename({"item": "series"}), horizon=AHEAD, frequency="M").table
        day = month_end(months[known - 1])
        found = outlook(deals, way, None, day, lines=lines, history=past, horizon=AHEAD)
        both = consumed(told, found.items).join(history, on=["item", "period"], suffix="_came")
        tables.append(both)
    table = pl.concat(tables)
    rows = {"all items": table, "items with something extra": table.filter(pl.col("extra") > 0)}
    return [
        Claim(
            f"{what}, 3 months: WAPE with deals",
            _wape(some, "quantity"),
            _wape(some, "statistical"),
            "%",
            "without",
        )
        for what, some in rows.items()
    ]


def _ordered(made: world.World) -> pl.DataFrame:
    """What was wished for of each item by month, months without a wish as nothing."""
    month = pl.col("wished_on").dt.truncate("1mo").alias("period")
    wished = made.book.lines.group_by("item", month).agg(pl.col("quantity").sum().cast(pl.Float64))
    months = pl.DataFrame({"period": month_range(made.times.first, 36)})
    every = wished.select("item").unique().join(months, how="cross")
    return (
        every.join(wished, on=["item", "period"], how="left")
        .with_columns(pl.col("quantity").fill_null(0.0))
        .sort("item", "period")
    )


def _wape(table: pl.DataFrame, name: str) -> float:
    came = table["quantity_came"]
    return 100 * float((table[name] - came).abs().sum() / came.sum())


def _outcome(sale: Sale) -> str:
    return "open" if sale.closed_on is None else "lost" if sale.stage == "lost" else "won"


def _claims(what: str, table: pl.DataFrame) -> list[Claim]:
    found = []
    for days in (30, 60):
        some = table.filter(pl.col("days") == days, pl.col("actual") > 0)
        ours = _error(some, "mean")
        found += [
            Claim(
                f"{what}: error of {days} days", ours, _error(some, "roll_up"), "%", "stage-weighted roll-up"
            ),
            Claim(f"{what}: error of {days} days", ours, _error(some, "last_period"), "%", "last period"),
        ]
    late = table.filter(pl.col("days") == 60, pl.col("actual") > 0)
    flat = (late["last_period"] / late["actual"] - 1).abs().mean()
    crps = (late["crps"] / late["actual"]).mean()
    missed = 100 * (1 - float(table["covered-90"].mean() or 0.0))  # type: ignore[arg-type]
    return [
        *found,
        Claim(f"{what}: CRPS of 60 days", 100 * float(crps), 100 * float(flat), "%", "last period"),  # type: ignore[arg-type]
        Claim(f"{what}: outside the 90 % range", missed, 100 * (1 - LEAST_COVERED), "%", "goal"),
    ]


def _error(table: pl.DataFrame, name: str) -> float:
    return 100 * float((table[name] / table["actual"] - 1).abs().mean())  # type: ignore[arg-type]


def _seconds(deals: pl.DataFrame, day: date) -> float:
    started = time.process_time()
    outlook(deals, None, None, day)
    return time.process_time() - started


if __name__ == "__main__":
    sys.exit(tell(claims()))
