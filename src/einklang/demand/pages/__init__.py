"""Demand as pages: the review, runs, one item, voices, the consensus, accuracy."""

from einklang.demand.pages import (
    accuracy,
    consensus,
    events,
    grid,
    items,
    notable,
    pipeline,
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
    *pipeline.urlpatterns,
    *runs.urlpatterns,
    *items.urlpatterns,
    *voices.urlpatterns,
    *consensus.urlpatterns,
    *accuracy.urlpatterns,
]
