"""Engines of demand at a terminal: ``einklang engine forecast | accuracy``."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli.engine_app import engine_app
from einklang.cli.tables import USAGE, AsJson, DryRun, by_file, read_table, run_engine, stop

if TYPE_CHECKING:
    import polars as pl

    from einklang.cli.tables import Written

In = Annotated[Path, typer.Argument(help="The table to read: CSV, CSV.GZ or Parquet.")]
OutFile = Annotated[Path, typer.Option("-o", "--out", help="Where the table goes: .csv or .parquet.")]


class Freq(StrEnum):
    """How long a period is."""

    DAY, WEEK, MONTH, QUARTER = "D", "W", "M", "Q"


class Place(StrEnum):
    """Where the work is done."""

    LOCAL, DASK, RAY = "local", "dask", "ray"


Horizon = Annotated[int, typer.Option(min=1, help="Periods ahead.")]
Length = Annotated[Freq, typer.Option(help="Length of a period.")]
Season = Annotated[int | None, typer.Option(min=1, help="Periods in a season; by default 7, 52, 12 or 4.")]
Levels = Annotated[str, typer.Option(help="Intervals in percent, like 80,95,99.9.")]
Tree = Annotated[
    Path | None, typer.Option(help="series, parent (several parents: several trees); all levels add up.")
]
Drivers = Annotated[Path | None, typer.Option(help="Planned series, period, price, promotion.")]
Events = Annotated[Path | None, typer.Option(help="event, first, last[, series] of past and future.")]
Country = Annotated[str | None, typer.Option(help="Its public holidays count as events: DE, DE-BY, US.")]
Lifecycle = Annotated[Path | None, typer.Option(help="series, predecessor, launched, ends.")]
Overrides = Annotated[Path | None, typer.Option(help="series, period, quantity[, variance] at any level.")]
Repair = Annotated[Path | None, typer.Option(help="series, period of outliers that may be repaired.")]
DeepTier = Annotated[int, typer.Option("--deep", min=0, help="So many series of most value by slow models.")]
FormerRun = Annotated[
    Path | None, typer.Option("--former", help="What a run has kept: only changed series are new.")
]
Keep = Annotated[Path | None, typer.Option(help="Keep here what a later run needs for --former.")]
Where = Annotated[Place, typer.Option(help="Where the work is done.")]
Processes = Annotated[int | None, typer.Option(min=1, help="How many at once; by default one a core.")]
Address = Annotated[str | None, typer.Option(help="A cluster that is there; by default one of one's own.")]
Explain = Annotated[
    bool,
    typer.Option("--explain", help="Also write OUT with .explain, .series, .effects, .outliers, .notes."),
]


@engine_app.command("forecast")
def forecast_command(
    table: In,
    out: OutFile,
    horizon: Horizon = 12,
    freq: Length = Freq.MONTH,
    season: Season = None,
    levels: Levels = "80,95",
    hierarchy: Tree = None,
    drivers: Drivers = None,
    events: Events = None,
    country: Country = None,
    lifecycle: Lifecycle = None,
    overrides: Overrides = None,
    repair: Repair = None,
    deep: DeepTier = 0,
    former: FormerRun = None,
    keep: Keep = None,
    engine: Where = Place.LOCAL,
    processes: Processes = None,
    address: Address = None,
    explain: Explain = False,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Forecast every series of a table: series, period, quantity[, price, promotion, available]."""
    if out.suffix not in (".csv", ".parquet"):
        raise stop(USAGE, f"-o takes a name that ends in .csv or .parquet, not {out.name!r}.")
    named = {"hierarchy": hierarchy, "drivers": drivers, "events": events}
    named |= {"lifecycle": lifecycle, "overrides": overrides}
    tables = {name: path for name, path in named.items() if path}
    wanted = _levels(levels)

    def work() -> "tuple[dict[Path, Written], dict[str, Any]]":
        from einklang.cli.forecasting import Asked, made

        given = (table, out, horizon, freq.value, season, wanted, tables, country)
        runs = (repair, deep, former, keep, engine.value, processes, address, explain)
        return made(Asked(*given, *runs))

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
    """Measure forecasts against actuals: WAPE, bias, MASE, RMSSE, coverage, MSIS, pinball, FVA.

    Actuals before a series' first forecast are its training periods.
    """
    if forecasts is None and not actuals.is_dir():
        raise stop(USAGE, "Name the forecasts too, or a folder that holds actuals and forecasts.")

    def work() -> "tuple[dict[Path, pl.DataFrame], dict[str, Any]]":
        from einklang.engine.forecast.accuracy import accuracy

        files = {
            "forecasts": forecasts or _in_folder(actuals, "forecasts"),
            "actuals": actuals if forecasts else _in_folder(actuals, "actuals"),
        }
        with by_file(files):
            measured = accuracy(read_table(files["actuals"]), read_table(files["forecasts"]), season=season)
        return {out: measured}, {"series_measured": measured.height - 1, **measured.row(-1, named=True)}

    run_engine(work, as_json=as_json, dry_run=dry_run)


def _in_folder(folder: Path, name: str) -> Path:
    """The table of that name in a folder; where there is none, the name it should have."""
    found = [folder / f"{name}{ending}" for ending in (".parquet", ".csv", ".csv.gz")]
    return next((path for path in found if path.is_file()), found[1])


def _levels(text: str) -> tuple[float, ...]:
    """``80,95,99.9`` as numbers."""
    try:
        found = tuple(dict.fromkeys(float(part) for part in text.split(",")))
    except ValueError as fault:
        raise stop(USAGE, f"--levels takes percents like 80,95,99.9, not {text!r}.") from fault
    if any(not 0 < level < 100 for level in found):
        raise stop(USAGE, f"--levels takes percents between 0 and 100, not {text!r}.")
    return found
