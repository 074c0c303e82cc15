"""Running the house: the web server, and the worker that lives and dies with it on one machine."""

import os
import signal
import subprocess
import sys
import threading
import time

from einklang.cli.tables import ERROR, say, stop


def prepare() -> None:
    """See that the database has this version's shape; the embedded one is brought there at once."""
    from django.core.management import call_command
    from django.db import connection

    from einklang.config.quality import migration_faults
    from einklang.kernel import anchors, backup

    if not migration_faults():
        return
    if connection.vendor != "sqlite":
        raise stop(ERROR, "The database is not at this version: run einklang migrate.")
    fresh = backup.is_empty()
    call_command("migrate", verbosity=0, interactive=False)
    if fresh:
        anchors.begin_anew("migrated an empty database")


def serve(host: str, port: int, workers: int) -> None:
    """Answer requests until stopped; on the embedded database a worker runs beside it."""
    from django.db import connection
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    server = Granian(
        "einklang.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=8,
        backpressure=64,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
    )
    beside = _worker_beside() if connection.vendor == "sqlite" else None
    connection.close()
    say(f"Einklang is at http://{host}:{port} (Ctrl-C stops it).")
    try:
        server.serve()
    finally:
        if beside is not None:
            beside.terminate()
            beside.wait(timeout=20)


def work(parent: int) -> None:
    """Work queued jobs until stopped, or until the process that began it is gone."""
    from django.core.management import call_command

    if parent:
        threading.Thread(target=_leave_with, args=[parent], daemon=True).start()
    call_command("qcluster", verbosity=0)


def _worker_beside() -> subprocess.Popen[bytes]:
    """A worker in a process of its own, out of reach of the terminal's Ctrl-C: it is stopped by us."""
    command = [sys.executable, "-m", "einklang", "worker", "--parent", str(os.getpid())]
    return subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)


def _leave_with(parent: int) -> None:
    """Stop this process once its parent is gone, even if that was killed."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
