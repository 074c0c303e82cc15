"""The cycle board: where each step stands, who answers, what the gate says and what to do next."""

from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from einklang.cycle.models import Cycle, PlanVersion, Signature, Step
from einklang.cycle.queries.basis import Standing, last_signature, signature, standing
from einklang.cycle.queries.gates import Finding, findings
from einklang.cycle.steps import STEPS, StepKind
from einklang.kernel import clock
from einklang.people.models import User

# done: signed on what stands; again: signed, and changed since; ready: may be taken; waits: others first.
State = Literal["done", "again", "ready", "waits"]


@dataclass(frozen=True, slots=True)
class StepState:
    """One step of the board."""

    kind: StepKind
    row: Step
    state: State
    signature: Signature | None
    findings: list[Finding]
    waits_for: list[StepKind]
    may_take: bool
    is_late: bool

    @property
    def must_explain(self) -> bool:
        """Whether taking it needs a comment."""
        return any(finding.level == "explain" for finding in self.findings)

    @property
    def is_stopped(self) -> bool:
        """Whether the gate says no."""
        return any(finding.level == "stop" for finding in self.findings)

    @property
    def next_deed(self) -> str:
        """What to do next, in one sentence."""
        if self.state == "done":
            return ""
        if self.state == "waits":
            titles = ", ".join(str(kind.title) for kind in self.waits_for)
            return _("Waits for: %(steps)s.") % {"steps": titles}
        if self.is_stopped:
            return next(finding.sentence for finding in self.findings if finding.level == "stop")
        if self.state == "again":
            return _("What was signed has changed since: look again and sign again.")
        if not self.may_take:
            return _("%(owner)s signs this.") % {"owner": self.row.owner or self.kind.owner}
        if self.must_explain:
            return _("Say why in a comment, then sign.")
        return _("Everything is in order: sign.")


def board(of: Cycle, *, seen_by: User, version: PlanVersion | None = None) -> list[StepState]:
    """The steps of a cycle in order, each with its state as it is now."""
    now = standing(of, version)
    rows = {row.code: row for row in Step.objects.filter(cycle=of).select_related("owner")}
    held = {code: signature(now, kind) for code, kind in STEPS.items()}
    return [_state(kind, rows[code], now, held, seen_by) for code, kind in STEPS.items()]


def next_steps(steps: list[StepState]) -> list[StepState]:
    """The steps that can be taken now."""
    return [step for step in steps if step.state in ("ready", "again")]


def step_state(kind: StepKind, now: Standing, by: User) -> StepState:
    """One step, for the action that takes it."""
    row = Step.objects.select_related("owner").get(cycle=now.cycle, code=kind.code)
    held = {code: signature(now, STEPS[code]) for code in (*kind.after, kind.code)}
    return _state(kind, row, now, held, by)


def _state(
    kind: StepKind, row: Step, now: Standing, held: dict[str, Signature | None], seen_by: User
) -> StepState:
    signed = held[kind.code]
    waits_for = [STEPS[code] for code in kind.after if held[code] is None]
    if signed is not None:
        state: State = "done"
    elif waits_for:
        state = "waits"
    else:
        signed = last_signature(now, kind)
        state = "again" if signed else "ready"
    if state == "done" and signed is not None:
        found = [Finding(**finding) for finding in signed.findings]
    else:
        found = [] if state == "waits" else findings(kind, now)
    late = state != "done" and clock.today() > row.due_on
    return StepState(kind, row, state, signed, found, waits_for, seen_by.may(kind.may), late)
