"""Every sentence a reader may see exists in English and in German."""

import ast
import re

import pytest
from django.template.base import Lexer, TokenType

from tests.law.source import HOUSE, ROOT, kept, python
from tools import messages

# Names and signs that are the same in both languages.
NAMES = """
Einklang English Deutsch CSV XLSX PDF JSON API URL ID OK Ctrl Ctrl-K Esc Enter EUR USD
KPI KPIs MRP BOM WAPE MASE FVA CLV CAC OTIF ABC XYZ
nbsp middot ndash mdash hellip rarr larr times amp lt gt copy minus sum plusmn
"""
SAME = set(NAMES.split())
SPOKEN = re.compile(r"""\b(?:placeholder|title|aria-label|alt)=["']([^"'<>]*)["']""")
REFUSALS = {"Refused", "NotAllowed", "NotFound", "Stale"}


def untranslated_text(template: str) -> list[str]:
    """Words in a template that stand outside any translation."""
    outside, inside_block = [], False
    for token in Lexer(template).tokenize():
        first = token.contents.split()[:1] if token.token_type == TokenType.BLOCK else []
        if first in (["blocktranslate"], ["blocktrans"], ["comment"], ["verbatim"]):
            inside_block = True
        elif first and first[0] in {"endblocktranslate", "endblocktrans", "endcomment", "endverbatim"}:
            inside_block = False
        elif token.token_type == TokenType.TEXT and not inside_block:
            outside.append(token.contents)
        else:
            outside.append("\0")
    html = re.sub(r"<!--.*?-->|<(script|style)\b.*?</\1>", " ", "".join(outside), flags=re.DOTALL)
    texts = [*SPOKEN.findall(html), re.sub(r"<[^>]*>", " ", html)]
    words = {word for text in texts for word in re.findall(r"[A-Za-zÄÖÜäöüß][\w-]+", text)}
    return sorted(words - SAME)


def untranslated_refusals(text: str) -> list[str]:
    """Refusals in Python whose sentence was not given to translation."""
    return [
        f"line {node.lineno}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in REFUSALS
        and node.args and isinstance(node.args[0], ast.Constant | ast.JoinedStr)
    ]  # fmt: skip


@pytest.mark.parametrize("room", sorted(path.name for path in HOUSE.iterdir() if path.is_dir()))
def test_every_sentence_has_its_german(room):
    found = messages.sentences(HOUSE / room)
    faults = list(messages.faults(found, messages.read(HOUSE / room / messages.LOCALE)))
    assert not faults, "\n".join(faults)


def test_templates_say_nothing_outside_translation():
    faults = [
        f"{path.relative_to(ROOT)}: {' '.join(words)}"
        for path in kept()
        if path.suffix == ".html"
        and HOUSE in path.parents
        and (words := untranslated_text(path.read_text("utf-8")))
    ]
    assert not faults, "\n".join(faults)


def test_refusals_are_translated():
    faults = [
        f"{name}: {line}" for name, text in python("src/einklang/") for line in untranslated_refusals(text)
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<h1>Open orders</h1>", ["Open", "orders"]),
        ('<input placeholder="Search">', ["Search"]),
        ('<h1>{% translate "Open orders" %}</h1>', []),
        ("{% blocktranslate %}Open orders{% endblocktranslate %}", []),
    ],
)
def test_the_law_finds_bare_words_in_a_template(template, words):
    assert untranslated_text(template) == words


def test_the_law_finds_a_refusal_in_one_language():
    assert untranslated_refusals('raise Refused("No.")') == ["line 1"]
    assert untranslated_refusals('raise Refused(_("No."))') == []


@pytest.mark.parametrize(
    ("german", "fault"),
    [("", "has no German"), ("Noch %(n)s", ""), ("Noch %(m)s", "leaves other names open")],
)
def test_the_law_finds_missing_and_broken_german(german, fault):
    catalogue = messages.Catalog(locale="de", fuzzy=False)
    catalogue.add("%(n)s left", german)
    faults = list(messages.faults({messages.Sentence("%(n)s left"): ["a.py"]}, catalogue))
    assert (fault in faults[0]) if fault else faults == []
