"""Quotas rest on the small company's signed plan of May 2014."""

from tests.rooms.cycle.conftest import cycle, items, june_2014, planned, signed, version

__all__ = ["cycle", "items", "june_2014", "planned", "signed", "version"]
