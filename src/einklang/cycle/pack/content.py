"""What stands in the pack, section by section, as sentences, figures, tables and drawings."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from einklang.cycle.models import PlanVersion
from einklang.cycle.pack.sections import SECTIONS
from einklang.cycle.pack.words import Section
from einklang.cycle.picture import Picture, picture
from einklang.people import queries as people
from einklang.people.models import User
from einklang.web import formats


@dataclass(frozen=True, slots=True)
class Pack:
    """The whole pack, ready to be set on paper."""

    title: str
    company: str
    subtitle: str
    state: str
    language: str
    made_at: datetime
    sections: list[Section] = field(repr=False)


def content(version: PlanVersion, *, seen_by: User) -> Pack:
    """Gather the pack of a version: at most ten pages, the message of each section in its first line."""
    look = picture(version, seen_by=seen_by)
    return Pack(
        _("Sales and operations plan, %(month)s") % {"month": formats.month(version.cycle.month)},
        people.company().name,
        look.headline,
        _state(version),
        (get_language() or "en")[:2],
        version.frozen_at,
        list(_sections(version, look, seen_by)),
    )


def _sections(version: PlanVersion, look: Picture, seen_by: User) -> Iterator[Section]:
    for build in SECTIONS:
        section = build(version, look, seen_by)
        if section is not None:
            yield section


def _state(version: PlanVersion) -> str:
    values: dict[str, Any] = {
        "number": version.number,
        "scenario": version.scenario,
        "day": formats.day(version.signed_at or version.frozen_at),
    }
    if version.is_signed:
        return _("Version %(number)s, scenario %(scenario)s, signed %(day)s") % values
    return _("Version %(number)s, scenario %(scenario)s, draft of %(day)s, not signed") % values
