"""The pipeline engine at a terminal: ``einklang engine pipeline``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli.engine_app import engine_app
from einklang.cli.engine_kpis import Folder, day_of, needed
from einklang.cli.tables import AsJson, DryRun, Out, read_folder, run_engine

if TYPE_CHECKING:
    import polars as pl


AsOf = Annotated[
    str | None, typer.Option(help="Day to look from, YYYY-MM-DD; by default the last in the data.")
]
Features = Annotated[
    list[str] | None,
    typer.Option(help="A column of deals.csv that may set chances right; may be given several times."),
]
Tested = Annotated[
    bool, typer.Option("--backtest", help="Also look from earlier days and compare with what came.")
]


@engine_app.command("pipeline")
def pipeline_command(
    folder: Folder,
    out: Out,
    as_of: AsOf = None,
    horizon: Annotated[int, typer.Option(min=1, max=60, help="Months ahead.")] = 12,
    seed: Annotated[int, typer.Option(help="Repeats the drawn ranges.")] = 1,
    feature: Features = None,
    backtest: Tested = False,
    every: Annotated[int, typer.Option(min=1, help="Days between the days of the backtest.")] = 30,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Chance, timing and value of every open deal, and what the months bring, with 80 and 90 % ranges.

    IN holds deals.csv (deal, created_on, closed_on, outcome open|won|lost, amount[, stated: the amount
    known while a deal is open, product, segment, expected_on]) and may hold stages.csv (deal, stage,
    entered_on), odds.csv (stage, odds from 0 to 1), lines.csv (deal, item, quantity[, wished_on]) and
    history.csv (item, period, quantity: what was ordered of the items).

    OUT gets deals.csv, months.csv, stages.csv, items.csv, calibration.csv (chances said on earlier days
    and what came) and leaks.csv (columns that give the outcome away); with --backtest also backtest.csv
    and measures.csv.
    """

    def work() -> "tuple[dict[Path, pl.DataFrame], dict[str, Any]]":
        from einklang.engine import pipeline

        visits = pipeline.checked_visits(read_folder(folder, "stages"))
        deals = pipeline.checked(needed(folder, "deals"), visits)
        odds, lines = read_folder(folder, "odds"), read_folder(folder, "lines")
        found = pipeline.outlook(
            deals,
            visits,
            odds,
            day_of(as_of, visits["entered_on"], deals["created_on"], deals["closed_on"]),
            lines=None if lines is None else pipeline.checked_lines(lines, deals),
            history=_history(folder),
            horizon=horizon,
            seed=seed,
            features=feature or (),
        )
        tables, summary = _told(found, deals)
        if backtest:
            tested = pipeline.backtest(deals, visits, odds, until=found.as_of, every=every, seed=seed)
            tables |= {"backtest": tested.table, "measures": tested.summary}
            summary["backtest"] = tested.summary.to_dicts()
        return {out / f"{name}.csv": table for name, table in tables.items()}, summary

    run_engine(work, as_json=as_json, dry_run=dry_run)


def _history(folder: Path) -> "pl.DataFrame | None":
    """What was ordered of the items, where the folder says it."""
    table = read_folder(folder, "history")
    if table is None:
        return None
    from einklang.engine import pipeline

    return pipeline.HISTORY.check(table)


def _told(found: Any, deals: "pl.DataFrame") -> "tuple[dict[str, pl.DataFrame], dict[str, Any]]":
    """The tables of an outlook, and the outlook in a few figures."""
    from dataclasses import asdict

    from einklang.engine import pipeline

    alarms = pipeline.leaks(deals)
    tables = {
        "deals": found.deals,
        "months": found.months,
        "stages": found.stages,
        "items": found.items,
        "calibration": found.calibration,
        "leaks": alarms,
    }
    known = asdict(found.known)
    months = found.months.select("mean", "open", "inflow", "wins").sum().row(0, named=True)
    summary = {
        "as_of": found.as_of,
        "open_deals": found.deals.height,
        "amount": found.deals["amount"].sum(),
        "expected": months["mean"],
        "from_open": months["open"],
        "from_inflow": months["inflow"],
        "wins": months["wins"],
        "decided_deals": known.pop("decided"),
        **known,
        "leaks": alarms.filter(alarms["alarm"] != "")["sentence"].to_list(),
    }
    return tables, summary
