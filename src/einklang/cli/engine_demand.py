"""Engines of demand at a terminal: ``einklang engine forecast | accuracy``."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli.engine_app import engine_app
from einklang.cli.tables import USAGE, AsJson, DryRun, read_table, run_engine, say, stop

if TYPE_CHECKING:
    import polars as pl

    from einklang.engine.forecast import Forecast

In = Annotated[Path, typer.Argument(help="The table to read: CSV, CSV.GZ or Parquet.")]
OutFile = Annotated[Path, typer.Option("-o", "--out", help="Where the table goes: .csv or .parquet.")]


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


def _levels(text: str) -> tuple[int, ...]:
    """``80,95`` as numbers."""
    try:
        found = tuple(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError as fault:
        raise stop(USAGE, f"--levels takes percents like 80,95, not {text!r}.") from fault
    if any(not 0 < level < 100 for level in found):
        raise stop(USAGE, f"--levels takes percents between 1 and 99, not {text!r}.")
    return found
