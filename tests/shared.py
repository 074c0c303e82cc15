"""Published cases and real data that lie beside the project; where they are missing, it is said."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[1].parent / "shared"


def shared(path: str) -> Path:
    """A file or folder of the shared material; skips the test without it, fails it under ``CI=true``."""
    place = FOLDER / path
    if not place.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{path} is missing beside the project, and CI may leave nothing out")
        pytest.skip(f"{path} is not beside this clone")
    return place


def oracle(name: str) -> list[dict[str, Any]]:
    """The cases of one published oracle file."""
    cases: list[dict[str, Any]] = json.loads(shared(f"oracles/{name}.json").read_text())["cases"]
    return cases
