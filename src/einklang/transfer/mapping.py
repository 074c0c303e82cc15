"""A recipe at work: files of text become rows of a table's columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from einklang.engine.errors import BadTable, Fault
from einklang.kernel.intake import FAULTS, ROW, Targets
from einklang.transfer.reading import Answers, Question, in_one_form, read
from einklang.transfer.reading.files import Place, Table, header
from einklang.transfer.recipe import Expression, Join, Recipe, RecipeTable, fed_by, needs, placeholders
from einklang.transfer.shapes import SHAPES, STEPS

HARMLESS = r"^'('*[=+\-@\t\r])"  # a text that looks like a formula, as our export writes it


@dataclass(slots=True)
class Sources:
    """The files of one import: as they are, and in one form (``.`` decimals, ISO days)."""

    raw: dict[str, Table]
    plain: dict[str, pl.DataFrame]
    missing: list[str]
    unused: list[str]
    taken_for: dict[str, str] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)

    def label(self, name: str) -> str:
        """A file's name for people."""
        return self.raw[name].place.label if name in self.raw else name


@dataclass(slots=True)
class Mapped:
    """Rows for one table, how many the recipe left out, and rows whose joins found nothing."""

    frame: pl.DataFrame
    left_out: int
    faults: pl.DataFrame


def open_sources(
    recipe: Recipe, places: Mapping[str, Place], targets: Targets, answers: Answers, *, partial: bool
) -> Sources:
    """Read the files a recipe names; refuse missing files and columns, collect what must be asked."""
    wanted = {name: name.lower() for name in recipe.files}
    guessed = needs(recipe, targets, {})
    taken_for = by_columns(recipe, places, targets, answers)
    wanted |= taken_for
    missing = [name for name, lower in wanted.items() if lower not in places]
    if len(missing) == len(wanted) or (missing and not (partial or recipe.partial)):
        raise BadTable([_no_file(name, places) for name in missing])
    raw = {
        name: read(places[lower], set(guessed.get(name, ())) or _known_names(recipe, name, targets), answers)
        for name, lower in wanted.items()
        if lower in places
    }
    known_as = {places[lower].label: name for name, lower in taken_for.items()}
    unused = [name for name in _unused(recipe, places) if name not in known_as]
    sources = Sources(raw, {}, [] if recipe.partial else missing, unused, known_as)
    sources.questions = [table.question for table in raw.values() if table.question]
    if not sources.questions:
        _check_manifest(recipe, sources, places)
        _bring_in_one_form(recipe, sources, targets, answers)
    return sources


def _bring_in_one_form(recipe: Recipe, sources: Sources, targets: Targets, answers: Answers) -> None:
    kinds = needs(recipe, targets, {name: table.frame.columns for name, table in sources.raw.items()})
    faults = [
        _no_column(table, column, sources)
        for table, columns in kinds.items()
        if table in sources.raw
        for column in columns
        if column not in sources.raw[table].frame.columns
    ]
    faults += list(_missing_required(recipe, sources, targets))
    if faults:
        raise BadTable(faults)
    for name, table in sources.raw.items():
        columns = kinds.get(name, {})
        frame = _unescaped(table.frame) if recipe.escaped else table.frame
        sources.plain[name], questions = in_one_form(
            frame,
            file=table.place.label,
            numbers=[column for column, kind in columns.items() if kind == "number"],
            days=[column for column, kind in columns.items() if kind == "day"],
            answers=answers,
        )
        sources.questions += questions


def rows_for(table: RecipeTable, sources: Sources, targets: Targets) -> Mapped:
    """One table's rows, as its recipe says: joined, filtered, shaped, renamed."""
    frame = sources.plain[table.file]
    faults = [pl.DataFrame(schema=FAULTS)]
    for join in table.joins:
        if join.file not in sources.plain:
            raise BadTable([_no_file(join.file, {})])
        frame = _joined(frame, join, table, sources)
    before = frame.height
    for condition in table.where:
        frame = frame.filter(_condition(condition))
    left_out = before - frame.height
    for join in table.joins:
        lost = frame.filter(pl.col(f"{join.alias}.?").is_null() & pl.col(join.on).is_not_null())
        if lost.height and not join.optional:
            faults.append(_not_found(lost, join, sources))
            frame = frame.join(lost.select(ROW), on=ROW, how="anti", maintain_order="left")
    if table.distinct:
        frame = frame.unique(table.distinct, keep="first", maintain_order=True)
    if table.shape:
        options = {key: value for key, value in table.shape.items() if key != "name"}
        frame = SHAPES[table.shape["name"]](frame, **options)
    names = [column.name for column in targets.columns(targets[table.into])]
    columns = table.columns or {name: name for name in names if name in frame.columns}
    picked = frame.select(ROW, *[evaluated(expression).alias(name) for name, expression in columns.items()])
    return Mapped(picked, left_out, pl.concat(faults))


