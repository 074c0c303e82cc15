"""Questions about what is held: where it is heading, what is too much, lost, misplaced, and what it costs."""

from einklang.supply.queries.holding.budget import Budget, budget_mix
from einklang.supply.queries.holding.card import Card, card
from einklang.supply.queries.holding.classes import Cell, class_changes, grid
from einklang.supply.queries.holding.facts import facts
from einklang.supply.queries.holding.lost import LostLine, lost
from einklang.supply.queries.holding.sites import Move, rebalancing
from einklang.supply.queries.holding.spare import Spare, SpareLine, markdown_levels, spare
from einklang.supply.queries.holding.together import Together, together
from einklang.supply.queries.holding.trial import Trial, Wish, trial

__all__ = [
    "Budget",
    "Card",
    "Cell",
    "LostLine",
    "Move",
    "Spare",
    "SpareLine",
    "Together",
    "Trial",
    "Wish",
    "budget_mix",
    "card",
    "class_changes",
    "facts",
    "grid",
    "lost",
    "markdown_levels",
    "rebalancing",
    "spare",
    "together",
    "trial",
]
