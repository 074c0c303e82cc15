"""Recipes: which file fills which table, column by column. Data (TOML), checked when it is read."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from einklang.engine.errors import Impossible
from einklang.kernel.intake import Targets
from einklang.transfer.shapes import DAY_STEPS, NUMBER_STEPS, SHAPES, STEPS

SHIPPED = Path(__file__).parent / "recipes"
SAME = "same"
PICKS = ("one", "first", "mean")

Expression = Any  # a column's name, or a table of the recipe language (see docs/how-to)
FEEDS = {"whole": "number", "decimal": "number", "cents": "number", "date": "day", "moment": "day"}


@dataclass(frozen=True, slots=True)
class Join:
    """Another file looked up for each row: its columns are then called ``alias.Column``."""

    alias: str
    file: str
    on: str
    to: str
    pick: str = "one"
    optional: bool = False
    where: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class RecipeTable:
    """One table to be filled: from which file, by which columns, without which rows."""

    position: int
    into: str
    file: str
    columns: Mapping[str, Expression] | None
    joins: tuple[Join, ...] = ()
    where: tuple[Mapping[str, Any], ...] = ()
    because: str = ""
    shape: Mapping[str, Any] | None = None
    distinct: tuple[str, ...] = ()
    together_with: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the files of one kind of source become tables of this house."""

    name: str
    title: str
    about: str
    source: str
    tables: tuple[RecipeTable, ...]
    text: str
    partial: bool = False
    escaped: bool = False
    company: Mapping[str, str] = field(default_factory=dict)
    manifest: Mapping[str, str] = field(default_factory=dict)
    no_room: Mapping[str, str] = field(default_factory=dict)
    german: Mapping[str, str] = field(default_factory=dict)

    @property
    def files(self) -> list[str]:
        """The files it reads, in the order it needs them."""
        names = [name for table in self.tables for name in (table.file, *(join.file for join in table.joins))]
        return list(dict.fromkeys(names))


def shipped() -> list[Recipe]:
    """The recipes that come with the house."""
    return [parse(path.read_text("utf-8"), path.stem) for path in sorted(SHIPPED.glob("*.toml"))]


def load(name: str) -> Recipe:
    """A recipe by its name, or from a TOML file."""
    path = Path(name)
    if path.suffix == ".toml" and path.is_file():
        return parse(path.read_text("utf-8"), path.stem)
    place = SHIPPED / f"{name}.toml"
    if not name.isidentifier() or not place.is_file():
        known = ", ".join(sorted(path.stem for path in SHIPPED.glob("*.toml")))
        raise Impossible(
            _("There is no recipe %(name)s; there are: %(known)s.") % {"name": name, "known": known}
        )
    return parse(place.read_text("utf-8"), name)


