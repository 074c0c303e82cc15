"""Demand as pages: the review, runs, one item, voices, the consensus, accuracy."""

from einklang.demand.pages import accuracy, consensus, items, review, runs, voices

urlpatterns = [
    *review.urlpatterns,
    *runs.urlpatterns,
    *items.urlpatterns,
    *voices.urlpatterns,
    *consensus.urlpatterns,
    *accuracy.urlpatterns,
]
