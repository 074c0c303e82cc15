"""Scenarios as they stand: their changes, and the plans worked out under them."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.demand import queries as demand
from einklang.demand.models import Consensus
from einklang.kernel.errors import NotFound, Refused
from einklang.people.models import User
from einklang.supply.changes import Change
from einklang.supply.levers import BASE
from einklang.supply.models import Scenario, ScenarioEdit, SupplyRun
from einklang.web import formats

CHANGE_KINDS = ScenarioEdit.Kind.choices


def agreed_now() -> Consensus:
    """What is agreed just now; refused where nothing is."""
    found = demand.latest_consensus()
    if found is None:
        raise Refused(_("Nothing is agreed yet: a scenario changes what was agreed."))
    return found


def drafts(*, seen_by: User, of: date | None = None) -> QuerySet[Scenario]:
    """The scenarios people made, the newest first; those discarded are left out."""
    seen_by.must("see supply")
    found = Scenario.objects.exclude(name=BASE).exclude(state=Scenario.State.DISCARDED)
    return (found.filter(as_of=of) if of else found).select_related("author", "consensus", "copied_from")


def draft_rows(*, seen_by: User) -> list[tuple[Scenario, int, SupplyRun | None]]:
    """The scenarios people made, each with the number of its changes and its newest plan."""
    counted = Count("edits", filter=Q(edits__undo__isnull=True))
    found = list(drafts(seen_by=seen_by).annotate(changes=counted).order_by("-as_of", "-id"))
    runs = SupplyRun.objects.filter(scenario__in=[one.name for one in found]).order_by("number")
    newest = {(run.as_of, run.scenario): run for run in runs}
    return [(one, one.changes, newest.get((one.as_of, one.name))) for one in found]


def scenario(pk: int) -> Scenario:
    """One scenario."""
    found = Scenario.objects.select_related("author", "consensus__run", "copied_from").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such scenario."))
    return found


def overlay(as_of: date, name: str) -> Scenario | None:
    """The scenario of this name in a month, if there is one."""
    return Scenario.objects.filter(as_of=as_of, name=name).exclude(state=Scenario.State.DISCARDED).first()


def edit(pk: int) -> ScenarioEdit:
    """One change of a scenario."""
    found = ScenarioEdit.objects.select_related("scenario__consensus").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such change."))
    return found


def edits(of: Scenario) -> QuerySet[ScenarioEdit]:
    """What a scenario changes, in the order in which it was said."""
    named = ("item", "family", "work_centre", "supplier", "author")
    return ScenarioEdit.objects.standing().filter(scenario=of).select_related(*named)


def base_edits(as_of: date) -> QuerySet[ScenarioEdit]:
    """What the plan as agreed adds to a month: said in it, or earlier about months that are still to come."""
    earlier = Q(scenario__as_of__lt=as_of, end__gt=as_of)
    found = ScenarioEdit.objects.standing().filter(Q(scenario__as_of=as_of) | earlier, scenario__name=BASE)
    return found.select_related("item", "family", "work_centre", "supplier", "author").order_by("pk")


def changes_under(consensus: Consensus, name: str) -> list[Change]:
    """All changes a plan of this name rests on: those of the plan as agreed, then the scenario's own."""
    own = overlay(consensus.as_of, name) if name != BASE else None
    rows = [*base_edits(consensus.as_of), *(edits(own) if own else [])]
    return [as_change(row) for row in rows]


def as_change(row: ScenarioEdit) -> Change:
    """A kept change as the planner reads it."""
    return Change(
        row.kind,
        row.item.code if row.item else "",
        catalog.codes_below(row.family.code) if row.family else (),
        row.work_centre.code if row.work_centre else "",
        row.supplier.code if row.supplier else "",
        row.start,
        row.end,
        row.factor,
        row.amount,
    )


def worked_out(of: Scenario) -> SupplyRun | None:
    """The newest plan that was worked out in full under a scenario."""
    found = SupplyRun.objects.filter(as_of=of.as_of, scenario=of.name).order_by("-number")
    return found.select_related("consensus__run", "made_by").first()


def is_up_to_date(of: Scenario, run: SupplyRun) -> bool:
    """Whether a plan was worked out under the changes as they stand now."""
    return bool(run.edits == [change.told() for change in changes_under(of.consensus, of.name)])


def plan_months(consensus: Consensus) -> list[date]:
    """The months that a plan for a consensus reaches."""
    months = demand.consensus_frame(consensus)["period"].unique().sort().to_list()
    return [month for month in months if month > consensus.as_of]


def plan_span(consensus: Consensus) -> tuple[date, date]:
    """The first and the last month that a plan for a consensus reaches."""
    months = plan_months(consensus)
    return months[0], months[-1]


@dataclass(frozen=True, slots=True)
class ChangeWords:
    """A change as people read it: of what, by how much, when."""

    kind: str
    of: str
    change: str
    when: str


def change_words(row: ScenarioEdit) -> ChangeWords:
    """One change in the reader's language."""
    narrowed = [str(one) for one in (row.item, row.family, row.work_centre, row.supplier) if one]
    return ChangeWords(
        str(row.get_kind_display()), ", ".join(narrowed) or _("All"), _change_text(row), _when_text(row)
    )


def _change_text(row: ScenarioEdit) -> str:
    if row.factor is not None:
        return f"× {formats.quantity(row.factor, 3)}"
    amount = row.amount or 0.0
    if row.kind == ScenarioEdit.Kind.PRICE:
        return formats.money(round(amount))
    if row.kind == ScenarioEdit.Kind.SUPPLIER:
        return _("%(amount)s a month at most") % {"amount": formats.quantity(amount)}
    sign = "+" if amount >= 0 else "−"
    return _("%(amount)s a month") % {"amount": f"{sign}{formats.quantity(abs(amount))}"}


def _when_text(row: ScenarioEdit) -> str:
    if row.start and row.start == row.end:
        return formats.month(row.start)
    if row.start and row.end:
        return f"{formats.month(row.start)} – {formats.month(row.end)}"
    if row.start:
        return _("from %(month)s") % {"month": formats.month(row.start)}
    if row.end:
        return _("until %(month)s") % {"month": formats.month(row.end)}
    return _("the whole plan")
