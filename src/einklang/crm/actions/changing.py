"""How a record's facts are changed: only those that may be, only if nobody was quicker."""

from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from einklang.kernel.errors import Refused, Stale


def change(record: Any, facts: dict[str, Any], *, version: int, editable: tuple[str, ...]) -> dict[str, Any]:
    """Set the facts that differ on a locked record and say what they were: ``{name: [before, after]}``.

    A version that is not the record's own is refused with both values, and nothing is overwritten.
    """
    unknown = [name for name in facts if name not in editable]
    if unknown:
        raise Refused(_("%(name)s cannot be changed here.") % {"name": unknown[0]}, status=422)
    if record.version != version:
        theirs = {name: getattr(record, name) for name in facts}
        raise Stale(
            _("Somebody changed this meanwhile. Look at both values, then decide."),
            yours=facts,
            theirs=theirs,
        )
    changed = {
        name: [_plain(getattr(record, name)), _plain(value)]
        for name, value in facts.items()
        if getattr(record, name) != value
    }
    for name, value in facts.items():
        setattr(record, name, value)
    record.version += 1
    return changed


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, models.Model) else value
