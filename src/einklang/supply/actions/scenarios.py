"""Build scenarios: make one, change it, take a change back, promote or discard it."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.demand.models import Consensus
from einklang.engine.periods import month_of
from einklang.kernel import clock, journal
from einklang.kernel.errors import Refused
from einklang.people.models import User
from einklang.supply import queries
from einklang.supply.levers import BASE, MOST, SCENARIOS
from einklang.supply.models import Scenario, ScenarioEdit, ScenarioUndo

Kind = ScenarioEdit.Kind
# What each kind of change may be narrowed by, and whether its amount may take away.
NARROWED_BY = {
    Kind.DEMAND: {"item", "family"},
    Kind.HOURS: {"work_centre"},
    Kind.OVERTIME: {"work_centre"},
    Kind.SUPPLIER: {"supplier", "item", "family"},
    Kind.PRICE: {"item", "family"},
}
CARRIED = ("kind", "item", "family", "work_centre", "supplier", "factor", "amount", "reason")
MAY_TAKE_AWAY = {Kind.DEMAND, Kind.HOURS, Kind.OVERTIME}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A change as somebody asks for it, by codes; empty means all of them, no month means all months."""

    kind: str
    item: str = ""
    family: str = ""
    work_centre: str = ""
    supplier: str = ""
    start: date | None = None
    end: date | None = None
    factor: float | None = None
    amount: float | None = None
    reason: str = ""


@transaction.atomic
def make_scenario(consensus: Consensus, name: str, *, note: str = "", by: User) -> Scenario:
    """Begin a scenario on a month's agreed demand; it holds nothing but its changes."""
    by.must("plan supply")
    scenario = _new(consensus, name, note, None, by)
    journal.record("supply.scenario_made", about=scenario, by=by, name=scenario.name)
    return scenario


@transaction.atomic
def copy_scenario(source: Scenario, name: str, *, note: str = "", by: User) -> Scenario:
    """Begin a scenario with the changes of another one; the source stays as it is."""
    by.must("plan supply")
    scenario = _new(source.consensus, name, note or source.note, source, by)
    _carry(source, scenario, by)
    journal.record("supply.scenario_copied", about=scenario, by=by, name=scenario.name, source=source.name)
    return scenario


@transaction.atomic
def change_scenario(scenario: Scenario, wanted: Wanted, *, by: User) -> ScenarioEdit:
    """Add a change to a draft."""
    by.must("plan supply")
    edit = _add(_draft(scenario), wanted, by)
    journal.record("supply.scenario_changed", about=edit.scenario, by=by, **_facts(wanted))
    return edit


@transaction.atomic
def allow_hours(
    code: str, month: date, hours: float, reason: str, *, by: User, kind: str = Kind.OVERTIME
) -> ScenarioEdit:
    """Let the plan as agreed use more hours of a work centre in one month, from its next run on."""
    by.must("plan supply")
    agreed = queries.agreed_now()
    if not reason.strip():
        raise Refused(_("Say why these hours are allowed."), status=422)
    first = month_of(month)
    wanted = Wanted(kind, work_centre=code, start=first, end=first, amount=hours, reason=reason)
    edit = _add(_base(agreed, by), wanted, by)
    journal.record("supply.hours_allowed", about=edit.scenario, by=by, **_facts(wanted))
    return edit


@transaction.atomic
def undo_edit(edit: ScenarioEdit, *, by: User) -> ScenarioUndo:
    """Take a change back; of a draft, or of the plan as agreed."""
    by.must("plan supply")
    scenario = Scenario.objects.select_for_update().get(pk=edit.scenario_id)
    if scenario.name != BASE:
        _must_be_draft(scenario)
    if ScenarioUndo.objects.filter(edit=edit).exists():
        raise Refused(_("This change was taken back already."))
    undo = ScenarioUndo.objects.create(edit=edit, by=by, at=clock.now())
    journal.record("supply.scenario_change_undone", about=scenario, by=by, kind=edit.kind, edit=edit.pk)
    return undo


@transaction.atomic
def promote_scenario(scenario: Scenario, *, by: User) -> Scenario:
    """Let the plan as agreed rest on what a scenario changes about supply, from its next run on.

    Demand and prices are agreed elsewhere, so a scenario that changes them cannot be promoted with them.
    """
    by.must("plan supply")
    held = _draft(scenario)
    kinds = set(queries.edits(held).values_list("kind", flat=True))
    if not kinds:
        raise Refused(_("This scenario changes nothing, so there is nothing to promote."))
    if kinds & {Kind.DEMAND.value, Kind.PRICE.value}:
        sentence = _(
            "Demand and prices are agreed in the demand review: take those changes back here and "
            "agree them there, then promote what is left."
        )
        raise Refused(sentence)
    _carry(held, _base(held.consensus, by), by)
    held.state = Scenario.State.PROMOTED
    held.save(update_fields=["state"])
    journal.record("supply.scenario_promoted", about=held, by=by, name=held.name)
    return held


