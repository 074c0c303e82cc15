"""A house of its own for a test: an empty database, a data folder, and the terminal to it."""

import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SERVER = os.environ.get("EINKLANG_DATABASE_URL", "")
ON_POSTGRESQL = SERVER.startswith("postgresql")


@dataclass(frozen=True, slots=True)
class House:
    """One installation: where its database is and where its files are."""

    url: str
    data: Path

    @property
    def environment(self) -> dict[str, str]:
        """What the terminal needs to find it."""
        source = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
        own = {"EINKLANG_DATABASE_URL": self.url, "EINKLANG_DATA": str(self.data), "PYTHONPATH": source}
        return {**os.environ, **own}

    def start(self, *arguments: str, **more: Any) -> "subprocess.Popen[str]":
        """Begin a command and let it run."""
        return subprocess.Popen(
            [sys.executable, "-m", "einklang", *map(str, arguments)],
            env=self.environment,
            cwd=self.data,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **more,
        )

    def run(self, *arguments: Any, text: str = "", code: int = 0) -> str:
        """Run a command to its end; its standard output, once its exit code is the one expected."""
        process = self.start(*map(str, arguments), stdin=subprocess.PIPE)
        out, err = process.communicate(text, timeout=600)
        assert process.returncode == code, (
            f"{arguments} left with {process.returncode}:\n{out[-3000:]}\n{err[-3000:]}"
        )
        return out + err if code else out

    def tables(self) -> list[str]:
        """The tables there are."""
        kept = (
            "pg_tables WHERE schemaname = 'public'" if ON_POSTGRESQL else "sqlite_master WHERE type = 'table'"
        )
        name = "tablename" if ON_POSTGRESQL else "name"
        return [found for (found,) in self.sql(f"SELECT {name} FROM {kept}")]

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Reach behind the house's back into its database, as nobody should."""
        if ON_POSTGRESQL:
            import psycopg

            with psycopg.connect(self.url, autocommit=True) as connection:
                cursor = connection.execute(statement)
                return cursor.fetchall() if cursor.description else []
        with sqlite3.connect(self.url.removeprefix("sqlite:///")) as connection:
            return connection.execute(statement).fetchall()


@contextmanager
def empty_house(folder: Path, *, like: House | None = None) -> Iterator[House]:
    """A house on the kind of database the tests run on: empty, or a copy of another that nobody is in."""
    name = f"house_{uuid.uuid4().hex[:12]}"
    data = folder / name
    data.mkdir(parents=True)
    if not ON_POSTGRESQL:
        if like is not None:
            shutil.copy(like.data / "house.sqlite3", data / "house.sqlite3")
            _copy_anchors(like, data, str(like.data), str(data))
        yield House(f"sqlite:///{data}/house.sqlite3", data)
        return
    import psycopg

    with psycopg.connect(SERVER, autocommit=True) as server:
        model = f"TEMPLATE {like.data.name}" if like is not None else ""
        server.execute(f"CREATE DATABASE {name} {model}")
        if like is not None:
            _copy_anchors(like, data, like.data.name, name)
        try:
            yield House(f"{SERVER.rsplit('/', 1)[0]}/{name}", data)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _copy_anchors(like: House, data: Path, old: str, new: str) -> None:
    """A copied house brings its journal's anchors, which name the database they are of."""
    anchors = like.data / "journal-anchors.jsonl"
    if anchors.exists():
        (data / anchors.name).write_text(anchors.read_text().replace(old, new))
