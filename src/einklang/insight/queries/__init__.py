"""Questions about figures: one KPI or the whole board, for a period, for what somebody may see."""

from einklang.insight.queries.board import Card, board, cards, home_cards
from einklang.insight.queries.customers import (
    STATES,
    Customers,
    chosen_customers,
    customer,
    customer_list,
    is_kept,
    reasons_of,
)
from einklang.insight.queries.measure import (
    Answer,
    Part,
    Where,
    answer,
    kpi,
    may_see,
    must_see,
    rows_after,
    several,
    shown,
)
from einklang.insight.queries.names import Names, choices, customers, team_called, territory_called
from einklang.insight.queries.periods import default_span, periods, span_of
from einklang.insight.queries.targets import Goal, goals, targets

__all__ = [
    "STATES",
    "Answer",
    "Card",
    "Customers",
    "Goal",
    "Names",
    "Part",
    "Where",
    "answer",
    "board",
    "cards",
    "choices",
    "chosen_customers",
    "customer",
    "customer_list",
    "customers",
    "default_span",
    "goals",
    "home_cards",
    "is_kept",
    "kpi",
    "may_see",
    "must_see",
    "periods",
    "reasons_of",
    "rows_after",
    "several",
    "shown",
    "span_of",
    "targets",
    "team_called",
    "territory_called",
]
