"""Fix quantities of the plan by hand, take them back, approve a plan, open its frozen months."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from einklang.catalog import queries as catalog
from einklang.kernel import clock, journal
from einklang.kernel.errors import Refused
from einklang.people.models import User
from einklang.supply import queries
from einklang.supply.models import (
    EditBatch,
    FenceOpening,
    PlanApproval,
    PlanEdit,
    PlanRules,
    SupplyRun,
)
from einklang.web import formats

MOST = 2000
Place = tuple[str, date]


@dataclass(frozen=True, slots=True)
class Fixed:
    """One cell: so many units of an item arrive in a month; none lets the plan decide again."""

    item: str
    period: date
    quantity: float | None
    seen_version: int = 0

    @property
    def place(self) -> Place:
        """Which cell is meant."""
        return self.item, self.period


@dataclass(frozen=True, slots=True)
class FixOutcome:
    """What became of one cell: ``given``, ``withdrawn``, ``unchanged``, ``stale`` or ``refused``."""

    fixed: Fixed
    state: str
    sentence: str = ""
    standing: PlanEdit | None = None
    batch: int | None = None


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the cells are judged by: what stands, the items' lead times, the fence."""

    run: SupplyRun
    months: list[date]
    standing: dict[Place, PlanEdit]
    leads: dict[str, int]
    numbers: dict[str, int]
    frozen: date | None

    def refusal(self, fixed: Fixed) -> str:
        """Why a cell cannot be fixed; empty where it can."""
        if fixed.item not in self.leads or fixed.period not in self.months:
            return _("The plan has no such item or month.")
        if fixed.quantity is not None and not 0 <= fixed.quantity < 1e12:
            return _("A quantity is zero or more.")
        ahead = self.months.index(fixed.period) - self.leads[fixed.item]
        if ahead < 0:
            return _(
                "What arrives in %(month)s would have to start before the plan: %(item)s takes %(span)s."
            ) % {
                "month": formats.month(fixed.period),
                "item": fixed.item,
                "span": queries.months_text(self.leads[fixed.item]),
            }
        if self.frozen is not None and self.months[ahead] <= self.frozen:
            return _(
                "What starts in %(month)s is frozen until %(frozen)s by the approved plan: "
                "have it opened, then approved anew."
            ) % {"month": formats.month(self.months[ahead]), "frozen": formats.month(self.frozen)}
        return ""


@transaction.atomic
def fix_quantities(run: SupplyRun, rows: Sequence[Fixed], reason: str, *, by: User) -> list[FixOutcome]:
    """Fix what arrives of some items in some months; the next plan keeps to it, or says where it cannot.

    Each row is taken or refused by itself; what somebody else fixed since is not overwritten.
    """
    by.must("plan supply")
    if not reason.strip():
        raise Refused(_("Say why: a fixed quantity outlives those who remember."), status=422)
    if len(rows) > MOST:
        raise Refused(_("More than %(most)s figures at once: send them in parts.") % {"most": MOST})
    ground = _ground(run, {row.item for row in rows})
    outcomes = [_judged(row, ground) for row in _once(rows)]
    batch = _keep(outcomes, ground, reason, by)
    if batch is None:
        return outcomes
    counts = _counts(outcomes)
    journal.record("supply.quantities_fixed", about=batch, by=by, reason=batch.reason, **counts)
    return _numbered(outcomes, batch)


@transaction.atomic
def undo_fixed(number: int, *, by: User) -> list[FixOutcome]:
    """Take a batch of fixed quantities back: what stood before stands again; what was fixed since is kept."""
    by.must("plan supply")
    held = EditBatch.objects.select_for_update().filter(pk=number).first()
    if held is None:
        raise Refused(_("There are no such fixed quantities."), status=404)
    if EditBatch.objects.filter(undoes=held).exists():
        raise Refused(_("These quantities were taken back already."))
    edits = list(held.edits.select_related("item"))
    run = queries.latest(held.as_of)
    if run is None:
        raise Refused(_("There is no supply plan of this month any more."))
    ground = _ground(run, {edit.item.code for edit in edits})
    back = [Fixed(edit.item.code, edit.period, edit.before, edit.version) for edit in edits]
    outcomes = [_judged(row, ground) for row in back]
    batch = _keep(outcomes, ground, held.reason, by, undoes=held)
    if batch is None:
        return outcomes
    journal.record("supply.fixed_taken_back", about=batch, by=by, undone=held.pk, **_counts(outcomes))
    return _numbered(outcomes, batch)


