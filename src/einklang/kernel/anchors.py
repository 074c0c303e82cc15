"""What is known about the journal outside the database, so that a cut-off end shows.

Each line of ``journal-anchors.jsonl`` in the data folder says: at this moment the journal of this
database had this first line, this last line, and this many. The file is only ever added to; who
copies it elsewhere can prove more.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import connection

from einklang.kernel import clock, journal
from einklang.kernel.models import JournalEntry

FILE = "journal-anchors.jsonl"


def anchor(why: str) -> dict[str, Any]:
    """Note where the journal stands now."""
    first = JournalEntry.objects.order_by("id").values_list("digest", flat=True).first()
    last = JournalEntry.objects.order_by("-id").values("id", "digest").first()
    return _add(
        why=why,
        first=first or "",
        last_id=last["id"] if last else 0,
        digest=last["digest"] if last else "",
        lines=JournalEntry.objects.count(),
    )


def begin_anew(why: str) -> dict[str, Any]:
    """Note that this database starts over on purpose: earlier anchors no longer bind it."""
    return _add(why=why, began=True)


def kept() -> list[dict[str, Any]]:
    """The anchors of this database since it began, oldest first."""
    path = settings.DATA / FILE
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    own = [noted for line in lines if (noted := json.loads(line))["database"] == _database()]
    began = max((place for place, noted in enumerate(own) if noted.get("began")), default=-1)
    return own[began + 1 :]


def broken() -> Iterator[str]:
    """What is wrong with the journal, in sentences: within the chain, and against the anchors."""
    for number, why in journal.broken_links():
        yield f"Journal line {number}: {why}."
    for noted in kept():
        if not noted["lines"]:
            continue
        found = JournalEntry.objects.filter(pk=noted["last_id"]).values_list("digest", flat=True).first()
        if found is None:
            yield f"Journal line {noted['last_id']} stood there on {noted['at'][:16]} and is gone."
        elif found != noted["digest"]:
            yield f"Journal line {noted['last_id']} is not the one of {noted['at'][:16]}."
        elif JournalEntry.objects.filter(pk__lte=noted["last_id"]).count() != noted["lines"]:
            yield f"Up to journal line {noted['last_id']} there were {noted['lines']} on {noted['at'][:16]}."


def _add(**facts: Any) -> dict[str, Any]:
    noted = {"at": clock.now().isoformat(), "database": _database(), **facts}
    with (settings.DATA / FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(noted) + "\n")
    return noted


def _database() -> str:
    """The database by place and name, without anything secret."""
    facts = connection.settings_dict
    return f"{connection.vendor}:{facts.get('HOST') or ''}:{facts.get('PORT') or ''}:{facts['NAME']}"
