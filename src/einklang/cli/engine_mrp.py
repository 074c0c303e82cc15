"""Material requirements at a terminal: a folder of tables in, orders, pegging, stock, exceptions out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli.engine_app import engine_app
from einklang.cli.tables import AsJson, DryRun, Folder, Out, needed, read_folder, run_engine

if TYPE_CHECKING:
    import polars as pl

    from einklang.engine.supply.mrp import MrpPlan

Tables = dict[Path, "pl.DataFrame"]
ORDERS = ("item", "release", "due", "quantity", "order", "late", "source", "bill", "status")
EXCEPTIONS = ("item", "kind", "period", "quantity", "reference", "sentence", "until", "other")


@engine_app.command()
def mrp(
    folder: Folder,
    out: Out,
    periods: Annotated[int | None, typer.Option("--periods", min=1, help="Plan at least this far.")] = None,
    former: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="A former plan's output: say how much of it changes."),
    ] = None,
    hold: Annotated[
        int | None,
        typer.Option(min=0, help="Keep former orders that serve a need up to this many periods later."),
    ] = None,
    rolled: Annotated[int, typer.Option(min=0, help="Periods that have passed since the former plan.")] = 0,
    where_used: Annotated[
        str | None, typer.Option("--where-used", help="Only tell what this item goes into, on all levels.")
    ] = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Material requirements: items, bom, demand, receipts -> planned orders, pegging, stock, exceptions.

    The folder may also hold alternates (other components, bills, suppliers), a calendar (closed periods),
    and routing with resources (hours, to be told where they do not suffice).
    """
    run_engine(
        lambda: (
            _uses(folder, out, where_used)
            if where_used is not None
            else _planned(folder, out, former, periods=periods, hold=hold, rolled=rolled)
        ),
        as_json=as_json,
        dry_run=dry_run,
    )


def _planned(
    folder: Path, out: Path, former: Path | None, *, periods: int | None, hold: int | None, rolled: int
) -> tuple[Tables, dict[str, Any]]:
    """The plan of a folder as tables, and its summary."""
    from einklang.engine.supply.mrp import plan_requirements
    from einklang.engine.supply.mrp.frames import FRAMES, unknown_columns

    items, demand = needed(folder, "items", "demand")
    given = {name: read_folder(folder, name) for name in FRAMES}
    before = needed(former, "planned_orders")[0] if former else None
    others = {name: given[name] for name in ("alternates", "calendar", "routing", "resources")}
    plan = plan_requirements(
        items,
        given["bom"],
        demand,
        given["receipts"],
        periods=periods,
        former=before if hold is not None else None,
        hold=hold or 0,
        rolled=rolled,
        **others,
    )
    tables = {
        out / "planned_orders.csv": plan.orders.select(ORDERS),
        out / "pegging.csv": plan.pegging(),
        out / "projected.csv": plan.projected,
        out / "exceptions.csv": plan.exceptions.select(EXCEPTIONS),
    }
    summary: dict[str, Any] = {
        "orders": plan.orders.height,
        "late": plan.orders.filter(plan.orders["late"] > 0).height,
        "exceptions": plan.exceptions.height,
        "notes": unknown_columns(given),
    }
    return (tables, summary) if before is None else _compared(plan, before, rolled, out, tables, summary)


def _uses(folder: Path, out: Path, item: str) -> tuple[Tables, dict[str, Any]]:
    """What an item goes into, up to the end items."""
    from einklang.engine.errors import Impossible
    from einklang.engine.supply.bom import where_used

    (bom,) = needed(folder, "bom")
    if item not in {*bom["parent"], *bom["component"]}:
        raise Impossible(f"{item} stands in no bill: check its name in bom.")
    lines = where_used(bom, item)
    ends = [name for name in lines["parent"].unique(maintain_order=True) if name not in set(bom["component"])]
    return {out / "where_used.csv": lines}, {"lines": lines.height, "end_items": ends}


def _compared(
    plan: "MrpPlan", before: "pl.DataFrame", rolled: int, out: Path, tables: Tables, summary: dict[str, Any]
) -> tuple[Tables, dict[str, Any]]:
    """The plan's tables and summary with what it changes of the former one."""
    from einklang.engine.supply.mrp import stability

    told = stability(before, plan.orders, rolled=rolled)
    shares = {
        "orders_changed": round(told.orders_changed, 4),
        "quantity_changed": round(told.quantity_changed, 4),
        "instability": round(told.instability, 4),
    }
    return {**tables, out / "changes.csv": told.items}, {**summary, **shares}
