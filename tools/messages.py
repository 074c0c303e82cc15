"""Every sentence a reader may see, room by room, for its German: extract, compile, and say what is missing.

    python tools/messages.py ROOM|all          take the sentences into the room's django.po, compile it
    python tools/messages.py ROOM|all --check  change nothing; list what is untranslated, fuzzy or wrong

Sentences are found in Python (``_``, ``gettext``, ``ngettext``, ``pgettext`` and their lazy forms) and in
Django templates (``translate``, ``blocktranslate``, ``_("...")``). GNU gettext is not needed.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.template.base import Lexer, TokenType
from django.utils.text import smart_split
from django.utils.translation import trim_whitespace

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ROOT / "src" / "einklang"
LOCALE = Path("locale/de/LC_MESSAGES/django.po")

SENTENCE, PLURAL, CONTEXT, CONTEXT_PLURAL = "s", "sp", "cs", "csp"
CALLS = {
    "_": SENTENCE,
    "gettext": SENTENCE,
    "gettext_lazy": SENTENCE,
    "gettext_noop": SENTENCE,
    "ngettext": PLURAL,
    "ngettext_lazy": PLURAL,
    "pgettext": CONTEXT,
    "pgettext_lazy": CONTEXT,
    "npgettext": CONTEXT_PLURAL,
    "npgettext_lazy": CONTEXT_PLURAL,
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[^a-zA-Z]*[a-zA-Z]|(?<!\{)\{(\w*)(?:[:!][^}]*)?\}(?!\})")
QUOTED = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
UNDERSCORE = re.compile(rf"(?<!\w)_\(\s*{QUOTED.pattern}\s*\)")
HEADER_CHURN = re.compile(
    rb'^"(?:POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By'
    rb"|Report-Msgid-Bugs-To|Project-Id-Version).*\n",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence as it stands in the source: its plural and its context where it has them."""

    text: str
    plural: str = ""
    context: str = ""

    @property
    def id(self) -> str | tuple[str, str]:
        """The sentence as a catalogue knows it."""
        return (self.text, self.plural) if self.plural else self.text


def in_python(source: str) -> Iterator[Sentence]:
    """The sentences of a Python file, in the order they stand.

    >>> [found.text for found in in_python('title = _("Open " "orders")')]
    ['Open orders']
    """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        shape = CALLS.get(getattr(call.func, "attr", getattr(call.func, "id", "")))
        constants = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
        texts = [value for value in constants if isinstance(value, str)]
        if shape and len(texts) >= len(shape):
            parts = dict(zip(shape, texts, strict=False))
            yield Sentence(parts["s"], parts.get("p", ""), parts.get("c", ""))


def in_template(source: str) -> Iterator[Sentence]:
    """The sentences of a Django template.

    >>> list(in_template('{% translate "Stock" %}'))
    [Sentence(text='Stock', plural='', context='')]
    >>> list(in_template('{% blocktranslate %}{{ n }} of 10 %{% endblocktranslate %}'))
    [Sentence(text='%(n)s of 10 %%', plural='', context='')]
    """
    tokens = iter(Lexer(source).tokenize())
    for token in tokens:
        if token.token_type not in {TokenType.BLOCK, TokenType.VAR}:
            continue
        for quoted in UNDERSCORE.findall(token.contents):
            yield Sentence(ast.literal_eval(quoted).replace("%", "%%"))
        bits = list(smart_split(token.contents))
        if token.token_type != TokenType.BLOCK or not bits:
            continue
        if bits[0] in {"translate", "trans"} and (quoted := QUOTED.match(bits[1])):
            yield Sentence(ast.literal_eval(quoted[0]).replace("%", "%%"), context=_context(bits))
        if bits[0] in {"blocktranslate", "blocktrans"}:
            yield _block(bits, tokens)


def _context(bits: Sequence[str]) -> str:
    """The context that a translate tag names, if it does."""
    if "context" not in bits[1:]:
        return ""
    return str(ast.literal_eval(bits[bits.index("context", 1) + 1]))


def _block(bits: Sequence[str], tokens: Iterator[object]) -> Sentence:
    """The sentence between ``blocktranslate`` and its end, with its plural."""
    forms = [""]
    for token in tokens:
        kind, contents = token.token_type, token.contents  # type: ignore[attr-defined]
        if kind == TokenType.BLOCK and contents.split()[0] == "plural":
            forms.append("")
        elif kind == TokenType.BLOCK:
            break
        elif kind == TokenType.VAR:
            forms[-1] += f"%({contents.split('|')[0].strip()})s"
        elif kind == TokenType.TEXT:
            forms[-1] += contents.replace("%", "%%")
    if "trimmed" in bits:
        forms = [trim_whitespace(form) for form in forms]
    return Sentence(forms[0], forms[1] if len(forms) > 1 else "", _context(bits))


