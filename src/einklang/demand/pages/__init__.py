"""Demand as pages: the review, runs, one item, voices, the consensus, accuracy."""

from einklang.demand.pages import accuracy, consensus, grid, items, review, runs, sheets, voices

urlpatterns = [
    *review.urlpatterns,
    *grid.urlpatterns,
    *sheets.urlpatterns,
    *runs.urlpatterns,
    *items.urlpatterns,
    *voices.urlpatterns,
    *consensus.urlpatterns,
    *accuracy.urlpatterns,
]
