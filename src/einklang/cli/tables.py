"""What every command shares: tables by file ending, one summary, sentences for what went wrong."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import polars as pl

    Written = pl.DataFrame | bytes
    """A table, or something packed."""

OK, ERROR, USAGE, INVALID_DATA, NOT_ALLOWED, CONFLICT = range(6)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be written; write nothing.")]
Out = Annotated[Path, typer.Option("-o", "--out", help="Where the tables go: a file or a folder.")]
Folder = Annotated[Path, typer.Argument(help="The folder of tables.", file_okay=False)]


def say(text: str) -> None:
    """A message for people, on standard error."""
    print(text, file=sys.stderr)


def show(value: object) -> None:
    """Data, on standard output, as JSON."""
    print(json.dumps(value, ensure_ascii=False, indent=None, default=str))


def stop(code: int, sentence: str) -> typer.Exit:
    """Say why and leave with ``code``: ``raise stop(USAGE, "...")``."""
    say(sentence)
    return typer.Exit(code)


def read_table(path: Path) -> "pl.DataFrame":
    """A table by its ending: CSV, CSV.GZ or Parquet; UTF-8, header row, ISO dates, ``.`` decimals."""
    import polars as pl

    from einklang.engine.errors import BadTable, Fault

    if not path.is_file():
        raise BadTable([Fault(path.name, None, None, "no such file", str(path), "check the path")])
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path)
        table = pl.read_csv(path, infer_schema=False, truncate_ragged_lines=False, glob=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError) as fault:
        text = str(fault).splitlines()[0]
        raise BadTable(
            [Fault(path.name, None, None, text, "a readable table", "save it as UTF-8 CSV")]
        ) from fault
    blank = [
        pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)).alias(name) for name in table.columns
    ]
    return table.select(blank)


def read_folder(folder: Path, name: str) -> "pl.DataFrame | None":
    """The table ``name`` of a folder as Parquet or CSV, or nothing where there is none."""
    for ending in (".parquet", ".csv", ".csv.gz"):
        if (folder / f"{name}{ending}").is_file():
            return read_table(folder / f"{name}{ending}")
    return None


def needed(folder: Path, *names: str) -> "list[pl.DataFrame]":
    """Tables the engine cannot do without; those that are missing are all named."""
    from einklang.engine.errors import BadTable, Fault

    tables = {name: read_folder(folder, name) for name in names}
    missing = [name for name, table in tables.items() if table is None]
    if missing:
        raise BadTable(
            [
                Fault(f"{name}.csv", None, None, "no such file", f"a table in {folder}", "add it")
                for name in missing
            ]
        )
    return [table for table in tables.values() if table is not None]


def write_table(table: "Written", path: Path) -> None:
    """Write a table by its ending, or what is packed as it is; whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    if isinstance(table, bytes):
        part.write_bytes(table)
    elif path.suffix == ".parquet":
        table.write_parquet(part)
    else:
        table.write_csv(part)
    part.replace(path)


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error for long work, moved by what is yielded; none where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def by_file(names: Mapping[str, Path]) -> Iterator[None]:
    """Name faults by the file they stand in, and say how to mend them."""
    from dataclasses import replace

    from einklang.engine.errors import BadTable

    try:
        yield
    except BadTable as fault:
        found = [
            replace(
                one,
                table=names[one.table].name if one.table in names else one.table,
                mend=one.mend or "correct it or remove the row",
            )
            for one in fault.faults
        ]
        raise BadTable(found) from fault


@contextmanager
def errors_in_words() -> Iterator[None]:
    """Turn what rooms and engines refuse into a sentence and the contract's exit code."""
    from einklang.engine.errors import BadTable, Impossible

    try:
        yield
    except BadTable as fault:
        for one in fault.faults[:1000]:
            say(one.sentence())
        if len(fault.faults) > 1000:
            say(f"... and {len(fault.faults) - 1000} more.")
        raise typer.Exit(INVALID_DATA) from fault
    except Impossible as fault:
        raise stop(INVALID_DATA, str(fault)) from fault


def run_engine(
    work: Callable[[], tuple[Mapping[Path, "Written"], dict[str, Any]]],
    *,
    as_json: bool,
    dry_run: bool = False,
) -> None:
    """Run one engine command: compute, write its tables, print its summary.

    ``work`` returns the tables by path and the summary; ``status`` and ``seconds`` are added here.
    """
    start = time.perf_counter()
    with errors_in_words():
        tables, summary = work()
        for path, table in tables.items():
            if not dry_run:
                write_table(table, path)
    summary = {"status": "ok", "seconds": round(time.perf_counter() - start, 3), **summary}
    if as_json:
        show(summary)
    else:
        for path, table in tables.items():
            size = f"{len(table):,} bytes" if isinstance(table, bytes) else f"{table.height:,} rows"
            say(f"{'would write' if dry_run else 'wrote'} {path} ({size})")
        for key, value in summary.items():
            say(f"{key}: {value}")
