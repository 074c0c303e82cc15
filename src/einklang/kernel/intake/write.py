"""Rows that were checked, written in bulk: added with numbers of their own, changed, taken back, put back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
from django.db import connection, models

from einklang.kernel import tables
from einklang.kernel.intake.keys import KEY, Keys
from einklang.kernel.intake.targets import Target, Targets

ORDINARY = 500  # rows named in one statement


@dataclass(slots=True)
class Difference:
    """Rows that are there and differ from the file: which columns, and what stands there now."""

    rows: pl.DataFrame
    columns: pl.Series
    before: list[dict[str, Any]]


def next_numbers(model: type[models.Model], count: int) -> pl.Series:
    """As many fresh primary keys; inside a transaction that writes, nobody else gets them."""
    table = model._meta.db_table
    column = model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [f'"{table}"', column, count],
            )
            return pl.Series("id", [row[0] for row in cursor.fetchall()], dtype=pl.Int64)
        cursor.execute(f'SELECT COALESCE(MAX("{column}"), 0) FROM "{table}"')
        highest = cursor.fetchone()[0]
        cursor.execute("SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
        highest = max(highest, cursor.fetchone()[0])
    return pl.int_range(highest + 1, highest + 1 + count, dtype=pl.Int64, eager=True).alias("id")


def resolved(targets: Targets, target: Target, rows: pl.DataFrame, keys: Keys) -> pl.DataFrame:
    """Rows with the numbers of what they point to, in the table's own columns."""
    own = {column.place for column in targets.columns(target)}
    for lookup in targets.lookups(target):
        if all(name in rows.columns for name in lookup.columns):
            rows = keys.numbers(lookup.target, rows, lookup.columns, lookup.place)
            own = (own - set(lookup.columns)) | {lookup.place}
    return rows.select(KEY, *[name for name in rows.columns if name in own])


def add(targets: Targets, target: Target, rows: pl.DataFrame, keys: Keys) -> pl.DataFrame:
    """Write new rows; returns ``_key, id`` and makes them known to rows that point to them."""
    numbered = rows.with_columns(next_numbers(target.model, rows.height))
    keys.add(target, numbered.select(KEY, "id"))
    ready = resolved(targets, target, numbered, keys).with_columns(numbered["id"])
    if target.complete:
        ready = target.complete(ready)
    ready = ready.with_columns(pl.lit(value).alias(name) for name, value in target.constants.items())
    lists = [
        column.place
        for column in targets.columns(target)
        if column.kind == "json" and column.place in ready.columns
    ]
    ready = ready.with_columns(pl.col(lists).str.json_decode(pl.List(pl.String))) if lists else ready
    # An empty cell of a column with a default of its own takes that default, which `insert` fills in
    # for columns that no row has.
    present = [name for name in ready.columns if name != KEY and not _all_default(target, ready, name)]
    tables.insert(target.model, ready.select(present))
    return numbered.select(KEY, "id")


def _all_default(target: Target, ready: pl.DataFrame, name: str) -> bool:
    field = _field(target.model, name)
    return not field.null and field.has_default() and ready[name].null_count() == ready.height


def compare(targets: Targets, target: Target, rows: pl.DataFrame, ids: pl.Series) -> Difference:
    """Which rows of the database (``ids``, in step with ``rows``) differ from the file, and in what."""
    paths = targets.paths(target)
    names = {column.place: column.name for column in targets.columns(target)}
    shared = [place for place in names if place in rows.columns]
    there = _rows_of(target.model, {place: paths[names[place]] for place in shared}, ids)
    both = rows.with_columns(ids.alias("id")).join(
        there, on="id", how="inner", suffix="@there", maintain_order="left"
    )
    unequal = [_differs(both, place).alias(f"≠{place}") for place in shared]
    marked = both.with_columns(unequal)
    changed = marked.filter(pl.any_horizontal(f"≠{place}" for place in shared)) if shared else marked.clear()
    columns = [[place for place in shared if row[f"≠{place}"]] for row in changed.iter_rows(named=True)]
    before = [
        {place: row[f"{place}@there"] for place in differing}
        for row, differing in zip(changed.iter_rows(named=True), columns, strict=True)
    ]
    kept = changed.select([*rows.columns, "id"])
    return Difference(kept, pl.Series("columns", columns, dtype=pl.List(pl.String)), before)


