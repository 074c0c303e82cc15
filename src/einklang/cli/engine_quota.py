"""Quotas at a terminal: a target shared by weight, never above what can be delivered."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli.engine_app import engine_app
from einklang.cli.tables import AsJson, DryRun, Out, read_table, run_engine

if TYPE_CHECKING:
    import polars as pl

Tables = dict[Path, "pl.DataFrame"]


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
