"""Material requirements at a terminal: a folder of tables in, orders, pegging, stock, exceptions out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli.engine_app import engine_app
from einklang.cli.tables import AsJson, DryRun, Folder, Out, needed, read_folder, run_engine

if TYPE_CHECKING:
    import polars as pl

Tables = dict[Path, "pl.DataFrame"]


@engine_app.command()
def mrp(
    folder: Folder,
    out: Out,
    periods: Annotated[int | None, typer.Option("--periods", min=1, help="Plan at least this far.")] = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Material requirements: items, bom, demand, receipts -> planned orders, pegging, stock, exceptions."""

    def work() -> tuple[Tables, dict[str, Any]]:
        from einklang.engine.supply.mrp import plan_requirements

        items, demand = needed(folder, "items", "demand")
        plan = plan_requirements(
            items, read_folder(folder, "bom"), demand, read_folder(folder, "receipts"), periods=periods
        )
        tables = {
            out / "planned_orders.csv": plan.orders.select(
                "item", "release", "due", "quantity", "order", "late"
            ),
            out / "pegging.csv": plan.pegging(),
            out / "projected.csv": plan.projected,
            out / "exceptions.csv": plan.exceptions.select(
                "item", "kind", "period", "quantity", "reference", "sentence"
            ),
        }
        late = plan.orders.filter(plan.orders["late"] > 0).height
        return tables, {"orders": plan.orders.height, "late": late, "exceptions": plan.exceptions.height}

    run_engine(work, as_json=as_json, dry_run=dry_run)
