"""Questions about cycles and what is written down in them: scenarios, decisions, assumptions, budget."""

from datetime import date
from typing import Any

import polars as pl
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from einklang.cycle.models import Assumption, Budget, Cycle, Decision, Scenario, Step
from einklang.engine.periods import add_months, month_of
from einklang.kernel import clock, tables
from einklang.kernel.errors import NotFound
from einklang.orders import queries as orders
from einklang.people.models import User
from einklang.supply import queries as supply
from einklang.web import formats

BASE = "base"


def cycles() -> QuerySet[Cycle]:
    """All cycles, the newest first."""
    return Cycle.objects.select_related("opened_by")


def find_cycle(month: date) -> Cycle | None:
    """A month's cycle, if it was opened."""
    return Cycle.objects.filter(month=month_of(month)).first()


def cycle(month: date) -> Cycle:
    """A month's cycle."""
    found = find_cycle(month)
    if found is None:
        raise NotFound(_("No cycle is open for %(month)s.") % {"month": formats.month(month)})
    return found


def latest_cycle() -> Cycle | None:
    """The cycle of the newest month, if there is one."""
    return Cycle.objects.first()


def month_to_open() -> date:
    """The month the next cycle would be for: the one after the newest, or the last closed one with orders."""
    newest = latest_cycle()
    if newest is not None:
        return add_months(newest.month, 1)
    closed, known = add_months(month_of(clock.today()), -1), orders.months()
    return min(closed, known[1]) if known else closed


def locked_cycle(found: Cycle) -> Cycle:
    """The cycle as it stands now, held for the rest of the action."""
    return Cycle.objects.select_for_update().get(pk=found.pk)


def step_row(of: Cycle, code: str) -> Step:
    """Who answers for a step of a cycle, and by when."""
    return Step.objects.select_related("owner").get(cycle=of, code=code)


def scenarios(of: Cycle) -> QuerySet[Scenario]:
    """The scenarios of a cycle, base first."""
    return Scenario.objects.filter(cycle=of).select_related("copied_from", "created_by")


def scenario(of: Cycle, name: str) -> Scenario:
    """One scenario of a cycle by its name."""
    found = Scenario.objects.filter(cycle=of, name=name).first()
    if found is None:
        raise NotFound(
            _("The cycle %(cycle)s has no scenario %(name)s.")
            % {"cycle": formats.month(of.month), "name": name}
        )
    return found


def waiting_scenarios(of: Cycle, *, seen_by: User) -> list[str]:
    """Scenarios of the supply review that the cycle has not planned yet, by name."""
    if not seen_by.may("see supply"):
        return []
    known = set(scenarios(of).values_list("name", flat=True))
    return [one.name for one in supply.drafts(seen_by=seen_by, of=of.month) if one.name not in known]


def decisions(of: Cycle | None = None) -> QuerySet[Decision]:
    """What was decided, the newest first, with how it turned out."""
    found = Decision.objects.select_related("cycle", "version", "owner", "decided_by").prefetch_related(
        "results__noted_by"
    )
    return found if of is None else found.filter(cycle=of)


def decision(pk: int) -> Decision:
    """One decision by its number."""
    found = Decision.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such decision."))
    return found


def assumptions(of: Cycle) -> QuerySet[Assumption]:
    """What the plan takes for granted, and what may come otherwise."""
    return Assumption.objects.filter(cycle=of).select_related("family", "noted_by")


def budget_frame(start: date, end: date) -> pl.DataFrame:
    """The budget that stands: ``family`` (null: the whole company), ``period, amount_cents, quantity``."""
    return tables.read(
        Budget.objects.standing().filter(period__gte=start, period__lte=end),
        family="family__code",
        period="period",
        amount_cents="amount_cents",
        quantity="quantity",
    )


def budget_history(period: date) -> QuerySet[Budget]:
    """Every figure that was ever set for a month, the newest first."""
    return Budget.objects.filter(period=period).select_related("family", "set_by").order_by("-id")


def risks_and_chances(of: Cycle) -> dict[str, Any]:
    """Risks and opportunities weighted by their probability; they are not in the plan's numbers.

    What has no amount or no probability is counted, not guessed.
    """
    totals: dict[str, Any] = {"risk": 0, "opportunity": 0, "unweighted": 0}
    for found in assumptions(of):
        if found.kind == Assumption.Kind.ASSUMPTION:
            continue
        if found.amount_cents is None or found.probability is None:
            totals["unweighted"] += 1
        else:
            totals[found.kind] += round(found.amount_cents * float(found.probability))
    return totals
