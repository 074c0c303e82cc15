"""A finite-capacity schedule at a terminal: a folder of tables in, work by day and late orders out."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli.engine_app import engine_app
from einklang.cli.tables import AsJson, DryRun, Folder, Out, needed, read_folder, run_engine

if TYPE_CHECKING:
    import polars as pl

Tables = dict[Path, "pl.DataFrame"]


@engine_app.command()
def schedule(
    folder: Folder,
    out: Out,
    start: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day; today if none is given.")
    ] = None,
    rank: Annotated[
        str,
        typer.Option(help="Who goes first: priority (then due date), or throughput per bottleneck hour."),
    ] = "priority",
    days: Annotated[int | None, typer.Option(min=1, help="How far the calendar reaches.")] = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Schedule orders by day: items, demand, bom, routing, resources, calendar, receipts, under_way.

    demand: order, item, quantity, due[, priority, price]; routing: item, step, resource,
    hours[, setup_hours]; resources: resource, hours_per_day[, machines, working_days, shadow_price].
    """

    def work() -> tuple[Tables, dict[str, Any]]:
        from einklang.engine.supply.schedule import schedule as scheduled

        items, demand = needed(folder, "items", "demand")
        names = ("bom", "routing", "resources", "calendar", "receipts", "under_way")
        others = {name: read_folder(folder, name) for name in names}
        first = start.date() if start else date.today()
        plan = scheduled(first, items, demand, **others, rank=rank, days=days)
        tables = {
            out / f"{name}.csv": getattr(plan, name)
            for name in ("orders", "operations", "supplies", "pegs", "load", "under_way")
        }
        unplanned = plan.orders["end"].null_count()
        return tables, {
            "orders": plan.orders.height,
            "late": plan.late.height - unplanned,
            "unplanned": unplanned,
            "operations": plan.operations.height,
            "purchases": int((plan.supplies["kind"] == "buy").sum()),
        }

    run_engine(work, as_json=as_json, dry_run=dry_run)
