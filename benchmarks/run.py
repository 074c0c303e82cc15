"""Run every benchmark, or those that are named, and print one table.

python benchmarks/run.py [cli_help import_adventureworks ...]
"""

import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import tell

ALL = (
    "cli_help",
    "customers",
    "forecast_accuracy",
    "forecast_speed",
    "forecast_peers",
    "forecast_scale",
    "forecast_intermittent",
    "forecast_hierarchy",
    "forecast_drivers",
    "pipeline",
    "import_adventureworks",
    "cycle_adventureworks",
    "home_page",
    "first_page",
    "stock_network",
    "safety_stocks",
    "schedule",
    "promise",
    "mrp",
    "balance_family",
    "balance_items",
    "lots_capacity",
    "lots_clsp",
)


def main(names: list[str]) -> int:
    """Measure one after the other, so that none disturbs another."""
    return tell([claim for name in names or ALL for claim in import_module(f"benchmarks.{name}").claims()])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
