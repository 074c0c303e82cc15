"""The S&OP balance at a terminal: a folder of tables and settings in, a plan that can be kept out."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from einklang.cli.engine_app import engine_app
from einklang.cli.tables import AsJson, DryRun, Folder, Out, needed, read_folder, run_engine

if TYPE_CHECKING:
    import polars as pl

Tables = dict[Path, "pl.DataFrame"]


@engine_app.command()
def balance(folder: Folder, out: Out, as_json: AsJson = False, dry_run: DryRun = False) -> None:
    """The S&OP balance: demand against capacity, stock, overtime and what may be lost, at least cost."""

    def work() -> tuple[Tables, dict[str, Any]]:
        from einklang.engine.supply.balance import balance as balanced

        periods, items, demand = needed(folder, "periods", "items", "demand")
        plan = balanced(
            periods,
            items,
            demand,
            read_folder(folder, "resources"),
            read_folder(folder, "routing"),
            read_folder(folder, "bom"),
            read_folder(folder, "receipts"),
            _settings(folder / "settings.json"),
        )
        tables = {
            out / "plan.csv": plan.plan,
            out / "resources.csv": plan.resources,
            out / "cost.csv": plan.cost,
        }
        summary = {
            "status": "optimal" if plan.proven else "stopped at the time limit",
            "objective": plan.objective,
            "bound": plan.bound,
            "gap": plan.gap,
            "bottlenecks": plan.sentences(),
            "notes": list(plan.notes),
        }
        return tables, summary

    run_engine(work, as_json=as_json, dry_run=dry_run)


def _settings(path: Path) -> Any:
    """``settings.json`` as settings; a word the model does not know is invalid data."""
    from dataclasses import fields

    from einklang.engine.errors import BadTable, Fault
    from einklang.engine.supply.balance import Settings

    if not path.is_file():
        return Settings()
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as fault:
        raise BadTable(
            [Fault(path.name, None, None, str(fault), "a JSON object", "mend the file")]
        ) from fault
    names = [field.name for field in fields(Settings)]
    strange = [name for name in given if name not in names]
    if strange:
        raise BadTable(
            [Fault(path.name, None, name, "this setting", "one of " + ", ".join(names)) for name in strange]
        )
    return Settings(**{**given, "integer": tuple(given.get("integer", ()))})
