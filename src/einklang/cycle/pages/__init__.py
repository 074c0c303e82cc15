"""The cycle as pages: the board, plan versions, their comparison, scenarios, budget and the pack."""

from einklang.cycle.pages import board, budget, notes, plans, scenarios, walk

urlpatterns = [
    *board.urlpatterns,
    *notes.urlpatterns,
    *scenarios.urlpatterns,
    *plans.urlpatterns,
    *walk.urlpatterns,
    *budget.urlpatterns,
]
