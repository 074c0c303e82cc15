"""What an import would do, before it does anything: every row is new, changed, the same, or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import polars as pl
from django.utils.translation import gettext as _

from einklang.kernel.intake import KEY, ROW, Keys, Target, Targets, check, key_of
from einklang.kernel.intake.check import fault_rows
from einklang.kernel.intake.write import compare
from einklang.people.models import User
from einklang.transfer import queries
from einklang.transfer.mapping import Sources, rows_for
from einklang.transfer.models import ImportRun
from einklang.transfer.recipe import Recipe, RecipeTable

DIGEST = "_digest"
Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class TablePlan:
    """What will happen to one table: rows to add, rows to change (with ``id``), rows known as they are."""

    table: RecipeTable
    target: Target
    file: str
    create: pl.DataFrame
    update: pl.DataFrame
    adopt: pl.DataFrame
    faults: pl.DataFrame
    unchanged: int = 0
    left_out: int = 0

    def line(self) -> dict[str, Any]:
        """The counts of this table, for the report."""
        return {
            "position": self.table.position,
            "table": self.target.name,
            "file": self.file,
            "created": self.create.height,
            "updated": self.update.height,
            "unchanged": self.unchanged,
            "rejected": self.faults["row"].n_unique() if self.faults.height else 0,
            "left_out": self.left_out,
            "because": self.table.because if self.left_out else "",
        }


@dataclass(slots=True)
class Plan:
    """What an import would do to all tables."""

    recipe: Recipe
    sources: Sources
    tables: list[TablePlan] = field(default_factory=list)
    keys: Keys | None = None

    @property
    def report(self) -> list[dict[str, Any]]:
        """The counts by table."""
        return [plan.line() for plan in self.tables]

    @property
    def rejected(self) -> int:
        """How many rows cannot be taken."""
        return sum(line["rejected"] for line in self.report)


def make(
    recipe: Recipe, sources: Sources, targets: Targets, *, by: User, run: ImportRun | None, progress: Progress
) -> Plan:
    """Check every row of every table against the house as it is and against the rows that come before it."""
    _must_all(recipe, sources, targets, by)
    plan = Plan(recipe, sources, keys=Keys(targets))
    for table in recipe.tables:
        if table.file in sources.plain:
            progress(table.position, len(recipe.tables), _("Checking %(table)s") % {"table": table.into})
            one = _plan_table(recipe, table, sources, targets, plan, by, run)
            plan.tables.append(one)
            if table.together_with:
                _set_aside_together(one, plan, targets)
    return plan


def _must_all(recipe: Recipe, sources: Sources, targets: Targets, by: User) -> None:
    """The right to import, and the rights that single tables ask for beyond it."""
    by.must("import data")
    for table in recipe.tables:
        if table.file in sources.plain and (permission := targets[table.into].permission):
            by.must(permission)


def _plan_table(
    recipe: Recipe,
    table: RecipeTable,
    sources: Sources,
    targets: Targets,
    plan: Plan,
    by: User,
    run: ImportRun | None,
) -> TablePlan:
    target, keys = targets[table.into], plan.keys
    assert keys is not None
    mapped = rows_for(table, sources, targets)
    checked = check(targets, target, mapped.frame, keys)
    rows = with_digest(checked.good)
    known = queries.known_rows(recipe.source, target.name)
    known = known.filter(pl.col("object_id").is_in(keys.of(target)["id"].implode()))
    rows = rows.join(known, on=[KEY], how="left", maintain_order="left")
    same = (pl.col(DIGEST) == pl.col("digest")).fill_null(False)
    done_before = rows.filter(same & (pl.col("run_id") == (run.pk if run else 0))).height
    one = TablePlan(
        table,
        target,
        sources.label(table.file),
        create=rows.clear(),
        update=rows.clear(),
        adopt=rows.clear(),
        faults=pl.concat([checked.faults, mapped.faults]),
        unchanged=rows.filter(same).height - done_before,
        left_out=mapped.left_out,
    )
    rest = rows.filter(~same).drop("digest", "object_id", "run_id")
    rest = rest.join(
        keys.of(target).with_columns(there=pl.lit(True)), on=KEY, how="left", maintain_order="left"
    )
    one.create = rest.filter(pl.col("there").is_null()).drop("id", "there")
    _refuse(one, rest.filter(pl.col("there") & pl.col("id").is_null()), *_twice(targets, target))
    _plan_existing(one, rest.filter(pl.col("id").is_not_null()).drop("there"), targets, by)
    keys.add(target, one.create)
    return one


def _plan_existing(one: TablePlan, rows: pl.DataFrame, targets: Targets, by: User) -> None:
    """Rows that are there already: the same, changed, or not to be changed."""
    if rows.is_empty():
        one.update = rows
        return
    target = one.target
    difference = compare(targets, target, rows.drop("id", DIGEST), rows["id"])
    changed = difference.rows.join(rows.select(KEY, DIGEST), on=KEY, how="left", maintain_order="left")
    one.adopt = rows.join(changed.select(KEY), on=KEY, how="anti", maintain_order="left")
    one.unchanged += one.adopt.height
    hidden = _hidden(target, changed["id"], by)
    if hidden is not None:
        mask = changed["id"].is_in(hidden.implode())
        _refuse(
            one,
            changed.filter(mask),
            target.key[0],
            pl.lit(_("a record of others")),
            _("a record you may change"),
            "-",
        )
        difference.columns, before = difference.columns.filter(~mask), difference.before
        difference.before = [value for value, out in zip(before, mask, strict=True) if not out]
        changed = changed.filter(~mask)
    if target.may_change is None:
        one.update = changed
        return
    places = {column.place: column.name for column in targets.columns(target)}
    booked = [
        [name for name in differing if places[name] not in target.may_change]
        for differing in difference.columns
    ]
    fixed = pl.Series([bool(names) for names in booked], dtype=pl.Boolean)
    one.update = changed.filter(~fixed)
    said = [
        f"{places[names[0]]}: {before[names[0]]}" if names else ""
        for names, before in zip(booked, difference.before, strict=True)
    ]
    refused = changed.with_columns(pl.Series("_said", said, dtype=pl.String)).filter(fixed)
    got = pl.format("{}", pl.col(KEY).str.replace_all("\x1f", " / "))
    expected = pl.format(_("what was booked ({})").replace("{}", "{}"), "_said")
    _refuse(
        one,
        refused,
        " + ".join(target.key),
        got,
        expected,
        _("a booked fact stays: book a correction as a new line"),
    )


def _hidden(target: Target, ids: pl.Series, by: User) -> pl.Series | None:
    """The rows among ``ids`` that this person may not see, and so not change."""
    objects = target.model._default_manager
    if by.sees_all or not hasattr(objects, "visible_to") or ids.is_empty():
        return None
    seen: list[int] = list(objects.visible_to(by).filter(pk__in=ids.to_list()).values_list("pk", flat=True))
    return ids.filter(~ids.is_in(seen))


def _twice(targets: Targets, target: Target) -> tuple[str, pl.Expr, str, str]:
    """A key that an earlier file of the same import brought already."""
    names = " + ".join(targets.key_columns(target))
    got = pl.col(KEY).str.replace_all("\x1f", " / ")
    return names, got, _("a key that no other file brings"), _("keep one of the rows")


def _refuse(
    one: TablePlan, rows: pl.DataFrame, column: str, got: pl.Expr, expected: str | pl.Expr, mend: str
) -> None:
    if rows.height:
        one.faults = pl.concat([one.faults, fault_rows(rows, column, got, expected, mend)])


def _set_aside_together(lines: TablePlan, plan: Plan, targets: Targets) -> None:
    """An order with a line that was refused is set aside whole: half an order would be a wrong one."""
    if lines.faults.is_empty():
        return
    head = next(one for one in reversed(plan.tables) if one.target.name == lines.table.together_with)
    lookup = next(look for look in targets.lookups(lines.target) if look.target is head.target)
    named = rows_for(lines.table, plan.sources, targets).frame.select(
        ROW, key_of(lookup.columns).alias("_head")
    )
    hit = named.filter(pl.col(ROW).is_in(lines.faults["row"].implode()))["_head"].unique()
    whole = head.create.filter(pl.col(KEY).is_in(hit.implode()))
    if whole.is_empty():
        return
    sentence, mend = _("all its lines in order"), _("mend the lines; the order then comes whole")
    _refuse(head, whole, " + ".join(targets.key_columns(head.target)), pl.col(KEY), sentence, mend)
    head.create = head.create.join(whole.select(KEY), on=KEY, how="anti", maintain_order="left")
    own = lines.create.with_columns(key_of(lookup.columns).alias("_head"))
    fallen = own.filter(pl.col("_head").is_in(whole[KEY].implode()))
    _refuse(lines, fallen, " + ".join(lookup.columns), pl.col("_head"), sentence, mend)
    lines.create = lines.create.join(fallen.select(KEY), on=KEY, how="anti", maintain_order="left")
    assert plan.keys is not None
    plan.keys.take_back(head.target, whole[KEY])
    plan.keys.take_back(lines.target, fallen[KEY])


def with_digest(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with a hash of all they say; the same on every machine and in every version."""
    names = sorted(name for name in rows.columns if not name.startswith("_"))
    text = rows.select(
        pl.concat_str([pl.col(name).cast(pl.String).fill_null("\x00") for name in names], separator="\x1f")
    ).to_series()
    start = "\x1e".join(names)
    digests = [
        int.from_bytes(blake2b((start + said).encode(), digest_size=8).digest(), "big", signed=True)
        for said in text
    ]
    return rows.with_columns(pl.Series(DIGEST, digests, dtype=pl.Int64))


def rejections(plan: Plan) -> Iterator[pl.DataFrame]:
    """The refused rows by table: where, what, why, and the row itself as it stands in the file."""
    for one in plan.tables:
        if one.faults.is_empty():
            continue
        raw = plan.sources.raw[one.table.file]
        numbers = one.faults["row"].unique().drop_nulls()
        content = raw.frame.filter(pl.col(ROW).is_in(numbers.implode()))
        texts = content.select(
            pl.col(ROW).alias("row"), pl.struct(pl.all().exclude(ROW)).struct.json_encode().alias("content")
        )
        yield one.faults.join(texts, on="row", how="left", maintain_order="left").select(
            pl.lit(one.table.position, dtype=pl.Int64).alias("position"),
            pl.lit(one.target.name).alias("table"),
            pl.lit(one.file).alias("file"),
            "row",
            "column",
            pl.col("got").fill_null(""),
            "expected",
            "mend",
            pl.col("content").fill_null(""),
        )
