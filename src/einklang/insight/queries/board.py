"""The board: every KPI somebody may see, in groups, from tables that are read once.

Figures are kept until the next line is written in the journal; as nothing is done without one, what is
kept is never old.
"""

from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256

import polars as pl
from django.core.cache import cache

from einklang.engine.kpis import Figure, Span
from einklang.insight.queries.measure import Answer, Where, answer, may_see
from einklang.insight.queries.periods import default_span
from einklang.insight.queries.targets import Goal, goals
from einklang.insight.registry import KPIS, Kpi
from einklang.insight.sources import Sources
from einklang.kernel import clock, journal
from einklang.people.models import User

KEPT_SECONDS = 24 * 3600
Kept = tuple[Figure, Figure, list[tuple[date, Figure]], pl.DataFrame]
# What each role sees first on the home page.
HOME: dict[str, tuple[str, ...]] = {
    "vp": ("revenue", "margin", "forecast_accuracy", "schedule_adherence"),
    "manager": ("revenue", "quota_attainment", "close_rate", "response_time"),
    "specialist": ("revenue", "on_time", "lead_conversion", "response_time"),
    "analyst": ("revenue", "forecast_accuracy", "margin", "churn"),
    "rep": ("revenue", "quota_attainment", "close_rate", "response_time"),
    "planner": ("on_time", "schedule_adherence", "forecast_accuracy", "stock_outs"),
    "finance": ("revenue", "margin", "days_of_supply", "stock_turns"),
    "admin": ("revenue", "on_time"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """A KPI on the board; ``answer`` is blank where it cannot be split as asked."""

    kpi: Kpi
    answer: Answer | None
    goal: Goal | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached, as far as it is due."""
        return self.goal.reached(self.answer) if self.goal and self.answer else None

    @property
    def share(self) -> float | None:
        """The figure as a share of the target."""
        return self.goal.share(self.answer) if self.goal and self.answer else None


def board(span: Span | None = None, where: Where | None = None, *, seen_by: User) -> list[Card]:
    """A card for every KPI somebody may see."""
    span, where = span or default_span(), where or {}
    shown = [kpi for kpi in KPIS.values() if may_see(kpi, seen_by)]
    answers = _answers(shown, span, where, seen_by)
    aims = goals(shown, span, where, seen_by=seen_by)
    return [Card(kpi, answers.get(kpi.id), aims.get(kpi.id)) for kpi in shown]


def home_cards(user: User) -> list[Card]:
    """Two to four figures for the home page, by role; only what can be measured."""
    span = default_span()
    shown = [KPIS[kpi_id] for kpi_id in HOME.get(user.role, ()) if may_see(KPIS[kpi_id], user)]
    answers = _answers(shown, span, {}, user, months=2)
    aims = goals(shown, span, {}, seen_by=user)
    return [
        Card(kpi, answers[kpi.id], aims.get(kpi.id)) for kpi in shown if answers[kpi.id].figure.measurable
    ]


def _answers(kpis: list[Kpi], span: Span, where: Where, user: User, *, months: int = 12) -> dict[str, Answer]:
    """The answers without their rows, from what is kept or measured now."""
    head = journal.head()
    asked = (
        head,
        user.pk,
        user.role,
        clock.today(),
        span,
        sorted(where.items()),
        months,
        [k.id for k in kpis],
    )
    key = "kpis-" + sha256(repr(asked).encode()).hexdigest()
    kept: dict[str, Kept] | None = cache.get(key) if head else None
    if kept is None:
        source = Sources(user, span, max(months, 2 * span.months))
        found = {
            kpi.id: answer(kpi, span, source, where=where, trend=kpi.trend and months == 12)
            for kpi in kpis
            if set(where) <= set(kpi.by)
        }
        kept = {name: _light(one) for name, one in found.items()}
        if head:
            cache.set(key, kept, KEPT_SECONDS)
    by_id = {kpi.id: kpi for kpi in kpis}
    return {
        name: Answer(by_id[name], span, figure, before, where, trend=course, left_out=left_out)
        for name, (figure, before, course, left_out) in kept.items()
    }


def _light(found: Answer) -> Kept:
    """An answer as it is kept: without rows and without the KPI, which holds functions."""
    empty = pl.DataFrame()
    course = [(month, replace(figure, rows=empty)) for month, figure in found.trend]
    return replace(found.figure, rows=empty), replace(found.before, rows=empty), course, found.left_out
