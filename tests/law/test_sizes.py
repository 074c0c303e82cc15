"""Files stay readable at one sitting and say at their head what they hold."""

import ast

import pytest

from tests.law.source import functions, python

LONGEST_FILE, LONGEST_FUNCTION = 400, 49
FOLDERS = ("src/", "tests/", "tools/", "benchmarks/", "hatch_build.py")


def too_long(text: str) -> list[str]:
    """What in a file is longer than the house allows."""
    lines = len(text.splitlines())
    faults = [f"{lines} lines; up to {LONGEST_FILE}"] if lines > LONGEST_FILE else []
    for function in functions(ast.parse(text)):
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > LONGEST_FUNCTION:
            faults.append(f"{function.name} has {length} lines; up to {LONGEST_FUNCTION}")
    return faults


def says_nothing(text: str) -> bool:
    """Whether a file with code in it lacks the first docstring."""
    tree = ast.parse(text)
    return bool(tree.body) and not ast.get_docstring(tree)


def test_files_and_functions_are_short():
    faults = [f"{name}: {fault}" for name, text in python(*FOLDERS) for fault in too_long(text)]
    assert not faults, "\n".join(faults)


def test_every_file_says_first_what_it_holds():
    silent = [name for name, text in python(*FOLDERS) if says_nothing(text)]
    assert not silent, silent


@pytest.mark.parametrize("text", ["x = 1\n" * 401, "def plan():\n" + "    x = 1\n" * 50])
def test_the_law_finds_what_is_too_long(text):
    assert too_long(text)


def test_the_law_finds_a_file_that_says_nothing():
    assert says_nothing("x = 1\n")
    assert not says_nothing('"""Quotas."""\nx = 1\n')
