"""What can be done about deals: add, change, move, win, lose, reopen, and say what they hold."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from einklang.catalog.models import Item
from einklang.crm import queries
from einklang.crm.actions.changing import change
from einklang.crm.models import Account, Contact, Deal, DealLine, Pipeline, Stage, StageEntry
from einklang.crm.stages import LOST_REASONS, NEEDED, PIPELINE, STAGE_NAMES, STEPS
from einklang.kernel import clock, journal
from einklang.kernel.errors import Refused, Stale
from einklang.people import queries as people
from einklang.people.models import User

DEAL_FACTS = (
    "name",
    "owner",
    "amount_cents",
    "currency",
    "decision_maker",
    "expected_on",
    "next_step",
    "source",
)


class NewLine(NamedTuple):
    """What a deal is to hold of one item."""

    item: Item
    quantity: Decimal
    amount_cents: int
    wished_on: date | None = None


class NeedsMore(Refused):
    """A stage's gate asks for what the deal does not have yet."""

    def __init__(self, stage: Stage, needs: list[str]) -> None:
        """Say which stage asks for what."""
        named = ", ".join(str(NEEDED[need]) for need in needs)
        name = STAGE_NAMES.get(stage.name, stage.name)
        super().__init__(
            _("To enter “%(stage)s” this deal still needs: %(needs)s.") % {"stage": name, "needs": named}
        )
        self.stage, self.needs = stage, needs


@transaction.atomic
def add_deal(
    account: Account,
    name: str,
    *,
    by: User,
    owner: User | None = None,
    amount_cents: int | None = None,
    currency: str = "",
    expected_on: date | None = None,
    next_step: str = "",
    source: str = "",
) -> Deal:
    """Add a deal in the first stage; without an owner it is the adder's own."""
    by.must("edit deals")
    if owner not in (None, by):
        by.must("assign records")
    queries.account(account.code, seen_by=by)
    first = _first_stage()
    deal = Deal.objects.create(
        code=f"new-{clock.now().timestamp():.6f}",
        account=account,
        name=name.strip(),
        owner=owner or by,
        stage=first,
        amount_cents=amount_cents,
        currency=currency or people.company().home_currency,
        expected_on=expected_on,
        next_step=next_step.strip(),
        source=source.strip(),
        created_on=clock.today(),
        touched_at=clock.now(),
    )
    deal.code = f"D{2000 + deal.pk}"
    deal.save(update_fields=["code"])
    _enter(deal, first, by)
    journal.record(
        "crm.deal_added", about=deal, by=by, code=deal.code, amount_cents=amount_cents, currency=deal.currency
    )
    return deal


@transaction.atomic
def change_deal(deal: Deal, *, version: int, by: User, **facts: Any) -> Deal:
    """Change a deal's facts; of a deal with lines the amount is their sum and is changed there."""
    by.must("edit deals")
    if "owner" in facts:
        by.must("assign records")
    deal = queries.locked(deal, by=by)
    if "amount_cents" in facts and deal.lines.exists():
        raise Refused(_("The amount is the sum of the lines: change a line."))
    _must_be_ours(deal, facts)
    changed = change(deal, facts, version=version, editable=DEAL_FACTS)
    deal.touched_at = clock.now()
    deal.save()
    journal.record("crm.deal_changed", about=deal, by=by, changed=changed)
    return deal


@transaction.atomic
def move_deal(deal: Deal, stage: Stage, *, version: int, by: User, **facts: Any) -> Deal:
    """Move a deal to a stage; what its gate asks for may be given along.

    Into the last stages a deal is won or lost, out of them it is reopened.
    """
    by.must("edit deals")
    deal = queries.locked(deal, by=by)
    before = deal.stage
    if stage.pipeline_id != before.pipeline_id:
        raise Refused(_("This stage belongs to another way of selling."), status=422)
    if deal.version != version:
        raise Stale(
            _("Somebody changed this deal meanwhile; look at it again."), yours=stage.name, theirs=before.name
        )
    if before.pk == stage.pk:
        return deal
    reason = facts.pop("lost_reason", "")
    if "amount_cents" in facts and deal.lines.exists():
        facts.pop("amount_cents")
    _must_be_ours(deal, facts)
    changed = change(deal, facts, version=version, editable=DEAL_FACTS)
    deal.lost_reason = _checked_reason(reason) if stage.ends == Stage.Ends.LOST else ""
    missing = [need for need in stage.needs if getattr(deal, need) in (None, "")]
    if missing:
        raise NeedsMore(stage, missing)
    deal.stage = stage
    deal.closed_on = None if stage.ends == Stage.Ends.OPEN else clock.today()
    deal.touched_at = clock.now()
    deal.save()
    _enter(deal, stage, by)
    facts_for_journal = {
        "from": before.code,
        "to": stage.code,
        "amount_cents": deal.amount_cents,
        "changed": changed,
    }
    journal.record(
        _event(before, stage), about=deal, by=by, lost_reason=deal.lost_reason, **facts_for_journal
    )
    return deal


