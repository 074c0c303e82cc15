"""Stock policies at a terminal: safety stock and reorder points, of single items and over a network."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli.engine_app import engine_app
from einklang.cli.tables import AsJson, DryRun, Out, needed, progress_bar, read_folder, read_table, run_engine

if TYPE_CHECKING:
    import polars as pl

Tables = dict[Path, "pl.DataFrame"]


Service = Annotated[float, typer.Option(help="Service target where an item has none of its own.")]
Target = Annotated[
    str,
    typer.Option(help="What the target means: cycle, fill, ready, or cost (order, holding, shortage costs)."),
]
Distribution = Annotated[
    str,
    typer.Option(
        help="Law of demand: normal, gamma, 'negative binomial', poisson, empirical; auto: by the data."
    ),
]
Money = Annotated[
    float | None,
    typer.Option(min=0, help="Money for safety stock: the mix that leaves least short (unit_cost)."),
]
Simulate = Annotated[bool, typer.Option("--simulate", help="Play each policy and add what it measured.")]
Runs = Annotated[int, typer.Option(min=10, help="Runs of the simulation.")]
Network = Annotated[
    Path | None,
    typer.Option(help="Table of item, goes_into[, quantity]: safety stock placed over all stages at once."),
]
StockoutCost = Annotated[
    float | None,
    typer.Option(min=0, help="With a chain as network: cost of a unit short and period; then base stocks."),
]


@engine_app.command()
def stock(
    source: Annotated[Path, typer.Argument(help="A table of items, or a folder with items and demand.")],
    out: Out,
    service: Service = 0.95,
    target: Target = "cycle",
    distribution: Distribution = "auto",
    budget: Money = None,
    simulate: Simulate = False,
    runs: Runs = 200,
    network: Network = None,
    stockout_cost: StockoutCost = None,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Safety stock, reorder point, order-up-to, expected service and turns for every item.

    Items: item, lead_time[, lead_time_sd, review_period, service, target, distribution, demand, error_sd,
    lot, unit_cost, order_cost, holding_cost, shortage_cost, on_hand]; a folder may hold their demand, too.
    With --network the items are stages: item, lead_time (whole periods), holding_cost, and error_sd where
    customers are served[, service, promised_time, supplied_within]; with --stockout-cost also demand there.
    """

    def work() -> tuple[Tables, dict[str, Any]]:
        folder = source.is_dir()
        items = needed(source, "items")[0] if folder else read_table(source)
        path = out if out.suffix in (".csv", ".parquet") else out / "stock.csv"
        if network is not None:
            table = _over_stages(items, read_table(network), service, stockout_cost)
            cost = float(table["cost"][-1] if stockout_cost else table["cost"].sum())
            return {path: table}, {"items": table.height, "cost": cost}
        demand = read_folder(source, "demand") if folder else None
        if budget is None:
            table, summary = _by_target(items, demand, service, target, distribution)
        else:
            table, summary = _within(items, demand, budget, distribution)
        if simulate:
            table, measured = _simulated(table, demand, runs)
            summary |= measured
        return {path: table}, summary

    run_engine(work, as_json=as_json, dry_run=dry_run)


def _by_target(
    items: "pl.DataFrame", demand: "pl.DataFrame | None", service: float, target: str, law: str
) -> "tuple[pl.DataFrame, dict[str, Any]]":
    """Each item to its own target."""
    from einklang.engine.inventory.table import notes, policies

    table = policies(items, demand, service=service, target=target, law=law)
    used = dict(sorted(table["distribution"].value_counts().iter_rows()))
    return table, {
        "items": table.height,
        "safety_stock": float(table["safety_stock"].sum()),
        "distributions": used,
        "notes": notes(table),
    }


def _within(
    items: "pl.DataFrame", demand: "pl.DataFrame | None", budget: float, law: str
) -> "tuple[pl.DataFrame, dict[str, Any]]":
    """All items to one budget."""
    from einklang.engine.inventory.trial import within_budget

    table, mix = within_budget(items, demand, budget, law=law)
    return table, {
        "items": table.height,
        "budget": budget,
        "used": mix.used,
        "fill_rate": mix.fill,
        "objective": mix.short,
        "bound": mix.bound,
        "gap": mix.gap,
    }


def _simulated(
    table: "pl.DataFrame", demand: "pl.DataFrame | None", runs: int
) -> "tuple[pl.DataFrame, dict[str, Any]]":
    """The table with what the simulation measured, and its means."""
    from einklang.engine.inventory.trial import put_to_the_test

    with progress_bar("simulating") as progress:
        told = put_to_the_test(table, demand, runs=runs, progress=progress)
    names = ("simulated_fill_rate_middle", "simulated_cycle_service_middle", "simulated_stock_middle")
    return told, {name.removesuffix("_middle"): told[name].mean() for name in names}


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
