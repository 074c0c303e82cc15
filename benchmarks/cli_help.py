"""``einklang --help`` answers before a finger leaves the key; beside it the help of pip."""

import subprocess
import sys
from pathlib import Path

from benchmarks.measure import Claim, median_seconds, tell


def claims() -> list[Claim]:
    """The time to the help text, against its budget and against ``pip --help``."""
    folder = Path(sys.executable).parent
    ours, peer = (
        median_seconds(
            lambda name=name: subprocess.run([folder / name, "--help"], capture_output=True, check=True), 9
        )
        for name in ("einklang", "pip")
    )
    return [
        Claim("einklang --help", ours, 0.4, "s", "budget"),
        Claim("einklang --help", ours, peer, "s", "pip --help"),
    ]


if __name__ == "__main__":
    sys.exit(tell(claims()))
