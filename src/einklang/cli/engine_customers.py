"""The engines about customers at a terminal: ``einklang engine clv | churn``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli.engine_app import engine_app
from einklang.cli.engine_kpis import day_of
from einklang.cli.tables import AsJson, DryRun, read_table, run_engine, say

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from einklang.engine.customers import ContractRisk, HeldBack, Risk, Worth

In = Annotated[Path, typer.Argument(metavar="IN", help="The table to read: CSV, CSV.GZ or Parquet.")]
OutFile = Annotated[Path, typer.Option("-o", "--out", help="Where the table goes: .csv or .parquet.")]
Tables = tuple[dict[Path, "pl.DataFrame"], dict[str, Any]]

USUAL_NAMES = {
    "ID": "customer",
    "id": "customer",
    "customer_id": "customer",
    "customerID": "customer",
    "CustomerID": "customer",
    "date": "day",
    "InvoiceDate": "day",
    "x": "frequency",
    "t_x": "recency",
    "T": "age",
    "zbar": "amount",
    "monetary_value": "amount",
}
"""Columns of customer tables as the field names them."""


@engine_app.command("clv")
def clv_command(
    table: In,
    out: OutFile,
    as_of: Annotated[
        str | None, typer.Option(help="Day of valuation, YYYY-MM-DD; by default the last order's.")
    ] = None,
    periods: Annotated[int, typer.Option(min=1, max=1000, help="Periods to look ahead.")] = 52,
    period_days: Annotated[float, typer.Option(min=1, help="Days in a period.")] = 7,
    discount: Annotated[float, typer.Option(min=0, help="Interest per period, 0.002 = 0.2 %.")] = 0.0,
    margin: Annotated[float, typer.Option(min=0, max=1, help="Share of an amount that is earned.")] = 1.0,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Value customers by BG/NBD and Gamma-Gamma, each with an 80 % range of what will come.

    IN is either orders (customer, day, amount) or a summary (customer, frequency, recency, age[, amount]).
    From orders the method is also asked at an earlier day, and held against what came since.
    """

    def work() -> Tables:
        from dataclasses import asdict

        from einklang.engine.customers import held_back, lifetime_value, summarised

        given = with_our_names(read_table(table))
        checked, told = None, given
        if "frequency" not in given.columns:
            day = _day(as_of, given)
            told = summarised(given, day, period_days)
            checked = held_back(given, day, int(periods * period_days), period_days)
        drift = checked.drift if checked else 0.0
        worth = lifetime_value(told, periods=periods, rate_per_period=discount, margin=margin, drift=drift)
        _warn(worth, checked)
        return {out: worth.table}, {
            "customers": worth.table.height,
            "value": worth.total,
            "value_lo_80": worth.low,
            "value_hi_80": worth.high,
            "ordered_again": worth.again,
            "caution": worth.caution,
            "bg_nbd": asdict(worth.buying),
            "gamma_gamma": asdict(worth.spending),
            "held_back": asdict(checked) if checked else None,
        }

    run_engine(work, as_json=as_json, dry_run=dry_run)