@transaction.atomic
def discard_scenario(scenario: Scenario, *, by: User) -> Scenario:
    """Put a draft away; its plans stay as they were made."""
    by.must("plan supply")
    held = _draft(scenario)
    held.state = Scenario.State.DISCARDED
    held.save(update_fields=["state"])
    journal.record("supply.scenario_discarded", about=held, by=by, name=held.name)
    return held


def _new(consensus: Consensus, name: str, note: str, source: Scenario | None, by: User) -> Scenario:
    called = name.strip()[:60]
    if not called:
        raise Refused(_("Name the scenario, so that it can be told from the others."), status=422)
    if called == BASE or called in SCENARIOS:
        raise Refused(_("This name is taken by a scenario of the house."), status=422)
    if Scenario.objects.filter(as_of=consensus.as_of, name=called).exists():
        raise Refused(_("There is a scenario %(name)s already: choose another name.") % {"name": called})
    return Scenario.objects.create(
        consensus=consensus,
        as_of=consensus.as_of,
        name=called,
        note=note.strip()[:300],
        copied_from=source,
        author=by,
        made_at=clock.now(),
    )


def _base(consensus: Consensus, by: User) -> Scenario:
    """What the plan as agreed adds in a month; it comes to be with its first change."""
    found, _made = Scenario.objects.get_or_create(
        as_of=consensus.as_of,
        name=BASE,
        defaults={
            "consensus": consensus,
            "author": by,
            "made_at": clock.now(),
            "state": Scenario.State.PROMOTED,
        },
    )
    return found


def _draft(scenario: Scenario) -> Scenario:
    """The scenario as it stands now, held for the rest of the action; it must be a draft."""
    held = Scenario.objects.select_for_update().select_related("consensus").get(pk=scenario.pk)
    _must_be_draft(held)
    return held


def _must_be_draft(scenario: Scenario) -> None:
    if scenario.state != Scenario.State.DRAFT:
        raise Refused(_("Only a draft can be changed: copy this scenario to go on from it."))


def _carry(source: Scenario, target: Scenario, by: User) -> None:
    """Write the standing changes of one scenario into another; in the plan as agreed each has its months."""
    now = clock.now()
    first, last = queries.plan_span(target.consensus) if target.name == BASE else (None, None)
    ScenarioEdit.objects.bulk_create(
        ScenarioEdit(
            scenario=target,
            **{name: getattr(edit, name) for name in CARRIED},
            start=edit.start or first,
            end=edit.end or last,
            author=by,
            made_at=now,
        )
        for edit in queries.edits(source)
    )


def _add(scenario: Scenario, wanted: Wanted, by: User) -> ScenarioEdit:
    _check(wanted)
    named = wanted.work_centre and catalog.work_centre(wanted.work_centre)
    return ScenarioEdit.objects.create(
        scenario=scenario,
        kind=wanted.kind,
        item=catalog.item(wanted.item) if wanted.item else None,
        family=catalog.family(wanted.family) if wanted.family else None,
        work_centre=named or None,
        supplier=catalog.supplier(wanted.supplier) if wanted.supplier else None,
        start=wanted.start and month_of(wanted.start),
        end=wanted.end and month_of(wanted.end),
        factor=wanted.factor,
        amount=wanted.amount,
        reason=wanted.reason.strip()[:300],
        author=by,
        made_at=clock.now(),
    )


def _check(wanted: Wanted) -> None:
    """Refuse what no plan can mean, in a sentence."""
    if wanted.kind not in Kind.values:
        raise Refused(_("A scenario cannot change %(kind)s.") % {"kind": wanted.kind}, status=422)
    if (wanted.factor is None) == (wanted.amount is None):
        raise Refused(_("Say a factor or an amount, one of them."), status=422)
    if wanted.factor is not None and not 0 <= wanted.factor <= MOST:
        raise Refused(_("Each factor lies between 0 and 10; 1 changes nothing."), status=422)
    if wanted.amount is not None and not -1e12 < wanted.amount < 1e12:
        raise Refused(_("This amount is not a number a plan can use."), status=422)
    kind = Kind(wanted.kind)
    if wanted.amount is not None and wanted.amount < 0 and kind not in MAY_TAKE_AWAY:
        raise Refused(_("A limit or a price is zero or more."), status=422)
    given = {name for name in ("item", "family", "work_centre", "supplier") if getattr(wanted, name)}
    if given - NARROWED_BY[kind]:
        raise Refused(
            _("Demand and prices are of items, hours of work centres, limits of suppliers and items."),
            status=422,
        )
    if kind == Kind.SUPPLIER and not given:
        raise Refused(_("Name the supplier or the item whose limit changes."), status=422)
    if wanted.start and wanted.end and month_of(wanted.end) < month_of(wanted.start):
        raise Refused(_("The last month lies before the first."), status=422)


def _facts(wanted: Wanted) -> dict[str, object]:
    """The change as the journal keeps it."""
    days = {name: day.isoformat() if (day := getattr(wanted, name)) else None for name in ("start", "end")}
    names = ("kind", "item", "family", "work_centre", "supplier", "factor", "amount", "reason")
    return {name: getattr(wanted, name) for name in names} | days
