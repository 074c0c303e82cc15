"""Questions about figures: one KPI or the whole board, for a period, for what somebody may see."""

from einklang.insight.queries.board import Card, board, home_cards
from einklang.insight.queries.measure import Answer, Part, Where, answer, kpi, may_see, rows_after
from einklang.insight.queries.names import Names, choices
from einklang.insight.queries.periods import default_span, periods, span_of
from einklang.insight.queries.targets import Goal, goals, targets

__all__ = [
    "Answer",
    "Card",
    "Goal",
    "Names",
    "Part",
    "Where",
    "answer",
    "board",
    "choices",
    "default_span",
    "goals",
    "home_cards",
    "kpi",
    "may_see",
    "periods",
    "rows_after",
    "span_of",
    "targets",
]