@transaction.atomic
def approve_plan(run: SupplyRun, comment: str = "", *, by: User) -> PlanApproval:
    """Approve a plan: the next ones keep to its first months, as far as the company freezes them."""
    by.must("sign supply")
    held = SupplyRun.objects.select_for_update().get(pk=run.pk)
    approval = PlanApproval.objects.create(run=held, comment=comment.strip()[:300], by=by, at=clock.now())
    journal.record("supply.plan_approved", about=held, by=by, number=held.number, comment=approval.comment)
    return approval


@transaction.atomic
def open_fence(reason: str, *, by: User) -> FenceOpening:
    """Open the frozen months of the approved plan, so that they can be changed and approved anew."""
    by.must("sign supply")
    if not reason.strip():
        raise Refused(_("Say why the frozen months are opened."), status=422)
    approval = PlanApproval.objects.select_for_update().first()
    if approval is None or FenceOpening.objects.filter(approval=approval).exists():
        raise Refused(_("No months are frozen just now."))
    opening = FenceOpening.objects.create(
        approval=approval, reason=reason.strip()[:300], by=by, at=clock.now()
    )
    journal.record("supply.fence_opened", about=approval.run, by=by, reason=opening.reason)
    return opening


@transaction.atomic
def set_plan_rules(frozen_months: int, change_share: float, *, by: User) -> PlanRules:
    """Say how many months of an approved plan are frozen, and what changing the later ones costs."""
    by.must("sign supply")
    if not 0 <= frozen_months <= 12 or not 0 <= change_share <= 1:
        raise Refused(_("Freeze 0 to 12 months; a change costs 0 to 100 % of the item's cost."), status=422)
    rules = PlanRules.objects.create(
        frozen_months=frozen_months, change_share=change_share, by=by, at=clock.now()
    )
    journal.record(
        "supply.rules_set", about=rules, by=by, frozen_months=frozen_months, change_share=change_share
    )
    return rules


def _ground(run: SupplyRun, items: set[str]) -> _Ground:
    """Everything the rows speak about; who fixes second waits here."""
    held = SupplyRun.objects.select_for_update().get(pk=run.pk)
    standing = queries.standing_edits(held.as_of).filter(item__code__in=items)
    leads = queries.lead_times(items)
    return _Ground(
        held,
        queries.plan_months(held.consensus),
        {(edit.item.code, edit.period): edit for edit in standing},
        leads,
        catalog.item_ids(sorted(leads)),
        queries.frozen_until(held.as_of),
    )


def _once(rows: Sequence[Fixed]) -> list[Fixed]:
    """Each cell once; of two figures for one cell the last one counts, as in a spreadsheet."""
    return list({row.place: row for row in rows}.values())


def _judged(row: Fixed, ground: _Ground) -> FixOutcome:
    """What becomes of one cell; nothing is written yet."""
    standing = ground.standing.get(row.place)
    if sentence := ground.refusal(row):
        return FixOutcome(row, "refused", sentence, standing)
    if row.seen_version != (standing.version if standing else 0):
        return FixOutcome(row, "stale", _("Somebody fixed this since; that is kept."), standing)
    if row.quantity == (standing.quantity if standing else None):
        return FixOutcome(row, "unchanged", standing=standing)
    return FixOutcome(row, "withdrawn" if row.quantity is None else "given", standing=standing)


def _keep(
    outcomes: list[FixOutcome], ground: _Ground, reason: str, by: User, undoes: EditBatch | None = None
) -> EditBatch | None:
    """Write what was taken as one batch; none where nothing was."""
    taken = [one for one in outcomes if one.state in ("given", "withdrawn")]
    if not taken:
        return None
    batch = EditBatch.objects.create(
        as_of=ground.run.as_of, reason=reason.strip()[:300], author=by, made_at=clock.now(), undoes=undoes
    )
    PlanEdit.objects.bulk_create(
        PlanEdit(
            batch=batch,
            as_of=ground.run.as_of,
            item_id=ground.numbers[one.fixed.item],
            period=one.fixed.period,
            quantity=one.fixed.quantity,
            before=one.standing.quantity if one.standing else None,
            version=one.standing.version + 1 if one.standing else 1,
        )
        for one in taken
    )
    return batch


def _counts(outcomes: list[FixOutcome]) -> dict[str, int]:
    states = [one.state for one in outcomes]
    return {state: states.count(state) for state in dict.fromkeys(states)}


def _numbered(outcomes: list[FixOutcome], batch: EditBatch) -> list[FixOutcome]:
    """The outcomes with their batch, and with what stands now."""
    edits = batch.edits.select_related("item", "batch__author")
    rows = {(edit.item.code, edit.period): edit for edit in edits}
    return [
        replace(one, standing=rows[one.fixed.place], batch=batch.pk)
        if one.state in ("given", "withdrawn")
        else one
        for one in outcomes
    ]
