"""Backups: everything in one file, taken while people work, put back into an empty database, checked.

The file is a ZIP with ``manifest.json`` (what, when, by which version, with which fingerprints) and the
data: on SQLite a copy by the database's own backup interface (a plain copy of a live file is torn), on
PostgreSQL each table as CSV, all read in one snapshot.
"""

import hashlib
import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from einklang import __version__
from einklang.kernel import anchors, clock
from einklang.kernel.errors import Refused

MANIFEST, SQLITE = "manifest.json", "database.sqlite3"
PIECE = 2**20


def backup(path: Path) -> dict[str, Any]:
    """Write everything into one file, whole or not at all; the manifest says what is in it."""
    manifest: dict[str, Any] = {
        "einklang": __version__,
        "database": connection.vendor,
        "made_at": clock.now().isoformat(),
        "migrations": sorted([list(key) for key in MigrationRecorder(connection).applied_migrations()]),
        "journal": anchors.anchor("backup"),
        "files": {},
    }
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)  # everything is in it, so only its owner may read it
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as archive:
        write = _write_postgresql if connection.vendor == "postgresql" else _write_sqlite
        for name, digest in write(archive):
            manifest["files"][name] = digest
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    part.replace(path)
    return manifest


def restore(path: Path) -> dict[str, Any]:
    """Put a backup into this database, which must be empty, and bring it to this version."""
    if not is_empty():
        raise Refused(_("This database is not empty: restore into a new one, then point Einklang to it."))
    with _opened(path) as archive:
        manifest = _checked(archive)
        read = _read_postgresql if connection.vendor == "postgresql" else _read_sqlite
        read(archive, manifest)
    call_command("migrate", verbosity=0, interactive=False)
    anchors.begin_anew(f"restored from {path.name}")
    anchors.anchor("restore")
    return manifest


def verify(checks: Iterable[Callable[[], Iterable[str]]] = ()) -> list[str]:
    """Everything that is wrong with the database, the journal and, by ``checks``, the money."""
    faults = [*_broken_database(), *anchors.broken()]
    for check in checks:
        faults += check()
    if not faults:
        anchors.anchor("verified")
    return faults


def is_empty() -> bool:
    """Whether nobody has begun to work with this database."""
    existing = set(connection.introspection.table_names())
    if not existing:
        return True
    people = apps.get_model("people", "User")._meta.db_table
    return people not in existing or not (
        apps.get_model("people", "User")._default_manager.exists()
        or apps.get_model("kernel", "JournalEntry")._default_manager.exists()
    )


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as fault:
        raise Refused(_("%(file)s is not a backup of Einklang.") % {"file": path.name}, status=422) from fault


def _checked(archive: zipfile.ZipFile) -> dict[str, Any]:
    """The manifest, once every file in the archive is what it says and fits this installation."""
    try:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
        for name, digest in manifest["files"].items():
            with archive.open(name) as file:
                if _digest(file) != digest:
                    raise Refused(_("%(file)s in the backup is damaged.") % {"file": name}, status=422)
    except (KeyError, ValueError, zipfile.BadZipFile) as fault:
        raise Refused(_("The backup is damaged: %(why)s.") % {"why": fault}, status=422) from fault
    if manifest["database"] != connection.vendor:
        names = {"from": manifest["database"], "to": connection.vendor}
        raise Refused(_("This backup is of %(from)s and this database is %(to)s.") % names, status=422)
    known = {(migration.app_label, migration.name) for migration in _loader().disk_migrations.values()}
    newer = [key for key in map(tuple, manifest["migrations"]) if key not in known and _ours(key[0])]
    if newer:
        raise Refused(_("This backup was made by a newer version of Einklang."), status=422)
    return manifest


def _digest(file: IO[bytes]) -> str:
    running = hashlib.sha256()
    while piece := file.read(PIECE):
        running.update(piece)
    return running.hexdigest()


