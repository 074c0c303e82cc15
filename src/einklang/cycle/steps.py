"""The seven steps of the monthly cycle as one table: who answers, by when, what must hold, who signs."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from einklang.engine.periods import add_months, month_end
from einklang.kernel.errors import NotFound

# What a signature stands for; a later change of it opens the step again.
Basis = Literal["data", "consensus", "supply", "version"]


@dataclass(frozen=True, slots=True)
class StepKind:
    """One step: its name, owner, due working day, gate, the right to take it, and what it builds on."""

    code: str
    title: str | Promise
    owner: str | Promise
    working_day: int
    gate: str | Promise
    may: str
    basis: Basis
    after: tuple[str, ...]
    page: str
    work: str | Promise


STEPS: dict[str, StepKind] = {
    step.code: step
    for step in (
        StepKind(
            "data",
            _("Data"),
            _("Sales operations"),
            3,
            _("The data are complete, and every item sold has a price and a cost."),
            "open cycle",
            "data",
            (),
            "orders",
            _("Orders"),
        ),
        StepKind(
            "product",
            _("Product review"),
            _("Product management"),
            -5,
            _("Every launch and every end has a date, and a predecessor or a forecast of its own."),
            "decide",
            "data",
            (),
            "items",
            _("Items"),
        ),
        StepKind(
            "demand",
            _("Demand review"),
            _("Head of sales"),
            7,
            _("One demand plan is agreed; its bias is within the band or explained."),
            "sign demand",
            "consensus",
            ("data", "product"),
            "demand",
            _("Demand review"),
        ),
        StepKind(
            "supply",
            _("Supply review"),
            _("Head of operations"),
            11,
            _("The plan can be made, or what is short is said and explained."),
            "sign supply",
            "supply",
            ("demand",),
            "supply",
            _("Supply review"),
        ),
        StepKind(
            "reconciliation",
            _("Reconciliation"),
            _("Finance"),
            14,
            _("One set of numbers; the gap to the budget is explained."),
            "sign finance",
            "version",
            ("supply",),
            "plans",
            _("Plan versions"),
        ),
        StepKind(
            "executive",
            _("Executive review"),
            _("Managing director"),
            16,
            _("The chair signs, and the plan version locks."),
            "sign executive",
            "version",
            ("reconciliation",),
            "plans",
            _("Plan versions"),
        ),
        StepKind(
            "publish",
            _("Publish and track"),
            _("Sales operations"),
            17,
            _("The signed plan is out: quotas, supplier outlook and actions rest on it."),
            "open cycle",
            "version",
            ("executive",),
            "quotas",
            _("Quotas"),
        ),
    )
}


def kind_of(code: str) -> StepKind:
    """One of the seven steps by its code."""
    if code not in STEPS:
        steps = ", ".join(STEPS)
        raise NotFound(
            gettext("There is no step %(code)s; the steps are %(steps)s.") % {"code": code, "steps": steps}
        )
    return STEPS[code]


def due_on(month: date, kind: StepKind) -> date:
    """When a step of a month's cycle is due: the reviews are held in the month after.

    >>> due_on(date(2014, 4, 1), STEPS["data"]), due_on(date(2014, 4, 1), STEPS["product"])
    (datetime.date(2014, 5, 5), datetime.date(2014, 4, 24))
    """
    return working_day(add_months(month, 1), kind.working_day)


def working_day(month: date, number: int) -> date:
    """The ``number``-th working day (Monday to Friday) of a month; negative: counted back before it.

    >>> working_day(date(2014, 5, 1), 1), working_day(date(2014, 5, 1), 3)
    (datetime.date(2014, 5, 1), datetime.date(2014, 5, 5))
    >>> working_day(date(2014, 5, 1), -1)
    datetime.date(2014, 4, 30)
    """
    if number < 0:
        day, step, left = month_end(add_months(month, -1)), timedelta(days=-1), -number
    else:
        day, step, left = month, timedelta(days=1), number
    while True:
        if day.weekday() < 5:
            left -= 1
            if left == 0:
                return day
        day += step
