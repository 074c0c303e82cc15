"""Supply as pages: the review, stock and its policies, and what can be promised."""

from einklang.supply.pages import promise, review, stock

urlpatterns = [*review.urlpatterns, *stock.urlpatterns, *promise.urlpatterns]
