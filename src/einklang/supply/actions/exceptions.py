"""Work the list of what needs attention: mend an exception or accept it, and take that back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from einklang.kernel import clock, journal
from einklang.kernel.errors import NotFound, Refused
from einklang.orders import actions as order_actions
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply import queries
from einklang.supply.actions.policies import restore_policy, set_policy
from einklang.supply.actions.releases import release
from einklang.supply.actions.scenarios import allow_hours, undo_edit
from einklang.supply.models import Handling, PlanException, Remedy, RemedyUndo

Kind = Remedy.Kind


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of one exception of several: what was done, or the sentence that says why not."""

    exception: int
    ok: bool
    sentence: str
    remedy: Remedy | None = None


@transaction.atomic
def mend(
    exception: PlanException,
    kind: str,
    reason: str = "",
    *,
    by: User,
    hours: float | None = None,
    due: date | None = None,
) -> Remedy:
    """Do what a mend of an exception proposes, keep what it changed, and mark the exception as handled.

    ``hours`` and ``due`` stand in for the hours or the day that are proposed. Nothing but the reason is kept
    where the exception is accepted as it is.
    """
    by.must("handle exceptions")
    held = PlanException.objects.select_for_update(of=("self",)).select_related("run", "item", "work_centre")
    held_one = held.get(pk=exception.pk)
    if Handling.objects.filter(exception=held_one).exists():
        raise Refused(_("Somebody handled this exception already."))
    reason = reason.strip()[:300]
    if kind == Kind.ACCEPT:
        if not reason:
            raise Refused(_("Say how it was handled."), status=422)
        remedy = Remedy(kind=kind)
    else:
        remedy = _done(held_one, _chosen(held_one, kind, hours, due), reason, by)
    remedy.exception, remedy.reason, remedy.by, remedy.at = held_one, reason, by, clock.now()
    remedy.save()
    said = queries.remedy_sentence(remedy)
    Handling.objects.create(exception=held_one, reason=said[:300], by=by, at=remedy.at)
    journal.record(
        "supply.exception_handled",
        about=held_one,
        by=by,
        kind=held_one.kind,
        remedy=kind,
        reason=reason,
        changed=remedy.changed,
    )
    return remedy


@transaction.atomic
def handle(exception: PlanException, reason: str, *, by: User) -> Handling:
    """Mark an exception as dealt with, and say how; the exception itself stays as it was found."""
    return mend(exception, Kind.ACCEPT, reason, by=by).exception.handling


@transaction.atomic
def mend_several(wanted: Sequence[tuple[int, str]], reason: str = "", *, by: User) -> list[Mended]:
    """Mend several exceptions, by number and kind of mend; each is answered, in the order given.

    An empty kind means what is proposed first. Those that are refused stay open and keep the others from
    nothing.
    """
    by.must("handle exceptions")
    if not wanted:
        raise Refused(_("Choose at least one exception."), status=422)
    return [_mended(number, kind, reason, by) for number, kind in wanted]


@transaction.atomic
def undo_remedy(remedy: Remedy, *, by: User) -> RemedyUndo:
    """Take a remedy back, as long as nothing has come of it since; the exception is open again."""
    by.must("handle exceptions")
    PlanException.objects.select_for_update().get(pk=remedy.exception_id)
    if RemedyUndo.objects.filter(remedy=remedy).exists():
        raise Refused(_("Somebody took this back already."))
    if remedy.decision:
        order_actions.undo(remedy.decision, by=by)
    if remedy.policy:
        restore_policy(remedy.policy, by=by)
    if remedy.edit:
        undo_edit(remedy.edit, by=by)
    Handling.objects.filter(exception_id=remedy.exception_id).delete()
    undone = RemedyUndo.objects.create(remedy=remedy, by=by, at=clock.now())
    journal.record(
        "supply.remedy_undone", about=remedy.exception, by=by, remedy=remedy.kind, changed=remedy.changed
    )
    return undone


def _mended(number: int, kind: str, reason: str, by: User) -> Mended:
    """One of several, in a transaction of its own."""
    try:
        one = queries.exception(number)
        if not kind:
            first = queries.mends(one.run, [one])[number]
            if not first:
                raise Refused(_("Nothing is proposed for it: look at it, or accept it with a reason."))
            kind = first[0].kind
        with transaction.atomic():
            remedy = mend(one, kind, reason, by=by)
    except (Refused, NotFound) as refusal:
        return Mended(number, ok=False, sentence=str(refusal))
    return Mended(number, ok=True, sentence=queries.remedy_sentence(remedy), remedy=remedy)


def _chosen(one: PlanException, kind: str, hours: float | None, due: date | None) -> queries.Mend:
    """What is proposed now, with the hours or the day that were asked for instead."""
    if not queries.is_worked(one.run):
        raise Refused(_("Only the newest plan as agreed is worked on; this one is older, or a what-if."))
    found = {mend.kind: mend for mend in queries.mends(one.run, [one])[one.pk]}
    if kind not in found:
        raise Refused(_("This would not mend it, or there is nothing left to do so with."), status=422)
    chosen = found[kind]
    if hours is not None and kind == Kind.HOURS:
        chosen = replace(chosen, change={**chosen.change, "hours": hours})
    if due is not None and kind in queries.ON_ORDERS:
        chosen = replace(chosen, change={**chosen.change, "after": due.isoformat()})
    return chosen


def _done(one: PlanException, chosen: queries.Mend, reason: str, by: User) -> Remedy:
    """Do it, and link what it set off."""
    effects: dict[str, Callable[[PlanException, dict[str, Any], str, User], dict[str, Any]]] = {
        **dict.fromkeys((Kind.SOONER.value, Kind.LATER.value, Kind.EXPECT.value), _move),
        Kind.CANCEL.value: _cancel,
        Kind.RELEASE.value: _release,
        Kind.HOURS.value: _allow_hours,
        Kind.MORE_SAFETY.value: _set_safety,
        Kind.LESS_SAFETY.value: _set_safety,
    }
    why = reason or queries.exception_sentence(one, with_money=False)
    linked = effects[chosen.kind](one, chosen.change, why, by)
    return Remedy(kind=chosen.kind, changed=chosen.change, **linked)


def _move(one: PlanException, change: dict[str, Any], why: str, by: User) -> dict[str, Any]:
    order = orders.supply_order(change["reference"], change["item"])
    due = date.fromisoformat(change["after"])
    return {"decision": order_actions.reschedule(order, due, why, by=by)}


def _cancel(one: PlanException, change: dict[str, Any], why: str, by: User) -> dict[str, Any]:
    order = orders.supply_order(change["reference"], change["item"])
    return {"decision": order_actions.cancel_supply(order, why, by=by)}


def _release(one: PlanException, change: dict[str, Any], why: str, by: User) -> dict[str, Any]:
    answers = release(one.run, change["orders"], by=by)
    bad = [answer.sentence for answer in answers if not answer.ok]
    if bad:
        raise Refused(bad[0])
    placed = [answer.change for answer in answers if answer.change]
    change["as"] = sorted({answer.reference for answer in answers})
    return {"decision": placed[0].decision}


def _allow_hours(one: PlanException, change: dict[str, Any], why: str, by: User) -> dict[str, Any]:
    month = date.fromisoformat(change["month"])
    return {"edit": allow_hours(change["centre"], month, change["hours"], why, by=by)}


def _set_safety(one: PlanException, change: dict[str, Any], why: str, by: User) -> dict[str, Any]:
    return {"policy": set_policy(change["item"], change["after"], why, by=by)}
