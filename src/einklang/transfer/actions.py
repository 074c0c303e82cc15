"""What can be done with imports: open one, note what was found, take rows in, close it, undo it."""

from __future__ import annotations

from typing import Any

import polars as pl
from django.db import transaction
from django.utils.translation import gettext as _

from einklang.kernel import clock, journal, tables
from einklang.kernel.errors import Refused
from einklang.kernel.intake import KEY, Keys, Targets
from einklang.kernel.intake.write import add, change, orphans, put_back
from einklang.people.models import User
from einklang.transfer import queries
from einklang.transfer.models import ImportBatch, ImportedRow, ImportedTable, ImportRun, RejectedRow
from einklang.transfer.planning import DIGEST, Plan, TablePlan, rejections
from einklang.transfer.recipe import Recipe

State = ImportRun.State
AT_ONCE = 900


@transaction.atomic
def open_run(
    recipe: Recipe, folder: str, *, by: User, options: dict[str, Any] | None = None, shipped: bool = True
) -> ImportRun:
    """Begin an import of a folder (or file) by a recipe; nothing is read yet."""
    by.must("import data")
    run = ImportRun.objects.create(
        recipe=recipe.name[:60],
        recipe_text="" if shipped else recipe.text,
        source=recipe.source[:60],
        folder=folder,
        options=options or {},
        by=by,
        created_at=clock.now(),
    )
    journal.record("transfer.run_opened", about=run, by=by, source=run.source)
    return run


@transaction.atomic
def answer(run: ImportRun, answers: dict[str, str], *, by: User) -> ImportRun:
    """Say what the files do not tell: which decimal sign, which order of days, which separator."""
    by.must("import data")
    run = _locked(run)
    if run.state not in (State.OPEN, State.ASKS, State.REFUSED, State.CHECKED):
        raise Refused(_("This import has begun: its answers stand."))
    run.options = {**run.options, "answers": {**run.options.get("answers", {}), **answers}}
    run.state, run.questions = State.OPEN, []
    run.save(update_fields=["options", "state", "questions"])
    journal.record("transfer.answered", about=run, by=by, **answers)
    return run


@transaction.atomic
def note_job(run: ImportRun, job_id: str, *, by: User) -> None:
    """Remember which job works on the run, so that its page can show the progress."""
    by.must("import data")
    ImportRun.objects.filter(pk=run.pk).update(job=job_id)
    journal.record("transfer.job_started", about=run, by=by, job=job_id)


@transaction.atomic
def note_refusal(
    run: ImportRun,
    *,
    by: User,
    faults: list[dict[str, Any]] | None = None,
    questions: list[dict[str, Any]] | None = None,
) -> None:
    """Keep why the files cannot be read, or what must be asked first."""
    run.state = State.ASKS if questions else State.REFUSED
    run.questions, run.notes = questions or [], {**run.notes, "faults": faults or []}
    run.save(update_fields=["state", "questions", "notes"])
    journal.record("transfer.stopped", about=run, by=by, state=run.state)


@transaction.atomic
def note_plan(run: ImportRun, plan: Plan, fingerprint: str, *, by: User) -> None:
    """Keep what a check found: counts by table, and each row that cannot be taken with its reason."""
    run.fingerprint, run.report, run.questions = fingerprint, plan.report, []
    run.notes = {
        "unused": plan.sources.unused,
        "missing": plan.sources.missing,
        "taken_for": plan.sources.taken_for,
        "encodings": sorted({table.encoding for table in plan.sources.raw.values() if table.encoding}),
        "no_room": dict(plan.recipe.no_room),
    }
    run.state = State.CHECKED
    run.save(update_fields=["fingerprint", "report", "notes", "state", "questions"])
    RejectedRow.objects.filter(run=run).delete()
    for frame in rejections(plan):
        tables.insert(RejectedRow, frame.with_columns(pl.lit(run.pk, dtype=pl.Int64).alias("run_id")))
    journal.record("transfer.checked", about=run, by=by, rejected=run.rejected, to_write=run.to_write)


