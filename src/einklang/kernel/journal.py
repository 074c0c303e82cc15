"""One line for everything that is done: the audit trail, the feed and the decision log read it.

Each line carries the hash of the line before, so a line that is changed or taken out shows.
Anchors outside the database (``kernel/backup.py``) show a tail that was cut off.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

from einklang.kernel import clock
from einklang.kernel.models import JournalEntry

CHAIN_LOCK = 4711  # one number that all processes take before they add to the chain


class Person(Protocol):
    """Whoever acts: only the number and the name go into the journal."""

    @property
    def pk(self) -> Any: ...  # noqa: D102
    def __str__(self) -> str: ...


def record(
    event: str, *, about: models.Model | None = None, by: Person | None = None, **facts: Any
) -> JournalEntry:
    """Write one line, in the transaction of the action that calls it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])
    last = JournalEntry.objects.order_by("-id").values_list("digest", flat=True).first()
    entry = JournalEntry(
        at=clock.now(),
        event=event,
        by_id=by.pk if by else None,
        by_name=str(by)[:150] if by else "",
        about_kind=about._meta.label_lower if about is not None else "",
        about_id=str(about.pk) if about is not None else "",
        about_name=str(about)[:300] if about is not None else "",
        facts=json.loads(json.dumps(facts, cls=DjangoJSONEncoder)),
        previous=last or "",
    )
    entry.digest = digest(entry)
    entry.save(force_insert=True)
    return entry


def digest(entry: JournalEntry) -> str:
    """The hash of a line together with the line before."""
    body = [
        entry.previous,
        entry.at.timestamp(),
        entry.event,
        entry.by_id,
        entry.by_name,
        entry.about_kind,
        entry.about_id,
        entry.about_name,
        entry.facts,
    ]
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def entries(*, about: models.Model | None = None, event: str = "") -> models.QuerySet[JournalEntry]:
    """Lines of the journal, newest first; about one record or of one kind of event."""
    lines = JournalEntry.objects.all()
    if about is not None:
        lines = lines.filter(about_kind=about._meta.label_lower, about_id=str(about.pk))
    if event:
        lines = lines.filter(event=event)
    return lines


def heads() -> dict[str, int]:
    """The last line of each event: as long as it stays, nothing of that kind was done."""
    return dict(JournalEntry.objects.order_by().values_list("event").annotate(last=models.Max("id")))


def digests(lines: set[int]) -> dict[int, str]:
    """The hashes of some lines by number; no other line in any database has the same."""
    return dict(JournalEntry.objects.filter(pk__in=lines).values_list("pk", "digest"))


def broken_links() -> Iterator[tuple[int, str]]:
    """Every line whose hash does not fit, with what is wrong with it."""
    previous = ""
    for entry in JournalEntry.objects.order_by("id").iterator(chunk_size=2000):
        if entry.previous != previous:
            yield entry.pk, "the line before it is missing or was changed"
        elif digest(entry) != entry.digest:
            yield entry.pk, "it was changed after it was written"
        previous = entry.digest


def _plain(value: object) -> str:
    if isinstance(value, date | datetime | Decimal | UUID):
        return str(value)
    raise TypeError(f"{value!r} cannot stand in the journal.")