@transaction.atomic
def win(deal: Deal, *, version: int, by: User, **facts: Any) -> Deal:
    """Win a deal: it enters the stage that ends its pipeline well."""
    return move_deal(deal, _stage_that(deal, Stage.Ends.WON), version=version, by=by, **facts)


@transaction.atomic
def lose(deal: Deal, reason: str, *, version: int, by: User) -> Deal:
    """Lose a deal, for a reason that is named."""
    return move_deal(deal, _stage_that(deal, Stage.Ends.LOST), version=version, by=by, lost_reason=reason)


@transaction.atomic
def reopen(deal: Deal, stage: Stage, *, version: int, by: User) -> Deal:
    """Take a decided deal up again, in an open stage."""
    if stage.ends != Stage.Ends.OPEN:
        raise Refused(_("A deal is reopened in a stage that is open."), status=422)
    return move_deal(deal, stage, version=version, by=by)


@transaction.atomic
def set_lines(deal: Deal, lines: Sequence[NewLine], *, version: int, by: User) -> Deal:
    """Say what a deal is about, item by item; its amount becomes the sum of the lines."""
    by.must("edit deals")
    deal = queries.locked(deal, by=by)
    if deal.version != version:
        raise Stale(
            _("Somebody changed this deal meanwhile; look at it again."),
            yours=len(lines),
            theirs=deal.lines.count(),
        )
    codes = [line.item.code for line in lines]
    twice = next((code for code in codes if codes.count(code) > 1), None)
    if twice:
        raise Refused(_("%(item)s stands on two lines: put them together.") % {"item": twice}, status=422)
    if any(line.quantity <= 0 or line.amount_cents < 0 for line in lines):
        raise Refused(_("A line has a quantity above zero and an amount that is not negative."), status=422)
    deal.lines.all().delete()
    DealLine.objects.bulk_create(DealLine(deal=deal, **line._asdict()) for line in lines)
    if lines:
        deal.amount_cents = sum(line.amount_cents for line in lines)
    deal.version += 1
    deal.touched_at = clock.now()
    deal.save()
    journal.record("crm.lines_set", about=deal, by=by, items=codes, amount_cents=deal.amount_cents)
    return deal


def _first_stage() -> Stage:
    """The first stage; a house without any gets the seven steps."""
    if not Stage.objects.exists():
        pipeline = Pipeline.objects.create(code=PIPELINE[0], name=PIPELINE[1])
        Stage.objects.bulk_create(
            Stage(pipeline=pipeline, sequence=place, **{**step._asdict(), "needs": list(step.needs)})
            for place, step in enumerate(STEPS, start=1)
        )
    return Stage.objects.order_by("pipeline_id", "sequence")[0]


def _enter(deal: Deal, stage: Stage, by: User) -> None:
    StageEntry.objects.create(deal=deal, stage=stage, at=clock.now(), by=by, amount_cents=deal.amount_cents)


def _stage_that(deal: Deal, ends: str) -> Stage:
    found = Stage.objects.filter(pipeline__stages=deal.stage_id, ends=ends).order_by("sequence").first()
    if found is None:
        raise Refused(_("This way of selling has no stage that ends so."), status=422)
    return found


def _event(before: Stage, after: Stage) -> str:
    if after.ends != Stage.Ends.OPEN:
        return f"crm.deal_{after.ends}"
    return "crm.deal_moved" if before.ends == Stage.Ends.OPEN else "crm.deal_reopened"


def _checked_reason(reason: str) -> str:
    if reason and reason not in LOST_REASONS:
        raise Refused(
            _("Name one of these reasons: %(reasons)s.") % {"reasons": ", ".join(LOST_REASONS)}, status=422
        )
    return reason


def _must_be_ours(deal: Deal, facts: dict[str, Any]) -> None:
    decider = facts.get("decision_maker")
    if isinstance(decider, Contact) and decider.account_id != deal.account_id:
        raise Refused(_("The decision maker works at another account."), status=422)
    amount = facts.get("amount_cents")
    if amount is not None and amount < 0:
        raise Refused(_("An amount is zero or more."), status=422)