@transaction.atomic
def begin(run: ImportRun, *, by: User) -> None:
    """From here on rows are written; a run that is killed now can go on."""
    run = _locked(run)
    if run.state not in (State.CHECKED, State.RUNNING):
        raise Refused(_("This import must be checked first."))
    ImportRun.objects.filter(pk=run.pk).update(state=State.RUNNING)
    journal.record("transfer.begun", about=run, by=by, fingerprint=run.fingerprint)


@transaction.atomic
def take_in(
    run: ImportRun,
    one: TablePlan,
    rows: pl.DataFrame,
    known: pl.DataFrame,
    targets: Targets,
    keys: Keys,
    *,
    by: User,
) -> None:
    """Write one slice of new rows of one table, and remember each with its key and hash."""
    table, _new = ImportedTable.objects.get_or_create(source=run.source, name=one.target.name)
    numbered = add(targets, one.target, rows, keys)
    _remember(run, table, numbered.rename({"id": "object_id"}).with_columns(rows[DIGEST]), known)
    _note_batch(run, one, created=rows.height)
    journal.record("transfer.rows_added", about=run, by=by, table=one.target.name, rows=rows.height)


@transaction.atomic
def take_changes(run: ImportRun, one: TablePlan, targets: Targets, keys: Keys, *, by: User) -> None:
    """Change the rows that differ, keeping what stood there; remember rows that are as the source says."""
    table, _new = ImportedTable.objects.get_or_create(source=run.source, name=one.target.name)
    for rows, is_changed in ((one.update, True), (one.adopt, False)):
        if rows.is_empty():
            continue
        values = (
            change(targets, one.target, rows, keys) if is_changed else [{} for _row in range(rows.height)]
        )
        ready = rows.select(KEY, DIGEST, pl.col("id").alias("object_id"))
        _replace(run, table, ready, values, is_changed)
    _note_batch(run, one, updated=one.update.height)
    journal.record("transfer.rows_changed", about=run, by=by, table=one.target.name, rows=one.update.height)


@transaction.atomic
def close_run(run: ImportRun, *, by: User) -> ImportRun:
    """The import is whole: its counts are what its batches wrote."""
    run = _locked(run)
    written: dict[int, list[int]] = {}
    for batch in run.batches.all():
        counts = written.setdefault(batch.position, [0, 0])
        counts[0], counts[1] = counts[0] + batch.created, counts[1] + batch.updated
    for line in run.report:
        line["created"], line["updated"] = written.get(line["position"], [0, 0])
    run.state, run.finished_at = State.DONE, clock.now()
    run.save(update_fields=["report", "state", "finished_at"])
    totals = {name: run.total(name) for name in ("created", "updated", "unchanged", "rejected")}
    journal.record("transfer.imported", about=run, by=by, source=run.source, **totals)
    return run


@transaction.atomic
def undo(run: ImportRun, *, by: User) -> dict[str, int]:
    """Take back a whole import: rows it added go, rows it changed get their values back; all or nothing."""
    by.must("import data")
    run = _locked(run)
    if run.state not in (State.DONE, State.RUNNING):
        raise Refused(_("Only an import that was taken in can be undone."))
    if later := queries.written_after(run):
        raise Refused(
            _("The later import %(later)s changed rows of this one: undo that first.") % {"later": later}
        )
    from einklang.transfer.targets import TARGETS

    counts = {"deleted": 0, "restored": 0}
    for target in reversed(list(TARGETS)):
        for table in ImportedTable.objects.filter(source=run.source, name=target.name):
            if target.permission and ImportedRow.objects.filter(table=table, run=run).exists():
                by.must(target.permission)
            counts["restored"] += _restore(run, table, target.model)
            counts["deleted"] += _delete(run, table, target.model)
    _refuse_orphans(run, TARGETS)
    ImportRun.objects.filter(pk=run.pk).update(state=State.UNDONE, finished_at=clock.now())
    journal.record("transfer.undone", about=run, by=by, **counts)
    return counts


@transaction.atomic
def note_export(counts: dict[str, int], *, by: User) -> None:
    """Remember who took all tables out of the house."""
    by.must("export data")
    journal.record("transfer.exported", by=by, rows=sum(counts.values()), tables=len(counts))


