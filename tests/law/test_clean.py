"""The project holds nothing of the machine it was written on: no paths, no private hosts, no keys."""

import re
from pathlib import Path

import pytest

from tests.law.source import ROOT, kept

TEXTS = {".py", ".md", ".toml", ".html", ".css", ".js", ".json", ".yaml", ".yml", ".po", ".txt", ".sh", ""}
FOREIGN_PATH = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/")
ADDRESS = re.compile(r"\b(?:https?|git\+ssh|postgresql)://(?:[^\s/@\"'<>]*@)?([A-Za-z0-9.-]+)")
KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:ghp|gho|sk|AKIA)[_-]?[A-Za-z0-9]{20,}\b")
# Hosts that stand for themselves: this machine, examples, and what standards and licences name.
PUBLIC = re.compile(
    r"(?:^|\.)(?:localhost|example(?:\.(?:com|org|net))?|test|invalid|w3\.org|apache\.org|github\.com"
    r"|vega\.github\.io|opensource\.org|opencollective\.com|rfc-editor\.org|ietf\.org|schema\.org"
    r"|keepachangelog\.com|semver\.org|doi\.org|wikipedia\.org|djangoproject\.com|python\.org|postgresql\.org"
    r"|gnu\.org|creativecommons\.org|otexts\.com|paypal\.com|tidelift\.com|typst\.app|docker\.com)$"
)


def foreign(text: str) -> list[str]:
    """Paths, hosts and keys in a text that belong to one machine or one person."""
    hosts = [host for host in ADDRESS.findall(text) if re.search(r"\w\.\w", host) and not _is_public(host)]
    return FOREIGN_PATH.findall(text) + hosts + KEY.findall(text)


def _is_public(host: str) -> bool:
    return bool(PUBLIC.search(host)) or host.startswith("127.") or host == "0.0.0.0"


def _own_words(path: Path) -> str:
    """The text of a file; of a lock only where its packages come from, not whom they thank."""
    text = path.read_text("utf-8", errors="replace")
    if path.name != "package-lock.json":
        return text
    return "\n".join(line for line in text.splitlines() if '"resolved"' in line)


def test_nothing_of_one_machine_is_kept():
    faults = [
        f"{path.relative_to(ROOT)}: {sorted(set(found))}"
        for path in kept()
        if path.suffix in TEXTS and path.parent.name != "law" and (found := foreign(_own_words(path)))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "text",
    [
        "/root/thing",
        "see /home/rolf/plan.csv",
        "https://mirror.corp.internal/simple",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_the_law_finds_what_belongs_to_one_machine(text):
    assert foreign(text)


def test_what_everybody_has_may_stand():
    assert not foreign("http://127.0.0.1:8000 https://www.w3.org/2000/svg postgresql://localhost/einklang")