def change(targets: Targets, target: Target, rows: pl.DataFrame, keys: Keys) -> list[dict[str, Any]]:
    """Overwrite rows (``id`` and the file's columns); returns what stood there, to be put back by an undo."""
    ready = resolved(targets, target, rows, keys).drop(KEY).with_columns(rows["id"])
    if target.may_change is not None:
        ready = ready.select("id", *[name for name in ready.columns if _may_change(targets, target, name)])
    places = [name for name in ready.columns if name != "id"]
    before = _values_of(target.model, places, rows["id"])
    versioned = any(field.name == "version" for field in target.model._meta.concrete_fields)
    _update(target.model, places, ready.iter_rows(named=True), bump_version=versioned)
    return [before[number] for number in rows["id"]]


def put_back(model: type[models.Model], values: Mapping[int, Mapping[str, Any]]) -> None:
    """Give rows the values they had before an import changed them."""
    versioned = any(field.name == "version" for field in model._meta.concrete_fields)
    for number, before in values.items():
        ready = {name: _field(model, name).to_python(value) for name, value in before.items()}
        _update(model, list(ready), [{"id": number, **ready}], bump_version=versioned)


def orphans(model: type[models.Model]) -> dict[str, int]:
    """Rows of other tables that point to rows of this one which are gone: table name -> how many."""
    found: dict[str, int] = {}
    for relation in model._meta.related_objects:
        field: Any = relation.field
        pointing = relation.related_model
        own = f'"{pointing._meta.db_table}"'
        aim = f'"{model._meta.db_table}"'
        if relation.many_to_many:
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT COUNT(*) FROM {own} p LEFT JOIN {aim} a ON p."{field.column}" = a."id" '
                f'WHERE p."{field.column}" IS NOT NULL AND a."id" IS NULL'
            )
            count = cursor.fetchone()[0]
        if count:
            found[str(pointing._meta.verbose_name_plural)] = count
    return found


def _may_change(targets: Targets, target: Target, place: str) -> bool:
    names = {column.place: column.name for column in targets.columns(target)}
    names |= {lookup.place: lookup.columns[0] for lookup in targets.lookups(target)}
    return names.get(place, place) in (target.may_change or ())


def _differs(both: pl.DataFrame, place: str) -> pl.Expr:
    """Whether file and database hold different values, by the type of the file's column."""
    ours, theirs = pl.col(place), pl.col(f"{place}@there")
    dtype = both[place].dtype
    if isinstance(dtype, pl.Decimal):
        theirs = theirs.cast(pl.Float64).round(dtype.scale).cast(dtype, strict=False)
    elif dtype == pl.String:
        ours, theirs = ours.fill_null(""), theirs.cast(pl.String).fill_null("")
    else:
        theirs = theirs.cast(dtype, strict=False)
    return ours.ne_missing(theirs)


def _rows_of(model: type[models.Model], paths: dict[str, str], ids: pl.Series) -> pl.DataFrame:
    parts = [
        tables.read(model._default_manager.filter(pk__in=part.to_list()), **paths, id="pk")
        for part in _parts(ids)
    ]
    filled = [part for part in parts if part.height]
    return pl.concat(filled, how="vertical_relaxed") if filled else parts[0]


def _parts(ids: pl.Series) -> Iterable[pl.Series]:
    return (ids.slice(start, ORDINARY) for start in range(0, max(len(ids), 1), ORDINARY))


def _values_of(model: type[models.Model], places: list[str], ids: pl.Series) -> dict[int, dict[str, Any]]:
    """What stands in some columns of some rows, ready to be kept as JSON."""
    return {
        row["pk"]: {name: _plain(row[name]) for name in places}
        for part in _parts(ids)
        for row in model._default_manager.filter(pk__in=part.to_list()).values("pk", *places)
    }


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal | date | datetime) else value


def _update(
    model: type[models.Model], places: list[str], rows: Iterable[Mapping[str, Any]], *, bump_version: bool
) -> None:
    fields = [_field(model, name) for name in places]
    parts = [f'"{field.column}" = %s' for field in fields] + (
        ['"version" = "version" + 1'] if bump_version else []
    )
    if not fields:
        return
    sql = f'UPDATE "{model._meta.db_table}" SET {", ".join(parts)} WHERE "id" = %s'
    values = [[*(_stored(field, row[field.attname]) for field in fields), row["id"]] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(sql, values)


def _stored(field: models.Field[Any, Any], value: Any) -> Any:
    if isinstance(field, models.JSONField) and isinstance(value, str):
        value = json.loads(value)
    if value is None and not field.null:
        value = field.get_default()
    return field.get_db_prep_save(value, connection)


def _field(model: type[models.Model], attname: str) -> Any:
    return next(field for field in model._meta.concrete_fields if field.attname == attname)
