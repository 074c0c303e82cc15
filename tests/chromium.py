"""A Chromium for the browser tests: any the machine has, else the system's package, else Playwright's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")


def find() -> str | None:
    """The path of a Chromium on this machine, or nothing."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or _playwrights_own()


def find_or_fetch() -> tuple[str | None, str]:
    """A Chromium, fetched if need be; or nothing and the reason in one sentence."""
    if (path := find()) is not None:
        return path, ""
    reasons = []
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "capture_output": True}
        subprocess.run(["apt-get", "-qq", "update"], check=False, **quiet)  # type: ignore[call-overload]
        done = subprocess.run(["apt-get", "-qq", "install", "-y", "chromium"], check=False, **quiet)  # type: ignore[call-overload]
        reasons.append("" if done.returncode == 0 else "the system's package could not be installed")
    if find() is None:
        done = subprocess.run(
            [sys.executable, "-m", "playwright", "install", "chromium"], capture_output=True, check=False
        )
        reasons.append("" if done.returncode == 0 else "Playwright's download failed")
    return find(), " and ".join(reason for reason in reasons if reason)


def _playwrights_own() -> str | None:
    """The Chromium that Playwright keeps for itself, if it has been fetched."""
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
    kept = sorted(cache.glob("chromium-*/chrome-*/chrome"))
    return str(kept[-1]) if kept else None
