"""Everything the house holds as one folder of tables, which the ``einklang`` recipe can take in again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
from django.utils.translation import gettext as _

from einklang.kernel import tables
from einklang.kernel.errors import NotAllowed
from einklang.kernel.intake import Column, Target, Targets
from einklang.people.models import User
from einklang.transfer import actions
from einklang.transfer.queries import LIKE_A_FORMULA
from einklang.transfer.targets import TARGETS

Progress = Callable[[int, int, str], None]


def write(folder: Path, *, by: User, progress: Progress) -> dict[str, int]:
    """Write each table as a CSV file; returns the rows by table. Tables one may not see are left out."""
    by.must("export data")
    if not by.sees_all:
        raise NotAllowed(_("Only who sees all records may export all of them."))
    folder.mkdir(parents=True, exist_ok=True)
    mine = [target for target in TARGETS if not target.see or by.may(target.see)]
    counts: dict[str, int] = {}
    for number, target in enumerate(mine):
        progress(number, len(mine), _("Writing %(table)s") % {"table": target.name})
        frame = table(TARGETS, target)
        part = folder / f".{target.name}.csv.part"
        frame.write_csv(part)
        part.replace(folder / f"{target.name}.csv")
        counts[target.name] = frame.height
    actions.note_export(counts, by=by)
    return counts


def table(targets: Targets, target: Target) -> pl.DataFrame:
    """One table with the column names and values that an import of it understands."""
    paths = targets.paths(target)
    columns = targets.columns(target)
    rows = tables.read(
        target.model._default_manager.order_by("pk"),
        **{column.name: paths[column.name] for column in columns},
    )
    told = one_row_a_key(rows, targets.key_columns(target))
    return told.select(_written(column).alias(column.name) for column in columns)


def one_row_a_key(rows: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Rows that an import could not tell apart become one: quantities are added, the rest is the first's.

    Two shipments of a line on one day, two moves of one receipt for one order: as facts they are two, as
    figures they are their sum.
    """
    if not rows.select(key).is_duplicated().any():
        return rows
    rest = [name for name in rows.columns if name not in key]
    added = [pl.col(name).sum() if name == "quantity" else pl.col(name).first() for name in rest]
    return rows.group_by(key, maintain_order=True).agg(added).select(rows.columns)


def _written(column: Column) -> pl.Expr:
    """A column as text: exact decimals, ISO days, and no text that a spreadsheet would run as a formula."""
    value = pl.col(column.name)
    if column.kind == "cents":
        sign = pl.when(value < 0).then(pl.lit("-")).otherwise(pl.lit(""))
        return pl.format(
            "{}{}.{}", sign, value.abs() // 100, (value.abs() % 100).cast(pl.String).str.zfill(2)
        )
    if column.kind == "decimal":
        return value.cast(pl.Float64).round(column.places).cast(pl.Decimal(38, column.places)).cast(pl.String)
    if column.kind == "flag":
        return value.cast(pl.Int8)
    if column.kind == "moment":
        return value.dt.strftime("%Y-%m-%d %H:%M:%S%.6f")
    if column.kind in ("text", "json"):
        return value.cast(pl.String).str.replace(LIKE_A_FORMULA, "'${1}")
    return value
