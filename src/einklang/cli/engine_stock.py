"""Stock policies at a terminal: safety stock and reorder points, of single items and over a network."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli.engine_app import engine_app
from einklang.cli.tables import AsJson, DryRun, Out, needed, read_folder, read_table, run_engine

if TYPE_CHECKING:
    import polars as pl

Tables = dict[Path, "pl.DataFrame"]


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
        items = needed(source, "items")[0] if folder else read_table(source)
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
