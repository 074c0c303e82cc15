"""The reference is what the code says."""

import pytest

from tests.law.source import ROOT
from tools import docs


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
        for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in docs.links(path.read_text("utf-8"))
        if not (path.parent / target).exists()
    ]
    assert not faults, "\n".join(faults)


def test_the_law_finds_a_page_that_is_out_of_date(reference):
    reference.write_text("old\n")
    assert docs.stale() == ["page.md"]


def test_the_law_finds_links():
    assert docs.links("see [the plan](plan.md#top) and [the web](https://example.com)") == ["plan.md"]
