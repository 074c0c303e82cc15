"""The KPI formulas at a terminal: ``einklang engine kpis``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli.engine_app import engine_app
from einklang.cli.tables import AsJson, DryRun, read_folder, run_engine

if TYPE_CHECKING:
    from datetime import date

    import polars as pl

Folder = Annotated[Path, typer.Argument(metavar="IN", help="The folder with the tables.")]
OutFile = Annotated[Path | None, typer.Option("-o", "--out", help="Where the figures go: .csv or .parquet.")]


@engine_app.command("kpis")
def kpis_command(
    folder: Folder,
    out: OutFile = None,
    period: Annotated[
        str | None, typer.Option(help="2014-05, 2014-Q2 or 2014; by default the last month in the data.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Day as of which outcomes are known; by default the last in the data.")
    ] = None,
    hours: Annotated[str, typer.Option(help="Office hours for response times, local time.")] = "9-17",
    sla: Annotated[float, typer.Option(min=0, help="Working hours within which a lead is answered.")] = 1.0,
    lag: Annotated[int, typer.Option(min=0, help="Months by which costs come before new customers.")] = 0,
    margin: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of an amount that is earned, for CLV.")
    ] = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """All KPIs of a folder of tables, each with both counts; a table that is missing says what it would give.

    deals.csv: deal, created_on, closed_on, outcome (open, won, lost), amount[, qualified_on].
    stages.csv: deal, stage, entered_on. leads.csv: lead, created_at, converted_on.
    activities.csv: lead, at[, automatic]. orders.csv: order, customer, ordered_on, amount[, cost,
    shipped_on, promised_on]. costs.csv: period, kind (sales, marketing, ...), amount.
    people.csv: person, hired_on, left_on. forecasts.csv: series, period, forecast, actual.
    holidays.csv: day. Moments are local time.
    """

    def work() -> "tuple[dict[Path, pl.DataFrame], dict[str, Any]]":
        from einklang.engine.kpis.folder import Settings, measure

        tables = {name: read_folder(folder, name) for name in TABLES}
        settings = Settings(sla_hours=sla, lag_months=lag, margin=margin, office_hours=hours)
        span, figures = measure(
            {name: table for name, table in tables.items() if table is not None},
            period=period,
            as_of=as_of,
            settings=settings,
        )
        summary = {"period": span.label, "as_of": span.as_of, "kpis": figures.to_dicts()}
        return ({out: figures} if out else {}), summary

    run_engine(work, as_json=as_json or out is None, dry_run=dry_run)


TABLES = (
    "deals",
    "stages",
    "leads",
    "activities",
    "orders",
    "costs",
    "people",
    "forecasts",
    "holidays",
)


def needed(folder: Path, name: str) -> "pl.DataFrame":
    """A table of the folder without which there is nothing to do."""
    from einklang.engine.errors import BadTable, Fault

    found = read_folder(folder, name)
    if found is None:
        raise BadTable([Fault(name, None, None, "no such table", f"{name}.csv in {folder}", "add it")])
    return found


def day_of(text: str | None, *columns: "pl.Series") -> "date":
    """The day asked for, or the last one in the data."""
    from datetime import date

    from einklang.engine.errors import Impossible

    if text:
        try:
            return date.fromisoformat(text)
        except ValueError as fault:
            raise Impossible(f"{text!r} is not a day; write it as 2014-05-31.") from fault
    days = [column.max() for column in columns if column.drop_nulls().len()]
    if not days:
        raise Impossible("The tables hold no day to look from; say one with --as-of.")
    return max(day for day in days if isinstance(day, date))
