"""Supply as pages: the review with its loads and exceptions, items, stock, and what can be promised."""

from einklang.supply.pages import (
    exceptions,
    item,
    lean,
    loading,
    open_orders,
    plan_grid,
    promise,
    proposals,
    review,
    scenarios,
    schedule,
    stock,
    stock_card,
    stress,
    suppliers,
)

urlpatterns = [
    *review.urlpatterns,
    *loading.urlpatterns,
    *exceptions.urlpatterns,
    *item.urlpatterns,
    *plan_grid.urlpatterns,
    *scenarios.urlpatterns,
    *schedule.urlpatterns,
    *lean.urlpatterns,
    *stock.urlpatterns,
    *stock_card.urlpatterns,
    *stress.urlpatterns,
    *promise.urlpatterns,
    *proposals.urlpatterns,
    *open_orders.urlpatterns,
    *suppliers.urlpatterns,
]
