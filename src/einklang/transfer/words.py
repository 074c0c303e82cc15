"""A recipe for people: what each column of a table is made of, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from einklang.kernel.intake.check import expected
from einklang.transfer.recipe import Expression, Recipe
from einklang.transfer.targets import TARGETS


def mapping(recipe: Recipe, tables: set[str] | None = None) -> Iterator[dict[str, Any]]:
    """Tables of a recipe (all, or those named): their files, and where each column comes from."""
    for table in recipe.tables:
        if tables and table.into not in tables:
            continue
        target = TARGETS[table.into]
        columns = {column.name: column for column in TARGETS.columns(target)}
        made = table.columns or {name: name for name in columns}
        yield {
            "table": table.into,
            "file": table.file,
            "key": TARGETS.key_columns(target),
            "columns": [
                {
                    "name": name,
                    "made_of": said(expression),
                    "expected": expected(columns[name]),
                    "required": columns[name].required,
                }
                for name, expression in made.items()
            ],
        }


def spoken(recipe: Recipe, sentence: str) -> str:
    """A sentence of a recipe in the reader's language, where the recipe has it."""
    return recipe.german.get(sentence, sentence) if (get_language() or "").startswith("de") else sentence


def said(expression: Expression) -> str:
    """An expression of the recipe language in words.

    >>> said({"from": "Name", "do": ["slug"]})
    'Name → slug'
    """
    if isinstance(expression, str):
        return expression
    if "value" in expression:
        return _("always %(value)s") % {"value": expression["value"]}
    if "text" in expression:
        return f"“{expression['text']}”"
    if "first_of" in expression:
        return _(", else ").join(said(part) for part in expression["first_of"])
    if "when" in expression:
        words = _("%(then)s where %(condition)s")
        text = words % {"then": said(expression["then"]), "condition": _condition(expression["when"])}
        return text + (_(", else ") + said(expression["else"]) if "else" in expression else "")
    text = said(expression["from"])
    if "map" in expression:
        pairs = ", ".join(f"{key} = {value or '–'}" for key, value in list(expression["map"].items())[:8])
        text = f"{text} ({pairs})"
    if "otherwise" in expression:
        text += _(", else ") + said(expression["otherwise"])
    return " → ".join([text, *expression.get("do", [])])


def _condition(condition: Mapping[str, Any]) -> str:
    column = condition["column"]
    if "filled" in condition:
        words = _("%(column)s is filled") if condition["filled"] else _("%(column)s is empty")
        return words % {"column": column}
    if "above" in condition:
        return f"{column} > {condition['above']}"
    sign = "=" if "is" in condition else "≠"
    return f"{column} {sign} {condition.get('is', condition.get('is_not'))}"
