"""Einklang: deal, demand, plan, quota and order in one set of numbers."""

__version__ = "0.3.0"
