"""From a fresh clone to the first page: virtual environment, install, assets, company, its month, server."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import ROOT, Claim, tell, wait_for

PORT = 8124


def seconds_to_page(clone: Path, data: Path) -> float:
    """How long ``make demo`` takes until its first page answers."""
    environment = {**os.environ, "EINKLANG_DATA": str(data)}
    environment.pop("VIRTUAL_ENV", None)
    started = time.perf_counter()
    demo = subprocess.Popen(
        ["make", "demo", f"PORT={PORT}"],
        cwd=clone,
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(f"http://127.0.0.1:{PORT}/sign-in/", seconds=900)
        return time.perf_counter() - started
    finally:
        os.killpg(demo.pid, signal.SIGTERM)
        demo.wait(timeout=60)


def claims() -> list[Claim]:
    """The first start in a fresh clone, and the second."""
    with TemporaryDirectory(prefix="einklang-clone-") as folder:
        clone, data = Path(folder) / "einklang", Path(folder) / "data"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        first = seconds_to_page(clone, data)
        second = seconds_to_page(clone, data)
    return [
        Claim("fresh clone to first page", first, 180, "s", "budget"),
        Claim("second start to first page", second, 15, "s", "budget"),
    ]


if __name__ == "__main__":
    sys.exit(tell(claims()))