def _locked(run: ImportRun) -> ImportRun:
    return ImportRun.objects.select_for_update().get(pk=run.pk)


def _note_batch(run: ImportRun, one: TablePlan, *, created: int = 0, updated: int = 0) -> None:
    position = one.table.position
    done = ImportBatch.objects.filter(run=run, position=position).count()
    ImportBatch.objects.create(
        run=run, position=position, slice=done, created=created, updated=updated, at=clock.now()
    )


def _remember(run: ImportRun, table: ImportedTable, rows: pl.DataFrame, known: pl.DataFrame) -> None:
    """Note which source row became which row here; a note about a row that is gone is replaced."""
    gone = rows.join(known, on=KEY, how="semi")[KEY].to_list()
    for start in range(0, len(gone), AT_ONCE):
        ImportedRow.objects.filter(table=table, key__in=gone[start : start + AT_ONCE]).delete()
    ready = rows.select(
        pl.lit(table.pk, dtype=pl.Int64).alias("table_id"),
        pl.col(KEY).alias("key"),
        pl.col(DIGEST).alias("digest"),
        "object_id",
        pl.lit(run.pk, dtype=pl.Int64).alias("run_id"),
    )
    tables.insert(ImportedRow, ready)


def _replace(
    run: ImportRun, table: ImportedTable, rows: pl.DataFrame, values: list[dict[str, Any]], is_changed: bool
) -> None:
    """Notes about rows that were there: with the values before, so that an undo can put them back."""
    former: dict[str, ImportedRow] = {}
    keys = rows[KEY].to_list()
    for start in range(0, len(keys), AT_ONCE):
        found = ImportedRow.objects.filter(table=table, key__in=keys[start : start + AT_ONCE])
        former |= {row.key: row for row in found}
    fresh, kept = [], []
    for (key, digest, number), before in zip(rows.iter_rows(), values, strict=True):
        row = former.get(key)
        note: dict[str, Any] = {"values": before}
        if row is None:
            fresh.append(
                ImportedRow(table=table, key=key, digest=digest, object_id=number, run=run, before=note)
            )
            continue
        if is_changed:
            row.before = {**note, "digest": row.digest, "run": row.run_id, "before": row.before}
            row.run = run
        row.digest, row.object_id = digest, number
        kept.append(row)
    ImportedRow.objects.bulk_create(fresh, batch_size=1000)
    ImportedRow.objects.bulk_update(kept, ["digest", "object_id", "run", "before"], batch_size=200)


def _restore(run: ImportRun, table: ImportedTable, model: Any) -> int:
    """Give changed rows their values back, and the notes about them their former state."""
    changed = list(ImportedRow.objects.filter(table=table, run=run, before__isnull=False))
    values = {row.object_id: row.before["values"] for row in changed if row.before and row.before["values"]}
    put_back(model, values)
    kept = []
    for row in changed:
        before: Any = row.before
        if "run" in before:
            row.digest, row.run_id, row.before = before["digest"], before["run"], before["before"]
            kept.append(row)
    ImportedRow.objects.bulk_update(kept, ["digest", "run", "before"], batch_size=200)
    ImportedRow.objects.filter(table=table, run=run, before__isnull=False).delete()
    return len(values)


def _delete(run: ImportRun, table: ImportedTable, model: Any) -> int:
    """Delete what the run added; whether anything rests on it is asked at the end, for all tables at once."""
    added = ImportedRow.objects.filter(table=table, run=run, before__isnull=True)
    rows = model._base_manager.filter(pk__in=added.values("object_id"))
    count = int(rows._raw_delete(rows.db))
    added._raw_delete(added.db)
    return count


def _refuse_orphans(run: ImportRun, targets: Targets) -> None:
    names = ImportBatch.objects.filter(run=run).values_list("position", flat=True)
    touched = {line["table"] for line in run.report if line["position"] in set(names)}
    for target in targets:
        if target.name in touched and (found := orphans(target.model)):
            what = ", ".join(f"{count} {name}" for name, count in found.items())
            sentence = _("This import cannot be undone: %(what)s rest on its %(table)s.")
            raise Refused(sentence % {"what": what, "table": target.model._meta.verbose_name_plural})
