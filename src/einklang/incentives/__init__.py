"""Quotas that capacity can keep."""
