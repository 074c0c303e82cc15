"""What figures should reach, and how far along they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from einklang.engine.kpis import Span
from einklang.engine.periods import month_range
from einklang.insight.models import Target
from einklang.insight.queries.measure import Answer, Where
from einklang.insight.registry import Kpi
from einklang.people.models import User


@dataclass(frozen=True, slots=True)
class Goal:
    """A target for a period, and what should be reached by now when the period is still running."""

    value: float
    by_now: float

    def reached(self, answer: Answer) -> bool | None:
        """Whether the figure is where it should be; blank where it cannot be measured."""
        if answer.figure.value is None:
            return None
        up = answer.kpi.better == "up"
        return answer.figure.value >= self.by_now if up else answer.figure.value <= self.by_now

    def share(self, answer: Answer) -> float | None:
        """The figure as a share of the target."""
        return answer.figure.value / self.value if answer.figure.value is not None and self.value else None

    @property
    def running(self) -> bool:
        """Whether less than the whole target is due yet."""
        return self.by_now < self.value


def targets(*, seen_by: User, kpi: str = "") -> QuerySet[Target]:
    """The targets somebody may see, the newest first."""
    found = Target.objects.visible_to(seen_by).select_related("team", "territory", "set_by")
    return found.filter(kpi=kpi) if kpi else found


def goals(kpis: Iterable[Kpi], span: Span, where: Where, *, seen_by: User) -> dict[str, Goal]:
    """The goal of each KPI that has one for every month of the period, for what is shown.

    What is shown is the company, a team or a territory. Somebody who sees only a part is never held
    against the company's target: their own team's or territory's counts.
    """
    months = month_range(span.start, span.months)
    set_for = {(kpi, month): value for kpi, month, value in _standing(months, where, seen_by)}
    found = {}
    for kpi in kpis:
        values = [set_for.get((kpi.id, month)) for month in months]
        known = [value for value in values if value is not None]
        if len(known) == len(months):
            value = sum(known) if kpi.adds_up else sum(known) / len(known)
            found[kpi.id] = Goal(value, value * _elapsed(span) if kpi.adds_up else value)
    return found


def _standing(months: list[date], where: Where, user: User) -> list[tuple[str, date, float]]:
    """The newest target of each KPI and month for the scope that is shown."""
    if set(where) - {"team", "territory"} or len(where) > 1:
        return []
    rows = Target.objects.visible_to(user).filter(period__in=months).order_by("set_at", "pk")
    if "team" in where:
        rows = rows.filter(team__code=where["team"])
    elif "territory" in where:
        rows = rows.filter(territory__code=where["territory"])
    elif user.sees_all:
        rows = rows.filter(team__isnull=True, territory__isnull=True)
    elif user.may("manage targets"):
        rows = rows.filter(team=user.team_id, team__isnull=False)
    else:
        rows = rows.filter(territory__memberships__user=user)
    return list(rows.values_list("kpi", "period", "value"))


def _elapsed(span: Span) -> float:
    """How much of the period is over."""
    whole = (span.end - span.start).days + 1
    return min(1.0, max(0.0, ((span.as_of - span.start).days + 1) / whole))
