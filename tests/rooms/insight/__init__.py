"""Figures: the KPIs, the board, targets."""
