"""The database's own rules (check constraints), asked of a frame before the database is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Broken:
    """Rows that break one rule: on which column, and what the rule wants."""

    column: str
    expected: str
    rows: pl.DataFrame


def broken_rules(model: type[models.Model], frame: pl.DataFrame) -> Iterator[Broken]:
    """Each check constraint that some rows would break; a rule on columns that are not there is left out."""
    for constraint in model._meta.constraints:
        if not isinstance(constraint, models.CheckConstraint):
            continue
        condition: Any = constraint.condition
        named = list(dict.fromkeys(_columns(condition)))
        if not all(name in frame.columns for name in named):
            continue
        rows = frame.filter(~_holds(condition).fill_null(True))
        if rows.height:
            yield Broken(named[0], _in_words(condition), rows)


def _named(other: F) -> str:
    """The column that an F points to."""
    return str(vars(other)["name"])


def _parts(condition: Q) -> list[Any]:
    """What a condition is made of: other conditions, or (name, value)."""
    return list(condition.children)


def _columns(condition: Q) -> Iterator[str]:
    for child in _parts(condition):
        if isinstance(child, Q):
            yield from _columns(child)
        else:
            yield child[0].split("__")[0]
            if isinstance(child[1], F):
                yield _named(child[1])


def _holds(condition: Q) -> pl.Expr:
    """A condition as Polars computes it, with SQL's three-valued logic."""
    parts = [_holds(child) if isinstance(child, Q) else _compared(*child) for child in _parts(condition)]
    held = parts[0]
    for part in parts[1:]:
        held = (held & part) if condition.connector == Q.AND else (held | part)
    return ~held if condition.negated else held


def _compared(name: str, value: Any) -> pl.Expr:
    column, _sep, operator = name.partition("__")
    left = pl.col(column)
    right = pl.col(_named(value)) if isinstance(value, F) else pl.lit(value)
    return {
        "": lambda: left == right,
        "gt": lambda: left > right,
        "gte": lambda: left >= right,
        "lt": lambda: left < right,
        "lte": lambda: left <= right,
        "isnull": lambda: left.is_null() == right,
    }[operator]()


def _in_words(condition: Q) -> str:
    """A condition for people: ``quantity above 0``."""
    words = [_in_words(child) if isinstance(child, Q) else _said(*child) for child in _parts(condition)]
    joined = f" {_('and') if condition.connector == Q.AND else _('or')} ".join(words)
    return f"{_('not')} {joined}" if condition.negated else joined


def _said(name: str, value: Any) -> str:
    column, _sep, operator = name.partition("__")
    column = column.removesuffix("_cents")
    other = _named(value) if isinstance(value, F) else value
    if operator == "isnull":
        return f"{column} {_('empty')}"
    words = {"": _("equal to"), "gt": _("above"), "gte": _("at least"), "lt": _("below"), "lte": _("at most")}
    return f"{column} {words[operator]} {other}"
