"""One import from beginning to end: read, ask, check, write slice by slice, close. May be killed anywhere."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from einklang.engine.errors import BadTable
from einklang.kernel.errors import Refused
from einklang.kernel.intake import Keys
from einklang.people import actions as people_actions
from einklang.people import queries as people
from einklang.people.models import User
from einklang.transfer import actions, planning, queries
from einklang.transfer.mapping import Sources, by_columns, open_sources
from einklang.transfer.models import ImportRun
from einklang.transfer.planning import Plan, Progress
from einklang.transfer.reading import Question, tables_in
from einklang.transfer.reading.files import fingerprint
from einklang.transfer.recipe import Recipe, load, parse
from einklang.transfer.targets import TARGETS

SLICE = 50_000


class Asks(Refused):
    """The files do not tell something by themselves, and nobody has answered yet."""

    status = 422

    def __init__(self, questions: list[Question]) -> None:
        self.questions = questions
        super().__init__(" ".join(in_words(question) for question in questions))


def in_words(question: Question) -> str:
    """A question as a sentence."""
    where = f"{question.file}{', ' + question.column if question.column else ''}"
    values = ", ".join(question.examples[:3])
    return {
        "decimal": _("%(where)s: is the decimal sign a point or a comma (%(values)s)?"),
        "dates": _("%(where)s: does the day or the month come first (%(values)s)?"),
        "separator": _("%(where)s: what separates the cells?"),
    }[question.about] % {"where": where, "values": values}


def nobody_listens(done: int, total: int, sentence: str) -> None:
    """Progress that nobody asked for."""


def mark_of(recipe: Recipe, folder: Path) -> str:
    """The fingerprint of the files a recipe reads, without reading them as tables."""
    places = tables_in(folder)
    taken = by_columns(recipe, places, TARGETS, {})
    names = [taken.get(name, name.lower()) for name in recipe.files]
    return fingerprint([places[name] for name in names if name in places])


def prepare(
    recipe: Recipe,
    folder: Path,
    options: dict[str, Any],
    *,
    by: User,
    run: ImportRun | None = None,
    progress: Progress = nobody_listens,
) -> tuple[Plan, str]:
    """Read and check everything; the plan of what would happen and the files' fingerprint. Writes nothing."""
    by.must("import data")
    if not folder.exists():
        raise Refused(_("There is nothing at %(place)s.") % {"place": folder.name})
    places = tables_in(folder)
    progress(0, 1, _("Reading the files"))
    sources: Sources = open_sources(
        recipe, places, TARGETS, options.get("answers", {}), partial=options.get("partial", False)
    )
    if sources.questions:
        raise Asks(_different(sources.questions))
    mark = fingerprint([table.place for table in sources.raw.values()])
    return planning.make(recipe, sources, TARGETS, by=by, run=run, progress=progress), mark


def recipe_of(run: ImportRun) -> Recipe:
    """The recipe of a run, as it was when the run began."""
    return parse(run.recipe_text, run.recipe) if run.recipe_text else load(run.recipe)


def check(run: ImportRun, *, by: User, progress: Progress = nobody_listens) -> Plan | None:
    """Check a run's files and keep what was found; no plan where they cannot be read or raise questions."""
    try:
        plan, mark = prepare(recipe_of(run), Path(run.folder), run.options, by=by, run=run, progress=progress)
    except Asks as asks:
        actions.note_refusal(run, by=by, questions=[asdict(question) for question in asks.questions])
        return None
    except BadTable as bad:
        actions.note_refusal(run, by=by, faults=[asdict(fault) for fault in bad.faults[:1000]])
        return None
    actions.note_plan(run, plan, mark, by=by)
    return plan


def check_again(run: ImportRun, *, by: User, progress: Progress = nobody_listens) -> Plan:
    """The plan of a run that was checked or interrupted; the files must be the ones that were checked."""
    plan, mark = prepare(recipe_of(run), Path(run.folder), run.options, by=by, run=run, progress=progress)
    if mark != run.fingerprint:
        raise Refused(
            _("The files have changed since they were checked: check them again, or bring them back.")
        )
    return plan


def take_in(run: ImportRun, plan: Plan, *, by: User, progress: Progress = nobody_listens) -> ImportRun:
    """Write a checked plan slice by slice, each in one transaction: a killed run loses or doubles nothing."""
    actions.begin(run, by=by)
    company = plan.recipe.company
    if company and people.company().pk is None:
        people_actions.name_company(company["name"], company["home_currency"], by=by)
    total = sum(one.create.height + one.update.height for one in plan.tables)
    done = 0
    keys = Keys(TARGETS)
    for one in plan.tables:
        known = queries.known_rows(run.source, one.target.name)
        size = SLICE if not _points_to_itself(one) else max(one.create.height, 1)
        sentence = _("Taking in %(table)s") % {"table": one.target.name}
        if one.target.complete and one.create.height:
            size = one.create.height
        for rows in one.create.iter_slices(size):
            progress(done, total, sentence)
            actions.take_in(run, one, rows, known, TARGETS, keys, by=by)
            done += rows.height
        if one.update.height or one.adopt.height:
            progress(done, total, sentence)
            actions.take_changes(run, one, TARGETS, keys, by=by)
            done += one.update.height
    return actions.close_run(run, by=by)


def _points_to_itself(one: planning.TablePlan) -> bool:
    return any(lookup.target is one.target for lookup in TARGETS.lookups(one.target))


def _different(questions: list[Question]) -> list[Question]:
    """One question of each sort and file is enough."""
    return list({(question.about, question.file): question for question in questions}.values())
