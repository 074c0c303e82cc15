"""Einklang at a terminal: for people, for cron and for scripts."""

import sys
from importlib import import_module, util

import typer

from einklang.cli.engine_app import engine_app

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,  # plain help needs a third less time, and no terminal to look right
    help="Einklang: deal, demand, plan, quota and order in one set of numbers.",
)
app.add_typer(engine_app, name="engine")

# Each registers its commands on ``app`` or ``engine_app`` when it is imported; heavy libraries are
# imported inside the commands, so that help answers at once.
COMMANDS = (
    "house",
    "demo",
    "transfer",
    "cycle",
    "kpi",
    "engine_demand",
    "engine_customers",
    "engine_mrp",
    "engine_balance",
    "engine_lots",
    "engine_stock",
    "engine_schedule",
    "engine_lean",
    "engine_stress",
    "engine_quota",
    "engine_kpis",
    "engine_pipeline",
)
for name in COMMANDS:
    if util.find_spec(f"einklang.cli.{name}"):
        import_module(f"einklang.cli.{name}")


def main() -> None:
    """The ``einklang`` command."""
    # A pipe that closes early (``| head``) is not an error of ours.
    try:
        app()
    except BrokenPipeError:
        sys.exit(0)
