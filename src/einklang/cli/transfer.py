"""Data in and out at a terminal: ``einklang import | import undo | export | recipes``."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from einklang.cli import app
from einklang.cli.database import As, Db, house, person
from einklang.cli.tables import INVALID_DATA, USAGE, AsJson, DryRun, say, show, stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from einklang.people.models import User
    from einklang.transfer.models import ImportRun
    from einklang.transfer.planning import Plan
    from einklang.transfer.recipe import Recipe

COUNTS = ("created", "updated", "unchanged", "rejected", "left_out")


class Decimal(StrEnum):
    """The decimal sign of the files."""

    POINT, COMMA = ".", ","


class Dates(StrEnum):
    """What comes first in 03/04/2014."""

    DAY, MONTH = "DMY", "MDY"


@app.command("import")
def import_command(
    source: Annotated[str, typer.Argument(metavar="SOURCE|undo", help="A folder or file; or the word undo.")],
    run: Annotated[
        int | None, typer.Argument(metavar="[RUN]", help="With undo: the number of the import.")
    ] = None,
    recipe: Annotated[str | None, typer.Option(help="A shipped recipe's name, or a TOML file.")] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    rejected: Annotated[
        Path | None, typer.Option(help="Take the good rows in and write the others here, with reasons.")
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Some of the recipe's files may be missing.")
    ] = False,
    decimal: Annotated[
        Decimal | None, typer.Option(help="Decimal sign, where the files do not tell.")
    ] = None,
    dates: Annotated[
        Dates | None, typer.Option(help="Order of day and month, where the files do not tell.")
    ] = None,
    separator: Annotated[str | None, typer.Option(help="Between cells: , ; | or tab.")] = None,
    encoding: Annotated[
        str | None, typer.Option(help="As utf-8 or cp1252, where it was not found rightly.")
    ] = None,
    as_user: As = None,
    db: Db = None,
) -> None:
    """Import a folder by a recipe.

    Run again, all is unchanged. ``import undo RUN`` takes an import back.
    """
    start = time.perf_counter()
    with house(db):
        if source == "undo" and run is not None:
            _undo(run, person(as_user, "manage users"), dry_run, as_json)
            return
        if recipe is None:
            raise stop(
                USAGE,
                "Say by which recipe: --recipe adventureworks, --recipe einklang or --recipe FILE.toml.",
            )
        said = {"decimal": decimal, "dates": dates, "separator": separator, "encoding": encoding}
        answers = {key: str(value) for key, value in said.items() if value is not None}
        options = {"answers": answers, "partial": partial}
        summary = _import(recipe, Path(source), options, as_user, dry_run, rejected, as_json)
        summary["seconds"] = round(time.perf_counter() - start, 2)
        _print(summary, as_json)
        if summary["status"] not in ("done", "dry run") or (summary["rejected"] and rejected is None):
            raise typer.Exit(INVALID_DATA)


@app.command("export")
def export_command(
    folder: Annotated[Path, typer.Argument(help="The folder that gets one CSV file for each table.")],
    as_json: AsJson = False,
    dry_run: DryRun = False,
    as_user: As = None,
    db: Db = None,
) -> None:
    """Write everything as plain tables.

    ``import --recipe einklang`` takes them in again.
    """
    with house(db):
        from einklang.transfer import export
        from einklang.transfer.targets import TARGETS

        by = person(as_user, "export data")
        with progress_bar() as progress:
            counts = {} if dry_run else export.write(folder, by=by, progress=progress)
        out = [target.name for target in TARGETS if target.see and not by.may(target.see)]
        for name in out:
            say(f"{name} was left out: {by.username} may not see it.")
        if as_json:
            show({"status": "dry run" if dry_run else "ok", "tables": counts, "left_out": out})
        else:
            say(f"Wrote {sum(counts.values()):,} rows in {len(counts)} tables to {folder}.")


@app.command("recipes")
def recipes_command(as_json: AsJson = False) -> None:
    """List the recipes that come with the house."""
    with house():
        from einklang.transfer.recipe import shipped

        for recipe in (found := shipped()):
            if not as_json:
                tables = f"{len(recipe.tables)} tables from {len(recipe.files)} files"
                say(f"{recipe.name}: {recipe.title} ({tables})")
        if as_json:
            show(
                [
                    {"name": one.name, "title": one.title, "about": one.about, "files": one.files}
                    for one in found
                ]
            )


def _import(
    name: str,
    folder: Path,
    options: dict[str, Any],
    as_user: str | None,
    dry_run: bool,
    rejected: Path | None,
    as_json: bool,
) -> dict[str, Any]:
    """Check and take in; what the files leave open, or what is wrong with them, is the answer instead."""
    from einklang.engine.errors import BadTable
    from einklang.transfer import running
    from einklang.transfer.recipe import load

    recipe = load(name)
    by = _importer(recipe, as_user)
    if not folder.exists():
        raise stop(USAGE, f"There is nothing at {folder}.")
    shipped = not name.endswith(".toml")
    try:
        with progress_bar() as progress:
            return _run(
                recipe, folder, options, by, progress, dry_run=dry_run, rejected=rejected, shipped=shipped
            )
    except running.Asks as asks:
        for question in asks.questions:
            choices = " or ".join(question.options)
            say(f"{running.in_words(question)} Say it with --{question.about} {choices}.")
        return {
            "status": "asks",
            "rejected": 0,
            "questions": [_plain(question) for question in asks.questions],
        }
    except BadTable as bad:
        if not as_json:
            raise
        return {"status": "invalid", "rejected": 0, "faults": [_plain(fault) for fault in bad.faults]}


def _run(
    recipe: "Recipe",
    folder: Path,
    options: dict[str, Any],
    by: "User",
    progress: "Callable[[int, int, str], None]",
    *,
    dry_run: bool,
    rejected: Path | None,
    shipped: bool,
) -> dict[str, Any]:
    """Check, and unless something is wrong or it is only tried, take in; a killed import goes on."""
    from einklang.transfer import actions, queries, running

    mark = running.mark_of(recipe, folder)
    found = None if dry_run else queries.interrupted(recipe.name, mark, by=by)
    if found:
        say(f"Import {found} was interrupted: going on with it.")
    plan, mark = running.prepare(recipe, folder, options, by=by, run=found, progress=progress)
    summary = _summary(plan)
    _write_rejected(plan, rejected)
    if dry_run:
        return {"status": "dry run", **summary}
    if plan.rejected and rejected is None:
        say("Nothing was taken in. Mend the rows, or give --rejected FILE to set them aside.")
        return {"status": "invalid", **summary}
    run = found
    if run is None:
        run = actions.open_run(recipe, str(folder.resolve()), by=by, options=options, shipped=shipped)
        actions.note_plan(run, plan, mark, by=by)
    run = running.take_in(run, plan, by=by, progress=progress)
    return {**summary, **_counted(run), "status": "done", "run": run.pk}


def _importer(recipe: "Recipe", as_user: str | None) -> "User":
    from einklang.transfer.targets import TARGETS

    needs = {TARGETS[table.into].permission for table in recipe.tables if table.into in TARGETS} - {""}
    return person(as_user, sorted(needs)[0] if needs else "import data")


def _plain(what: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(what)


def _summary(plan: "Plan") -> dict[str, Any]:
    """What a plan would do, and every row it cannot take."""
    from einklang.transfer.planning import rejections

    report = plan.report
    rows = [
        row for frame in rejections(plan) for row in frame.drop("position", "content").iter_rows(named=True)
    ]
    return {
        "recipe": plan.recipe.name,
        **{count: sum(line[count] for line in report) for count in COUNTS},
        "tables": report,
        "rejections": rows,
        "no_room": dict(plan.recipe.no_room),
        "unused": plan.sources.unused,
        "missing": plan.sources.missing,
    }


def _counted(run: "ImportRun") -> dict[str, Any]:
    return {"tables": run.report, **{count: run.total(count) for count in COUNTS}}


def _write_rejected(plan: "Plan", path: Path | None) -> None:
    if path is None:
        return
    import polars as pl

    from einklang.transfer.planning import rejections
    from einklang.transfer.queries import LIKE_A_FORMULA

    parts = list(rejections(plan))
    columns = ["file", "row", "column", "got", "expected", "mend", "table", "content"]
    frame = pl.concat(parts).select(columns) if parts else pl.DataFrame(schema=columns)
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.with_columns(pl.col(pl.String).str.replace(LIKE_A_FORMULA, "'${1}")).write_csv(path)


def _print(summary: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show(summary)
        return
    for line in summary.get("tables", ()):
        counts = ", ".join(f"{line[count]:,} {count.replace('_', ' ')}" for count in COUNTS if line[count])
        because = f" ({line['because']})" if line["because"] else ""
        print(f"{line['table']:<30} {line['file']:<45} {counts or 'no rows'}{because}")
    for row in summary.get("rejections", ())[:1000]:
        say(
            f"{row['file']}, row {row['row']}, {row['column']}: got {row['got'] or 'nothing'}, "
            f"expected {row['expected']}; {row['mend']}."
        )
    for name, why in summary.get("no_room", {}).items():
        say(f"No room for {name}: {why}")
    for name in summary.get("missing", ()):
        say(f"Not there: {name}.")
    number = (
        f" (import {summary['run']}; take it back with: einklang import undo {summary['run']})"
        if "run" in summary
        else ""
    )
    say(f"{summary['status']}{number}, {summary['seconds']} s")


def _undo(number: int, by: "User", dry_run: bool, as_json: bool) -> None:
    from einklang.transfer import actions, queries

    run = queries.run(number, seen_by=by)
    counts = queries.to_undo(run) if dry_run else actions.undo(run, by=by)
    if as_json:
        show({"status": "dry run" if dry_run else "undone", "run": run.pk, **counts})
    else:
        deleted, restored = counts["deleted"], counts["restored"]
        say(f"Import {run}: {deleted:,} rows deleted, {restored:,} given their values back.")


@contextmanager
def progress_bar() -> Iterator["Callable[[int, int, str], None]"]:
    """A bar at a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda done, total, sentence: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1)
        yield lambda done, total, sentence: bar.update(
            task, completed=done, total=total, description=sentence
        )
