"""Lots that share hours at a terminal: a folder of tables in, set-ups and a proven gap out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli.engine_app import engine_app
from einklang.cli.tables import AsJson, DryRun, Folder, Out, needed, read_folder, run_engine

if TYPE_CHECKING:
    import polars as pl


@engine_app.command()
def lots(
    folder: Folder,
    out: Out,
    seconds: Annotated[float, typer.Option("--seconds", min=1, help="Search no longer than this.")] = 60.0,
    gap: Annotated[
        float, typer.Option("--gap", min=0, help="Stop when no plan can be cheaper by more than this share.")
    ] = 0.01,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Lots under shared hours: items, demand, resources, routing[, periods, receipts] -> when to make what.

    Set-ups cost hours and money (routing: setup_hours, setup_cost), overtime has a price; the bound says
    how much cheaper any other plan could be at most.
    """

    def work() -> tuple[dict[Path, "pl.DataFrame"], dict[str, Any]]:
        from einklang.engine.supply.lotsizing import plan_lots

        items, demand, resources, routing = needed(folder, "items", "demand", "resources", "routing")
        plan = plan_lots(
            items,
            demand,
            resources,
            routing,
            read_folder(folder, "periods"),
            read_folder(folder, "receipts"),
            seconds=seconds,
            gap=gap,
        )
        tables = {
            out / "plan.csv": plan.plan,
            out / "resources.csv": plan.resources,
            out / "cost.csv": plan.cost,
        }
        summary = {
            "objective": plan.objective,
            "bound": plan.bound,
            "gap": plan.gap,
            "setups": plan.setups,
            "notes": list(plan.notes),
        }
        return tables, summary

    run_engine(work, as_json=as_json, dry_run=dry_run)
