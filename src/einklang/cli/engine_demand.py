"""Engines of demand at a terminal: ``einklang engine forecast | accuracy | clv | churn``."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli.engine_app import engine_app
from einklang.cli.tables import USAGE, AsJson, DryRun, read_table, run_engine, say, stop

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

    from einklang.engine.forecast import Forecast

In = Annotated[Path, typer.Argument(help="The table to read: CSV, CSV.GZ or Parquet.")]
OutFile = Annotated[Path, typer.Option("-o", "--out", help="Where the table goes: .csv or .parquet.")]


USUAL_NAMES = {
    "ID": "customer",
    "id": "customer",
    "customer_id": "customer",
    "date": "day",
    "x": "frequency",
    "t_x": "recency",
    "T": "age",
    "zbar": "amount",
    "monetary_value": "amount",
}
"""Columns of customer tables as the field names them."""


class Freq(StrEnum):
    """How long a period is."""

    DAY, WEEK, MONTH, QUARTER = "D", "W", "M", "Q"


class Local(StrEnum):
    """Where the work is done."""

    LOCAL = "local"


@engine_app.command("forecast")
def forecast_command(
    table: In,
    out: OutFile,
    horizon: Annotated[int, typer.Option(min=1, help="Periods ahead.")] = 12,
    freq: Annotated[Freq, typer.Option(help="Length of a period.")] = Freq.MONTH,
    season: Annotated[
        int | None, typer.Option(min=1, help="Periods in a season; by default 7, 52, 12 or 4.")
    ] = None,
    levels: Annotated[str, typer.Option(help="Intervals in percent.")] = "80,95",
    hierarchy: Annotated[
        Path | None, typer.Option(help="Table of series, parent; then all levels add up.")
    ] = None,
    engine: Annotated[Local, typer.Option(help="Where the work is done.")] = Local.LOCAL,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also write OUT with .series: kind and scale.")
    ] = False,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Forecast every series of a table: series, period, quantity[, available]."""
    wanted = _levels(levels)

    def work() -> "tuple[dict[Path, pl.DataFrame], dict[str, Any]]":
        from einklang.engine.forecast import fingerprint, forecast

        history = read_table(table)
        for name in {"price", "promotion"} & set(history.columns):
            say(f"{name} is not used by this engine yet; the forecast rests on quantities alone.")
        result = forecast(
            history,
            horizon=horizon,
            frequency=freq.value,
            season=season,
            levels=wanted,
            hierarchy=read_table(hierarchy) if hierarchy else None,
        )
        summary = _told(result)
        summary["fingerprint"] = fingerprint(
            history, horizon=horizon, frequency=freq.value, season=season, levels=wanted
        )
        tables = {out: result.table}
        if explain:
            tables[out.with_suffix(f".series{out.suffix}")] = result.series
        return tables, summary

    run_engine(work, as_json=as_json, dry_run=dry_run)


