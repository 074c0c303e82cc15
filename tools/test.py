"""Run every test there is, part by part, and say plainly which part was left out and why.

    python tools/test.py            all parts
    python tools/test.py browser    one part: suite, browser or postgresql

Under ``CI=true`` nothing may be left out: a part that cannot run is a failure.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import chromium, postgres  # noqa: E402  (the tests' own helpers, found from the root)

WORKERS = str(min(os.cpu_count() or 2, 4))
NOTHING_COLLECTED = 5


@dataclass(frozen=True, slots=True)
class Part:
    """One run of pytest: what it covers, what it needs from the machine, how workers share it.

    Files stay whole where their tests share something dear; stories in the browser share only the company.
    """

    name: str
    about: str
    paths: tuple[str, ...]
    needs: Callable[[], "Needed"]
    options: tuple[str, ...] = ()
    shared: str = "loadfile"


class LeftOut(Exception):
    """This machine cannot run the part; the sentence says why."""


@contextmanager
def sqlite() -> Iterator[Mapping[str, str]]:
    """A database file that no one else uses."""
    with TemporaryDirectory(prefix="einklang-test-") as folder:
        yield {"EINKLANG_DATABASE_URL": f"sqlite:///{folder}/test.sqlite3", "EINKLANG_DATA": folder}


@contextmanager
def browser() -> Iterator[Mapping[str, str]]:
    """A Chromium, and the database file."""
    path, reason = chromium.find_or_fetch()
    if path is None:
        raise LeftOut(f"there is no Chromium and none could be had: {reason}")
    with sqlite() as settings:
        # Playwright keeps an event loop in the thread of the tests, which Django would take for async code.
        yield {**settings, "CHROMIUM": path, "DJANGO_ALLOW_ASYNC_UNSAFE": "true"}


@contextmanager
def postgresql() -> Iterator[Mapping[str, str]]:
    """A real PostgreSQL server of our own."""
    try:
        with postgres.server() as address, TemporaryDirectory(prefix="einklang-test-") as folder:
            yield {"EINKLANG_DATABASE_URL": address, "EINKLANG_DATA": folder}
    except postgres.NoPostgres as reason:
        raise LeftOut(str(reason)) from reason


Needed = type(sqlite())
PARTS = (
    Part(
        "suite",
        "engines, rooms, laws and journeys on SQLite",
        ("tests", "src/einklang/engine"),
        sqlite,
        ("--ignore=tests/browser",),
    ),
    Part("browser", "the stories by a person in a browser", ("tests/browser",), browser, shared="worksteal"),
    Part("postgresql", "rooms and journeys on PostgreSQL", ("tests/rooms", "tests/journeys"), postgresql),
)


def run(part: Part) -> tuple[str, bool]:
    """Run one part: the line for the summary, and whether it may stand."""
    started = time.monotonic()
    print(f"\n== {part.name}: {part.about}", flush=True)  # noqa: T201
    try:
        with part.needs() as settings:
            environment = {**os.environ, "OMP_NUM_THREADS": "1", **settings}
            command = [sys.executable, "-m", "pytest", "-q", "-n", WORKERS, "--dist", part.shared]
            done = subprocess.run(
                [*command, *part.options, *part.paths], cwd=ROOT, env=environment, check=False
            )
    except LeftOut as reason:
        return f"LEFT OUT  {part.about}: {reason}", os.environ.get("CI") != "true"
    minutes, seconds = divmod(round(time.monotonic() - started), 60)
    good = done.returncode == 0
    return f"{'passed' if good else 'FAILED':<8}  {part.about} ({minutes}:{seconds:02d})", good


def main(names: list[str]) -> int:
    """Run the parts that are named, or all; 1 if one failed or, under CI, was left out."""
    chosen = [part for part in PARTS if not names or part.name in names]
    results = [run(part) for part in chosen]
    print("\n" + "\n".join(line for line, _ in results))  # noqa: T201
    return 0 if chosen and all(good for _, good in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
