"""Stages, reasons and kinds in the reader's language; initials; sums that keep their currencies."""

from collections.abc import Iterable
from typing import Any

from django import template

from einklang.crm.forms import KINDS
from einklang.crm.stages import LOST_REASONS, STAGE_NAMES
from einklang.web import formats

register = template.Library()

ICONS = {"call": "phone", "meeting": "users", "mail": "mail", "note": "notes", "stage": "git-branch"}


@register.filter
def stage_name(stage: Any) -> str:
    """A stage's name; the seven steps are named in the reader's language."""
    return str(STAGE_NAMES.get(stage.name, stage.name))


@register.filter
def reason(code: str) -> str:
    """Why a deal was lost, in words."""
    return str(LOST_REASONS.get(code, code))


@register.filter
def kind_name(kind: str) -> str:
    """A call, a meeting, a mail or a note."""
    return str(dict(KINDS).get(kind, kind))


@register.filter
def kind_icon(kind: str) -> str:
    """The drawing for a kind of happening."""
    return ICONS[kind]


@register.filter
def initials(name: str) -> str:
    """The first letters of a person's names.

    >>> initials("Wiebke Janshen")
    'WJ'
    """
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.filter
def by_currency(sums: Iterable[tuple[str, int]]) -> str:
    """Sums side by side, one for each currency: never one across them."""
    return " + ".join(formats.money_short(cents, currency) for currency, cents in sums) or formats.MISSING