def evaluated(expression: Expression) -> pl.Expr:
    """An expression of the recipe language as Polars computes it."""
    if isinstance(expression, str):
        return pl.col(expression)
    if "value" in expression:
        return pl.lit(str(expression["value"]))
    if "text" in expression:
        return _filled_in(expression["text"])
    if "first_of" in expression:
        return pl.coalesce(evaluated(part) for part in expression["first_of"])
    if "when" in expression:
        other = evaluated(expression["else"]) if "else" in expression else pl.lit(None)
        return pl.when(_condition(expression["when"])).then(evaluated(expression["then"])).otherwise(other)
    value = evaluated(expression["from"])
    if "map" in expression:
        otherwise = evaluated(expression["otherwise"]) if "otherwise" in expression else value
        known = {key: answer or None for key, answer in expression["map"].items()}
        mapped = value.replace_strict(known, default=None, return_dtype=pl.String)
        value = pl.when(value.is_in(list(known))).then(mapped).otherwise(otherwise)
    for step in expression.get("do", []):
        name, _space, argument = step.partition(" ")
        value = STEPS[name](value, argument)
    return value


def _filled_in(template: str) -> pl.Expr:
    """A text with cells in it: ``SO{SalesOrderID}``; nothing where a cell is empty."""
    names = placeholders(template)
    pattern = template
    for name in names:
        pattern = pattern.replace("{" + name + "}", "{}", 1)
    return pl.format(pattern, *[pl.col(name) for name in names])


def _condition(condition: Mapping[str, Any]) -> pl.Expr:
    column = pl.col(condition["column"])
    if "filled" in condition:
        return column.is_not_null() if condition["filled"] else column.is_null()
    if "above" in condition:
        return column.cast(pl.Float64, strict=False) > float(condition["above"])
    values = condition.get("is", condition.get("is_not"))
    same = column.is_in([values] if isinstance(values, str) else values).fill_null(False)
    return same if "is" in condition else ~same


def _joined(frame: pl.DataFrame, join: Join, table: RecipeTable, sources: Sources) -> pl.DataFrame:
    """The frame with another file's columns beside it, one row each."""
    other = sources.plain[join.file]
    for condition in join.where:
        other = other.filter(_condition(condition))
    named = set(_named_of(table, join.alias))
    columns = [name for name in other.columns if name in named and name != join.to]
    key = f"{join.alias}.{join.to}"
    right = other.filter(pl.col(join.to).is_not_null())
    renamed = [pl.col(name).alias(f"{join.alias}.{name}") for name in columns]
    right = right.select(pl.col(join.to).alias(key), *renamed, pl.col(ROW).alias(f"{join.alias}.#"))
    if join.pick == "mean":
        right = right.group_by(key, maintain_order=True).agg(
            *[
                pl.col(f"{join.alias}.{name}").cast(pl.Float64, strict=False).mean().cast(pl.String)
                for name in columns
            ],
            pl.col(f"{join.alias}.#").first(),
        )
    elif join.pick == "first":
        right = right.unique(key, keep="first", maintain_order=True)
    elif right[key].is_duplicated().any():
        raise BadTable(list(_double_keys(right, key, join, sources)))
    right = right.select(pl.all().exclude(f"{join.alias}.#"), pl.lit(True).alias(f"{join.alias}.?"))
    joined = frame.join(right, left_on=join.on, right_on=key, how="left", maintain_order="left")
    return joined.with_columns(pl.when(pl.col(f"{join.alias}.?")).then(join.on).alias(key))


def _named_of(table: RecipeTable, alias: str) -> Iterable[str]:
    """The columns of a joined file that this table of the recipe uses."""
    names = [
        name for expression in (table.columns or {}).values() for name, _kind in fed_by(expression, "text")
    ]
    names += [condition["column"] for condition in table.where]
    names += [join.on for join in table.joins]
    names += [
        name
        for value in (table.shape or {}).values()
        for name in ([value] if isinstance(value, str) else value)
    ]
    names += table.distinct
    return [name.removeprefix(f"{alias}.") for name in names if name.startswith(f"{alias}.")]


def _not_found(lost: pl.DataFrame, join: Join, sources: Sources) -> pl.DataFrame:
    """Rows whose key is not in the file it should be looked up in."""
    return lost.select(
        pl.lit(None, dtype=pl.Int64).alias("at"),
        pl.col(ROW).alias("row"),
        pl.lit(join.on.rpartition(".")[2]).alias("column"),
        pl.col(join.on).alias("got"),
        pl.lit(_("a key that is in %(file)s") % {"file": sources.label(join.file)}).alias("expected"),
        pl.lit(_("correct the key, or add the missing row there")).alias("mend"),
    ).cast(FAULTS)


