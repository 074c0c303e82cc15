"""Opening a month's cycle and taking its steps, one signature each."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from einklang.cycle import queries
from einklang.cycle.models import Cycle, PlanVersion, Scenario, Signature, Step
from einklang.cycle.queries.basis import standing
from einklang.cycle.queries.step_states import StepState, step_state
from einklang.cycle.steps import STEPS, StepKind, due_on, kind_of
from einklang.engine.periods import month_of
from einklang.kernel import clock, journal
from einklang.kernel.errors import Refused
from einklang.people.models import User
from einklang.supply import actions as supply


@transaction.atomic
def open_cycle(month: date, *, by: User) -> Cycle:
    """Open a month's cycle with its seven steps and the base scenario; one that is open stays as it is."""
    by.must("open cycle")
    month = month_of(month)
    cycle, is_new = Cycle.objects.get_or_create(
        month=month, defaults={"opened_at": clock.now(), "opened_by": by}
    )
    if not is_new:
        return cycle
    Step.objects.bulk_create(
        Step(cycle=cycle, code=code, due_on=due_on(month, kind)) for code, kind in STEPS.items()
    )
    Scenario.objects.create(
        cycle=cycle,
        name=queries.BASE,
        created_by=by,
        created_at=clock.now(),
        note=_("The plan as it stands."),
    )
    journal.record("cycle.opened", about=cycle, by=by, month=month)
    return cycle


@transaction.atomic
def assign_step(
    cycle: Cycle, code: str, *, owner: User | None, due: date, agenda: str = "", by: User
) -> Step:
    """Say who answers for a step, by when, and what is on its agenda."""
    by.must("open cycle")
    step = Step.objects.select_for_update().get(cycle=cycle, code=kind_of(code).code)
    step.owner, step.due_on, step.agenda = owner, due, agenda.strip()
    step.save(update_fields=["owner", "due_on", "agenda"])
    journal.record("cycle.step_assigned", about=step, by=by, owner=str(owner or ""), due=due)
    return step


@transaction.atomic
def invite(cycle: Cycle, code: str, people: list[User], *, by: User) -> Step:
    """Say who takes part in a step; silence of those invited is acceptance."""
    by.must("open cycle")
    step = Step.objects.select_for_update().get(cycle=cycle, code=kind_of(code).code)
    step.participants.set(people)
    journal.record("cycle.invited", about=step, by=by, people=[str(person) for person in people])
    return step


@transaction.atomic
def freeze_data(cycle: Cycle, *, by: User) -> Cycle:
    """Cut the data the cycle rests on: what is counted, and a fingerprint that shows later changes."""
    by.must("open cycle")
    cycle = queries.locked_cycle(cycle)
    cut = queries.data_cut(cycle.month)
    if cut == cycle.data:
        return cycle
    cycle.data, cycle.data_frozen_at = cut, clock.now()
    cycle.save(update_fields=["data", "data_frozen_at"])
    journal.record("cycle.data_frozen", about=cycle, by=by, **cut)
    return cycle


@transaction.atomic
def take_step(
    cycle: Cycle, code: str, *, comment: str = "", version: PlanVersion | None = None, by: User
) -> Signature:
    """Sign a step of the cycle on what stands now; the gate, the order and the role decide.

    Signing again what is signed already changes nothing. The data step cuts the data first; the
    executive review locks the plan version; publishing closes the month.
    """
    kind = kind_of(code)
    by.must(kind.may)
    cycle = queries.locked_cycle(cycle)
    if code == "data":
        cycle = freeze_data(cycle, by=by)
    now = standing(cycle, version)
    state = step_state(kind, now, by)
    if state.state == "done" and state.signature is not None:
        return state.signature
    _must_pass(kind, state, comment)
    signed_on = now.version if kind.basis == "version" else None
    signature = Signature.objects.create(
        cycle=cycle,
        step=code,
        version=signed_on,
        fingerprint=now.basis(kind),
        by=by,
        at=clock.now(),
        comment=comment.strip()[:500],
        findings=[finding.as_json() for finding in state.findings],
    )
    if code == "supply" and now.supply_run is not None:
        supply.approve_plan(now.supply_run, signature.comment, by=by)
    if code == "executive" and signed_on is not None:
        PlanVersion.objects.filter(pk=signed_on.pk).update(signed_at=signature.at)
    if code == "publish":
        Cycle.objects.filter(pk=cycle.pk).update(published_at=signature.at)
    event = f"cycle.{code}_signed"
    journal.record(
        event, about=signed_on or cycle, by=by, comment=signature.comment, on=signature.fingerprint
    )
    return signature


@transaction.atomic
def sign(version: PlanVersion, code: str, *, comment: str = "", by: User) -> Signature:
    """Sign a step for one plan version; the executive review's signature locks it."""
    version = queries.locked(version)
    signature = take_step(version.cycle, code, comment=comment, version=version, by=by)
    version.refresh_from_db()
    return signature


@transaction.atomic
def publish(cycle: Cycle, *, comment: str = "", by: User) -> Signature:
    """Tell the house that the month's plan is signed and in force."""
    return take_step(cycle, "publish", comment=comment, by=by)


def _must_pass(kind: StepKind, state: StepState, comment: str) -> None:
    """Refuse while steps before are open, the gate is shut, or what must be explained is not."""
    if state.waits_for:
        titles = ", ".join(str(before.title) for before in state.waits_for)
        raise Refused(
            _("%(step)s waits for what comes before: %(titles)s.") % {"step": kind.title, "titles": titles}
        )
    for finding in state.findings:
        if finding.level == "stop":
            raise Refused(finding.sentence)
        if finding.level == "explain" and not comment.strip():
            raise Refused(_("This needs a comment: %(finding)s") % {"finding": finding.sentence})