@engine_app.command("churn")
def churn_command(
    table: In,
    out: OutFile,
    as_of: Annotated[
        str | None, typer.Option(help="Day to judge at, YYYY-MM-DD; by default the last order's.")
    ] = None,
    times_interval: Annotated[float, typer.Option(help="Patience in own usual order intervals.")] = 3.0,
    days: Annotated[
        int | None, typer.Option(min=1, help="Days ahead the risk is told for; by default as they order.")
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(help="Customers on contract: the column that says who left (yes, no, or nothing)."),
    ] = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Tell who may stay away, and why.

    IN is orders (customer, day[, amount, item]; an amount below 0 came back): OUT says who is quiet for the
    own rhythm, and the risk of no order in the next days, learned from earlier days and measured on later
    ones. Or, with --label, customers on contract with their facts, one row each.
    """

    def work() -> Tables:
        given = with_our_names(read_table(table))
        if label is not None:
            return _on_contract(given, label, out)
        return _by_orders(given, _day(as_of, given), times_interval, days, out)

    run_engine(work, as_json=as_json, dry_run=dry_run)


def _by_orders(
    orders: "pl.DataFrame", day: "date", times_interval: float, days: int | None, out: Path
) -> Tables:
    """The risk from orders, with its reasons as one text for each customer."""
    from dataclasses import asdict

    import polars as pl

    from einklang.engine.customers import risk, sentence

    found = risk(orders, day, days=days, times_interval=times_interval)
    say(found.why)
    told = [
        (row["customer"], sentence(row["reason"], row["now"], row["usual"], found.days))
        for row in found.reasons.iter_rows(named=True)
    ]
    texts = pl.DataFrame(told, schema={"customer": pl.String, "why": pl.String}, orient="row")
    texts = texts.group_by("customer", maintain_order=True).agg(pl.col("why").str.join(" "))
    result = found.table.join(texts, on="customer", how="left", maintain_order="left")
    lost = int(result["lost"].sum())
    summary = {
        "as_of": day,
        "customers": result.height,
        "lost": lost,
        "share_lost": lost / result.height,
        "days_ahead": found.days,
        "way": found.way,
        "why": found.why,
        "dates_measured": found.dates,
        "measured": {name: asdict(one) for name, one in found.measured.items()},
        "lost_to_silence": _lost(orders, day, found),
    }
    return {out: result}, summary


def _lost(orders: "pl.DataFrame", day: "date", found: "Risk") -> dict[str, float] | str:
    """What quiet customers would have bought in as many days as the risk looks ahead, or why nobody knows."""
    from einklang.engine.customers import lifetime_value, lost_to_silence, summarised
    from einklang.engine.errors import Impossible

    if "amount" not in orders.columns:
        return "The orders have no amounts."
    summary = summarised(orders, day)
    try:
        lost = lost_to_silence(found.table, summary, lifetime_value(summary), found.days / 7)
    except Impossible as why:
        return str(why)
    return {"orders": lost.orders, "money": lost.money, "money_lo_80": lost.low, "money_hi_80": lost.high}


def _on_contract(customers: "pl.DataFrame", label: str, out: Path) -> Tables:
    """The risk of customers on contract, with its reasons as one text for each."""
    from dataclasses import asdict

    import polars as pl

    from einklang.engine.customers import contract_risk

    found = contract_risk(customers, label=label, customer="customer")
    _doubts(found)
    usual = "{}: {} (usual: {})."
    told = found.reasons.select("customer", pl.format(usual, "fact", "value", "usual").alias("why"))
    texts = told.group_by("customer", maintain_order=True).agg(pl.col("why").str.join(" "))
    result = found.table.join(texts, on="customer", how="left", maintain_order="left")
    return {out: result}, {
        "customers": result.height,
        "share_left": found.rate,
        "measured": asdict(found.measured),
        "columns_left_out": list(found.left_out),
        "alarms": list(found.alarms),
    }


def _doubts(found: "ContractRisk") -> None:
    """What must be known before the figures are trusted, as messages."""
    for alarm in found.alarms:
        say(alarm)
    if found.left_out:
        say(f"Not used, because they are neither numbers nor names: {', '.join(found.left_out)}.")


def _warn(worth: "Worth", checked: "HeldBack | None") -> None:
    """What must be known before the values are trusted, as messages."""
    if worth.caution:
        say(worth.caution)
    if checked:
        say(
            f"Asked at {checked.on}, {checked.orders_expected:,.0f} orders would have been expected in "
            f"{checked.days} days; {checked.orders_came:,.0f} came."
        )


def with_our_names(table: "pl.DataFrame") -> "pl.DataFrame":
    """The table with customers' columns named as here, where it uses another usual name."""
    named: dict[str, str] = {}
    for old, new in USUAL_NAMES.items():
        if old in table.columns and new not in table.columns and new not in named.values():
            named[old] = new
    return table.rename(named)


def _day(text: str | None, orders: "pl.DataFrame") -> "date":
    """The day asked for, or the day of the last order."""
    import polars as pl

    from einklang.engine.customers.frames import checked
    from einklang.engine.errors import BadTable, Fault, Impossible

    if "day" not in orders.columns:
        have = ", ".join(orders.columns) or "none"
        raise BadTable([Fault("orders", None, "day", f"columns {have}", "the date of each order", "add it")])
    if orders.is_empty():
        raise Impossible("The table has no orders.")
    days = checked(orders.select("day").with_columns(customer=pl.lit("")))["day"]
    return day_of(text, days)
