"""Supply as pages: the review with its loads and exceptions, items, stock, and what can be promised."""

from einklang.supply.pages import exceptions, item, loading, promise, review, scenarios, stock, stress

urlpatterns = [
    *review.urlpatterns,
    *loading.urlpatterns,
    *exceptions.urlpatterns,
    *item.urlpatterns,
    *scenarios.urlpatterns,
    *stock.urlpatterns,
    *stress.urlpatterns,
    *promise.urlpatterns,
]
