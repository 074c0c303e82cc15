"""The board: every KPI somebody may see, in groups, from tables that are read once.

Figures are kept until something is done that could change their records (:mod:`.versions`).
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
from einklang.insight.queries.versions import Versions
from einklang.insight.registry import KPIS, Kpi
from einklang.insight.sources import Sources
from einklang.kernel import clock
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
    """A KPI on the board; ``answer`` is blank where it cannot be split so, or is still to be measured."""

    kpi: Kpi
    answer: Answer | None
    goal: Goal | None = None
    split: bool = True

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached, as far as it is due."""
        return self.goal.reached(self.answer) if self.goal and self.answer else None

    @property
    def share(self) -> float | None:
        """The figure as a share of the target."""
        return self.goal.share(self.answer) if self.goal and self.answer else None


def board(
    span: Span | None = None, where: Where | None = None, *, seen_by: User, patient: bool = True
) -> list[Card]:
    """A card for every KPI somebody may see; the impatient get slow ones only if they are kept."""
    shown = [kpi for kpi in KPIS.values() if may_see(kpi, seen_by)]
    return cards(shown, span or default_span(), where or {}, seen_by=seen_by, patient=patient)


def home_cards(user: User) -> list[Card]:
    """Two to four figures for the home page, by role; only what can be measured."""
    shown = [KPIS[kpi_id] for kpi_id in HOME.get(user.role, ()) if may_see(KPIS[kpi_id], user)]
    found = cards(shown, default_span(), {}, seen_by=user, months=2)
    return [card for card in found if card.answer and card.answer.figure.measurable]


def cards(
    kpis: list[Kpi], span: Span, where: Where, *, seen_by: User, months: int = 12, patient: bool = True
) -> list[Card]:
    """Cards of some KPIs: from what is kept, or measured now on tables that are read once."""
    versions = Versions(kpis)
    aims = goals(kpis, span, where, seen_by=seen_by)
    source = Sources(seen_by, span, max(months, 2 * span.months))
    found = []
    for kpi in kpis:
        goal = aims.get(kpi.id)
        if set(where) - set(kpi.by):
            found.append(Card(kpi, None, goal, split=False))
            continue
        asked = (kpi.id, seen_by.pk, seen_by.role, clock.today(), span, sorted(where.items()), months)
        version = versions.of(kpi)
        key = "kpi-" + sha256(repr((version, asked)).encode()).hexdigest()
        kept: Kept | None = cache.get(key) if version else None
        if kept is None and (patient or not kpi.slow):
            kept = _light(answer(kpi, span, source, where=where, trend=kpi.trend and months == 12))
            if version:
                cache.set(key, kept, KEPT_SECONDS)
        found.append(Card(kpi, _full(kpi, span, where, kept) if kept else None, goal))
    return found


def _light(found: Answer) -> Kept:
    """An answer as it is kept: without rows, and without the KPI, which holds functions."""
    empty = pl.DataFrame()
    course = [(month, replace(figure, rows=empty)) for month, figure in found.trend]
    return replace(found.figure, rows=empty), replace(found.before, rows=empty), course, found.left_out


def _full(kpi: Kpi, span: Span, where: Where, kept: Kept) -> Answer:
    figure, before, course, left_out = kept
    return Answer(kpi, span, figure, before, where, trend=course, left_out=left_out)
