"""Months as they stand in addresses."""

from datetime import date

from django.utils.translation import gettext as _

from einklang.kernel.errors import NotFound


def month_of_address(text: str) -> date:
    """The month that an address names, as 2014-06."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as fault:
        raise NotFound(_("%(text)s is not a month.") % {"text": text}) from fault
