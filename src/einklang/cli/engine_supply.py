"""Supply engines at a terminal: requirements, the S&OP balance, stock policies, quotas."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli.engine_app import engine_app
from einklang.cli.tables import AsJson, DryRun, Out, read_folder, read_table, run_engine

if TYPE_CHECKING:
    import polars as pl

Folder = Annotated[Path, typer.Argument(help="The folder of tables.", file_okay=False)]
Tables = dict[Path, "pl.DataFrame"]


def _needed(folder: Path, *names: str) -> "list[pl.DataFrame]":
    """Tables the engine cannot do without; those that are missing are all named."""
    from einklang.engine.errors import BadTable, Fault

    tables = {name: read_folder(folder, name) for name in names}
    missing = [name for name, table in tables.items() if table is None]
    if missing:
        raise BadTable(
            [
                Fault(f"{name}.csv", None, None, "no such file", f"a table in {folder}", "add it")
                for name in missing
            ]
        )
    return [table for table in tables.values() if table is not None]


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

        items, demand = _needed(folder, "items", "demand")
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


@engine_app.command()
def balance(folder: Folder, out: Out, as_json: AsJson = False, dry_run: DryRun = False) -> None:
    """The S&OP balance: demand against capacity, stock, overtime and what may be lost, at least cost."""

    def work() -> tuple[Tables, dict[str, Any]]:
        from einklang.engine.supply.balance import balance as balanced

        periods, items, demand = _needed(folder, "periods", "items", "demand")
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


@engine_app.command()
def stock(
    source: Annotated[Path, typer.Argument(help="A table of items, or a folder with items and demand.")],
    out: Out,
    service: Annotated[float, typer.Option(help="Service target where an item has none of its own.")] = 0.95,
    target: Annotated[
        str, typer.Option(help="What the target means: cycle, fill, or cost (order, holding, shortage).")
    ] = "cycle",
    network: Annotated[
        Path | None,
        typer.Option(
            help="Table of item, goes_into[, quantity]: safety stock placed over all stages at once."
        ),
    ] = None,
    stockout_cost: Annotated[
        float | None,
        typer.Option(
            min=0, help="With a chain as network: cost of a unit short and period; then base stocks."
        ),
    ] = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Safety stock, reorder point, order-up-to, expected service and turns for every item.

    With --network the items are stages: item, lead_time (whole periods), holding_cost, and error_sd where
    customers are served[, service, promised_time, supplied_within]; with --stockout-cost also demand there.
    """

    def work() -> tuple[Tables, dict[str, Any]]:
        from einklang.engine.inventory.table import policies

        folder = source.is_dir()
        items = _needed(source, "items")[0] if folder else read_table(source)
        if network is not None:
            table = _over_stages(items, read_table(network), service, stockout_cost)
            path = out if out.suffix in (".csv", ".parquet") else out / "stock.csv"
            cost = float(table["cost"][-1] if stockout_cost else table["cost"].sum())
            return {path: table}, {"items": table.height, "cost": cost}
        demand = read_folder(source, "demand") if folder else None
        table = policies(items, demand, service=service, target=target)
        path = out if out.suffix in (".csv", ".parquet") else out / "stock.csv"
        return {path: table}, {"items": table.height, "safety_stock": float(table["safety_stock"].sum())}

    run_engine(work, as_json=as_json, dry_run=dry_run)


def _over_stages(
    stages: "pl.DataFrame", links: "pl.DataFrame", service: float, stockout_cost: float | None
) -> "pl.DataFrame":
    """Stock over several stages: guaranteed service on a tree, or base stocks of a chain."""
    from einklang.engine.inventory.echelon import chain, placed
    from einklang.engine.inventory.serial import base_stocks

    if stockout_cost is None:
        return placed(stages, links, service=service)
    ordered = chain(stages, links)
    first = ordered.row(0, named=True)
    return base_stocks(
        ordered,
        demand=float(first["demand"]),
        demand_sd=None if first.get("error_sd") is None else float(first["error_sd"]),
        stockout_cost=stockout_cost,
    )


@engine_app.command()
def quota(
    source: Annotated[Path, typer.Argument(help="A table: territory, weight (or potential and history).")],
    out: Out,
    target: Annotated[int, typer.Option("--target", min=0, help="The month's target in minor units.")],
    sellable: Annotated[
        int, typer.Option("--sellable", "--capacity", min=0, help="What can be delivered, in minor units.")
    ],
    over_assignment: Annotated[
        float, typer.Option("--over", min=0, help="Raise all quotas by this share.")
    ] = 0.0,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Quotas in minor units that sum to the cent, never above what can be delivered."""

    def work() -> tuple[Tables, dict[str, Any]]:
        import polars as pl

        from einklang.engine.quota import over_assign, plan_quotas
        from einklang.engine.quota_table import weights

        plan = plan_quotas(target, sellable, weights(read_table(source)))
        quotas = over_assign(plan.quotas, over_assignment) if over_assignment else plan.quotas
        table = pl.DataFrame({"territory": list(quotas), "quota": list(quotas.values())})
        path = out if out.suffix in (".csv", ".parquet") else out / "quotas.csv"
        return {path: table}, {"promised": target - plan.uncovered, "uncovered": plan.uncovered}

    run_engine(work, as_json=as_json, dry_run=dry_run)