def parse(text: str, name: str) -> Recipe:
    """A recipe from its text; whatever is wrong in it is said with its place."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise Impossible(
            _("The recipe %(name)s cannot be read: %(fault)s") % {"name": name, "fault": fault}
        ) from fault
    unknown = set(raw) - {
        "title",
        "about",
        "source",
        "partial",
        "escaped",
        "company",
        "manifest",
        "no_room",
        "german",
        "table",
    }
    if unknown or not isinstance(raw.get("table"), list):
        what = sorted(unknown)[0] if unknown else "[[table]]"
        raise Impossible(_("The recipe %(name)s: check %(what)s.") % {"name": name, "what": what})
    return Recipe(
        name=str(name),
        title=raw.get("title", name),
        about=raw.get("about", ""),
        source=raw.get("source", name),
        tables=tuple(_table(number, part, name) for number, part in enumerate(raw["table"])),
        text=text,
        partial=raw.get("partial", False),
        escaped=raw.get("escaped", False),
        company=raw.get("company", {}),
        manifest=raw.get("manifest", {}),
        no_room=raw.get("no_room", {}),
        german=raw.get("german", {}),
    )


def _table(position: int, raw: dict[str, Any], name: str) -> RecipeTable:
    into = raw.get("into", "?")
    known = {"into", "from", "columns", "join", "where", "because", "shape", "distinct", "together_with"}
    wrong = [part for part in raw if part not in known]
    wrong += [part for part in ("into", "from", "columns") if part not in raw]
    if wrong:
        raise _bad(name, into, wrong[0])
    columns = raw["columns"]
    if columns != SAME:
        for column, expression in columns.items():
            _check(expression, f"{into}.{column}", name)
    shape = raw.get("shape")
    if shape and shape.get("name") not in SHAPES:
        raise _bad(name, into, str(shape.get("name")))
    return RecipeTable(
        position=position,
        into=into,
        file=raw["from"],
        columns=None if columns == SAME else columns,
        joins=tuple(_join(alias, part, into, name) for alias, part in raw.get("join", {}).items()),
        where=tuple(_conditions(raw.get("where", []), into, name)),
        because=raw.get("because", ""),
        shape=shape,
        distinct=tuple(raw.get("distinct", ())),
        together_with=raw.get("together_with", ""),
    )


def _join(alias: str, raw: dict[str, Any], into: str, name: str) -> Join:
    known = {"file", "on", "to", "pick", "optional", "where"}
    if not {"file", "on"} <= set(raw) <= known or raw.get("pick", "one") not in PICKS:
        raise _bad(name, f"{into}, join {alias}", str(raw))
    where = tuple(_conditions(raw.get("where", []), into, name))
    on = raw["on"]
    return Join(
        alias,
        raw["file"],
        on,
        raw.get("to", on.rpartition(".")[2]),
        raw.get("pick", "one"),
        raw.get("optional", False),
        where,
    )


def _conditions(raw: list[dict[str, Any]], into: str, name: str) -> Iterator[Mapping[str, Any]]:
    for condition in raw:
        if "column" not in condition or len(set(condition) & {"is", "is_not", "filled", "above"}) != 1:
            raise _bad(name, into, str(condition))
        yield condition


def _check(expression: Expression, place: str, name: str) -> None:
    """Refuse what is no expression of the recipe language."""
    if isinstance(expression, str):
        return
    if not isinstance(expression, dict):
        raise _bad(name, place, str(expression))
    words = set(expression)
    if words in ({"value"}, {"text"}):
        return
    if words == {"first_of"}:
        for part in expression["first_of"]:
            _check(part, place, name)
    elif "when" in words and words <= {"when", "then", "else"}:
        list(_conditions([expression["when"]], place, name))
        for part in words - {"when"}:
            _check(expression[part], place, name)
    elif "from" in words and words <= {"from", "do", "map", "otherwise"}:
        _check(expression["from"], place, name)
        for step in expression.get("do", []):
            if step.split()[0] not in STEPS:
                raise _bad(name, place, step)
    else:
        raise _bad(name, place, str(expression))


def _bad(name: str, place: str, what: str) -> Impossible:
    sentence = _("The recipe %(name)s, %(place)s: %(what)s is not understood.")
    return Impossible(sentence % {"name": name, "place": place, "what": what})


def fed_by(expression: Expression, kind: str) -> Iterator[tuple[str, str]]:
    """The file columns an expression reads, each with what it must hold: text, number or day."""
    if isinstance(expression, str):
        yield expression, kind
    elif "text" in expression:
        yield from ((part, "text") for part in placeholders(expression["text"]))
    elif "first_of" in expression:
        for part in expression["first_of"]:
            yield from fed_by(part, kind)
    elif "when" in expression:
        yield from condition_fed_by(expression["when"])
        for word in ("then", "else"):
            if word in expression:
                yield from fed_by(expression[word], kind)
    elif "from" in expression:
        steps = {step.split()[0] for step in expression.get("do", [])}
        inner = "day" if steps & DAY_STEPS else "number" if steps & NUMBER_STEPS else kind
        yield from fed_by(expression["from"], "text" if "map" in expression else inner)


def condition_fed_by(condition: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The column a condition looks at."""
    yield condition["column"], "number" if "above" in condition else "text"


def placeholders(template: str) -> list[str]:
    """The columns named in a text: ``SO{SalesOrderID}``.

    >>> placeholders("{year}-{month}")
    ['year', 'month']
    """
    return [part.split("}")[0] for part in template.split("{")[1:]]


def needs(recipe: Recipe, targets: Targets, headers: Mapping[str, list[str]]) -> dict[str, dict[str, str]]:
    """For each file the columns the recipe reads, and what they hold (a day even where also read as text)."""
    found: dict[str, dict[str, str]] = {}

    def note(table: RecipeTable, column: str, kind: str) -> None:
        file = table.file
        for join in table.joins:
            if column.startswith(f"{join.alias}."):
                file, column = join.file, column.removeprefix(f"{join.alias}.")
        columns = found.setdefault(file, {})
        rank = ("number", "text", "day")
        columns[column] = max(columns.get(column, kind), kind, key=rank.index)

    for table in recipe.tables:
        for column, kind in _reads(table, targets, headers):
            note(table, column, kind)
        for join in table.joins:
            note(table, join.on, "text")
            note(table, f"{join.alias}.{join.to}", "text")
            for condition in join.where:
                for column, kind in condition_fed_by(condition):
                    note(table, f"{join.alias}.{column}", kind)
    return found


def _reads(
    table: RecipeTable, targets: Targets, headers: Mapping[str, list[str]]
) -> Iterator[tuple[str, str]]:
    if table.into not in targets:
        raise Impossible(_("There is no table %(table)s to import into.") % {"table": table.into})
    kinds = {column.name: column.kind for column in targets.columns(targets[table.into])}
    columns = table.columns or {name: name for name in headers.get(table.file, ()) if name in kinds}
    made = (table.shape or {}).get("as")
    for column, expression in columns.items():
        if column not in kinds:
            raise _bad("", table.into, column)
        for name, kind in fed_by(expression, FEEDS.get(kinds[column], "text")):
            if name != made:
                yield name, kind
    for condition in table.where:
        yield from condition_fed_by(condition)
    for name in table.distinct:
        yield name, "text"
    for word, kind in (("by", "text"), ("sum", "number"), ("per", "number")):
        value = (table.shape or {}).get(word, [])
        for name in [value] if isinstance(value, str) else value:
            yield name, kind
