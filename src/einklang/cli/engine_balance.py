"""The S&OP balance at a terminal: a folder of tables and settings in, a plan that can be kept out."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from einklang.cli.engine_app import engine_app
from einklang.cli.tables import AsJson, DryRun, Folder, Out, by_file, needed, read_folder, run_engine

if TYPE_CHECKING:
    import polars as pl

    from einklang.engine.supply.balance import Plan, Settings

Tables = dict[Path, "pl.DataFrame"]
NEEDED = ("periods", "items", "demand")
WRITTEN = ("plan", "resources", "cost")
WHERE_USED = ("demand", "limits", "purchases", "transfers", "prices", "changes")


@engine_app.command()
def balance(folder: Folder, out: Out, as_json: AsJson = False, dry_run: DryRun = False) -> None:
    """The S&OP balance: demand against capacity, stock, overtime and what may be lost, at least cost.

    Reads periods, items, demand and, where they are there, resources, routing, bom, receipts, segments,
    suppliers, contracts, lanes, markdowns, former, fixed, targets and settings.json.
    """

    def work() -> tuple[Tables, dict[str, Any]]:
        from dataclasses import fields

        from einklang.engine.supply.balance import Tables as Case
        from einklang.engine.supply.balance import balanced, read

        settings = _settings(folder / "settings.json")
        found: dict[str, Any] = dict(zip(NEEDED, needed(folder, *NEEDED), strict=True))
        names = [field.name for field in fields(Case)]
        found |= {name: read_folder(folder, name) for name in names if name not in NEEDED}
        with by_file({name: folder / f"{name}.csv" for name in names}):
            plan = balanced(read(Case(**found), settings))
        return _tables(plan, out), _summary(plan)

    run_engine(work, as_json=as_json, dry_run=dry_run)


def _tables(plan: "Plan", out: Path) -> Tables:
    """Plan, resources and cost always; the others where there is something in them."""
    found = {name: getattr(plan, name) for name in (*WRITTEN, *WHERE_USED)}
    return {out / f"{name}.csv": table for name, table in found.items() if name in WRITTEN or table.height}


def _summary(plan: "Plan") -> dict[str, Any]:
    return {
        "status": "optimal" if plan.proven else "stopped at the time limit",
        "objective": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "bottlenecks": plan.sentences(),
        "notes": list(plan.notes),
    }


def _settings(path: Path) -> "Settings":
    """``settings.json`` as settings; a word the model does not know is invalid data."""
    from einklang.engine.errors import BadTable, Fault
    from einklang.engine.supply.balance import Settings

    if not path.is_file():
        return Settings()
    try:
        words = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as fault:
        raise BadTable(
            [Fault(path.name, None, None, str(fault), "a JSON object", "mend the file")]
        ) from fault
    with by_file({"settings": path}):
        return Settings.of(words)
