"""The pipeline engine at a terminal: ``einklang engine pipeline``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli.engine_app import engine_app
from einklang.cli.engine_kpis import Folder, day_of, needed
from einklang.cli.tables import AsJson, DryRun, Out, run_engine

if TYPE_CHECKING:
    import polars as pl


@engine_app.command("pipeline")
def pipeline_command(
    folder: Folder,
    out: Out,
    as_of: Annotated[
        str | None, typer.Option(help="Day to look from, YYYY-MM-DD; by default the last in the data.")
    ] = None,
    horizon: Annotated[int, typer.Option(min=1, max=60, help="Months ahead.")] = 12,
    seed: Annotated[int, typer.Option(help="Repeats the drawn range.")] = 1,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Chance and timing of every open deal, and what the months bring, with an 80 % range.

    IN holds deals.csv (deal, created_on, closed_on, outcome open|won|lost, amount[, expected_on]),
    stages.csv (deal, stage, entered_on) and odds.csv (stage, odds from 0 to 1). OUT gets deals.csv,
    months.csv and stages.csv.
    """

    def work() -> "tuple[dict[Path, pl.DataFrame], dict[str, Any]]":
        from einklang.engine import pipeline

        deals = pipeline.DEALS.check(needed(folder, "deals"))
        visits = pipeline.VISITS.check(needed(folder, "stages"))
        odds = pipeline.ODDS.check(needed(folder, "odds"))
        day = day_of(as_of, visits["entered_on"], deals["created_on"], deals["closed_on"])
        found = pipeline.outlook(deals, visits, odds, day, horizon=horizon, seed=seed)
        rates = pipeline.base_rates(deals, visits, odds, day)
        money = found.months.select("mean", "wins").sum().row(0)
        summary = {
            "as_of": day,
            "open_deals": found.deals.height,
            "amount": found.deals["amount"].sum(),
            "expected": money[0],
            "wins": money[1],
            "decided_deals": deals.filter(deals["outcome"] != "open").height,
        }
        tables = {"deals": found.deals, "months": found.months, "stages": rates}
        return {out / f"{name}.csv": table for name, table in tables.items()}, summary

    run_engine(work, as_json=as_json, dry_run=dry_run)
