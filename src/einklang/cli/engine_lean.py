"""Lean at a terminal: takt and line balance, kanban loops, levelled sequences, DDMRP buffers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli.engine_app import engine_app
from einklang.cli.tables import AsJson, DryRun, Folder, Out, read_folder, run_engine

if TYPE_CHECKING:
    import polars as pl

Tables = dict[Path, "pl.DataFrame"]
KNOWN = ("kanban", "levelled", "buffers", "flow", "tasks")


@engine_app.command()
def lean(
    folder: Folder,
    out: Out,
    days: Annotated[int, typer.Option(min=1, help="Working days to level the mix over.")] = 20,
    takt: Annotated[
        float | None, typer.Option(min=0, help="Takt in seconds, for the tasks of a line.")
    ] = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Lean, for the tables that are there: kanban, levelled (item, quantity), buffers with flow, tasks."""

    def work() -> tuple[Tables, dict[str, Any]]:
        from einklang.engine.errors import BadTable, Fault, Impossible
        from einklang.engine.lean import buffers, heijunka, kanban
        from einklang.engine.lean.takt import share_work

        found = {name: table for name in KNOWN if (table := read_folder(folder, name)) is not None}
        if not found.keys() - {"flow"}:
            raise BadTable(
                [Fault(str(folder), None, None, "no table", f"one of {', '.join(KNOWN)}", "add it")]
            )
        tables: Tables = {}
        summary: dict[str, Any] = {}
        if "kanban" in found:
            loops = tables[out / "kanban.csv"] = kanban.loops(found["kanban"])
            summary["cards"] = int(loops["cards"].sum())
        if "levelled" in found:
            tables[out / "levelled.csv"] = heijunka.board(found["levelled"], [1.0] * days)
        if "buffers" in found:
            sized = tables[out / "buffers.csv"] = buffers.buffers(found["buffers"])
            if "flow" in found:
                flow = tables[out / "buffers.csv"] = buffers.net_flow(sized, found["flow"])
                summary["to_order"] = int((flow["order"] > 0).sum())
        if "tasks" in found:
            if takt is None:
                raise Impossible("Sharing work along a line needs its takt: give --takt in seconds.")
            line = share_work(found["tasks"], takt)
            tables[out / "stations.csv"] = line.stations
            summary |= {"stations": line.count, "at_least": line.at_least, "efficiency": line.efficiency}
        return tables, summary

    run_engine(work, as_json=as_json, dry_run=dry_run)
