"""The staircase: rooms import only downwards, and engines know arithmetic alone."""

import subprocess
import sys
from pathlib import Path

from tests.law.source import ROOT, python

LOAD_ALL = """
import sys, importlib
for name in sys.argv[1:]:
    importlib.import_module(name)
above = sorted(name for name in sys.modules if name.split(".")[0] in {"django", "ninja", "django_q"})
above += sorted(name for name in sys.modules if name.startswith("einklang.") and ".engine" not in name)
sys.exit(", ".join(above))
"""


def load(*modules: str) -> str:
    """What comes along from above when modules are loaded in a process of their own."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD_ALL, *modules], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stderr.strip()


def test_engines_load_without_django():
    modules = [
        name.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name, _ in python("src/einklang/engine/")
    ]
    assert load(*modules) == ""


def test_the_law_finds_django_in_what_is_loaded():
    assert "django" in load("einklang.kernel.clock")


def test_imports_follow_the_contracts():
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(command), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
