"""A plan put to the test at a terminal: ``einklang engine stress``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli.engine_app import engine_app
from einklang.cli.tables import AsJson, DryRun, Folder, Out, needed, run_engine

if TYPE_CHECKING:
    import polars as pl


@engine_app.command("stress")
def stress_command(
    folder: Folder,
    out: Out,
    draws: Annotated[int, typer.Option(min=10, help="Futures to draw.")] = 500,
    together: Annotated[float, typer.Option(min=0, max=1, help="Share of a miss that all items feel.")] = 0.3,
    lasting: Annotated[
        float, typer.Option(min=0, max=0.99, help="Share of a miss that stays in the next period.")
    ] = 0.5,
    seed: Annotated[int, typer.Option(help="Repeats the drawn futures.")] = 1,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """What a plan delivers, loses and holds when demand comes anywhere in its range and nobody reacts.

    IN holds items (item, on_hand[, owed, waits, price, cost]), arrivals (item, period, quantity) and
    demand (item, period, mean, low, high: four times in five). OUT gets periods.csv, whole.csv, items.csv.
    """

    def work() -> "tuple[dict[Path, pl.DataFrame], dict[str, Any]]":
        from einklang.engine.supply.stress import stress

        items, arrivals, demand = needed(folder, "items", "arrivals", "demand")
        told = stress(items, arrivals, demand, draws=draws, together=together, lasting=lasting, seed=seed)
        tables = {
            out / "periods.csv": told.periods,
            out / "whole.csv": told.whole,
            out / "items.csv": told.items,
        }
        service = told.whole.filter(told.whole["measure"] == "service").drop("measure").row(0, named=True)
        return tables, {"draws": told.draws, "service": service}

    run_engine(work, as_json=as_json, dry_run=dry_run)
