"""Customers and deals as pages: accounts, the board, one deal, tasks."""

from einklang.crm.pages import accounts, board, deal, tasks

urlpatterns = [*accounts.urlpatterns, *board.urlpatterns, *deal.urlpatterns, *tasks.urlpatterns]
