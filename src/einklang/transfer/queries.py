"""Questions about imports: runs, what they wrote, and the rows they could not take."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from einklang.kernel import tables
from einklang.kernel.errors import NotFound
from einklang.kernel.intake import KEY
from einklang.people.models import User
from einklang.transfer.models import ImportedRow, ImportRun, RejectedRow

LIKE_A_FORMULA = r"^('*[=+\-@\t\r])"
KNOWN = {KEY: pl.String, "digest": pl.Int64, "object_id": pl.Int64, "run_id": pl.Int64}


def runs(*, seen_by: User) -> QuerySet[ImportRun]:
    """The imports somebody may see, newest first."""
    return ImportRun.objects.visible_to(seen_by).select_related("by")


def run(number: int, *, seen_by: User) -> ImportRun:
    """One import."""
    found = runs(seen_by=seen_by).filter(pk=number).first()
    if found is None:
        raise NotFound(_("There is no import %(number)s.") % {"number": number})
    return found


def interrupted(recipe: str, fingerprint: str, *, by: User) -> ImportRun | None:
    """An import of the same files that was killed on its way and can go on."""
    return ImportRun.objects.filter(
        recipe=recipe, fingerprint=fingerprint, by=by, state=ImportRun.State.RUNNING
    ).first()


def known_rows(source: str, table: str) -> pl.DataFrame:
    """What this source brought for a table before: ``_key, digest, object_id, run_id``."""
    rows = ImportedRow.objects.filter(table__source=source, table__name=table).order_by()
    return tables.read(
        rows, **{KEY: "key", "digest": "digest", "object_id": "object_id", "run_id": "run_id"}
    ).cast(
        KNOWN  # type: ignore[arg-type]
    )


def rejected(run: ImportRun) -> QuerySet[RejectedRow]:
    """The rows an import could not take, in the order of the files."""
    return RejectedRow.objects.filter(run=run)


def problems(run: ImportRun) -> list[dict[str, Any]]:
    """Rejected rows grouped by how they are repaired: what is expected, where, how many, with an example."""
    groups = (
        rejected(run)
        .values("file", "column", "expected", "mend")
        .annotate(count=Count("id"))
        .order_by("-count")
    )
    return [{**group, "examples": list(_examples(run, dict(group)))} for group in groups[:50]]


def _examples(run: ImportRun, group: dict[str, Any]) -> QuerySet[RejectedRow, Any]:
    same = rejected(run).filter(file=group["file"], column=group["column"], expected=group["expected"])
    return same.values("row", "got")[:3]


def rejected_frame(run: ImportRun) -> pl.DataFrame:
    """The rejected rows as a table to mend: reason first, then the row's own columns."""
    rows = [
        {
            "file": row.file,
            "row": row.row,
            "column": row.column,
            "got": row.got,
            "expected": row.expected,
            "mend": row.mend,
            **(json.loads(row.content) if row.content else {}),
        }
        for row in rejected(run).iterator()
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def rejected_text(run: ImportRun) -> str:
    """The rejected rows as CSV; no cell of it can run as a formula."""
    frame = rejected_frame(run)
    return frame.with_columns(pl.col(pl.String).str.replace(LIKE_A_FORMULA, "'${1}")).write_csv()


def to_undo(run: ImportRun) -> dict[str, int]:
    """What an undo of a run would do."""
    rows = ImportedRow.objects.filter(run=run)
    return {
        "deleted": rows.filter(before__isnull=True).count(),
        "restored": rows.filter(before__isnull=False).exclude(before__values={}).count(),
    }


def written_after(run: ImportRun) -> ImportRun | None:
    """A later import that has since changed rows of this one."""
    holders = ImportedRow.objects.filter(run__gt=run.pk, before__isnull=False).select_related("run")
    for row in holders.iterator():
        before: Any = row.before
        while before:
            if before.get("run") == run.pk:
                return row.run
            before = before.get("before")
    return None
