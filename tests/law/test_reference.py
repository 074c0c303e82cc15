"""The reference is what the code says."""

import re
import shlex

import pytest
import typer

from einklang.cli import app
from tests.law.source import ROOT
from tools import docs

WRITTEN = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def unknown_commands(text: str) -> list[str]:
    """Lines for the terminal, in a text's code blocks, that name a command or an option there is not."""
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    lines = [line for line in blocks.splitlines() if line.startswith("einklang ")]
    return [line for line in lines if not _is_known(shlex.split(line, comments=True)[1:])]


def _is_known(words: list[str]) -> bool:
    command = typer.main.get_command(app)
    while inside := getattr(command, "commands", None):
        if not words or words[0] not in inside:
            return False
        command, words = inside[words[0]], words[1:]
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    return {word for word in words if word.startswith("-") and len(word) > 1} <= options


@pytest.fixture
def reference(tmp_path, monkeypatch):
    """One page of a reference in a folder of its own."""
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    page = tmp_path / "page.md"
    monkeypatch.setattr(docs, "pages", lambda: {page: "new\n"})
    return page


def test_the_reference_is_up_to_date():
    assert docs.stale() == []


def test_the_pages_that_people_wrote_link_only_to_what_is_there():
    faults = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in WRITTEN
        for target in docs.links(path.read_text("utf-8"))
        if not (path.parent / target).exists()
    ]
    assert not faults, "\n".join(faults)


def test_the_pages_name_only_commands_that_there_are():
    faults = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in WRITTEN
        for line in unknown_commands(path.read_text("utf-8"))
    ]
    assert not faults, "\n".join(faults)


def test_the_law_finds_commands_that_are_not_there():
    text = "```sh\neinklang verify\neinklang juggle\neinklang verify --loudly\n```"
    assert unknown_commands(text) == ["einklang juggle", "einklang verify --loudly"]


def test_the_law_finds_a_page_that_is_out_of_date(reference):
    reference.write_text("old\n")
    assert docs.stale() == ["page.md"]


def test_the_law_finds_links():
    assert docs.links("see [the plan](plan.md#top) and [the web](https://example.com)") == ["plan.md"]
