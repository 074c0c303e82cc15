"""Demand as pages: the review, runs, one item, voices, the consensus, accuracy."""

from einklang.demand.pages import (
    accuracy,
    consensus,
    events,
    grid,
    items,
    notable,
    review,
    runs,
    sheets,
    voices,
)

urlpatterns = [
    *review.urlpatterns,
    *grid.urlpatterns,
    *sheets.urlpatterns,
    *notable.urlpatterns,
    *events.urlpatterns,
    *runs.urlpatterns,
    *items.urlpatterns,
    *voices.urlpatterns,
    *consensus.urlpatterns,
    *accuracy.urlpatterns,
]
