"""Figures as pages: the board and its KPIs, and what customers are worth."""

from einklang.insight.pages import customers, figures

urlpatterns = [*figures.urlpatterns, *customers.urlpatterns]