def placeholders(text: str) -> list[str]:
    """The names a sentence leaves open, sorted.

    >>> placeholders("%(count)s of {total}")
    ['count', 'total']
    """
    return sorted({named or braced for named, braced in PLACEHOLDER.findall(text.replace("%%", ""))})


def files_of(room: Path) -> Iterator[tuple[Path, Iterator[Sentence]]]:
    """The files of a room that speak to a reader, each with its sentences."""
    for path in sorted(room.rglob("*")):
        if path.suffix == ".py" and "migrations" not in path.parts:
            yield path, in_python(path.read_text("utf-8"))
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            yield path, in_template(path.read_text("utf-8"))


def sentences(room: Path) -> dict[Sentence, list[str]]:
    """Each sentence of a room with the files it stands in."""
    found: dict[Sentence, list[str]] = {}
    for path, spoken in files_of(room):
        for sentence in spoken:
            files = found.setdefault(sentence, [])
            if (name := path.relative_to(ROOT).as_posix()) not in files:
                files.append(name)
    with_plural = {(sentence.text, sentence.context) for sentence in found if sentence.plural}
    return {
        sentence: files
        for sentence, files in found.items()
        if sentence.plural or (sentence.text, sentence.context) not in with_plural
    }


def read(path: Path) -> Catalog:
    """The room's German as it is on disk; an empty catalogue if there is none yet."""
    if not path.exists():
        return Catalog(locale="de")
    with path.open("rb") as file:
        return read_po(file, locale="de")


def merged(found: dict[Sentence, list[str]], known: Catalog) -> Catalog:
    """A catalogue of exactly the sentences found, with the German already known."""
    fresh = Catalog(locale="de", fuzzy=False, header_comment="# German: kept by tools/messages.py.")
    for sentence, files in sorted(found.items(), key=lambda pair: (pair[1][0], pair[0].text)):
        old = known.get(sentence.text, sentence.context or None)
        german = old.string if old and bool(old.pluralizable) == bool(sentence.plural) else ""
        flags = old.flags & {"fuzzy"} if old else set()
        fresh.add(
            sentence.id,
            german or (("", "") if sentence.plural else ""),
            locations=[(file, 0) for file in files],
            flags=flags,
            context=sentence.context or None,
        )
    return fresh


def faults(found: dict[Sentence, list[str]], known: Catalog) -> Iterator[str]:
    """What keeps a German reader from reading every sentence, one line each."""
    for sentence, files in found.items():
        where = f"{files[0]}: {sentence.text!r}"
        message = known.get(sentence.text, sentence.context or None)
        forms = _forms(message)
        if not forms or not all(forms) or (sentence.plural and len(forms) < 2):
            yield f"{where} has no German"
        elif message and message.fuzzy:
            yield f"{where} is marked fuzzy"
        elif placeholders(forms[-1]) != placeholders(sentence.plural or sentence.text):
            yield f"{where} leaves other names open in German: {forms[-1]!r}"
        elif not set(placeholders(forms[0])) <= set(placeholders(sentence.text + sentence.plural)):
            yield f"{where} leaves other names open in German: {forms[0]!r}"


def _forms(message: Message | None) -> list[str]:
    """The German forms of a message: one, or one each for singular and plural."""
    if message is None or not message.string:
        return []
    return [message.string] if isinstance(message.string, str) else list(message.string)


def compile_mo(path: Path) -> None:
    """Write the ``.mo`` beside a ``.po``, which is what Django reads."""
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, read(path))


def extract(room: Path) -> int:
    """Bring a room's catalogue up to date and compile it; the number of its sentences."""
    path = room / LOCALE
    found = sentences(room)
    if not found and not path.exists():
        return 0
    text = BytesIO()
    write_po(text, merged(found, read(path)), width=0, include_lineno=False, sort_output=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(HEADER_CHURN.sub(b"", text.getvalue()))
    compile_mo(path)
    return len(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run for one room or all; 1 when ``--check`` finds something."""
    parser = argparse.ArgumentParser(description="Sentences and their German.")
    parser.add_argument("room", help="a folder of src/einklang, or: all")
    parser.add_argument("--check", action="store_true", help="change nothing, list what is missing")
    asked = parser.parse_args(arguments)
    every = sorted(path for path in ROOMS.iterdir() if path.is_dir() and path.name != "__pycache__")
    rooms = every if asked.room == "all" else [ROOMS / asked.room]
    if not all(room.is_dir() for room in rooms):
        parser.error(f"there is no room {asked.room}")
    missing = 0
    for room in rooms:
        if not asked.check and (count := extract(room)):
            sys.stdout.write(f"{room.name}: {count} sentences\n")
        for fault in faults(sentences(room), read(room / LOCALE)):
            sys.stdout.write(f"  {fault}\n")
            missing += 1
    sys.stdout.write(f"{missing} without good German\n" if missing else "Every sentence has its German.\n")
    return 1 if missing and asked.check else 0


if __name__ == "__main__":
    sys.exit(main())
