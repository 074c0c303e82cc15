"""The tables a room takes in: which columns a file may have, what they hold, and what names a row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import polars as pl
from django.db import models

Kind = Literal["text", "whole", "decimal", "cents", "date", "moment", "flag", "json"]
KINDS: list[tuple[type[models.Field[Any, Any]], Kind]] = [
    (models.BooleanField, "flag"),
    (models.DateTimeField, "moment"),
    (models.DateField, "date"),
    (models.DecimalField, "decimal"),
    (models.IntegerField, "whole"),
    (models.JSONField, "json"),
]


@dataclass(frozen=True, slots=True)
class Column:
    """One column a file may have: its name there, its place in the table, and what may stand in it."""

    name: str
    place: str
    kind: Kind
    required: bool = False
    empty_as: Any = None
    length: int | None = None
    digits: int | None = None
    places: int = 0
    choices: tuple[str, ...] = ()
    minimum: int | None = None


@dataclass(frozen=True, slots=True)
class Lookup:
    """A column, or several together, that name a row of another table (or of the same one)."""

    place: str
    target: Target
    columns: tuple[str, ...]
    required: bool


@dataclass(frozen=True, eq=False)
class Target:
    """One table a room takes in.

    ``key`` names the columns that tell one row from another. ``may_change`` lists what a later
    import may change in a row that is there: everything in a master record (``None``), only the
    progress of a fact (an order's state), never what was booked. ``permission`` is needed to take
    the table in, ``see`` to be given it.
    """

    name: str
    model: type[models.Model]
    key: tuple[str, ...]
    may_change: tuple[str, ...] | None = None
    leave_out: tuple[str, ...] = ()
    constants: Mapping[str, Any] = field(default_factory=dict)
    permission: str = ""
    see: str = ""
    complete: Callable[[pl.DataFrame], pl.DataFrame] | None = None

    def __str__(self) -> str:
        return self.name


class Targets:
    """All tables of the house that can be taken in, lowest room first."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self.by_name = {target.name: target for target in targets}
        self._by_model = {target.model: target for target in self.by_name.values()}
        self._columns: dict[str, tuple[Column, ...]] = {}
        self._lookups: dict[str, tuple[Lookup, ...]] = {}

    def __getitem__(self, name: str) -> Target:
        return self.by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self.by_name

    def __iter__(self) -> Iterator[Target]:
        return iter(self.by_name.values())

    @cached_property
    def names(self) -> list[str]:
        """The tables by name, in the order they can be filled."""
        return list(self.by_name)

    def columns(self, target: Target) -> tuple[Column, ...]:
        """The columns a file for this table may have, from the model's own fields."""
        if target.name not in self._columns:
            self._columns[target.name] = tuple(self._read_columns(target))
        return self._columns[target.name]

    def lookups(self, target: Target) -> tuple[Lookup, ...]:
        """What of a row points to other tables."""
        if target.name not in self._lookups:
            self._lookups[target.name] = tuple(
                self._lookup(field) for field in _fields(target) if self._points(field)
            )
        return self._lookups[target.name]

    def key_columns(self, target: Target) -> tuple[str, ...]:
        """The file columns that together name a row."""
        return tuple(self._key_paths(target))

    def paths(self, target: Target) -> dict[str, str]:
        """For each file column, where its value is found in the database."""
        pointing = {name for lookup in self.lookups(target) for name in lookup.columns}
        found = {column.name: column.place for column in self.columns(target) if column.name not in pointing}
        for lookup in self.lookups(target):
            found |= self._paths_through(lookup)
        return found

    def _key_paths(self, target: Target) -> dict[str, str]:
        """The columns of a key, and where their values are found."""
        found: dict[str, str] = {}
        for part in target.key:
            field = target.model._meta.get_field(part)
            if isinstance(field, models.ForeignKey) and self._points(field):
                found |= self._paths_through(self._lookup(field))
            else:
                found[part] = part
        return found

    def _paths_through(self, lookup: Lookup) -> dict[str, str]:
        inner = self._key_paths(lookup.target).values()
        start = lookup.place.removesuffix("_id")
        return {name: f"{start}__{path}" for name, path in zip(lookup.columns, inner, strict=True)}

    def _points(self, field: models.Field[Any, Any]) -> bool:
        return isinstance(field, models.ForeignKey) and field.related_model in self._by_model

    def _lookup(self, field: models.Field[Any, Any]) -> Lookup:
        target = self._by_model[field.related_model]  # type: ignore[index]
        parts = self.key_columns(target)
        names = (
            (field.name,)
            if len(parts) == 1
            else tuple(part if part.startswith(field.name) else f"{field.name}_{part}" for part in parts)
        )
        return Lookup(field.attname, target, names, required=not field.null)

    def _read_columns(self, target: Target) -> Iterator[Column]:
        for one in _fields(target):
            if self._points(one):
                lookup = self._lookup(one)
                for name, path in self._paths_through(lookup).items():
                    kind = _kind(_field_at(target.model, path))
                    yield Column(name, name, kind, required=lookup.required)
            elif not isinstance(one, models.ForeignKey):
                yield _column(one)


def _field_at(model: type[models.Model], path: str) -> models.Field[Any, Any]:
    """The field at the end of ``order__number``."""
    *steps, last = path.split("__")
    for step in steps:
        model = model._meta.get_field(step).related_model  # type: ignore[assignment]
    return model._meta.get_field(last)  # type: ignore[return-value]


def _kind(field: models.Field[Any, Any]) -> Kind:
    return next((kind for cls, kind in KINDS if isinstance(field, cls)), "text")


def _fields(target: Target) -> Iterator[models.Field[Any, Any]]:
    """The fields that can come from a file: no numbers the database gives, no versions, nothing left out."""
    names = {field.attname for field in target.model._meta.concrete_fields}
    for field_ in target.model._meta.concrete_fields:
        exact_twin = field_.attname.endswith("_cents") and f"{field_.attname[:-6]}_exact" in names
        if field_.primary_key or exact_twin or field_.name == "version":
            continue
        if field_.name not in target.leave_out and field_.attname not in target.constants:
            yield field_


def _column(field: models.Field[Any, Any]) -> Column:
    """One plain column, with the limits its field has in the database."""
    kind = _kind(field)
    name = field.attname.removesuffix("_exact")
    if kind == "whole" and name.endswith("_cents"):
        kind, name = "cents", name.removesuffix("_cents")
    empty_as = field.to_python(field.get_default()) if field.has_default() else None
    if kind == "json" and empty_as is not None:
        empty_as = json.dumps(empty_as)
    if empty_as is None and not field.null and kind == "text" and field.blank:
        empty_as = ""
    return Column(
        name=name,
        place=field.attname,
        kind=kind,
        required=not field.null and empty_as is None,
        empty_as=None if field.null else empty_as,
        length=getattr(field, "max_length", None) if kind == "text" else None,
        digits=getattr(field, "max_digits", None),
        places=getattr(field, "decimal_places", None) or 0,
        choices=tuple(str(value) for value, _ in field.flatchoices),
        minimum=0
        if isinstance(field, models.PositiveIntegerField | models.PositiveSmallIntegerField)
        else None,
    )