def _write_sqlite(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    with TemporaryDirectory(prefix="einklang-backup-") as folder:
        copy = Path(folder) / SQLITE
        connection.ensure_connection()
        target = sqlite3.connect(copy)
        try:
            connection.connection.backup(target)
        finally:
            target.close()
        archive.write(copy, SQLITE)
        with copy.open("rb") as file:
            yield SQLITE, _digest(file)


def _read_sqlite(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    with TemporaryDirectory(prefix="einklang-restore-") as folder:
        source = sqlite3.connect(archive.extract(SQLITE, folder))
        try:
            connection.ensure_connection()
            source.backup(connection.connection)
        finally:
            source.close()
    connection.close()


def _write_postgresql(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        # One snapshot for all tables, so that what belongs together stays together.
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for table in _tables(cursor):
            running = hashlib.sha256()
            names = ", ".join(map(quote, _columns(cursor, table)))
            sql = f"COPY (SELECT {names} FROM {quote(table)}) TO STDOUT (FORMAT csv, HEADER)"
            with archive.open(f"tables/{table}.csv", "w") as file, cursor.cursor.copy(sql) as rows:
                for piece in rows:
                    file.write(piece)
                    running.update(piece)
            yield f"tables/{table}.csv", running.hexdigest()


def _read_postgresql(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """Build the tables of the backup's version, then fill them; references are looked at once, at the end."""
    applied: dict[str, str] = {}
    for app, name in sorted(map(tuple, manifest["migrations"])):
        applied[app] = max(name, applied.get(app, ""))
    for app, name in applied.items():
        if app in _loader().migrated_apps:
            call_command("migrate", app, name, verbosity=0, interactive=False)
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        tables = [name.removeprefix("tables/").removesuffix(".csv") for name in manifest["files"]]
        cursor.execute(f"TRUNCATE {', '.join(map(quote, tables))}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in tables:
            with archive.open(f"tables/{table}.csv") as file:
                names = ", ".join(map(quote, file.readline().decode().strip().split(",")))
                sql = f"COPY {quote(table)} ({names}) FROM STDIN (FORMAT csv)"
                with cursor.cursor.copy(sql) as rows:
                    while piece := file.read(PIECE):
                        rows.write(piece)
        _count_on(cursor, tables)


def _count_on(cursor: Any, tables: list[str]) -> None:
    """Let numbers go on after the highest there is."""
    quote = connection.ops.quote_name
    for table in tables:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND table_name = %s AND is_identity = 'YES'",
            [table],
        )
        for (column,) in cursor.fetchall():
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s),"
                f" coalesce(max({quote(column)}), 0) + 1, false) FROM {quote(table)}",
                [quote(table), column],
            )


def _tables(cursor: Any) -> list[str]:
    return sorted(
        table.name for table in connection.introspection.get_table_list(cursor) if table.type == "t"
    )


def _columns(cursor: Any, table: str) -> list[str]:
    return [column.name for column in connection.introspection.get_table_description(cursor, table)]


def _loader() -> Any:
    from django.db.migrations.loader import MigrationLoader

    return MigrationLoader(connection)


def _ours(app: str) -> bool:
    return app in {config.label for config in apps.get_app_configs() if config.name.startswith("einklang.")}


def _broken_database() -> Iterator[str]:
    """What the database itself finds wrong with its pages, indexes and references."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA integrity_check")
            yield from (
                f"The database file is damaged: {said}." for (said,) in cursor.fetchall() if said != "ok"
            )
            cursor.execute("PRAGMA foreign_key_check")
            yield from (
                f"{row[0]} row {row[1]} points to a {row[2]} that is not there." for row in cursor.fetchall()
            )
            return
        cursor.execute("SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE NOT convalidated")
        yield from (f"{table}: the rule {rule} was never checked." for table, rule in cursor.fetchall())
        cursor.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
        yield from (f"The index {index} is damaged." for (index,) in cursor.fetchall())
