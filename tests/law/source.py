"""The source as the laws read it: files, rooms and syntax trees."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOUSE = ROOT / "src" / "einklang"
ROOMS = (
    "people",
    "catalog",
    "crm",
    "orders",
    "demand",
    "supply",
    "cycle",
    "incentives",
    "insight",
    "transfer",
)


@cache
def kept() -> tuple[Path, ...]:
    """Every file that belongs to the project: what is committed or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    paths = [ROOT / name for name in listed] or [
        path for path in ROOT.rglob("*") if ".venv" not in path.parts
    ]
    return tuple(sorted({path for path in paths if path.is_file()}))


def python(*folders: str) -> Iterator[tuple[str, str]]:
    """The Python files under some folders, by name and text; migrations are written by Django."""
    for path in kept():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix == ".py" and name.startswith(folders) and "/migrations/" not in name:
            yield name, path.read_text("utf-8")


def part_of_rooms(part: str) -> Iterator[tuple[str, str, str]]:
    """One part of every room (``actions``, be it file or folder): the room, the name, the text."""
    for room in ROOMS:
        for name, text in python(f"src/einklang/{room}/{part}.py", f"src/einklang/{room}/{part}/"):
            yield room, name, text


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def dotted(node: ast.AST) -> str:
    """A name as it is written: ``journal.record``; empty for anything that is not a plain name.

    >>> dotted(ast.parse("a.b.c", mode="eval").body)
    'a.b.c'
    """
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return ""