@engine_app.command("accuracy")
def accuracy_command(
    actuals: Annotated[
        Path, typer.Argument(help="series, period, quantity; or a folder with actuals and forecasts.")
    ],
    out: OutFile,
    forecasts: Annotated[
        Path | None, typer.Argument(help="series, period, mean[, lo-95, hi-95 ..., naive].")
    ] = None,
    season: Annotated[
        int, typer.Option(min=1, help="Periods in a season, for MASE and the naive forecast.")
    ] = 1,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Measure forecasts against actuals: WAPE, bias, MASE, RMSSE, coverage, MSIS, FVA.

    Actuals before a series' first forecast are its training periods.
    """
    if forecasts is None and not actuals.is_dir():
        raise stop(USAGE, "Name the forecasts too, or a folder that holds actuals and forecasts.")

    def work() -> "tuple[dict[Path, pl.DataFrame], dict[str, Any]]":
        import polars as pl

        from einklang.engine.forecast.accuracy import accuracy

        said = read_table(forecasts or _in_folder(actuals, "forecasts"))
        came = read_table(actuals if forecasts else _in_folder(actuals, "actuals"))
        numbers = [name for name in said.columns if name == "naive" or name[:3] in ("lo-", "hi-")]
        said = said.with_columns(pl.col(numbers).cast(pl.Float64, strict=False))
        measured = accuracy(came, said, season=season)
        return {out: measured}, {"series_measured": measured.height - 1, **measured.row(-1, named=True)}

    run_engine(work, as_json=as_json, dry_run=dry_run)


@engine_app.command("clv")
def clv_command(
    table: In,
    out: OutFile,
    as_of: Annotated[
        str | None, typer.Option(help="Day of valuation, YYYY-MM-DD; by default the last order's.")
    ] = None,
    periods: Annotated[int, typer.Option(min=1, help="Periods to look ahead.")] = 52,
    period_days: Annotated[float, typer.Option(min=1, help="Days in a period.")] = 7,
    discount: Annotated[float, typer.Option(min=0, help="Interest per period, 0.002 = 0.2 %.")] = 0.0,
    margin: Annotated[float, typer.Option(min=0, max=1, help="Share of an amount that is earned.")] = 1.0,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Value customers by BG/NBD and Gamma-Gamma.

    IN is either orders (customer, day, amount) or a summary (customer, frequency, recency, age[, amount]).
    """

    def work() -> "tuple[dict[Path, pl.DataFrame], dict[str, Any]]":
        from dataclasses import asdict

        from einklang.engine.customers import lifetime_value, summarised

        given = _with_our_names(read_table(table))
        if "frequency" not in given.columns:
            given = summarised(given, _day(as_of, given), period_days)
        worth, buying, spending = lifetime_value(
            given, periods=periods, rate_per_period=discount, margin=margin
        )
        summary = {
            "customers": worth.height,
            "value": worth["value"].sum(),
            "bg_nbd": asdict(buying),
            "gamma_gamma": asdict(spending),
        }
        return {out: worth}, summary

    run_engine(work, as_json=as_json, dry_run=dry_run)


@engine_app.command("churn")
def churn_command(
    table: In,
    out: OutFile,
    as_of: Annotated[
        str | None, typer.Option(help="Day to judge at, YYYY-MM-DD; by default the last order's.")
    ] = None,
    times_interval: Annotated[float, typer.Option(help="Patience in own usual order intervals.")] = 3.0,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Find customers who have gone quiet for their own rhythm: customer, day[, amount]."""

    def work() -> "tuple[dict[Path, pl.DataFrame], dict[str, Any]]":
        from einklang.engine.customers import churn

        orders = _with_our_names(read_table(table))
        day = _day(as_of, orders)
        quiet = churn(orders, day, times_interval=times_interval)
        lost = int(quiet["lost"].sum())
        summary = {"as_of": day, "customers": quiet.height, "lost": lost, "share_lost": lost / quiet.height}
        return {out: quiet}, summary

    run_engine(work, as_json=as_json, dry_run=dry_run)


def _told(result: "Forecast") -> dict[str, Any]:
    """What a forecast's summary says."""
    kinds = result.series.group_by("kind").len().sort("kind")
    return {
        "series": result.series.height,
        "rows": result.table.height,
        "kinds": dict(kinds.iter_rows()),
        "weights": result.weights,
    }


def _in_folder(folder: Path, name: str) -> Path:
    """The table of that name in a folder; where there is none, the name it should have."""
    found = [folder / f"{name}{ending}" for ending in (".parquet", ".csv", ".csv.gz")]
    return next((path for path in found if path.is_file()), found[1])


def _with_our_names(table: "pl.DataFrame") -> "pl.DataFrame":
    """The table with customers' columns named as here, where it uses another usual name."""
    named = {
        old: new for old, new in USUAL_NAMES.items() if old in table.columns and new not in table.columns
    }
    return table.rename(named)


def _levels(text: str) -> tuple[int, ...]:
    """``80,95`` as numbers."""
    try:
        found = tuple(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError as fault:
        raise stop(USAGE, f"--levels takes percents like 80,95, not {text!r}.") from fault
    if any(not 0 < level < 100 for level in found):
        raise stop(USAGE, f"--levels takes percents between 1 and 99, not {text!r}.")
    return found


def _day(text: str | None, orders: "pl.DataFrame") -> "date":
    """The day asked for, or the day of the last order."""
    from datetime import date

    import polars as pl

    from einklang.engine.errors import Impossible

    if text:
        try:
            return date.fromisoformat(text)
        except ValueError as fault:
            raise Impossible(f"{text!r} is not a day; write it as 2014-05-31.") from fault
    last = orders["day"].cast(pl.String).max() if "day" in orders.columns else None
    if last is None:
        raise Impossible("The table needs a column day, the date of each order.")
    try:
        return date.fromisoformat(str(last)[:10])
    except ValueError as fault:
        raise Impossible(f"{last!r} is not a day; write it as 2014-05-31.") from fault
