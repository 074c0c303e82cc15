"""Every action is one transaction, names who acts, and leaves a line in the journal."""

import ast
from collections.abc import Iterator

import pytest

from tests.law.source import HOUSE, dotted, part_of_rooms

ATOMIC = {"transaction.atomic", "atomic"}


def broken_actions(text: str, exported: set[str] | None = None) -> list[str]:
    """What is wrong with the public functions of one file of actions; of a folder's, those it exports."""
    tree = ast.parse(text)
    written = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    faults = []
    for name, action in written.items():
        inside = name.startswith("_") or (exported is not None and name not in exported)
        if inside or _is_not_an_action(action):
            continue
        if not any(dotted(mark) in ATOMIC for mark in action.decorator_list):
            faults.append(f"{name} is not @transaction.atomic")
        if "by" not in {argument.arg for argument in action.args.kwonlyargs}:
            faults.append(f"{name} does not take by=")
        if not list(_journal_lines(action, written, set())):
            faults.append(f"{name} leaves no line in the journal")
        if any(_records(inside) for loop in _loops(action) for inside in ast.walk(loop)):
            faults.append(f"{name} writes a journal line for each turn of a loop")
    return faults


def _is_not_an_action(function: ast.FunctionDef) -> bool:
    """A context manager or a decorator's inside is not a verb of the business."""
    return any(dotted(mark).endswith("contextmanager") for mark in function.decorator_list)


def _records(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func) == "journal.record"


def _loops(function: ast.FunctionDef) -> Iterator[ast.AST]:
    return (node for node in ast.walk(function) if isinstance(node, ast.For | ast.While))


def _journal_lines(
    function: ast.FunctionDef, written: dict[str, ast.FunctionDef], seen: set[str]
) -> Iterator[ast.AST]:
    """The journal lines of a function and of the functions beside it that it calls."""
    seen.add(function.name)
    for node in ast.walk(function):
        if _records(node):
            yield node
        elif isinstance(node, ast.Call):
            called = dotted(node.func)
            if called in written and called not in seen:
                yield from _journal_lines(written[called], written, seen)
            elif ".actions." in f".{called}" or called.split(".")[0].endswith("_actions"):
                yield node


def exported(room: str) -> set[str] | None:
    """The verbs that a folder of actions lets out; nothing where the actions are one file."""
    path = HOUSE / room / "actions" / "__init__.py"
    if not path.exists():
        return None
    imports = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    return {name.name for node in imports for name in node.names}


def test_every_action_is_atomic_named_and_journaled():
    faults = [
        f"{name}: {fault}"
        for room, name, text in part_of_rooms("actions")
        for fault in broken_actions(text, exported(room))
    ]
    assert not faults, "\n".join(faults)


GOOD = """
@transaction.atomic
def ship(line, *, by):
    journal.record("orders.shipped", about=line, by=by)
"""


def test_a_good_action_passes():
    assert broken_actions(GOOD) == []


@pytest.mark.parametrize(
    ("spoiled", "fault"),
    [
        (GOOD.replace("@transaction.atomic\n", ""), "ship is not @transaction.atomic"),
        (GOOD.replace("*, by", "by"), "ship does not take by="),
        (GOOD.replace("journal.record", "print"), "ship leaves no line in the journal"),
        (
            GOOD.replace("    journal", "    for line in lines:\n        journal"),
            "ship writes a journal line for each turn of a loop",
        ),
    ],
)
def test_the_law_finds_a_broken_action(spoiled, fault):
    assert broken_actions(spoiled) == [fault]
