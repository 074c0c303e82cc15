"""Whether the house is in order: its settings, its tables, and what each room says must hold."""

from collections.abc import Callable, Iterable
from importlib import import_module, util
from typing import Any

from django.core import checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from einklang.config.rooms import ROOMS

CHECKED = [
    import_module(f"einklang.{room}.checks") for room in ROOMS if util.find_spec(f"einklang.{room}.checks")
]
FOOTINGS: list[Callable[[], Iterable[str]]] = [room.footings for room in CHECKED]


def settings_faults(*, deploy: bool) -> list[str]:
    """What Django's own checks find; with ``deploy`` also what matters on a server."""
    found = checks.run_checks(include_deployment_checks=deploy)
    return [f"{fault.id}: {fault.msg}" for fault in found if fault.level >= checks.WARNING]


def migration_faults() -> list[str]:
    """The steps that bring the database to this version and have not been taken."""
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{step.app_label} {step.name} has not been migrated." for step, _back in waiting]


def gaps() -> list[dict[str, Any]]:
    """What is missing in the data that plans rest on, by room: how many, and what that means."""
    return [
        {"room": room.__name__.split(".")[1], "count": count, "sentence": sentence}
        for room in CHECKED
        if hasattr(room, "gaps")
        for count, sentence in room.gaps()
        if count
    ]