def _double_keys(right: pl.DataFrame, key: str, join: Join, sources: Sources) -> Iterable[Fault]:
    doubles = right.filter(pl.col(key).is_duplicated()).head(100)
    for value, row in doubles.select(key, f"{join.alias}.#").iter_rows():
        yield Fault(
            sources.label(join.file), row, join.to, str(value), _("each key once"), _("keep one of the rows")
        )


def _unescaped(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.String).str.replace(HARMLESS, "${1}"))


def _known_names(recipe: Recipe, file: str, targets: Targets) -> set[str]:
    """The column names a file of plain tables may have."""
    return {
        column.name
        for table in recipe.tables
        if table.file == file and table.columns is None
        for column in targets.columns(targets[table.into])
    }


def _missing_required(recipe: Recipe, sources: Sources, targets: Targets) -> Iterable[Fault]:
    """Columns a plain table must have and its file lacks."""
    for table in recipe.tables:
        if table.columns is None and table.file in sources.raw:
            for column in targets.columns(targets[table.into]):
                key = column.name in targets.key_columns(targets[table.into])
                absent = column.name not in sources.raw[table.file].frame.columns
                if absent and (column.required or (key and column.empty_as is None and column.required)):
                    yield _no_column(table.file, column.name, sources)


def by_columns(
    recipe: Recipe, places: Mapping[str, Place], targets: Targets, answers: Answers
) -> dict[str, str]:
    """Files of other names whose header has all that one of the recipe's missing files must have.

    Only where exactly one file fits best; it is said in the report, so nobody is surprised.
    """
    strange = {place.label: name for name, place in places.items()} if places else {}
    strange = {label: strange[label] for label in _unused(recipe, places)}
    fixed = needs(recipe, targets, {})
    fits: dict[str, list[tuple[int, str]]] = {}
    for lower in strange.values() if len(strange) <= 20 else ():
        for name in recipe.files:
            known = set(fixed.get(name, ())) or _known_names(recipe, name, targets)
            must = set(fixed.get(name, ())) or _required_names(recipe, name, targets)
            if name.lower() in places or not must:
                continue
            names = set(header(places[lower], known, answers))
            if must <= names:
                fits.setdefault(lower, []).append((len(known & names), name))
    best = {lower: max(some) for lower, some in fits.items() if some.count(max(some)) == 1}
    best = {lower: top for lower, top in best.items() if [t[0] for t in fits[lower]].count(top[0]) == 1}
    taken: dict[str, str] = {}
    for lower, (_score, name) in best.items():
        if [top[1] for top in best.values()].count(name) == 1:
            taken[name] = lower
    return taken


def _required_names(recipe: Recipe, file: str, targets: Targets) -> set[str]:
    return {
        column.name
        for table in recipe.tables
        if table.file == file and table.columns is None
        for column in targets.columns(targets[table.into])
        if column.required
    }


def _unused(recipe: Recipe, places: Mapping[str, Place]) -> list[str]:
    """Files that lie there and that the recipe has nothing to do with."""
    known = {name.lower() for name in (*recipe.files, *recipe.no_room)}
    manifest = recipe.manifest.get("file", "").lower().removesuffix(".csv")
    return [place.label for name, place in places.items() if name not in known and name != manifest]


def _check_manifest(recipe: Recipe, sources: Sources, places: Mapping[str, Place]) -> None:
    """Row counts against the source's own list: the only sign of a file cut off between two lines."""
    name = recipe.manifest.get("file", "").removesuffix(".csv").lower()
    if not name or name not in places:
        return
    listed = read(places[name], set(recipe.manifest.values()), {}).frame
    counts = dict(listed.select(recipe.manifest["name"], recipe.manifest["rows"]).iter_rows())
    faults = [
        Fault(
            table.place.label,
            None,
            None,
            _("%(count)d rows") % {"count": table.frame.height},
            _("at least %(count)s rows, as %(file)s says") % {"count": said, "file": places[name].label},
            _("the file may be cut off: fetch it again"),
        )
        for table in sources.raw.values()
        if (said := counts.get(table.place.path.name)) is not None and table.frame.height < int(said)
    ]
    if faults:
        raise BadTable(faults)


def _no_file(name: str, places: Mapping[str, Place]) -> Fault:
    near = get_close_matches(name.lower(), list(places), 1)
    mend = _("is it %(file)s?") % {"file": places[near[0]].label} if near else _("add the file")
    return Fault(name, None, None, _("no such file"), f"{name}.csv, .csv.gz, .xlsx", mend)


def _no_column(file: str, column: str, sources: Sources) -> Fault:
    table = sources.raw[file]
    there = [name for name in table.frame.columns if name != ROW]
    near = get_close_matches(column, there, 1)
    mend = (
        _("is it %(column)s?") % {"column": near[0]}
        if near
        else _("add the column, or choose another recipe")
    )
    return Fault(
        table.place.label,
        1,
        column,
        _("no such column (there are: %(names)s)") % {"names": ", ".join(there)[:300]},
        _("a column %(column)s") % {"column": column},
        mend,
    )
